/* RocksDB: a look-up a key, then one write batch with a synchronous WAL; Bloom filters of 10 bits a
 * key, no compression (keys are random), 64 MiB write buffers. */
#include "engine.h"

#include <rocksdb/c.h>
#include <stdlib.h>

#define WRITE_BUFFER ((size_t)64 << 20)
#define BLOCK_CACHE  ((size_t)256 << 20)
#define BLOOM_BITS   10.0

struct rocksdb_set {
  rocksdb_t *db;
  rocksdb_options_t *options;
  rocksdb_block_based_table_options_t *table;
  rocksdb_readoptions_t *reading;
  rocksdb_writeoptions_t *writing;
  rocksdb_writebatch_t *batch;
  uint32_t order[BATCH];
};

static void check(const char *error) {
  if (error) die("RocksDB: %s", error);
}

static void *set_open(const char *dir) {
  struct rocksdb_set *set = calloc(1, sizeof *set);
  char *error = NULL;
  if (!set) die("out of memory");
  set->options = rocksdb_options_create();
  set->table = rocksdb_block_based_options_create();
  rocksdb_block_based_options_set_filter_policy(set->table,
                                                rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS));
  rocksdb_block_based_options_set_block_cache(set->table, rocksdb_cache_create_lru(BLOCK_CACHE));
  rocksdb_options_set_block_based_table_factory(set->options, set->table);
  rocksdb_options_set_create_if_missing(set->options, 1);
  rocksdb_options_set_compression(set->options, rocksdb_no_compression);
  rocksdb_options_set_write_buffer_size(set->options, WRITE_BUFFER);
  set->reading = rocksdb_readoptions_create();
  set->writing = rocksdb_writeoptions_create();
  rocksdb_writeoptions_set_sync(set->writing, 1);
  set->batch = rocksdb_writebatch_create();
  set->db = rocksdb_open(set->options, dir, &error);
  check(error);
  return set;
}

static void set_mark(void *context, const uint16_t *days, const struct ps_key *keys, size_t n,
                     uint8_t *verdict) {
  struct rocksdb_set *set = context;
  const size_t left = keys_sort(keys, n, set->order, verdict);
  char *error = NULL;
  rocksdb_writebatch_clear(set->batch);
  for (size_t i = 0; i < left; i++) {
    const uint32_t at = set->order[i];
    uint8_t bytes[16];
    key_bytes(keys[at], bytes);
    rocksdb_pinnableslice_t *there =
        rocksdb_get_pinned(set->db, set->reading, (const char *)bytes, sizeof bytes, &error);
    check(error);
    verdict[at] = there != NULL;
    if (there) rocksdb_pinnableslice_destroy(there);
    else
      rocksdb_writebatch_put(set->batch, (const char *)bytes, sizeof bytes, (const char *)&days[at],
                             sizeof days[at]);
  }
  rocksdb_write(set->db, set->writing, set->batch, &error);
  check(error);
}

static void set_close(void *context) {
  struct rocksdb_set *set = context;
  rocksdb_close(set->db);
  rocksdb_writebatch_destroy(set->batch);
  rocksdb_readoptions_destroy(set->reading);
  rocksdb_writeoptions_destroy(set->writing);
  rocksdb_block_based_options_destroy(set->table);
  rocksdb_options_destroy(set->options);
  free(set);
}

const struct engine engine_rocksdb = {"rocksdb", set_open, set_mark, set_close};

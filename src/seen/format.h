/* The store's file: its content in LMDB, byte for byte.
 *
 * An LSM tree inside LMDB transactions, whose sorted tables are their own filter. New keys go to a
 * log; a full log becomes runs, immutable sets of keys of one day; runs of a day are merged. Values
 * are little-endian, integers in LMDB keys big-endian, and every value carries an XXH3-64 checksum.
 *
 *   "meta"  "settings"      struct settings_record, then the scope's paths, each with its NUL
 *           "state"         struct state_record, then state.runs * struct run_record, by rising id
 *           "value:" NAME   uint64_t checksum of the rest, then the caller's bytes
 *   "log"   sequence        struct log_header, keys of 16 bytes {hi, lo}, and for a record of mixed
 *                           days a uint16_t day a key
 *   "hot"   run, chunk      struct hot_header, directory[SUB_COUNT + 1] uint16_t, from
 *                           HOT_FINGERPRINTS on a uint16_t fingerprint a key, HOT_PAD bytes
 *           group, part     struct group_header, lines of 64 bytes (seen/group.h)
 *   "cold"  run, chunk      an entry a key, in the same order: the low (entry_bytes - 8) bytes of
 *                           hi, then lo
 *
 * A key's hi is cut into [bits: chunk][SUB_BITS: sub-bucket][16: fingerprint][rest]; bits is the
 * run's. The sub-bucket comes from the directory and the fingerprint is not repeated in cold, so
 * the filter takes no room of its own. Order within a sub-bucket is free.
 */
#ifndef SEEN_FORMAT_H
#define SEEN_FORMAT_H

#include <assert.h>
#include <pingsieve/key.h>
#include <stddef.h>
#include <stdint.h>

#define SEEN_MAGIC   "pingseen" /* 8 bytes, no NUL */
#define SEEN_VERSION 1u

#define SUB_BITS         11u
#define SUB_COUNT        (1u << SUB_BITS)
#define FINGERPRINT_BITS 16u
#define HOT_FINGERPRINTS 4208u  /* 16 (LMDB's page header) + 4208 is a multiple of a cache line */
#define HOT_PAD          64u    /* SIMD may read beyond the last fingerprint */
#define CHUNK_MAX        65535u /* the directory's entries have 16 bits */
#define RUN_BITS_MAX     32u
#define LOG_KEYS         4094u /* a record of one day: with all headers exactly 16 pages of 4 KiB */
#define LOG_MIXED        3639u /* the same for a record with days */

struct settings_record {
  char magic[8];
  uint32_t version;
  uint32_t bytes;    /* of the whole value */
  uint64_t checksum; /* of the bytes before it, combined with that of those after it */
  uint32_t keep_days;
  uint16_t scope_paths;
  uint16_t reserved;
  uint8_t secret[PS_SECRET_BYTES];
};

struct state_record {
  char magic[8];
  uint32_t version;
  uint32_t bytes;
  uint64_t checksum; /* as in the settings */
  uint64_t generation;
  uint64_t next_run;
  uint64_t log_first, log_next; /* the log's records are [first, next) */
  uint64_t log_keys;
  uint64_t keys;     /* in all */
  uint16_t open_day; /* where the last flush put most keys */
  uint16_t watermark;
  uint32_t runs;
};

enum run_kind {
  RUN_LIVE = 0,
  RUN_BUILDING = 1, /* the output of a merge that is under way */
  RUN_DEAD = 2,     /* forgotten; its chunks are being deleted */
  RUN_GROUP = 3     /* not a run but a group filter */
};

struct run_record {
  uint32_t id;
  uint16_t day;
  uint8_t kind;        /* enum run_kind */
  uint8_t bits;        /* 2^bits chunks */
  uint32_t job;        /* 0, or the id of the run this one is being merged into */
  uint32_t group;      /* 0, or the id of the group filter this run is in ... */
  uint8_t bit;         /* ... as this bit */
  uint8_t value_bytes; /* of a value a key carries in cold: 0 */
  uint16_t reserved;
  uint32_t done;  /* building, group: chunks written; merged from or dead: chunks deleted */
  uint64_t count; /* keys */
};

struct hot_header {
  uint64_t checksum;      /* of the value from here on */
  uint64_t cold_checksum; /* of the cold value */
  uint32_t run, chunk, keys;
  uint16_t entry_bytes;
  uint8_t bits, sub_bits;
  uint8_t value_bytes;
  uint8_t reserved[15];
};

struct group_header {
  uint64_t checksum; /* of the value from here on */
  uint64_t lines;
  uint32_t group, part;
  uint8_t reserved[24];
};

struct log_header {
  uint64_t checksum; /* of the value from here on */
  uint32_t keys;
  uint16_t day;
  uint16_t mixed; /* 1: a day a key follows the keys */
};

static_assert(sizeof(struct settings_record) == 224, "on-disk format");
static_assert(sizeof(struct state_record) == 80, "on-disk format");
static_assert(sizeof(struct run_record) == 32, "on-disk format");
static_assert(sizeof(struct hot_header) == 48, "on-disk format");
static_assert(sizeof(struct group_header) == 48, "on-disk format");
static_assert(sizeof(struct log_header) == 16, "on-disk format");
static_assert(sizeof(struct ps_key) == 16, "on-disk format");
static_assert(sizeof(struct hot_header) + (SUB_COUNT + 1) * 2 <= HOT_FINGERPRINTS, "room");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values are read and written in place");
static_assert(sizeof(size_t) == 8, "LMDB's file differs on 32-bit machines");

/* The parts of hi in a run of 2^bits chunks; bits <= RUN_BITS_MAX. */
static inline uint32_t key_chunk(uint64_t hi, unsigned bits) {
  return (uint32_t)((hi >> 1) >> (63 - bits));
}
static inline uint32_t key_sub(uint64_t hi, unsigned bits) {
  return (uint32_t)((hi << bits) >> (64 - SUB_BITS));
}
static inline uint16_t key_fingerprint(uint64_t hi, unsigned bits) {
  return (uint16_t)((hi << (bits + SUB_BITS)) >> 48);
}
static inline unsigned key_rest_bits(unsigned bits) {
  return 64 - bits - SUB_BITS - FINGERPRINT_BITS;
}
static inline unsigned key_rest_bytes(unsigned bits) { return (key_rest_bits(bits) + 7) / 8; }

/* The smallest hi of a chunk. */
static inline uint64_t chunk_base(uint32_t chunk, unsigned bits) {
  return bits ? (uint64_t)chunk << (64 - bits) : 0;
}

/* How many bits a run of so many keys gets, whose chunks are to have chunk_keys to twice as many.
 */
static inline unsigned run_bits_for(uint64_t keys, uint32_t chunk_keys) {
  unsigned bits = 0;
  while ((keys >> bits) >= 2 * (uint64_t)chunk_keys) bits++;
  return bits;
}

static inline uint64_t key_big_endian(uint64_t v) { return __builtin_bswap64(v); }
static inline uint64_t key_of_chunk(uint32_t run, uint32_t chunk) {
  return key_big_endian((uint64_t)run << 32 | chunk);
}

#endif

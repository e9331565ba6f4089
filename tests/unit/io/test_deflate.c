#include "io/deflate.h"

#include "base/error.h"
#include "io/deflate_backend.h"
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static int put_bytes(void *context, const void *data, size_t len, struct ps_error *err) {
  (void)err;
  assert_true(len > 0);
  bytes_append(context, data, len);
  return PS_OK;
}

static struct deflate *open_level(const struct deflate_backend *backend, unsigned level) {
  struct deflate *d;
  assert_int_equal(deflate_open_backend(backend, level, &d, NULL), PS_OK);
  assert_string_equal(deflate_backend(d), backend->name);
  return d;
}

/* Compresses data as one block in `n` vectors, cut at random places. */
static void block_of(struct deflate *d, const uint8_t *data, size_t len, size_t n, uint64_t seed,
                     struct bytes *out, uint32_t *crc) {
  struct iovec *vectors = calloc(n, sizeof *vectors);
  uint64_t all;
  for (size_t i = 0, at = 0; i < n; i++) {
    size_t most = len - at < 2 * len / n ? len - at : 2 * len / n;
    size_t take = i + 1 == n ? len - at : most ? random_next(&seed) % most : 0;
    vectors[i] = (struct iovec){.iov_base = take ? (void *)(data + at) : NULL, .iov_len = take};
    at += take;
  }
  assert_int_equal(deflate_block(d, vectors, n, put_bytes, out, crc, &all, NULL), PS_OK);
  assert_int_equal(all, len);
  assert_int_equal(*crc, crc32_z(0, data, len));
  free(vectors);
}

/* Of pings, or of what cannot be compressed, or of nothing but zeros. */
static void fill(struct bytes *data, size_t len, unsigned kind) {
  uint64_t seed = 1;
  ping_stream(data, len, kind);
  data->len = len;
  for (size_t i = 0; kind % 3 && i < len; i++)
    data->data[i] = kind % 3 == 1 ? (uint8_t)random_next(&seed) : 0;
}

typedef void each_level(const struct deflate_backend *backend, unsigned level);

static void with_each(each_level *check) {
  for (const struct deflate_backend *const *b = deflate_backends(); *b; b++)
    for (unsigned level = 1; level <= (*b)->max_level; level++)
      if (*b != &deflate_zlib || level == 1 || level == 6) check(*b, level);
}

/* --- The output --- */

static void inflates_to(const struct bytes *gzip, const struct bytes *want) {
  struct bytes out = {0};
  assert_int_equal(gzip_oracle(gzip->data, gzip->len, &out), 0);
  bytes_equal(&out, want);
  for (const struct inflate_backend *const *b = inflate_backends(); *b; b++) {
    struct script script = {.data = gzip->data, .len = gzip->len, .piece = 70000};
    struct source *source = script_open(&script, *b);
    out.len = 0;
    assert_int_equal(source_read_all(source, 50000, &out, NULL), PS_OK);
    bytes_equal(&out, want);
    source_close(source);
  }
  bytes_release(&out);
}

static void many_blocks(const struct deflate_backend *backend, unsigned level) {
  static const size_t sizes[] = {1, 0, 2, 300, 65535, 65536, 65537, 131072, 200000, 7, 0};
  struct deflate *d = open_level(backend, level);
  struct bytes gzip = {0}, all = {0};
  uint32_t crc = 0;
  uint8_t tail[GZIP_TAIL_BYTES];
  bytes_append(&gzip, gzip_head, GZIP_HEAD_BYTES);
  for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    struct bytes data = {0};
    uint32_t block;
    fill(&data, sizes[i], i);
    block_of(d, data.data, data.len, i + 1, i, &gzip, &block);
    crc = gzip_crc_join(crc, block, data.len);
    bytes_append(&all, data.data, data.len);
    bytes_release(&data);
  }
  gzip_tail(crc, all.len, tail);
  bytes_append(&gzip, tail, sizeof tail);
  inflates_to(&gzip, &all);
  bytes_release(&gzip);
  bytes_release(&all);
  deflate_close(d);
}

static void blocks_make_a_gzip_file(void **state) {
  (void)state;
  with_each(many_blocks);
}

static void no_blocks_make_one_too(void **state) {
  (void)state;
  struct bytes gzip = {0}, nothing = {0};
  uint8_t tail[GZIP_TAIL_BYTES];
  gzip_tail(0, 0, tail);
  bytes_append(&gzip, gzip_head, GZIP_HEAD_BYTES);
  bytes_append(&gzip, tail, sizeof tail);
  inflates_to(&gzip, &nothing);
  bytes_release(&gzip);
}

/* A block needs nothing of those before it: it inflates alone, up to its flush. */
static void alone(const struct deflate_backend *backend, unsigned level) {
  struct deflate *d = open_level(backend, level);
  struct bytes data = {0}, block = {0};
  uint32_t crc;
  fill(&data, 150000, 3);
  for (int i = 0; i < 3; i++) {
    block.len = 0;
    block_of(d, data.data, data.len, 2, 7, &block, &crc);
  }
  assert_memory_equal(block.data + block.len - 4, "\0\0\xff\xff", 4);
  for (const struct inflate_backend *const *b = inflate_backends(); *b; b++) {
    uint8_t *out = malloc(data.len + 100);
    void *inflater = (*b)->create();
    struct inflate_step step = {
        .in = block.data, .in_len = block.len, .out = out, .out_len = data.len + 100};
    assert_int_equal((*b)->run(inflater, &step), INFLATE_MORE);
    assert_int_equal(step.out - out, data.len);
    assert_memory_equal(out, data.data, data.len);
    (*b)->free(inflater);
    free(out);
  }
  bytes_release(&data);
  bytes_release(&block);
  deflate_close(d);
}

static void blocks_stand_alone(void **state) {
  (void)state;
  with_each(alone);
}

/* --- The same bytes --- */

/* Equal data give equal bytes, cut into any vectors, and after any other block. */
static void same_bytes(const struct deflate_backend *backend, unsigned level) {
  static const size_t sizes[] = {100, 300000};
  struct deflate *used = open_level(backend, level);
  for (unsigned i = 0; i < 2; i++) {
    struct bytes data = {0}, other = {0}, want = {0}, out = {0};
    uint32_t crc;
    fill(&data, sizes[i], 3);
    fill(&other, 100000 + i, i ? 3 : 1);
    struct deflate *fresh = open_level(backend, level);
    block_of(fresh, data.data, data.len, 1, 1, &want, &crc);
    deflate_close(fresh);
    for (size_t n = 1; n <= 900; n *= 30) {
      block_of(used, other.data, other.len, 1, n, &out, &crc);
      out.len = 0;
      block_of(used, data.data, data.len, n, n, &out, &crc);
      bytes_equal(&out, &want);
      out.len = 0;
    }
    bytes_release(&data);
    bytes_release(&other);
    bytes_release(&want);
    bytes_release(&out);
  }
  deflate_close(used);
}

static void bytes_depend_on_the_data_alone(void **state) {
  (void)state;
  with_each(same_bytes);
}

/* Streams at many addresses. Short blocks have small tables, so that an entry at a wrong place hits
 * something soon; their first bytes come again. */
#define STREAMS     32u
#define SHORT_BLOCK 200u

static void same_bytes_anywhere(const struct deflate_backend *backend, unsigned level) {
  struct deflate *streams[STREAMS];
  struct bytes first = {0}, other = {0};
  uint8_t data[SHORT_BLOCK];
  uint64_t random = 1;
  uint32_t crc;
  if (backend == &deflate_zlib) return; /* it never reads what it has not written */
  for (unsigned i = 0; i < STREAMS; i++) streams[i] = open_level(backend, level);
  for (uint64_t n = 0; n < scaled(100); n++) {
    for (unsigned i = 0; i < SHORT_BLOCK; i++) data[i] = (uint8_t)random_next(&random);
    memcpy(data + SHORT_BLOCK / 2, data, SHORT_BLOCK / 4);
    first.len = 0;
    block_of(streams[0], data, SHORT_BLOCK, 1, n, &first, &crc);
    for (unsigned i = 1; i < STREAMS; i++) {
      other.len = 0;
      block_of(streams[i], data, SHORT_BLOCK, 1, n, &other, &crc);
      assert_int_equal(other.len, first.len);
      assert_memory_equal(other.data, first.data, first.len);
    }
  }
  for (unsigned i = 0; i < STREAMS; i++) deflate_close(streams[i]);
  bytes_release(&first);
  bytes_release(&other);
}

static void bytes_do_not_depend_on_addresses(void **state) {
  (void)state;
  with_each(same_bytes_anywhere);
}

/* --- Big, incompressible, nothing --- */

/* Inflates what comes, and keeps only its checksum. */
struct drain {
  z_stream z;
  uint64_t len;
  uint32_t crc;
};

static int drain(void *context, const void *data, size_t len, struct ps_error *err) {
  (void)err;
  static uint8_t out[256 << 10];
  struct drain *dr = context;
  dr->z.next_in = (z_const Bytef *)data;
  dr->z.avail_in = (uInt)len;
  do {
    dr->z.next_out = out;
    dr->z.avail_out = sizeof out;
    int r = inflate(&dr->z, Z_NO_FLUSH);
    assert_true(r == Z_OK || r == Z_BUF_ERROR);
    size_t made = sizeof out - dr->z.avail_out;
    dr->crc = (uint32_t)crc32_z(dr->crc, out, made);
    dr->len += made;
  } while (!dr->z.avail_out);
  return PS_OK;
}

static void big_blocks_come_back(void **state) {
  (void)state;
  struct bytes data = {0};
  struct iovec vectors[64];
  size_t n = scaled(64) < 64 ? scaled(64) : 64;
  ping_stream(&data, 1 << 20, 1);
  for (size_t i = 0; i < n; i++)
    vectors[i] = (struct iovec){.iov_base = data.data, .iov_len = data.len};
  for (const struct deflate_backend *const *b = deflate_backends(); *b; b++) {
    struct deflate *d = open_level(*b, 1);
    struct drain dr = {.len = 0};
    uint32_t crc;
    uint64_t len;
    assert_int_equal(inflateInit2(&dr.z, -15), Z_OK);
    assert_int_equal(deflate_block(d, vectors, n, drain, &dr, &crc, &len, NULL), PS_OK);
    assert_int_equal(len, n * data.len);
    assert_int_equal(dr.len, len);
    assert_int_equal(dr.crc, crc);
    (void)inflateEnd(&dr.z);
    deflate_close(d);
  }
  bytes_release(&data);
}

static void incompressible(const struct deflate_backend *backend, unsigned level) {
  struct deflate *d = open_level(backend, level);
  struct bytes data = {0}, out = {0};
  uint32_t crc;
  fill(&data, 100000, 1);
  block_of(d, data.data, data.len, 3, 1, &out, &crc);
  assert_true(out.len < data.len + data.len / 1000 + 100);
  bytes_release(&data);
  bytes_release(&out);
  deflate_close(d);
}

static void what_cannot_be_compressed_hardly_grows(void **state) {
  (void)state;
  with_each(incompressible);
}

static void nothing(const struct deflate_backend *backend, unsigned level) {
  struct deflate *d = open_level(backend, level);
  struct iovec vectors[] = {{.iov_base = NULL, .iov_len = 0}, {.iov_base = "", .iov_len = 0}};
  struct bytes out = {0};
  uint32_t crc = 1;
  uint64_t len = 1;
  assert_int_equal(deflate_block(d, NULL, 0, put_bytes, &out, &crc, &len, NULL), PS_OK);
  assert_true(crc == 0 && len == 0);
  assert_int_equal(deflate_block(d, vectors, 2, put_bytes, &out, &crc, &len, NULL), PS_OK);
  assert_true(crc == 0 && len == 0 && out.len == 0);
  deflate_close(d);
}

static void nothing_gives_nothing(void **state) {
  (void)state;
  with_each(nothing);
  deflate_close(NULL);
}

static void checksums_join(void **state) {
  (void)state;
  struct bytes data = {0};
  fill(&data, 10000, 1);
  uint32_t whole = (uint32_t)crc32_z(0, data.data, data.len);
  for (size_t cut = 0; cut <= data.len; cut += 625) {
    uint32_t first = (uint32_t)crc32_z(0, data.data, cut),
             second = (uint32_t)crc32_z(0, data.data + cut, data.len - cut);
    assert_int_equal(gzip_crc_join(first, second, data.len - cut), whole);
  }
  bytes_release(&data);
}

/* --- Levels and errors --- */

static void every_level_comes_back(void **state) {
  (void)state;
  struct deflate *d = NULL;
  struct ps_error err;
  assert_int_equal(deflate_open(0, &d, &err), PS_E_ARGUMENT);
  assert_int_equal(deflate_open(DEFLATE_LEVEL_MAX + 1, &d, &err), PS_E_ARGUMENT);
  assert_string_equal(err.text, "levels of compression go from 1 to 9, 10 is none");
  for (unsigned level = 1; level <= DEFLATE_LEVEL_MAX; level++) {
    assert_int_equal(deflate_open(level, &d, NULL), PS_OK);
    const char *first = deflate_backends()[0]->name;
    assert_string_equal(deflate_backend(d), level <= 3 ? first : "zlib");
    deflate_close(d);
  }
  const struct deflate_backend *preferred = deflate_backends()[0];
  assert_int_equal(deflate_open_backend(preferred, preferred->max_level + 1, &d, NULL),
                   PS_E_ARGUMENT);
}

static int put_little(void *context, const void *data, size_t len, struct ps_error *err) {
  size_t *left = context;
  (void)data;
  if (len > *left) return error_set(err, PS_E_OUTPUT, "full");
  *left -= len;
  return PS_OK;
}

static void an_error_ends_it(const struct deflate_backend *backend, unsigned level) {
  struct deflate *d = open_level(backend, level);
  struct bytes data = {0}, before = {0}, after = {0};
  struct ps_error err;
  uint32_t crc;
  uint64_t len;
  size_t left = 100000;
  fill(&data, 300000, 1);
  struct iovec vector = {.iov_base = data.data, .iov_len = data.len};
  block_of(d, data.data, data.len, 1, 1, &before, &crc);
  assert_int_equal(deflate_block(d, &vector, 1, put_little, &left, &crc, &len, &err), PS_E_OUTPUT);
  assert_string_equal(err.text, "full");
  block_of(d, data.data, data.len, 1, 1, &after, &crc); /* and it is as good as new */
  bytes_equal(&after, &before);
  bytes_release(&data);
  bytes_release(&before);
  bytes_release(&after);
  deflate_close(d);
}

static void errors_of_put(void **state) {
  (void)state;
  with_each(an_error_ends_it);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_make_a_gzip_file),
      cmocka_unit_test(no_blocks_make_one_too),
      cmocka_unit_test(blocks_stand_alone),
      cmocka_unit_test(bytes_depend_on_the_data_alone),
      cmocka_unit_test(bytes_do_not_depend_on_addresses),
      cmocka_unit_test(big_blocks_come_back),
      cmocka_unit_test(what_cannot_be_compressed_hardly_grows),
      cmocka_unit_test(nothing_gives_nothing),
      cmocka_unit_test(checksums_join),
      cmocka_unit_test(every_level_comes_back),
      cmocka_unit_test(errors_of_put),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

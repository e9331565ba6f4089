/* Any bytes as an input: an inflate backend delivers the same data and the same verdict whatever
 * the sizes of deliveries and reads, and what the reader cuts re-joins to it. So do all backends,
 * but that one may notice damage a few symbols before another.
 *
 * Some 3,000 inputs a second, not 5,000: each is inflated up to nine times, and every opening of an
 * input begins with windows and tables of 100 KiB.
 */
#include "fuzz.h"

#include "io/inflate.h"
#include "io/transport.h"
#include "record/chunk.h"

#include <string.h>
#include <zlib.h>

#define OUTPUT_MAX ((size_t)1 << 17) /* a bomb is not followed beyond, ... */
#define PIECES_MAX ((size_t)1 << 11) /* ... and so far in small pieces */

/* --- Backends whose states are used again --- */

/* A state of a backend is larger than what AddressSanitizer keeps: fresh memory for each would be
 * most of the time. They are reset as between the members of a file; some are fresh all the same.
 */
#define POOLS 2u

static struct pool {
  struct inflate_backend backend; /* the real one, but for create and free */
  const struct inflate_backend *real;
  void *spare;
  unsigned created;
} pools[POOLS];

static void *pool_create(struct pool *pool) {
  void *state = pool->spare;
  if (!state || ++pool->created % 64 == 0) return pool->real->create();
  pool->spare = NULL;
  pool->real->reset(state);
  return state;
}

static void pool_free(struct pool *pool, void *state) {
  if (pool->spare) pool->real->free(pool->spare);
  pool->spare = state;
}

static void *create_first(void) { return pool_create(&pools[0]); }
static void *create_second(void) { return pool_create(&pools[1]); }
static void free_first(void *state) { pool_free(&pools[0], state); }
static void free_second(void *state) { pool_free(&pools[1], state); }

static const struct inflate_backend *pooled(size_t i) {
  struct pool *pool = &pools[i];
  FUZZ_CHECK(i < POOLS);
  if (!pool->real) {
    pool->real = inflate_backends()[i];
    pool->backend = *pool->real;
    pool->backend.create = i ? create_second : create_first;
    pool->backend.free = i ? free_second : free_first;
  }
  return &pool->backend;
}

/* --- The input as a transport --- */

struct memory {
  struct transport transport;
  const uint8_t *data;
  size_t len, at, piece;
};

static int memory_read(struct transport *transport, void *data, size_t cap,
                       enum transport_mode mode, size_t *got, bool *idle, struct ps_error *err) {
  struct memory *m = (struct memory *)transport;
  (void)mode;
  (void)err;
  size_t n = m->len - m->at;
  if (n > m->piece) n = m->piece;
  if (n > cap) n = cap;
  if (n) memcpy(data, m->data + m->at, n);
  m->at += n;
  *got = n;
  *idle = false;
  return PS_OK;
}

static void memory_close(struct transport *transport) { (void)transport; }

static const struct transport_ops memory_ops = {memory_read, memory_close};

static struct source *open_memory(struct memory *m, const uint8_t *data, size_t len, size_t piece,
                                  const struct inflate_backend *backend) {
  struct source *source;
  *m = (struct memory){.transport.ops = &memory_ops, .data = data, .len = len, .piece = piece};
  FUZZ_CHECK(!source_open_transport(&m->transport, "input", backend, &source, NULL));
  return source;
}

/* --- The output --- */

struct output {
  size_t len;
  int status;
  uint8_t data[OUTPUT_MAX + 65536];
};

/* Fresh memory of this size for every reading would cost more than all the rest. */
static struct output first, chunks, whole, pieces;

static void output_add(struct output *o, const uint8_t *data, size_t len) {
  FUZZ_CHECK(o->len + len <= OUTPUT_MAX + 65536);
  if (len) memcpy(o->data + o->len, data, len);
  o->len += len;
}

static void read_all(const uint8_t *data, size_t len, size_t piece, size_t cap,
                     const struct inflate_backend *backend, struct output *o) {
  const size_t later = cap < 1024 ? 64 * cap : cap;
  static uint8_t buffer[65536];
  struct memory memory;
  struct source *source = open_memory(&memory, data, len, piece, backend);
  size_t got;
  o->len = 0;
  while (
      o->len < OUTPUT_MAX &&
      !(o->status = source_read(source, buffer, o->len < PIECES_MAX ? cap : later, &got, NULL)) &&
      got)
    output_add(o, buffer, got);
  source_close(source);
}

static void read_chunks(const uint8_t *data, size_t len, size_t piece, size_t normal,
                        size_t max_line, struct output *o) {
  struct memory memory;
  struct source *source = open_memory(&memory, data, len, piece, pooled(0));
  const struct reader_options options = {.normal = normal, .max_line = max_line};
  struct reader *reader;
  struct chunk chunk;
  bool more = true;
  FUZZ_CHECK(!reader_open(source, &options, &reader, NULL));
  FUZZ_CHECK(!chunk_init(&chunk, normal, max_line, NULL));
  o->len = 0;
  while (more && o->len < OUTPUT_MAX) {
    o->status = reader_fill(reader, &chunk, &more, NULL);
    FUZZ_CHECK(chunk.offset == o->len);
    FUZZ_CHECK(chunk.kind == CHUNK_OVERLONG || !chunk.len || chunk.data[chunk.len - 1] == '\n');
    output_add(o, chunk.data, chunk.len - chunk.supplied);
  }
  chunk_release(&chunk);
  reader_close(reader);
  source_close(source);
}

/* exact: also behind damage the same length; else one may be the beginning of the other. */
static void same(const struct output *a, const struct output *b, bool exact) {
  size_t n = a->len < b->len ? a->len : b->len;
  FUZZ_CHECK(!memcmp(a->data, b->data, n));
  if (n >= OUTPUT_MAX) return;
  FUZZ_CHECK(a->status == b->status);
  if (exact || !a->status) FUZZ_CHECK(a->len == b->len);
}

static void check(const uint8_t *data, size_t len) {
  const struct inflate_backend *const *all = inflate_backends();
  const size_t odd = 1 + len % 29;
  read_all(data, len, SIZE_MAX, 65536, pooled(0), &first);
  read_chunks(data, len, odd, 64, 100, &chunks);
  same(&first, &chunks, true);
  for (size_t i = 0; all[i]; i++) {
    if (i) read_all(data, len, SIZE_MAX, 65536, pooled(i), &whole);
    read_all(data, len, odd, 30 - odd, pooled(i), &pieces);
    if (i) same(&first, &whole, false);
    same(i ? &whole : &first, &pieces, true);
  }
}

/* Checksums keep a fuzzer out: so the input is tried as the body of a member as well, with the
 * trailer that zlib says it should have. */
static void check_body(const uint8_t *data, size_t len) {
  static const uint8_t header[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
  z_stream z = {.next_in = (z_const Bytef *)data, .avail_in = (uInt)len};
  static uint8_t out[65536];
  uint32_t crc = 0, size = 0;
  int r;
  FUZZ_CHECK(inflateInit2(&z, -15) == Z_OK);
  do {
    z.next_out = out;
    z.avail_out = sizeof out;
    r = inflate(&z, Z_NO_FLUSH);
    uint32_t n = (uint32_t)sizeof out - z.avail_out;
    crc = (uint32_t)crc32(crc, out, n);
    size += n;
  } while (r == Z_OK && size < OUTPUT_MAX);
  size_t used = len - z.avail_in;
  (void)inflateEnd(&z);
  if (r != Z_STREAM_END) return;
  uint8_t *file = malloc(sizeof header + used + 8);
  FUZZ_CHECK(file);
  memcpy(file, header, sizeof header);
  memcpy(file + sizeof header, data, used);
  for (unsigned i = 0; i < 4; i++) {
    file[sizeof header + used + i] = (uint8_t)(crc >> (8 * i));
    file[sizeof header + used + 4 + i] = (uint8_t)(size >> (8 * i));
  }
  read_all(file, sizeof header + used + 8, SIZE_MAX, 65536, &inflate_zlib, &whole);
  FUZZ_CHECK(!whole.status);
  check(file, sizeof header + used + 8);
  free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  if (len > (size_t)1 << 20) return 0;
  check(data, len);
  check_body(data, len);
  return 0;
}

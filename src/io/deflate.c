#include "io/deflate.h"

#include "base/error.h"
#include "io/deflate_backend.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The backends are fed slices of this size whatever the vectors, since what comes out of ISA-L
 * depends on the pieces that go in. */
#define SLICE_BYTES ((size_t)256 << 10)
#define OUT_BYTES   ((size_t)64 << 10)

struct deflate {
  const struct deflate_backend *backend;
  void *state;
  uint8_t slice[SLICE_BYTES], out[OUT_BYTES];
};

const uint8_t gzip_head[GZIP_HEAD_BYTES] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};

const struct deflate_backend *const *deflate_backends(void) {
  static const struct deflate_backend *const all[] = {
#ifdef PINGSIEVE_HAVE_ISAL
      &deflate_isal,
#endif
      &deflate_zlib, NULL};
  return all;
}

int deflate_open_backend(const struct deflate_backend *backend, unsigned level,
                         struct deflate **deflate, struct ps_error *err) {
  if (level < 1 || level > backend->max_level)
    return error_set(err, PS_E_ARGUMENT, "%s has no level %u of compression", backend->name, level);
  struct deflate *d = malloc(sizeof *d);
  void *state = backend->create(level);
  if (!d || !state) {
    backend->free(state);
    free(d);
    return error_memory(err, sizeof *d);
  }
  d->backend = backend;
  d->state = state;
  *deflate = d;
  return PS_OK;
}

int deflate_open(unsigned level, struct deflate **deflate, struct ps_error *err) {
  for (const struct deflate_backend *const *b = deflate_backends(); level && *b; b++)
    if (level <= (*b)->max_level) return deflate_open_backend(*b, level, deflate, err);
  return error_set(err, PS_E_ARGUMENT, "levels of compression go from 1 to %u, %u is none",
                   DEFLATE_LEVEL_MAX, level);
}

void deflate_close(struct deflate *deflate) {
  if (!deflate) return;
  deflate->backend->free(deflate->state);
  free(deflate);
}

const char *deflate_backend(const struct deflate *deflate) { return deflate->backend->name; }

/* Where the input is. */
struct cursor {
  const struct iovec *vectors;
  size_t n, at; /* at: bytes of the first one that are done */
};

/* Passes over vectors that are done or empty. */
static bool at_end(struct cursor *c) {
  while (c->n && c->at == c->vectors->iov_len) {
    c->vectors++;
    c->n--;
    c->at = 0;
  }
  return !c->n;
}

/* The next slice: in place where one vector has it all, else put together. */
static size_t next_slice(struct deflate *d, struct cursor *c, const uint8_t **slice) {
  size_t len = 0;
  while (len < SLICE_BYTES && !at_end(c)) {
    const uint8_t *from = (const uint8_t *)c->vectors->iov_base + c->at;
    size_t there = c->vectors->iov_len - c->at;
    size_t take = there < SLICE_BYTES - len ? there : SLICE_BYTES - len;
    c->at += take;
    if (!len && (take == SLICE_BYTES || at_end(c))) {
      *slice = from;
      return take;
    }
    memcpy(d->slice + len, from, take);
    len += take;
  }
  *slice = d->slice;
  return len;
}

static int compress_slice(struct deflate *d, const uint8_t *data, size_t len, bool last,
                          deflate_put *put, void *context, struct ps_error *err) {
  struct deflate_step step = {.in = data, .in_len = len};
  enum deflate_result result;
  do {
    step.out = d->out;
    step.out_len = OUT_BYTES;
    result = d->backend->run(d->state, &step, last);
    if (result == DEFLATE_FAILED)
      return error_set(err, PS_E_INTERNAL, "%s does not compress any further", d->backend->name);
    size_t made = OUT_BYTES - step.out_len;
    int r = made ? put(context, d->out, made, err) : PS_OK;
    if (r) return r;
  } while (result == DEFLATE_FULL);
  return PS_OK;
}

int deflate_block(struct deflate *deflate, const struct iovec *vectors, size_t n, deflate_put *put,
                  void *context, uint32_t *crc, uint64_t *len, struct ps_error *err) {
  struct deflate *d = deflate;
  struct cursor cursor = {.vectors = vectors, .n = n};
  *crc = 0;
  *len = 0;
  d->backend->reset(d->state);
  while (!at_end(&cursor)) {
    const uint8_t *slice;
    size_t size = next_slice(d, &cursor, &slice);
    *crc = d->backend->crc(*crc, slice, size);
    *len += size;
    int r = compress_slice(d, slice, size, at_end(&cursor), put, context, err);
    if (r) return r;
  }
  return PS_OK;
}

static void put_le32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (8 * i));
}

void gzip_tail(uint32_t crc, uint64_t len, uint8_t tail[GZIP_TAIL_BYTES]) {
  tail[0] = 3; /* the last block, of fixed codes; and the code of its end */
  tail[1] = 0;
  put_le32(tail + 2, crc);
  put_le32(tail + 6, (uint32_t)len);
}

uint32_t gzip_crc_join(uint32_t first, uint32_t second, uint64_t second_len) {
  return (uint32_t)crc32_combine64(first, second, (z_off64_t)second_len);
}

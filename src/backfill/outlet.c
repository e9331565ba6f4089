#include "backfill/outlet.h"

#include "base/arith.h"
#include "base/error.h"

#include <stdlib.h>

/* ---- the press ---- */

int press_open(struct press *press, unsigned level, struct ps_error *err) {
  *press = (struct press){0};
  return deflate_open(level, &press->deflate, err);
}

void press_close(struct press *press) {
  deflate_close(press->deflate);
  free(press->vectors);
  *press = (struct press){0};
}

/* The block's ranges as vectors. They were kept as offsets, since a projection moves as it grows.
 */
static int vectors_of(struct press *press, const struct file_block *block, struct ps_error *err) {
  const struct slot *slot = &block->block.slot;
  uint8_t *base = slot->projected_len ? slot->projected.data : slot->chunk.data;
  size_t n = block->nranges, bytes;
  if (n > press->cap) {
    if (!size_mul(n, sizeof *press->vectors, &bytes)) return error_memory(err, n);
    struct iovec *vectors = realloc(press->vectors, bytes);
    if (!vectors) return error_memory(err, bytes);
    press->vectors = vectors;
    press->cap = n;
  }
  for (size_t i = 0; i < n; i++)
    press->vectors[i] = (struct iovec){base + block->ranges[i].at, block->ranges[i].len};
  return PS_OK;
}

static int put_packed(void *context, const void *data, size_t len, struct ps_error *err) {
  return buffer_append(context, data, len, err);
}

int press_block(struct press *press, struct file_block *block, struct ps_error *err) {
  buffer_clear(&block->block.packed);
  int r = vectors_of(press, block, err);
  if (r) return r;
  return deflate_block(press->deflate, press->vectors, block->nranges, put_packed,
                       &block->block.packed, &block->crc, &block->plain, err);
}

/* ---- the outlet ---- */

void outlet_resume(struct outlet *outlet, uint64_t length, uint64_t plain, uint32_t crc) {
  outlet->length = length;
  outlet->plain = plain;
  outlet->crc = crc;
}

static int write_bytes(void *context, const void *data, size_t len, struct ps_error *err) {
  struct outlet *outlet = context;
  struct iovec vector = {(void *)(uintptr_t)data, len};
  int r = part_write(outlet->part, &vector, 1, err);
  outlet->length = part_length(outlet->part);
  return r;
}

static int ensure_open(struct outlet *outlet, struct ps_error *err) {
  if (outlet->part) return PS_OK;
  int r = part_open(outlet->tree, outlet->name, outlet->length, &outlet->part, err);
  if (r || outlet->length || !outlet->gzip) return r;
  return write_bytes(outlet, gzip_head, sizeof gzip_head, err);
}

static int write_plain(struct outlet *outlet, struct press *press, struct file_block *block,
                       struct ps_error *err) {
  block->plain = 0;
  for (size_t i = 0; i < block->nranges; i++) block->plain += block->ranges[i].len;
  int r = vectors_of(press, block, err);
  if (!r) r = part_write(outlet->part, press->vectors, block->nranges, err);
  if (!r) outlet->length = part_length(outlet->part);
  return r;
}

static int write_gzip(struct outlet *outlet, struct press *press, struct file_block *block,
                      struct ps_error *err) {
  if (block->block.packed.len)
    return write_bytes(outlet, block->block.packed.data, block->block.packed.len, err);
  int r = vectors_of(press, block, err);
  if (r) return r;
  return deflate_block(press->deflate, press->vectors, block->nranges, write_bytes, outlet,
                       &block->crc, &block->plain, err);
}

int outlet_write(struct outlet *outlet, struct press *press, struct file_block *block,
                 struct ps_error *err) {
  int r = ensure_open(outlet, err);
  if (r || !block->nranges) return r;
  r = outlet->gzip ? write_gzip(outlet, press, block, err) : write_plain(outlet, press, block, err);
  if (r) return r;
  if (outlet->gzip) outlet->crc = gzip_crc_join(outlet->crc, block->crc, block->plain);
  outlet->plain += block->plain;
  block->nranges = 0;
  buffer_clear(&block->block.packed);
  return PS_OK;
}

int outlet_finish(struct outlet *outlet, struct ps_error *err) {
  uint8_t tail[GZIP_TAIL_BYTES];
  int r = ensure_open(outlet, err);
  if (!r && outlet->gzip) {
    gzip_tail(outlet->crc, outlet->plain, tail);
    r = write_bytes(outlet, tail, sizeof tail, err);
  }
  int closed = part_close(outlet->part, r ? NULL : err);
  outlet->part = NULL;
  return r ? r : closed;
}

void outlet_release(struct outlet *outlet) {
  (void)part_close(outlet->part, NULL);
  outlet->part = NULL;
}

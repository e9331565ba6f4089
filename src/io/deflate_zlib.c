#include "io/deflate_backend.h"
#include "io/inflate.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define MEMORY 8 /* zlib's own default: 256 KiB with a window of 32 KiB */

static void *zlib_create(unsigned level) {
  z_stream *z = calloc(1, sizeof *z);
  if (z && deflateInit2(z, (int)level, Z_DEFLATED, -15, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
    return z;
  free(z);
  return NULL;
}

static void zlib_reset(void *state) { (void)deflateReset(state); }

static enum deflate_result zlib_run(void *state, struct deflate_step *step, bool flush) {
  z_stream *z = state;
  uInt in_len = step->in_len < UINT_MAX ? (uInt)step->in_len : UINT_MAX;
  uInt out_len = step->out_len < UINT_MAX ? (uInt)step->out_len : UINT_MAX;
  z->next_in = (z_const Bytef *)step->in;
  z->avail_in = in_len;
  z->next_out = step->out;
  z->avail_out = out_len;
  int r = deflate(z, flush && in_len == step->in_len ? Z_FULL_FLUSH : Z_NO_FLUSH);
  step->in += in_len - z->avail_in;
  step->in_len -= in_len - z->avail_in;
  step->out += out_len - z->avail_out;
  step->out_len -= out_len - z->avail_out;
  if (r != Z_OK && r != Z_BUF_ERROR) return DEFLATE_FAILED;
  return z->avail_out && !step->in_len ? DEFLATE_DONE : DEFLATE_FULL;
}

static void zlib_free(void *state) {
  if (state) (void)deflateEnd(state);
  free(state);
}

static uint32_t zlib_crc(uint32_t crc, const uint8_t *data, size_t len) {
  return inflate_zlib.crc(crc, data, len);
}

const struct deflate_backend deflate_zlib = {"zlib",   9,        zlib_create, zlib_reset,
                                             zlib_run, zlib_crc, zlib_free};

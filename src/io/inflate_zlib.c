#include "io/inflate.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

static void *zlib_create(void) {
  z_stream *z = calloc(1, sizeof *z);
  if (z && inflateInit2(z, -15) == Z_OK) return z;
  free(z);
  return NULL;
}

static void zlib_reset(void *state) { (void)inflateReset(state); }

static enum inflate_result zlib_run(void *state, struct inflate_step *step) {
  z_stream *z = state;
  uInt in_len = step->in_len < UINT_MAX ? (uInt)step->in_len : UINT_MAX;
  uInt out_len = step->out_len < UINT_MAX ? (uInt)step->out_len : UINT_MAX;
  z->next_in = (z_const Bytef *)step->in;
  z->avail_in = in_len;
  z->next_out = step->out;
  z->avail_out = out_len;
  int r = inflate(z, Z_NO_FLUSH);
  step->in += in_len - z->avail_in;
  step->in_len -= in_len - z->avail_in;
  step->out += out_len - z->avail_out;
  step->out_len -= out_len - z->avail_out;
  step->leftover_len = 0;
  switch (r) {
  case Z_OK:
  case Z_BUF_ERROR: return INFLATE_MORE;
  case Z_STREAM_END: return INFLATE_END;
  case Z_MEM_ERROR: return INFLATE_FAILED;
  default: return INFLATE_BAD;
  }
}

static uint32_t zlib_crc(uint32_t crc, const uint8_t *data, size_t len) {
  return (uint32_t)crc32_z(crc, data, len);
}

static void zlib_free(void *state) {
  if (state) (void)inflateEnd(state);
  free(state);
}

const struct inflate_backend inflate_zlib = {"zlib",   zlib_create, zlib_reset,
                                             zlib_run, zlib_crc,    zlib_free};

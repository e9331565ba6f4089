#include "io/deflate_backend.h"
#include "io/inflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

struct isal {
  struct isal_zstream stream;
  uint8_t level_buffer[];
};

static size_t buffer_bytes(unsigned level) {
  static const size_t bytes[] = {ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT,
                                 ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};
  return bytes[level];
}

static void *isal_create(unsigned level) {
  size_t bytes = buffer_bytes(level);
  struct isal *isal = malloc(sizeof *isal + bytes);
  if (!isal) return NULL;
  isal_deflate_init(&isal->stream);
  isal->stream.level = level;
  isal->stream.level_buf = isal->level_buffer;
  isal->stream.level_buf_size = (uint32_t)bytes;
  isal->stream.gzip_flag = IGZIP_DEFLATE;
  return isal;
}

static void isal_reset(void *state) {
  struct isal *isal = state;
  isal_deflate_reset(&isal->stream);
  /* Level 3 looks at matches beyond those it has found: what comes out must not depend on them. */
  if (isal->stream.level == 3) memset(isal->level_buffer, 0, isal->stream.level_buf_size);
}

static enum deflate_result isal_run(void *state, struct deflate_step *step, bool flush) {
  struct isal_zstream *s = &((struct isal *)state)->stream;
  uint32_t in_len = step->in_len < INT32_MAX ? (uint32_t)step->in_len : INT32_MAX;
  uint32_t out_len = step->out_len < INT32_MAX ? (uint32_t)step->out_len : INT32_MAX;
  s->next_in = (uint8_t *)step->in; /* its interface lacks the const; it does not write there */
  s->avail_in = in_len;
  s->next_out = step->out;
  s->avail_out = out_len;
  s->flush = flush && in_len == step->in_len ? FULL_FLUSH : NO_FLUSH;
  int r = isal_deflate(s);
  step->in += in_len - s->avail_in;
  step->in_len -= in_len - s->avail_in;
  step->out += out_len - s->avail_out;
  step->out_len -= out_len - s->avail_out;
  if (r != COMP_OK) return DEFLATE_FAILED;
  return s->avail_out && !step->in_len ? DEFLATE_DONE : DEFLATE_FULL;
}

static uint32_t isal_crc(uint32_t crc, const uint8_t *data, size_t len) {
  return inflate_isal.crc(crc, data, len);
}

const struct deflate_backend deflate_isal = {"isal",   ISAL_DEF_MAX_LEVEL, isal_create, isal_reset,
                                             isal_run, isal_crc,           free};

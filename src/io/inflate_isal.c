#include "io/inflate.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct isal {
  struct inflate_state state;
  bool bad; /* corrupt, but bytes before it still wait in its window */
};

static void isal_reset(void *state) {
  struct isal *isal = state;
  isal_inflate_reset(&isal->state);
  isal->state.crc_flag = ISAL_DEFLATE;
  isal->bad = false;
}

static void *isal_create(void) {
  struct isal *isal = malloc(sizeof *isal);
  if (!isal) return NULL;
  isal_inflate_init(&isal->state);
  isal_reset(isal);
  return isal;
}

/* After an error ISA-L keeps what it had inflated into its own window and found no room for. */
static enum inflate_result drain(struct inflate_state *s, struct inflate_step *step) {
  size_t n = (size_t)(s->tmp_out_valid - s->tmp_out_processed);
  if (n > step->out_len) n = step->out_len;
  memcpy(step->out, s->tmp_out_buffer + s->tmp_out_processed, n);
  s->tmp_out_processed += (int32_t)n;
  step->out += n;
  step->out_len -= n;
  return s->tmp_out_processed < s->tmp_out_valid ? INFLATE_MORE : INFLATE_BAD;
}

static enum inflate_result isal_run(void *state, struct inflate_step *step) {
  struct isal *isal = state;
  struct inflate_state *s = &isal->state;
  step->leftover_len = 0;
  if (isal->bad) return drain(s, step);
  uint32_t in_len = step->in_len < UINT32_MAX ? (uint32_t)step->in_len : UINT32_MAX;
  uint32_t out_len = step->out_len < INT32_MAX ? (uint32_t)step->out_len : INT32_MAX;
  s->next_in = (uint8_t *)step->in; /* its interface lacks the const; it does not write there */
  s->avail_in = in_len;
  s->next_out = step->out;
  s->avail_out = out_len;
  int r = isal_inflate(s);
  step->in += in_len - s->avail_in;
  step->in_len -= in_len - s->avail_in;
  step->out += out_len - s->avail_out;
  step->out_len -= out_len - s->avail_out;
  if (r < 0) {
    isal->bad = true;
    return drain(s, step);
  }
  if (s->block_state != ISAL_BLOCK_FINISH) return INFLATE_MORE;
  /* Whole bytes in its bit buffer lie behind the stream, perhaps from an earlier step. */
  uint64_t bits = s->read_in >> (s->read_in_length % 8);
  step->leftover_len = (size_t)s->read_in_length / 8;
  for (size_t i = 0; i < step->leftover_len; i++) step->leftover[i] = (uint8_t)(bits >> (8 * i));
  return INFLATE_END;
}

static uint32_t isal_crc(uint32_t crc, const uint8_t *data, size_t len) {
  return crc32_gzip_refl(crc, data, len);
}

const struct inflate_backend inflate_isal = {"isal",   isal_create, isal_reset,
                                             isal_run, isal_crc,    free};

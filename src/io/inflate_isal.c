#include "io/inflate.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Its fast loop runs while this many bytes of input are there. */
#define FAST_INPUT 8

struct isal {
  struct inflate_state state;
  struct inflate_state before; /* the last run; see run_exactly() */
  bool bad;                    /* corrupt, but bytes before it still wait in its window */
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

/* One call of ISA-L, of at most `most` bytes of input. */
static int feed(struct inflate_state *s, struct inflate_step *step, uint32_t most) {
  uint32_t in_len = step->in_len < most ? (uint32_t)step->in_len : most;
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
  return r;
}

/* When ISA-L's fast loop meets a corrupt match, it counts the match as output without having
 * written it: what was in memory there before would be delivered. So a run that failed is done
 * again from where it began, with too little input at a time for the fast loop. */
static enum inflate_result run_exactly(struct isal *isal, struct inflate_step *step) {
  int r = 0;
  isal->state = isal->before;
  while (r >= 0 && step->in_len && step->out_len) r = feed(&isal->state, step, FAST_INPUT - 1);
  isal->bad = r < 0;
  return isal->bad ? drain(&isal->state, step) : INFLATE_MORE;
}

/* Keeps the state before a run: all but the unused end of its window. */
static void keep(struct isal *isal) {
  size_t used = offsetof(struct inflate_state, tmp_out_buffer) + (size_t)isal->state.tmp_out_valid;
  memcpy(&isal->before, &isal->state, used);
}

static enum inflate_result isal_run(void *state, struct inflate_step *step) {
  struct isal *isal = state;
  struct inflate_state *s = &isal->state;
  step->leftover_len = 0;
  if (isal->bad) return drain(s, step);
  struct inflate_step begin = *step;
  bool fast = step->in_len >= FAST_INPUT;
  if (fast) keep(isal);
  if (feed(s, step, UINT32_MAX) < 0) {
    if (fast) *step = begin;
    else isal->bad = true;
    return fast ? run_exactly(isal, step) : drain(s, step);
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

#include "io/deflate_backend.h"
#include "io/inflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

/* At levels 1 and 2 a stream without history enters the third position of its input into the hash
 * table where the stream's own address says (igzip_icf_body_h1_gr_bt.asm of 2.30 and later,
 * .write_first_byte: tmp2 was never set), so that now and then a match is lost, and what comes out
 * differs from run to run. With history it does not: the first bytes of a block are stored (RFC
 * 1951 section 3.2.4), and are the dictionary of the rest. */
#define STORED_BYTES 8u
#define STORED_HEAD  5u

struct isal {
  struct isal_zstream stream;
  bool begun; /* the block has history */
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
  isal->begun = isal->stream.level == 3;
  /* Level 3 looks at matches beyond those it has found: what comes out must not depend on them. */
  if (isal->stream.level == 3) memset(isal->level_buffer, 0, isal->stream.level_buf_size);
}

/* Stores the first bytes of the block. False: there is no room for them. */
static bool store_first(struct isal *isal, struct deflate_step *step) {
  const uint8_t n = step->in_len < STORED_BYTES ? (uint8_t)step->in_len : STORED_BYTES;
  const uint8_t head[STORED_HEAD] = {0, n, 0, (uint8_t)~n, 0xFF}; /* not the last; LEN, NLEN */
  if (step->out_len < STORED_HEAD + n) return false;
  memcpy(step->out, head, STORED_HEAD);
  memcpy(step->out + STORED_HEAD, step->in, n);
  isal->begun = n == STORED_BYTES &&
                isal_deflate_set_dict(&isal->stream, (uint8_t *)step->in, STORED_BYTES) == COMP_OK;
  step->out += STORED_HEAD + n;
  step->out_len -= STORED_HEAD + n;
  step->in += n;
  step->in_len -= n;
  return true;
}

static enum deflate_result isal_run(void *state, struct deflate_step *step, bool flush) {
  struct isal *isal = state;
  struct isal_zstream *s = &isal->stream;
  if (!isal->begun && step->in_len && !store_first(isal, step)) return DEFLATE_FULL;
  if (!isal->begun && !step->in_len) return DEFLATE_DONE; /* all of it is stored */
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

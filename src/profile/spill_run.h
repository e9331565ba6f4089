/* Runs: sorted entries in the file of a spill, in blocks of whole entries, each with its length and
 * checksum. An entry is the number of the key's bytes (most significant first) that are the same as
 * in the entry before, the other bytes, the head's words as numbers (accounts/bytes.h), and where
 * there are tails, the length and the bytes. Runs never leave the process.
 */
#ifndef PROFILE_SPILL_RUN_H
#define PROFILE_SPILL_RUN_H

#include "accounts/bytes.h"
#include "profile/spill.h"
#include "profile/spill_file.h"

struct spill_run {
  uint64_t from, to; /* in the file */
};

/* The bytes of a block that is ended once it has `target`, at most. */
size_t spill_run_block(const struct spill_kind *kind, size_t target);

/* ---- writing: init, then for each run put... end ---- */

struct spill_writer {
  const struct spill_kind *kind;
  struct spill_file *file;
  uint8_t *block, *at; /* spill_run_block() bytes; the end of the entries in it */
  size_t target;
  size_t largest; /* block that was written */
  uint64_t from;  /* of the run */
  uint64_t key[SPILL_KEY];
};

int spill_writer_init(struct spill_writer *writer, const struct spill_kind *kind,
                      struct spill_file *file, size_t target, struct ps_error *err);
void spill_writer_release(struct spill_writer *writer);
int spill_writer_put(struct spill_writer *writer, const struct spill_entry *entry,
                     struct ps_error *err);
int spill_writer_end(struct spill_writer *writer, struct spill_run *run, struct ps_error *err);

/* ---- reading ---- */

struct spill_reader {
  const struct spill_kind *kind;
  const struct spill_file *file;
  struct spill_run rest;
  uint8_t *block; /* room for the largest one; borrowed */
  size_t room;
  struct cursor cursor; /* in the block */
  uint64_t key[SPILL_KEY], head[SPILL_HEAD];
  const uint8_t *tail;
  size_t tail_len;
};

void spill_reader_init(struct spill_reader *reader, const struct spill_kind *kind,
                       const struct spill_file *file, const struct spill_run *run, uint8_t *block,
                       size_t room);
/* The next entry, in the reader; false in *got: there is none. */
int spill_reader_next(struct spill_reader *reader, bool *got, struct ps_error *err);

#endif

/* The outlet: where the pings that go out leave, behind one table of operations. Standard output is
 * one (sieve/standard.h), the files of a backfill are another; a new one is a new file.
 *
 * The order of a batch: leave and flush for its segments; then, in the open transaction,
 * before_commit, sync, taken, and after these the store commits: a ping is marked seen only when
 * its bytes are safe in the outlet, or its reader has them. after_commit follows. Anything that
 * fails before the commit aborts the batch, and none of its pings is marked.
 *
 * All operations are called by the committer, one at a time. Those that may be NULL say so.
 */
#ifndef SIEVE_OUTLET_H
#define SIEVE_OUTLET_H

#include "record/slot.h"
#include "sieve/figures.h"

struct outlet_ops {
  void *context; /* given to each operation */

  /* A record goes out: record->out bytes, which are in the slot's chunk or in slot->projected (that
   * moves when the next piece is scanned); adjacent ones follow one another. They stay until
   * flush(). NULL: nothing goes out. */
  int (*leave)(void *context, struct slot *slot, const struct slot_record *record,
               struct ps_error *err);
  /* A segment has ended: its bytes may be reused after this. NULL: they may as they are. */
  int (*flush)(void *context, struct ps_error *err);
  /* Bytes that it was given so far, and how many of these, from the first on, its reader has, or
   * are safe if it has none (a file). PS_E_PIPE: the reader is gone without the rest. taken NULL:
   * all are when sync() has returned. */
  uint64_t (*position)(void *context);
  int (*taken)(void *context, uint64_t *bytes, struct ps_error *err);

  /* The next tally->lines lines of the current input were judged and given out; batch_lines()
   * counts them already. May be NULL. */
  void (*counted)(void *context, const struct tally *tally);
  /* In the transaction, before the store commits: makes what left ready to be safe, puts values.
   * Called in the middle of a slot where the caller ended the batch there. May be NULL. */
  int (*before_commit)(void *context, struct ps_error *err);
  /* All that left is safe when it returns. NULL: before_commit() has seen to it. */
  int (*sync)(void *context, struct ps_error *err);
  /* The store has committed; an error undoes nothing of that. May be NULL. */
  int (*after_commit)(void *context, struct ps_error *err);
};

#endif

/* The batch: judges scanned pings in input order, writes them out and commits what was marked.
 *
 * Order of events (design rule "marked seen only after its bytes have left"): mark in the open
 * transaction, write, sync every sink, commit. Anything that fails before the commit aborts the
 * batch, and none of its pings is marked. Accounts are counted as the lines are written, in the
 * same transaction.
 *
 * Days: a ping without a day is of today. The watermark w is the newest day of a keyed ping, never
 * later than tomorrow; a ping older than w - keep is late, and the keys of older days are forgotten
 * at the very ping that moved w. The accounts' day of a ping is the one its key is kept under;
 * without a key its own day (a malformed one has that of its input, if it is given), if it is
 * within the retention, else w as it then stands (today in a new store).
 *
 * A ping that is not selected is as if it had not come, but for the figures: it moves no watermark
 * and is not in the accounts. Where one ping a client is wanted, that holds for pings without a
 * clientId too; one that is not its client's first is not in the accounts either, but it moves the
 * watermark: the retention, after which a client is new again, must not stand still while all
 * clients are known. All functions belong to one thread, the committer.
 */
#ifndef SIEVE_BATCH_H
#define SIEVE_BATCH_H

#include "record/slot.h"
#include "sieve/figures.h"
#include "sieve/one_per_client.h"
#include "sieve/outputs.h"
#include "sieve/ring.h"

struct batch_limits {
  uint32_t pings;
  uint64_t bytes, idle_ns, age_ns;
  uint64_t share_ns; /* the age from which it ends when another process waits for its turn */
};

/* The time by which limits and days are looked at. */
struct batch_clock {
  uint64_t (*monotonic_ns)(void *context);
  int64_t (*unix_seconds)(void *context);
  void *context;
};

/* Calls by which another owner than the filter takes part in a batch. Every member is called by the
 * committer and may be NULL. After an error the owner aborts the batch; an error of after_commit()
 * undoes nothing that was committed. */
struct batch_hooks {
  void *context;
  /* Takes a line that goes to the output, in place of the clean sink: `data` is in the slot's chunk
   * or in slot->projected (which moves when the next piece is scanned), and adjacent lines follow
   * one another. NULL: there is no output. */
  int (*leave)(void *context, struct slot *slot, const uint8_t *data, size_t len,
               struct ps_error *err);
  /* The next tally->lines lines of the current input were judged and given out; batch->lines counts
   * them already. */
  void (*counted)(void *context, const struct tally *tally);
  /* In the transaction, before the sinks are synced and it is committed: makes durable what left,
   * puts values. With whole_slots, called in the middle of a slot only when a ping moves the
   * watermark past days that the set holds: always then, if lines of the slot were judged in the
   * batch, so that where it happens depends on the input alone. */
  int (*before_commit)(void *context, struct ps_error *err);
  int (*after_commit)(void *context, struct ps_error *err);
};

struct batch {
  struct ps_seen *seen;
  struct outputs *outputs;
  struct figures *figures;
  const struct batch_hooks *hooks; /* NULL: lines leave by outputs->clean */
  struct ring *ring;               /* told when the disk is waited for; NULL: not told */
  bool whole_slots; /* limits are looked at by the owner, with batch_is_due(), between slots; slots
                       may be larger than they are */
  struct one_per_client *one_per_client; /* NULL: as many as there are */
  struct accounts *accounts;             /* NULL: none */
  enum ps_flagged flagged;
  const char *input_name; /* the owner may change it, and `lines`, between slots */
  struct batch_limits limits;
  const struct batch_clock *clock; /* NULL: the system's */
  uint32_t keep_days;

  bool open, marked;
  uint32_t pings;
  uint64_t bytes, begun_ns, touched_ns;
  uint16_t watermark, today;
  uint64_t lines; /* of the input, before the next one */

  struct invalid_place overlong; /* the over-long line being passed on; line 0: none */
  day_t overlong_day;            /* of the accounts */

  /* one segment's look-up */
  size_t nkeys;
  struct ps_key keys[SLOT_PINGS];
  uint16_t days[SLOT_PINGS];
  uint8_t verdicts[SLOT_PINGS];
  uint8_t classes[SLOT_PINGS];
  day_t account_days[SLOT_PINGS];
  bool withheld[SLOT_PINGS];
};

/* Deals with the piece that slot holds: pings in order, batches begun and committed as limits and
 * days want it. */
int batch_take(struct batch *batch, struct slot *slot, struct ps_error *err);

/* Takes the store's writer lock and begins a batch; one that is open already is fine. batch_take()
 * does it where there are lines: for an owner that has something to commit without any. */
int batch_begin(struct batch *batch, struct ps_error *err);

/* When the open batch is to be committed at the latest, on the monotonic clock; 0: no batch is
 * open. */
uint64_t batch_deadline(const struct batch *batch);
/* Where no slot comes: when batch_has_rested() is to be asked, on the monotonic clock; 0: no batch
 * is open. */
uint64_t batch_next_look(const struct batch *batch);
/* The open batch is to be committed though no slot has come: its deadline is over, or another
 * process waits for its turn (not amid an over-long line). */
bool batch_has_rested(const struct batch *batch);
/* It is to be committed, by its limits; with whole_slots not between pieces of an over-long line.
 */
bool batch_is_due(const struct batch *batch);
int batch_commit(struct batch *batch, struct ps_error *err); /* nothing to do is fine */
int batch_finish(struct batch *batch,
                 struct ps_error *err); /* the input has ended: commits the rest */
/* It has not ended, but no more is taken: commits the rest. An over-long line that is half through
 * is not taken: it comes again, from its beginning, with the same input. */
int batch_stop(struct batch *batch, struct ps_error *err);
void batch_abort(struct batch *batch);

#endif

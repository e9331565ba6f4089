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
 * Pings that leave through a pipe are marked once its reader has taken them (sieve/carried.h): a
 * commit waits for the reader for 20 ms, and holds back what is still in the pipe then. These are
 * looked up as if they were marked, and are marked by a later commit.
 *
 * A ping that is not selected is as if it had not come, but for the figures: it moves no watermark
 * and is not in the accounts. Where one ping a client is wanted, that holds for pings without a
 * clientId too; one that is not its client's first is not in the accounts either, but it moves the
 * watermark: the retention, after which a client is new again, must not stand still while all
 * clients are known. All functions belong to one thread, the committer.
 */
#ifndef SIEVE_BATCH_H
#define SIEVE_BATCH_H

#include "accounts/accounts.h"
#include "record/slot.h"
#include "sieve/outlet.h"
#include "sieve/outputs.h"

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

struct batch;

struct batch_options {
  struct ps_seen *seen;
  struct accounts *accounts; /* NULL: none */
  struct outputs *outputs;   /* of all lines that do not go out */
  struct figures *figures;
  const struct outlet_ops *outlet; /* of those that do */
  enum ps_flagged flagged;
  bool one_per_client;
  struct batch_limits limits;
};

/* Everything is borrowed, and outlives the batch. */
int batch_open(const struct batch_options *options, struct batch **batch, struct ps_error *err);
void batch_close(struct batch *batch); /* NULL is fine */

/* Calls `tell` when a commit, which waits for the disk, begins and when it has ended. */
void batch_tell_commits(struct batch *batch, void (*tell)(void *context, bool committing),
                        void *context);
void batch_set_clock(struct batch *batch, const struct batch_clock *clock); /* NULL: the system's */
/* The lines to come are of this input, of which so many came before. `name` is borrowed. */
void batch_set_input(struct batch *batch, const char *name, uint64_t lines);
uint64_t batch_lines(const struct batch *batch); /* of the input, before the next one */
uint16_t batch_watermark(const struct batch *batch);
day_t batch_today(const struct batch *batch); /* by the clock, at the last piece */

enum batch_pause {
  BATCH_WHOLE,  /* the piece was dealt with to its end */
  BATCH_PART,   /* there is more of it */
  BATCH_EXPIRES /* its next ping would move the watermark past days that the set holds */
};

/* Begins a batch if none is open, and deals with pings of the piece that slot holds, in order, from
 * the first that was not dealt with (slot->taken), as far as one look-up goes and at most `most`.
 * The caller ends batches: it asks batch_is_due() when it likes, and at BATCH_EXPIRES it commits
 * what came before that ping, if any of it is marked, and calls batch_expire(). */
int batch_take(struct batch *batch, struct slot *slot, size_t most, enum batch_pause *pause,
               struct ps_error *err);
/* Moves the watermark as the ping at which batch_take() paused wants it, and forgets the days
 * behind. Begins a batch if none is open. PS_E_INTERNAL after something was marked in it. */
int batch_expire(struct batch *batch, struct ps_error *err);

/* Takes the store's writer lock and begins a batch; one that is open already is fine: for an owner
 * that has something to commit without any lines. */
int batch_begin(struct batch *batch, struct ps_error *err);

/* Of the open batch: pings that it has; whether it has marked any, and whether the last line is one
 * that is over-long and not at its end, which must stay in one piece where it goes. */
size_t batch_pings(const struct batch *batch);
bool batch_has_marked(const struct batch *batch);
bool batch_is_within_line(const struct batch *batch);
/* How many more pings it may have, by its limit. */
size_t batch_room(const struct batch *batch);

/* When the open batch is to be committed at the latest, on the monotonic clock; 0: no batch is
 * open. */
uint64_t batch_deadline(const struct batch *batch);
uint64_t batch_age_deadline(const struct batch *batch); /* the same, however long no line came */
/* Where no slot comes: when batch_has_rested() is to be asked, on the monotonic clock; 0: no batch
 * is open. */
uint64_t batch_next_look(const struct batch *batch);
/* The open batch is to be committed though no slot has come: its deadline is over, or another
 * process waits for its turn (not amid an over-long line). */
bool batch_has_rested(const struct batch *batch);
bool batch_is_due(const struct batch *batch); /* it is to be committed, by its limits */

/* Pings that left are not marked yet, as their reader has not taken them. Where no batch is open,
 * batch_has_rested() tells when it has all, or a batch's age later some. */
bool batch_carries(const struct batch *batch);
/* Whether the reader has taken some of these by now, and all. PS_E_PIPE: it is gone. */
int batch_reader(const struct batch *batch, bool *some, bool *all, struct ps_error *err);

int batch_commit(struct batch *batch, struct ps_error *err); /* nothing to do is fine */
/* The same, where a batch without pings marks what the reader has taken meanwhile. */
int batch_settle(struct batch *batch, struct ps_error *err);
int batch_finish(struct batch *batch,
                 struct ps_error *err); /* the input has ended: commits the rest */
/* It has not ended, but no more is taken: commits the rest. An over-long line that is half through
 * is not taken: it comes again, from its beginning, with the same input. After an error amid a
 * batch nothing is done. */
int batch_stop(struct batch *batch, struct ps_error *err);
/* Takes back the part of an over-long line that was passed on; without one: nothing. */
int batch_drop_line(struct batch *batch, struct ps_error *err);
void batch_abort(struct batch *batch);

/* For an outlet whose flush() waits for its reader (context: the batch): commits the open batch
 * when another process waits for the turn, or by its age. Pings that are not taken are carried, and
 * flush() goes on without the turn. */
int batch_while_blocked(void *context, struct ps_error *err);

#endif

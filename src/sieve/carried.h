/* Carried pings: those that left, and that their reader has not taken yet. A ping is marked in the
 * store only once its reader has it: until then its key is in memory, takes part in the look-ups of
 * every batch, and is held back from the commit.
 *
 * In each batch: carried_mark() before the first look-up, carried_add() for what leaves,
 * carried_cut() at the commit. Places are bytes given to the outlet. Memory: 32 bytes for each ping
 * of a batch that left, and for what a pipe holds. One thread, the committer.
 */
#ifndef SIEVE_CARRIED_H
#define SIEVE_CARRIED_H

#include "base/day.h"
#include <pingsieve/seen.h>

struct carried_ping {
  struct ps_key key;
  uint64_t end;   /* behind its last byte */
  day_t day;      /* that the key is kept under */
  bool is_id;     /* the key is that of the documentId */
  bool elsewhere; /* another process has marked it meanwhile */
};

struct carried {
  struct carried_ping *pings; /* by `end` */
  size_t n, cap;
  size_t before;       /* the first so many left in earlier batches */
  struct ps_key *keys; /* scratch, as many as pings */
  uint16_t *days;
  uint8_t *verdicts;
  size_t room;
};

void carried_release(struct carried *carried);

/* A ping leaves in the open batch, with a key that it has marked. */
int carried_add(struct carried *carried, const struct carried_ping *ping, struct ps_error *err);
/* In the open transaction, before anything else is marked: marks those of earlier batches, but for
 * days before `bound`, which the store holds no more. */
int carried_mark(struct carried *carried, struct ps_seen *seen, uint32_t bound,
                 struct ps_error *err);
/* Before the commit: what ends at `taken` or before stays marked, the rest is held back and carried
 * on. *twice: so many of those that the reader has by now came from another process as well. */
int carried_cut(struct carried *carried, struct ps_seen *seen, uint64_t taken, uint64_t *twice,
                struct ps_error *err);
/* The batch is aborted: what it gave away is forgotten. */
void carried_abort(struct carried *carried);

#endif

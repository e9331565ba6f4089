/* Judging: which class a ping is of, on which day it counts, and how it moves the watermark.
 * Private to the batch.
 */
#ifndef SIEVE_JUDGE_H
#define SIEVE_JUDGE_H

#include "sieve/batch_state.h"

/* The first day that the retention still holds, by this watermark. */
uint32_t judge_bound(const struct batch *batch, uint16_t watermark);
/* The accounts' day of a ping that has no key. A malformed one has a day of its own when the input
 * is of one day. */
day_t judge_day_without_key(const struct batch *batch, const struct ping *ping);
/* Classifies pings from the first on, as far as one look-up may go, and collects their keys and
 * days, those of the accounts as well. It stops short of a ping that moves the retention while keys
 * are still to be looked up, or past days that the set holds; *expires is the watermark by which
 * the first ping did the latter, which has then to be seen to before anything else, else 0. */
size_t judge(struct batch *batch, const struct ping *pings, size_t n, uint16_t *expires);
/* Marks what is carried of earlier batches, once in a batch, before anything else is. */
int judge_carried(struct batch *batch, struct ps_error *err);
/* Looks up what judge() has let pass of these n pings, and marks it. */
int judge_look_up(struct batch *batch, const struct ping *pings, size_t n, struct tally *tally,
                  struct ps_error *err);

#endif

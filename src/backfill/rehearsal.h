/* Rehearsal: a copy of the store for a dry run to work on, removed with everything in it.
 *
 * It is STORE/dry-run-XXXXXX, or, while there is no store, STORE.dry-run-XXXXXX beside it.
 */
#ifndef BACKFILL_REHEARSAL_H
#define BACKFILL_REHEARSAL_H

#include <pingsieve/sieve.h>

/* *options is changed to work on the copy, without a wait for the disk and without a sink outside
 * of it. Removes what an earlier dry run may have left. *directory is malloc'ed. */
int rehearsal_begin(struct ps_sieve_options *options, char **directory, struct ps_error *err);
void rehearsal_end(char *directory); /* after the store was closed; frees; NULL is fine */

#endif

/* Commit: the joints of a transaction of the committer. */
#ifndef BACKFILL_COMMIT_H
#define BACKFILL_COMMIT_H

#include "backfill/committer.h"

/* Operations of the outlet, whose context is the committer: outputs written and durable, records
 * put; then names given to the ended ones. */
int commit_before(void *context, struct ps_error *err);
int commit_after(void *context, struct ps_error *err);
/* Gives the names that an interrupted run could not give any more. */
int commit_publish_left(struct committer *committer, struct ps_error *err);
/* The end: the names are durable, and no job is left unfinished. */
int commit_last(struct committer *committer, struct ps_error *err);

#endif

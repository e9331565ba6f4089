/* Merging: runs of one day become one, in small steps inside later commits.
 *
 * One rule: once a day has `least` free runs, the longest tail of them by size whose smaller part
 * is worth 1/`ratio` of its largest becomes one run; if more than `most` would stay, the smallest
 * two do. The open day (where the last flush put most keys) has other numbers than the quiet ones,
 * of which one at a time is merged. When nothing is left to merge, group filters are built.
 *
 * A step writes one chunk of the output and deletes the inputs' chunks below its bound; between
 * steps the state is consistent (invariant 1 of seen/store.h). Steps stop when the credit (keys,
 * earned by inserting), the time or the bytes are used up. Pages that are new to the file count as
 * time, since a commit waits for writing them; bytes lie in memory until then.
 */
#ifndef SEEN_MERGE_H
#define SEEN_MERGE_H

#include "seen/store.h"

/* Credit for n inserted keys. */
void merge_earn(struct ps_seen *seen, uint64_t n);
/* Works in the open transaction, for about `microseconds` (more when much is owed). */
int merge_work(struct ps_seen *seen, uint32_t microseconds, struct ps_error *err);
/* Credit for work in idle time, which takes its time and no more. */
void merge_earn_idle(struct ps_seen *seen);

#endif

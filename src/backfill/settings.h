/* Settings: everything that the outputs of a backfill depend on, as text and as fingerprints: of
 * all of it, and of the settings that decide which pings are in the outputs, and which parts of
 * them.
 *
 * A line each: KEY=VALUE, values in JSON's strings, so that two texts are compared line by line to
 * tell what differs.
 */
#ifndef BACKFILL_SETTINGS_H
#define BACKFILL_SETTINGS_H

#include "backfill/checkpoint.h"

/* Fills job->settings and both fingerprints. out: the real path of the output directory, or "". */
int settings_fill(struct job *job, const struct ps_backfill_options *options,
                  const struct ps_seen *seen, const char *out, struct ps_error *err);

/* "level was "1" and is "6", out was ...": the first few that differ. */
#define SETTINGS_DIFFERENCE 320
void settings_difference(const struct job *was, const struct job *is,
                         char text[SETTINGS_DIFFERENCE]);

#endif

/* Left-overs of a killed program in the directory of a store: ".new-XXXXXX", a store that was being
 * made, and ".copy-XXXXXX", a copy.
 *
 * The process that fills one holds a lock on it (flock(2), which ends with the process, in every
 * PID namespace), so that the next program can tell a left-over from work that is under way.
 */
#ifndef SEEN_LEFTOVERS_H
#define SEEN_LEFTOVERS_H

#include <stdbool.h>

#define LEFTOVERS_NEW  ".new-XXXXXX"
#define LEFTOVERS_COPY ".copy-XXXXXX"

/* Makes a directory, or an empty file, of the name that `path` becomes; it ends in XXXXXX.
 * A descriptor that holds its lock until it is closed, or -1 with errno. */
int leftovers_make_directory(char *path);
int leftovers_make_file(char *path);

/* Removes those in dir, for their owner alone, that no process fills any more. One that cannot be
 * removed stays. */
void leftovers_clear(const char *dir);

#endif

/* Files that are replaced as a whole: readers see the old text or the new one, never half of it.
 *
 * A regular file is written under a temporary name beside it (which ends in .tmp, so that patterns
 * like *.prom do not match it) and renamed; symbolic links are followed first. Devices and
 * pipes, /dev/stderr for example, are written directly.
 */
#ifndef CLI_REPLACE_H
#define CLI_REPLACE_H

#include <limits.h>
#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>

/* durable: wait until it is on disk (fsync of the file and of its directory). PS_E_OUTPUT. */
int replace_file(const char *path, const void *data, size_t len, bool durable,
                 struct ps_error *err);

/* The same piece by piece: begun, written, and then committed or abandoned (which may be called
 * after any error, and twice). */
struct replacement {
  int fd;
  char path[PATH_MAX], temporary[PATH_MAX]; /* the latter "" when the file is written directly */
};
int replace_begin(struct replacement *replacement, const char *path, struct ps_error *err);
int replace_write(struct replacement *replacement, const void *data, size_t len,
                  struct ps_error *err);
int replace_commit(struct replacement *replacement, bool durable, struct ps_error *err);
void replace_abandon(struct replacement *replacement);

/* Whether replace_file() has a chance, to be asked before work starts. */
int replace_check(const char *path, struct ps_error *err);

#endif

/* Files that are replaced as a whole: readers see the old text or the new one, never half of it,
 * after a power cut neither.
 *
 * A regular file is written under a temporary name in its directory (".pingsieve-*.tmp", so that
 * patterns like *.prom do not match it), synced, renamed, and its directory synced; symbolic links
 * are followed first. The temporary file is locked as long as its writer lives: the left-over of a
 * killed run is removed by replace_check() of the next one that writes into that directory, what a
 * living run writes is not. Where the file system has no locks nothing is removed.
 *
 * Devices and pipes, /dev/stderr for example, are written directly; /dev/fd/N and its like mean the
 * descriptor (io/devfd.h). Main thread only.
 */
#ifndef CLI_REPLACE_H
#define CLI_REPLACE_H

#include <limits.h>
#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>

/* A pipe without a reader, or a full one. While it is waited for, SIGINT and SIGTERM end the
 * program, also where a job has them blocked; after a second it is told what is waited for. */
enum replace_patience { REPLACE_WAIT, REPLACE_FAIL };

/* Returns when the new text is on the disk. PS_E_OUTPUT; when nothing but the sync of the directory
 * failed, the file has its new text. */
int replace_file(const char *path, const void *data, size_t len, enum replace_patience patience,
                 struct ps_error *err);

/* The same piece by piece: begun, written, and then committed or abandoned (which may be called
 * after any error, and twice). */
struct replacement {
  int fd;
  enum replace_patience patience;
  bool told;                                /* that it waits */
  char path[PATH_MAX], temporary[PATH_MAX]; /* the latter "" when the file is written directly */
};
int replace_begin(struct replacement *replacement, const char *path, enum replace_patience patience,
                  struct ps_error *err);
int replace_write(struct replacement *replacement, const void *data, size_t len,
                  struct ps_error *err);
int replace_commit(struct replacement *replacement, struct ps_error *err);
void replace_abandon(struct replacement *replacement);

/* Whether replace_file() has a chance, to be asked before work starts. Removes what killed runs
 * have left in the directory of path. */
int replace_check(const char *path, struct ps_error *err);
void replace_clear(const char *directory); /* that alone */

#endif

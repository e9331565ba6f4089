/* Walk: the files below a path, with the relative name each would have elsewhere.
 *
 * Built on fts(3). Directories are read in any order; the caller sorts. Names are bytes: nothing is
 * assumed of their encoding. How names are made is told in <pingsieve/backfill.h>.
 */
#ifndef IO_WALK_H
#define IO_WALK_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <sys/stat.h>

/* A regular file (or, named directly, a pipe or device): problem NULL. Else something that is not
 * walked, with a sentence (os_error text included) that names it: a symbolic link or special file
 * below a directory, an unreadable directory, a loop of links. */
struct walk_entry {
  const char *path; /* as reached: the operand and what is below it */
  const char
      *name; /* relative, without ".", ".." and empty components; "" when a problem has none */
  const struct stat *stat; /* NULL with a problem */
  const char *problem;
};

typedef int walk_visit(void *context, const struct walk_entry *entry, struct ps_error *err);

enum walk_naming {
  WALK_OPERAND, /* cp -R: the last component and what is below */
  WALK_LIST     /* a line of a list: the path as written */
};

/* Ends early with what visit returns, when that is not PS_OK. PS_E_ARGUMENT: no name can be made
 * (".." in it). stop_fd: ends with PS_E_STOPPED when it is readable; -1: none. */
int walk(const char *path, enum walk_naming naming, bool follow, int stop_fd, walk_visit *visit,
         void *context, struct ps_error *err);

#endif

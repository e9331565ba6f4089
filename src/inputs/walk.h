/* Walk: the files below a path, with the relative name each would have elsewhere.
 *
 * Directories are read in any order; the caller sorts. Names are bytes: nothing is assumed of their
 * encoding. How names are made is told in <pingsieve/backfill.h>. Memory: the directories that lead
 * to the current one are open, WALK_DEPTH at most, and nothing else is kept. Not built on fts(3):
 * it takes a directory whose reading fails halfway for one that ends there.
 */
#ifndef INPUTS_WALK_H
#define INPUTS_WALK_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <sys/stat.h>

#define WALK_DEPTH 256u /* directories in each other; a deeper one is a problem */

/* A regular file (or, named directly, a pipe or device): problem NULL. Else something that is not
 * walked, with a sentence (os_error text included) that names it: a symbolic link or special file
 * below a directory, a path that is not there, a directory that may not be read, a loop of links.
 * Parts (see
 * io/part.h) that are met below a directory are passed over. All texts are valid during the call.
 */
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

/* Operands that are symbolic links are followed; those below directories with `follow` only. Ends
 * early with what visit returns, when that is not PS_OK. PS_E_ARGUMENT: no name can be made (".."
 * in it). PS_E_INPUT: the system did not read a directory, for a reason that may pass
 * (error_is_passing()): what is in it is not known. stop_fd: ends with PS_E_STOPPED when it is
 * readable; -1: none. */
int walk(const char *path, enum walk_naming naming, bool follow, int stop_fd, walk_visit *visit,
         void *context, struct ps_error *err);

#endif

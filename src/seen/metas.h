/* The two meta pages of LMDB's file, read with read(2).
 *
 * Transaction n writes page n % 2, so that one page always has the last commit and the other the
 * one before it; LMDB takes the one with the higher number. When a number is damaged, it may take
 * the older one: the last commit is gone without a trace. Therefore:
 * - The numbers differ by one, and each has the parity of its page. (A new store has 1 and 2, a
 *   compact copy 0, an empty tree, and 1.)
 * - Of the numbers that fulfil that, one more bit than the lowest makes the older page the newer
 *   one. But both commits are there as a whole, since LMDB reuses no page of the last commit but
 *   one; and state.generation (seen/format.h) rises from commit to commit. The higher transaction
 *   must not have the lower generation.
 */
#ifndef SEEN_METAS_H
#define SEEN_METAS_H

#include "seen/lmdb_file.h"
#include <stdbool.h>
#include <stddef.h>

struct metas {
  struct meta at[META_PAGES];
  int os_error; /* not 0: an error of the system, which says nothing of the file */
};

/* NULL when both are sound by themselves and their numbers fit together; others may be writing.
 * *foreign: it is no file of this version of LMDB. */
const char *metas_read(int fd, struct metas *metas, bool *foreign);

enum metas_state {
  METAS_FOUND,
  METAS_NONE,   /* a commit without a state: the first one of a store, or of a copy */
  METAS_BROKEN, /* its tree is damaged */
  METAS_FAILED  /* an error of the system: see *os_error */
};
/* The generation of the state that a commit wrote. The commit must be the last one or the one
 * before it, as of a view that is open. */
enum metas_state metas_generation(int fd, const struct meta *meta, uint64_t *generation,
                                  int *os_error);

/* pread() of all the bytes. 0, an error of the system, or METAS_END: the file ends before. */
#define METAS_END (-1)
int metas_read_at(int fd, void *to, size_t bytes, uint64_t at);

#endif

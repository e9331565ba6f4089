/* The tree that parts lie in: descriptors of its directories, and what of it is not durable yet.
 * Private to src/io; all calls with the tree locked.
 */
#ifndef IO_PART_TREE_H
#define IO_PART_TREE_H

#include "io/part.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#define TREE_DIRECTORIES 32u /* kept open; neighbours share theirs */
#define TREE_FEW         8u  /* files that are synced one by one */

struct part {
  struct part_tree *tree;
  struct part *next, **link; /* in tree->open */
  int fd;
  atomic_bool dirty;
  uint64_t length, written_back;
  struct ps_error failed;
  char name[];
};

struct tree_directory {
  char *name; /* relative to the tree, "" its root; NULL: free */
  size_t len;
  int fd;
  bool dirty;
  uint64_t used; /* when, counted in uses */
};

struct tree_mount { /* a file system that parts lie on */
  dev_t device;
  int fd; /* of the first directory met on it: syncfs() tells errors since then */
};

struct part_tree {
  pthread_mutex_t lock;
  char *path;
  struct tree_directory root, cache[TREE_DIRECTORIES];
  uint64_t uses;
  struct tree_mount *mounts;
  size_t nmounts;
  struct part *open;
  int closed[TREE_FEW]; /* descriptors of closed parts that are not durable */
  size_t nclosed;
  bool many; /* more than is kept here is not durable */
  struct ps_error failed;
};

/* The directory of the first `len` bytes of name (0: the root), valid until the next call. When it
 * is not there, it is made, or *directory is NULL. */
int tree_directory(struct part_tree *tree, const char *name, size_t len, bool make,
                   struct tree_directory **directory, struct ps_error *err);

/* Takes over the descriptor of a part that was written to. */
int tree_keep(struct part_tree *tree, int fd, const char *name, struct ps_error *err);

#endif

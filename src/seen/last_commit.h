/* The last commit of the file as this process knows it, by which it notices that other bytes were
 * written over the store's: a copy that is put back by cp(1) keeps the file's number, which
 * place_check() looks at.
 *
 * A writer of LMDB takes the number of the last commit from lock.mdb and goes on from the meta page
 * of that parity, whatever has come into it: from another store's, or from a page of zeros. A
 * reader keeps the number of its view. Both are compared with the numbers in the file.
 */
#ifndef SEEN_LAST_COMMIT_H
#define SEEN_LAST_COMMIT_H

#include "seen/lmdb_file.h"
#include <stdbool.h>
#include <stddef.h>

struct last_commit {
  struct meta meta; /* as it lies in the file */
  bool known;
};

enum last_commit_state {
  LAST_COMMIT_STANDS, /* or was followed by others */
  LAST_COMMIT_GONE,   /* the file holds others, or none */
  LAST_COMMIT_UNREAD  /* errno says why */
};

/* In the turn, before a transaction for writing begins: reads the last commit of the file, which is
 * the one that was known or a later one. */
enum last_commit_state last_commit_read(struct last_commit *last, int fd, size_t page_bytes);
/* In the transaction: nothing has changed since. Two system calls less than last_commit_read(). */
enum last_commit_state last_commit_look(const struct last_commit *last, int fd, size_t page_bytes);
/* For readers without the turn: the number of the file's last commit. */
enum last_commit_state last_commit_number(int fd, size_t page_bytes, uint64_t *number);

#endif

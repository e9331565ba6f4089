/* Declarations for the parts of pingsieve_fault; fault.c is its manual. */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

enum fault_kind {
  FAULT_NONE,
  FAULT_WRITE,
  FAULT_SYNC,
  FAULT_MALLOC,
  FAULT_READ,
  FAULT_OPEN,
  FAULT_RENAME,
  FAULT_LOOK,
  FAULT_POLL,
  FAULT_LIST,
  FAULT_MAP,
  FAULT_THREAD,
  FAULT_LOCK,
  FAULT_FILE,
  FAULT_SYSTEM,
  FAULT_LMDB,
  FAULT_BUFFER
};

/* Each counts a call if it is of the planned kind, on a descriptor or path that is meant. 0: make
 * it; else the error that it is to fail with, which is in errno as well. */
int fault_any(enum fault_kind kind);
int fault_fd(enum fault_kind kind, int fd);
int fault_path(enum fault_kind kind, const char *path);

/* The next function of this name in the order of libraries; `version` of it, if there is that one,
 * or NULL. */
void *fault_real(const char *name, const char *version);

#endif

/* What a struct ps_backfill is; private to src/backfill. */
#ifndef BACKFILL_BACKFILL_H
#define BACKFILL_BACKFILL_H

#include "backfill/committer.h"
#include "backfill/plan.h"

#include <pthread.h>

struct ps_backfill {
  struct plan plan;
  struct core core;
  struct batch_hooks hooks;
  struct part_tree *tree; /* NULL: a dry run */
  char out[RECORD_PATH];  /* its absolute path */
  char *rehearsal;        /* the store of a dry run */
  int lock, stop_fd;
  size_t nresumes;
  struct resume *resumes;
  unsigned threads, level;
  size_t max_line, chunk_bytes;
  uint64_t files_before;
  struct progress progress;
  struct committer committer;
  pthread_mutex_t mutex; /* committer.crew and stopped, between ps_backfill_stop() and the run */
  bool stopped;
};

#endif

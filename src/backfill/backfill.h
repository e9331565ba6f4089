/* The members of struct ps_backfill; private to src/backfill. */
#ifndef BACKFILL_BACKFILL_H
#define BACKFILL_BACKFILL_H

#include "backfill/committer.h"
#include "backfill/plan.h"
#include "backfill/rehearsal.h"

#include <pthread.h>

struct ps_backfill {
  struct plan plan;
  struct core core;
  struct outlet_ops outlet;
  struct part_tree *tree;     /* NULL: a dry run */
  char out[INPUT_PATH];       /* its absolute path */
  struct rehearsal rehearsal; /* the store of a dry run */
  int lock;
  bool makes_out; /* the directory of the outputs was not there */
  int stop_fd;    /* readable: a stop was asked for */
  int wake_fd;    /* readable: no thread waits for an input any more */

  size_t nresumes;
  struct resume *resumes;
  unsigned threads, level;
  size_t chunk_bytes;
  uint64_t files_before;
  struct progress progress;
  struct stages stages; /* while it runs */
  struct committer committer;
  pthread_mutex_t mutex; /* committer.crew and stopped, between ps_backfill_stop() and the run */
  bool stopped;
};

#endif

/* The members of struct ps_profiler; private to src/profile. */
#ifndef PROFILE_PROFILER_H
#define PROFILE_PROFILER_H

#include "crew/crew.h"
#include "crew/feed.h"
#include "inputs/inputs.h"
#include "profile/clients.h"
#include "profile/harvest.h"
#include "profile/result.h"

#include <pthread.h>
#include <stdatomic.h>

/* One input on its way. */
struct profile_file {
  struct lane lane;
  struct feed feed; /* its reader's */
  uint64_t lines;   /* the committer's: taken of it */
  uint64_t taken;   /* the same: bytes of the file as it lies there */
};
static inline struct profile_file *profile_file(const struct block *block) {
  return (void *)block->lane;
}

struct ps_profiler {
  /* The options that are needed after the opening. */
  struct inputs inputs;
  bool strict, whole;
  struct clients clients;
  size_t nwho;
  struct ps_profile_who who[PS_PROFILE_CLIENTS];
  struct arena *texts;    /* their names */
  struct reading reading; /* its options are gone after the opening */
  bool has_member[PS_MEASURES_MAX];
  size_t values;
  unsigned threads;
  int stop_fd;

  struct feed_options feeding;
  struct harvest *harvest;
  struct collect collect;
  struct trace_head total;
  struct result *result;

  /* The committer's. */
  uint64_t files, bytes;
  size_t nexamples;
  struct ps_profile_place examples[PS_PROFILE_EXAMPLES];

  struct {
    _Atomic uint64_t files_done, bytes_done, input_bytes, lines, pings, client_pings, malformed,
        problems, started_ns, ended_ns;
  } progress;
  _Atomic bool stopped;
  pthread_mutex_t mutex; /* crew, between ps_profile_stop() and the run */
  struct crew *crew;
};

/* Checks the options and takes what is needed of them; *profiler is all zero. Opens nothing but the
 * schemas and tables. */
int profiler_take_options(struct ps_profiler *profiler, const struct ps_profile_options *options,
                          struct ps_error *err);
/* The context is the profiler. */
extern const struct crew_stages profile_stages;
/* Takes all blocks, in order. */
int profiler_work(struct ps_profiler *profiler, struct ps_error *err);
/* PS_E_INPUT: why a strict run has ended. */
int profiler_first_problem(const struct ps_profiler *profiler, struct ps_error *err);

#endif

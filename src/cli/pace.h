/* The pace of a long piece of work: a smoothed rate, and the time that is left at it. Moments are
 * nanoseconds of the monotonic clock. */
#ifndef CLI_PACE_H
#define CLI_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
  bool begun;
  uint64_t began_ns, at_ns, done;
  double rate; /* a second: over the whole time at first, then mostly over the last 15 s */
};

/* The first call says where the work begins. done: never less than before. */
void pace_update(struct pace *pace, uint64_t now_ns, uint64_t done);

/* False where it is too early to tell. */
bool pace_left(const struct pace *pace, uint64_t left, double *seconds);

#endif

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

/* Files that are being read. */
struct pace_files {
  uint64_t done, all;
  uint64_t bytes_done, bytes; /* bytes 0: not known, as of standard input */
};
/* "3 of 12 files, 1.2 GB of 3.0 GB, 40 s left, REMARK, 400 MB/s", in ASCII; the figures that matter
 * most come first, since a narrow terminal cuts the rest. Updates the pace. remark "": none. */
#define PACE_TEXT 320
char *pace_describe(struct pace *pace, uint64_t now_ns, const struct pace_files *files,
                    const char *remark, char text[PACE_TEXT]);

#endif

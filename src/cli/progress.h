/* One line of progress on standard error, rewritten a few times a second; nothing at all unless
 * standard error is a terminal that can rewrite a line. Main thread only. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_INTERVAL_MS 200

struct progress {
  bool wanted, visible;
  uint64_t began_ns, shown_ns, shown_bytes;
  double rate; /* bytes a second, smoothed */
};

void progress_start(struct progress *progress, bool wanted);
/* bytes: done so far, for the rate. Short runs show nothing: the first line comes after 0.4 s. */
void progress_show(struct progress *progress, uint64_t bytes, const char *text);
void progress_line(struct progress *progress, const char *line); /* the whole of it, in ASCII */
void progress_clear(struct progress *progress); /* before a message; the next show draws it again */
void progress_stop(struct progress *progress);  /* clears it for good */

#endif

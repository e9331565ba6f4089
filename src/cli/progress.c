#include "cli/progress.h"

#include "base/clock.h"
#include "base/format.h"
#include "cli/message.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUIET_START_NS UINT64_C(400000000)
#define CLEAR_LINE     "\r\033[K"

static void put(const char *text, size_t len) {
  ssize_t n = write(STDERR_FILENO, text, len);
  (void)n; /* progress is for whoever still watches */
}

void progress_start(struct progress *progress, bool wanted) {
  *progress = (struct progress){.began_ns = clock_monotonic_ns()};
  progress->wanted = wanted && terminal_has_escapes(STDERR_FILENO);
  progress->shown_ns = progress->began_ns;
}

static void update_rate(struct progress *progress, uint64_t now, uint64_t bytes) {
  double seconds = (double)(now - progress->shown_ns) / 1e9;
  if (seconds <= 0) return;
  double rate = (double)(bytes - progress->shown_bytes) / seconds;
  progress->rate = progress->shown_bytes ? 0.7 * progress->rate + 0.3 * rate : rate;
  progress->shown_ns = now;
  progress->shown_bytes = bytes;
}

void progress_show(struct progress *progress, uint64_t bytes, const char *text) {
  uint64_t now = clock_monotonic_ns();
  if (!progress->wanted || now - progress->began_ns < QUIET_START_NS) return;
  update_rate(progress, now, bytes);
  char rate[FORMAT_TEXT], time[FORMAT_TEXT], line[512];
  format_seconds((double)(now - progress->began_ns) / 1e9, time);
  unsigned width = terminal_width(STDERR_FILENO) - 1;
  int len = bytes ? snprintf(line, sizeof line, "%s  %s/s  %s", text,
                             format_bytes((uint64_t)progress->rate, rate), time)
                  : snprintf(line, sizeof line, "%s  %s", text, time);
  size_t n = len > 0 ? (size_t)len : 0;
  if (n >= sizeof line) n = sizeof line - 1;
  if (n > width) n = width; /* the text is ASCII */
  char out[sizeof line + sizeof CLEAR_LINE];
  memcpy(out, CLEAR_LINE, sizeof CLEAR_LINE - 1);
  memcpy(out + sizeof CLEAR_LINE - 1, line, n);
  put(out, sizeof CLEAR_LINE - 1 + n);
  progress->visible = true;
}

void progress_clear(struct progress *progress) {
  if (progress->visible) put(CLEAR_LINE, sizeof CLEAR_LINE - 1);
  progress->visible = false;
}

void progress_stop(struct progress *progress) {
  progress_clear(progress);
  progress->wanted = false;
}

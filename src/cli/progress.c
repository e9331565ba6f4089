#include "cli/progress.h"

#include "base/clock.h"
#include "base/format.h"
#include "cli/message.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUIET_START_NS UINT64_C(400000000)
#define CLEAR_LINE     "\r\033[K"
#define LINE_BYTES     512

static void put(const char *text, size_t len) {
  ssize_t n = write(STDERR_FILENO, text, len);
  (void)n; /* progress is for those who still watch */
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

void progress_line(struct progress *progress, const char *line) {
  if (!progress->wanted || clock_monotonic_ns() - progress->began_ns < QUIET_START_NS) return;
  char out[LINE_BYTES + sizeof CLEAR_LINE];
  size_t n = strlen(line), width = terminal_width(STDERR_FILENO) - 1;
  if (n > LINE_BYTES) n = LINE_BYTES;
  if (n > width) n = width; /* the text is ASCII */
  memcpy(out, CLEAR_LINE, sizeof CLEAR_LINE - 1);
  memcpy(out + sizeof CLEAR_LINE - 1, line, n);
  put(out, sizeof CLEAR_LINE - 1 + n);
  progress->visible = true;
}

void progress_show(struct progress *progress, uint64_t bytes, const char *text) {
  uint64_t now = clock_monotonic_ns();
  if (!progress->wanted || now - progress->began_ns < QUIET_START_NS) return;
  update_rate(progress, now, bytes);
  char rate[FORMAT_TEXT], time[FORMAT_TEXT], line[LINE_BYTES];
  format_seconds((double)(now - progress->began_ns) / 1e9, time);
  if (bytes)
    (void)snprintf(line, sizeof line, "%s  %s/s  %s", text,
                   format_bytes((uint64_t)progress->rate, rate), time);
  else (void)snprintf(line, sizeof line, "%s  %s", text, time);
  progress_line(progress, line);
}

void progress_clear(struct progress *progress) {
  if (progress->visible) put(CLEAR_LINE, sizeof CLEAR_LINE - 1);
  progress->visible = false;
}

void progress_stop(struct progress *progress) {
  progress_clear(progress);
  progress->wanted = false;
}

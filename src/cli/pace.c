#include "cli/pace.h"

#include "base/format.h"
#include <stdio.h>

#define WINDOW_NS UINT64_C(15000000000)
#define EARLY_NS  UINT64_C(2000000000)

void pace_update(struct pace *p, uint64_t now, uint64_t done) {
  if (!p->begun) {
    *p = (struct pace){.begun = true, .began_ns = now, .at_ns = now, .done = done};
    return;
  }
  if (now <= p->at_ns || done < p->done) return;
  uint64_t since = now - p->at_ns, window = now - p->began_ns;
  if (window > WINDOW_NS) window = WINDOW_NS;
  double weight = since < window ? (double)since / (double)window : 1;
  double rate = (double)(done - p->done) / ((double)since / 1e9);
  p->rate += weight * (rate - p->rate);
  p->at_ns = now;
  p->done = done;
}

bool pace_left(const struct pace *p, uint64_t left, double *seconds) {
  if (!p->begun || p->at_ns - p->began_ns < EARLY_NS || p->rate <= 0) return false;
  *seconds = (double)left / p->rate;
  return true;
}

char *pace_describe(struct pace *p, uint64_t now, const struct pace_files *f, const char *remark,
                    char text[PACE_TEXT]) {
  char done[FORMAT_TEXT], all[FORMAT_TEXT], read[FORMAT_TEXT];
  double seconds;
  pace_update(p, now, f->bytes_done);
  size_t at = (size_t)snprintf(text, PACE_TEXT, "%s of %s files, %s", format_count(f->done, done),
                               format_count(f->all, all), format_bytes(f->bytes_done, read));
  if (f->bytes)
    at += (size_t)snprintf(text + at, PACE_TEXT - at, " of %s", format_bytes(f->bytes, all));
  if (f->bytes > f->bytes_done && pace_left(p, f->bytes - f->bytes_done, &seconds))
    at += (size_t)snprintf(text + at, PACE_TEXT - at, ", %s left", format_seconds(seconds, all));
  if (*remark) at += (size_t)snprintf(text + at, PACE_TEXT - at, ", %.80s", remark);
  if (p->rate > 0)
    (void)snprintf(text + at, PACE_TEXT - at, ", %s/s", format_bytes((uint64_t)p->rate, all));
  return text;
}

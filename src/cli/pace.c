#include "cli/pace.h"

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

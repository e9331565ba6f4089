#include "report/chart.h"

#include <math.h>

#define DECADES_LOG 10.0 /* of the smallest to the largest: from there on a log scale */

bool chart_spans_decades(double min, double max) { return min > 0 && max / min >= DECADES_LOG; }

/* The smallest of 1, 2, 5 times a power of ten that is not below value > 0. */
static double round_up(double value) {
  double power = pow(10, floor(log10(value)));
  static const double steps[] = {1, 2, 5};
  for (unsigned i = 0; i < 3; i++)
    if (steps[i] * power >= value * (1 - 1e-9)) return steps[i] * power;
  return 10 * power;
}

static double round_down(double value) {
  double power = pow(10, floor(log10(value)));
  static const double steps[] = {5, 2, 1};
  for (unsigned i = 0; i < 3; i++)
    if (steps[i] * power <= value * (1 + 1e-9)) return steps[i] * power;
  return power;
}

#define LINEAR_TICKS 5

struct chart_scale chart_scale_of(double min, double max, bool log, double start, double end) {
  struct chart_scale scale = {.log = log, .start = start, .end = end};
  if (log) {
    if (!(min > 0)) min = 1;
    if (!(max > min)) max = min;
    scale.from = round_down(min / 1.6); /* the smallest shows, too */
    scale.to = round_up(max * 1.2);
    return scale;
  }
  if (!(max > 0)) max = 1;
  double half = round_up(max / LINEAR_TICKS) / 2; /* of what lies between two ticks */
  scale.to = half * ceil(max / half - 1e-9);
  return scale;
}

double chart_at(const struct chart_scale *scale, double value) {
  double part = scale->log ? (value > scale->from ? log(value / scale->from) : 0) /
                                 log(scale->to / scale->from)
                           : (value - scale->from) / (scale->to - scale->from);
  return scale->start + fmin(fmax(part, 0), 1) * (scale->end - scale->start);
}

static size_t log_ticks(const struct chart_scale *scale, unsigned want, double ticks[CHART_TICKS]) {
  int first = (int)floor(log10(scale->from) + 1e-9), last = (int)floor(log10(scale->to) + 1e-9);
  unsigned decades = (unsigned)(last - first + 1), every = (decades + want + 1) / (want + 2);
  bool between = decades * 3 <= want + 2; /* 2 and 5 as well */
  size_t n = 0;
  for (int power = first; power <= last; power += (int)every)
    for (unsigned i = 0; i < (between ? 3U : 1U) && n < CHART_TICKS; i++) {
      static const double steps[] = {1, 2, 5};
      double value = steps[i] * pow(10, power);
      if (value >= scale->from * (1 - 1e-9) && value <= scale->to * (1 + 1e-9)) ticks[n++] = value;
    }
  return n;
}

size_t chart_ticks(const struct chart_scale *scale, unsigned want, double ticks[CHART_TICKS]) {
  if (scale->log) return log_ticks(scale, want, ticks);
  double step = round_up((scale->to - scale->from) / want), first = ceil(scale->from / step - 1e-9);
  size_t n = 0;
  if (!(step > 0) || !isfinite(step)) return 0;
  for (; n < CHART_TICKS && step * (first + (double)n) <= scale->to + fabs(scale->to) * 1e-9; n++)
    ticks[n] = step * (first + (double)n);
  return n;
}

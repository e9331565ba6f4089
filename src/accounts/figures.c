#include <pingsieve/accounts.h>

static void add(uint64_t *to, uint64_t more) {
  if (__builtin_add_overflow(*to, more, to)) *to = UINT64_MAX;
}

uint64_t ps_day_figures_pings(const struct ps_day_figures *figures) {
  uint64_t pings = 0;
  for (unsigned c = 0; c < PS_PING_CLASSES; c++) add(&pings, figures->count[c]);
  return pings;
}

void ps_day_figures_add(struct ps_day_figures *to, const struct ps_day_figures *from) {
  for (unsigned c = 0; c < PS_PING_CLASSES; c++) add(&to->count[c], from->count[c]);
  add(&to->bytes_in, from->bytes_in);
  add(&to->bytes_out, from->bytes_out);
  add(&to->withheld, from->withheld);
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) {
    add(&to->measurements[m], from->measurements[m]);
    add(&to->implausible[m], from->implausible[m]);
  }
}

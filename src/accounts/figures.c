#include "base/arith.h"
#include <pingsieve/accounts.h>

uint64_t ps_day_figures_pings(const struct ps_day_figures *figures) {
  uint64_t pings = 0;
  for (unsigned c = 0; c < PS_PING_CLASSES; c++) count_raise(&pings, figures->count[c]);
  return pings;
}

void ps_day_figures_add(struct ps_day_figures *to, const struct ps_day_figures *from) {
  for (unsigned c = 0; c < PS_PING_CLASSES; c++) count_raise(&to->count[c], from->count[c]);
  count_raise(&to->bytes_in, from->bytes_in);
  count_raise(&to->bytes_out, from->bytes_out);
  count_raise(&to->withheld, from->withheld);
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) {
    count_raise(&to->measurements[m], from->measurements[m]);
    count_raise(&to->implausible[m], from->implausible[m]);
  }
}

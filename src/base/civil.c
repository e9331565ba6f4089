#include "base/civil.h"

#define TO_1970 719468u /* days from 0000-03-01, where a cycle of 400 years begins */

static unsigned days_in_month(unsigned y, unsigned m) {
  static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
  return days[m - 1] + (m == 2 && leap ? 1u : 0u);
}

bool civil_days(unsigned y, unsigned m, unsigned d, uint32_t *days) {
  if (y < 1970 || y > 9999 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m)) return false;
  y -= m <= 2;
  const unsigned era = y / 400, yoe = y - era * 400;
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  *days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - TO_1970;
  return true;
}

void civil_date(uint32_t days, unsigned *year, unsigned *month, unsigned *day_of_month) {
  const unsigned z = days + TO_1970, era = z / 146097, doe = z - era * 146097;
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  *day_of_month = doy - (153 * mp + 2) / 5 + 1;
  *month = mp < 10 ? mp + 3 : mp - 9;
  *year = yoe + era * 400 + (*month <= 2);
}

#include "report/period.h"

#include <stdio.h>

#define ROWS_OF_DAYS   60u
#define ROWS_OF_WEEKS  30u
#define ROWS_OF_MONTHS 60u

day_t period_of(day_t day, enum period unit, char label[PERIOD_TEXT]) {
  int year;
  unsigned month, of_month;
  day_civil(day, &year, &month, &of_month);
  switch (unit) {
  case PERIOD_DAY: day_format(day, label); return day;
  case PERIOD_WEEK: { /* 1970-01-05 was a Monday */
    day_t monday = (day_t)(day - (day < 4 ? day : (day - 4) % 7));
    day_format(monday, label);
    return monday;
  }
  case PERIOD_MONTH:
    (void)snprintf(label, PERIOD_TEXT, "%d-%02u", year, month % 100);
    return (day_t)(day + 1u - of_month);
  case PERIOD_YEAR: break;
  }
  (void)snprintf(label, PERIOD_TEXT, "%d", year);
  return (day_t)year;
}

static size_t count_periods(const void *days, size_t n, period_day *day, enum period unit) {
  char label[PERIOD_TEXT];
  size_t periods = 0;
  for (size_t i = 0; i < n; i++)
    periods +=
        i == 0 || period_of(day(days, i), unit, label) != period_of(day(days, i - 1), unit, label);
  return periods;
}

enum period period_for(const void *days, size_t n, period_day *day) {
  if (n <= ROWS_OF_DAYS) return PERIOD_DAY;
  if (count_periods(days, n, day, PERIOD_WEEK) <= ROWS_OF_WEEKS) return PERIOD_WEEK;
  return count_periods(days, n, day, PERIOD_MONTH) <= ROWS_OF_MONTHS ? PERIOD_MONTH : PERIOD_YEAR;
}

const char *period_title(enum period unit) {
  static const char *const titles[] = {"day", "week from", "month", "year"};
  return titles[unit];
}

const char *period_names(enum period unit) {
  static const char *const names[] = {"Days", "Weeks", "Months", "Years"};
  return names[unit];
}

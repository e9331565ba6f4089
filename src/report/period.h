/* Periods: a long range of days put together to weeks, months or years for a table. */
#ifndef REPORT_PERIOD_H
#define REPORT_PERIOD_H

#include "base/day.h"

enum period { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_YEAR };

#define PERIOD_TEXT 16
/* A number that the days of a period share and those of others do not have, and the period's
 * label: "2017-03-12", for a week its Monday, "2017-03", "2017". */
day_t period_of(day_t day, enum period unit, char label[PERIOD_TEXT]);

/* The finest unit that makes few enough rows of n days, ascending; day() gives the i-th. */
typedef day_t period_day(const void *days, size_t i);
enum period period_for(const void *days, size_t n, period_day *day);

const char *period_title(enum period unit); /* of a column: "day", "week from", ... */
const char *period_names(enum period unit); /* "Days", "Weeks", ... */

#endif

/* The names of the accounts' values in the seen-set. Days have five digits and logs twenty, so that
 * the order of names is the order of days and of commits. */
#ifndef ACCOUNTS_NAME_H
#define ACCOUNTS_NAME_H

#include <pingsieve/seen.h>

#define NAME_HEAD "accounts"
#define NAME_DAYS "accounts/" /* all days: from here ... */
#define NAME_END  "accounts0" /* ... to here ('0' follows '/') */

/* Each writes into `name` and returns it. */
char *name_day(uint32_t day, char name[PS_VALUE_NAME]);    /* sorts before all values of the day,
                                                              and after those of the day before */
char *name_record(uint32_t day, char name[PS_VALUE_NAME]); /* the first one of a day */
char *name_part(uint32_t day, unsigned rank, unsigned part, char name[PS_VALUE_NAME]);
char *name_log(uint32_t day, uint64_t sequence, char name[PS_VALUE_NAME]);
char *name_flags(uint32_t day, unsigned chunk, char name[PS_VALUE_NAME]);
char *name_watch(uint32_t day, char name[PS_VALUE_NAME]);

/* The day of a record's name; false: the name is no such. */
bool name_is_record(const char *name, uint16_t *day);
/* The sequence of a log's name; 0: the name is no such. */
uint64_t name_sequence(const char *name);

#endif

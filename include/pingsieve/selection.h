/* The selection: which pings of a stream are wanted, and which parts of them.
 *
 * A ping that is not selected is counted (PS_NOT_SELECTED), not written and not marked seen.
 * Malformed and blank lines are none of its business. The dimensions are those of moztelemetry's
 * Dataset (mozilla/python_moztelemetry).
 *
 * A condition is SUBJECT OPERATOR VALUE: "docType=main", "appVersion^=49", "appBuildId>20170301",
 * "payload/info/reason in shutdown,aborted-session". Operators:
 *
 *   =  !=        is, is not
 *   ^=  $=       begins with, ends with
 *   ~=           contains a match of a POSIX extended regular expression
 *   <  >         as numbers when both are (JSON) numbers, else byte by byte
 *   in a,b,c     is one of
 *
 * The first operator in the text is it; blanks round subject and values do not count.
 *
 * A subject is a path (scan/scan.h tells their form; no '*') or one of the short names of
 * ps_selection_names(), each of which has several paths of which the first present decides. Values
 * are strings, unescaped, or numbers, true, false and null as they stand in the ping; an object or
 * array counts as absent. Of what is absent only != is true.
 *
 * A number in the ping is also what is the same number otherwise written (4.0 is 4), a string is
 * not. documentId and clientId are taken as the key takes them: a UUID in lower case and without
 * braces. submissionDate is the ping's day as 20170312; in a condition 2017-03-12 will do. A string
 * of over PS_WHERE_REGEX_BYTES bytes matches no regular expression.
 */
#ifndef PINGSIEVE_SELECTION_H
#define PINGSIEVE_SELECTION_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>

PS_BEGIN_DECLS

#define PS_WHERE_MAX         16u    /* conditions */
#define PS_WHERE_VALUES      4096u  /* values after `in` */
#define PS_WHERE_VALUE_BYTES 4096u  /* in a value or regular expression */
#define PS_WHERE_REGEX_BYTES 65536u /* in what a regular expression looks at */
#define PS_SELECT_MAX        32u    /* paths of a projection */

struct ps_selection {
  const char *const *where; /* NULL-terminated conditions that must all hold; NULL: none */
  /* Clients by crc32(lower-case clientId) mod 100: "0-9", "42", "0-9,50". NULL: all. Pings without
   * a clientId have no sample id and are left out. */
  const char *sample_ids;
  /* Only the first ping of each client within the retention, in input order; pings without a
   * clientId are left out. A duplicate is not its client's first ping. */
  bool one_per_client;
  /* NULL-terminated paths or short names, each once: each selected ping is written as an object
   * with these keys in this order, the values as they stand in the ping, null where there is none.
   * NULL: whole. */
  const char *const *select;
};

/* The short names, ended by a NULL name, for help texts. Static storage. */
struct ps_selection_name {
  const char *name;
  const char *const *paths; /* NULL-terminated; NULL: not paths but the ping's submission day */
};
PS_API const struct ps_selection_name *ps_selection_names(void);

PS_END_DECLS

#endif

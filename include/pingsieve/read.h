/* How pings are read: the part of the options that the filter, the backfill and the profile share.
 *
 * A field of a ping is looked for at several paths, of which the first that is present wins. All
 * zero: lines of JSON, the default paths, every ping.
 */
#ifndef PINGSIEVE_READ_H
#define PINGSIEVE_READ_H

#include <pingsieve/accounts.h>
#include <pingsieve/selection.h>
#include <stddef.h>

PS_BEGIN_DECLS

#define PS_MAX_LINE       (64u << 20)
#define PS_MAX_LINE_LIMIT (1u << 30)
#define PS_THREADS_MAX    64u

enum ps_field { /* PS_FIELD_ID, PS_FIELD_CLIENT, ...: the rows of pingsieve/fields.def */
#define PS_FIELD(id, ...) PS_FIELD_##id,
#define PS_NAME(...)
#include <pingsieve/fields.def>
                PS_FIELDS
};

struct ps_read_options {
  const char *framing; /* how pings follow one another; NULL: "ndjson", a JSON text a line */
  /* Of each field a NULL-terminated list; a NULL list means the default one. */
  const char *const *paths[PS_FIELDS];
  struct ps_selection selection;             /* all zero: every ping, whole */
  const struct ps_account_measure *measures; /* of numbers to be summed; NULL and 0: */
  size_t nmeasures;                          /* PS_MEASURE_DEFAULT */
  const char *simd;                          /* NULL: the best kernel */
  unsigned threads;                          /* 0: what measures best here */
  size_t max_line;                           /* of bytes, its newline not counted; 0: PS_MAX_LINE */
};

PS_END_DECLS

#endif

/* Names of things, and their places in a ping: the fields' default paths, and the short names of
 * conditions and projections; all from pingsieve/fields.def.
 */
#ifndef SCAN_NAMES_H
#define SCAN_NAMES_H

#include "scan/ping.h"
#include "scan/uri.h"

#define NAMES_PATHS 10 /* paths of a name, and default ones of a field, at most */

enum field_kind { FIELD_UUID, FIELD_TEXT, FIELD_DAY, FIELD_VALUE, FIELD_TIME };

/* The fixed facts of a field. */
struct field_row {
  const char *name; /* for messages */
  enum field_kind kind;
  enum uri_part part; /* the meaning of a URI's path among its paths; URI_PARTS: none */
};
const struct field_row *field_row(enum ps_field field);

struct name {
  const char *const *paths; /* its default ones; NULL: the ping's submission day */
  enum ps_field field;      /* it follows this field's paths, which a run may replace; */
                            /* PS_FIELDS: none */
  enum uri_part part;       /* the meaning of a URI's path among the paths */
  bool is_id;               /* a UUID there is compared in lower case and without braces */
};

/* How many paths at the beginning of a list (which is not at its end) are of one attribute in the
 * envelopes that a ping has one of: attributeMap/..., message/attributes/... (both Pub/Sub's) and
 * metadata/... 1: the first is of itself. */
unsigned names_forms(const char *const *list);

/* False: `text` is no short name. */
bool name_find(const char *text, struct name *name);

#endif

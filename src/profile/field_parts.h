/* The members of a field, for the files that make fields, field.c and field_parse.c, and the one
 * that asks them, field_find.c.
 */
#ifndef PROFILE_FIELD_PARTS_H
#define PROFILE_FIELD_PARTS_H

#include "profile/field.h"
#include "scan/condition.h"
#include "scan/decimal.h"
#include "scan/members.h"
#include "scan/subject.h"

#define FIELD_PARTS  4
#define FIELD_TEXT   4096                   /* bytes of a field's text at most */
#define FIELD_CUT    (PS_PROFILE_TEXT - 24) /* the longest value that stands whole */
#define FIELD_DIGITS 200                    /* of a number that is brought into its shortest form */

/* A bound of :max or :min. */
struct field_limit {
  bool set;
  bool is_integer;
  int64_t integer; /* if it is */
  struct decimal number;
  uint8_t *text; /* in its shortest form; `number` points into it */
  uint32_t len;
};

struct field_part {
  char *path; /* or short name */
  struct subject subject;
  uint8_t components; /* of a version like "5.1.2600" that count; 0: all */
  bool clamps;        /* a limit is set */
  bool plain_limits;  /* those that are set are integers */
  struct field_limit max, min;
};

enum field_where { FIELD_EVERY, FIELD_TRUE, FIELD_NOT_TRUE, FIELD_CONDITION };

/* A walk over what the '*' stands for; the field has one part, whose path is this one's. */
struct field_walk {
  char *container; /* the path before the '*' */
  uint8_t slot;
  uint8_t where;               /* enum field_where */
  uint8_t npaths;              /* below each member: */
  struct member_path paths[2]; /* of the value, and of what `where` looks at */
  struct condition condition;
};

struct field {
  char *name, *text;
  unsigned nparts;
  struct field_part parts[FIELD_PARTS];
  struct field_walk *walk; /* NULL: none */
};

struct fields {
  unsigned n, visible;
  bool captured;
  unsigned evidence[FIELD_EVIDENCES]; /* FIELDS_MAX: none */
  struct field list[FIELDS_MAX];
};

/* name: NULL if it is in the text, if anywhere. field_release() even after an error. */
int field_parse(struct field *field, const char *name, const char *text, struct ps_error *err);
void field_release(struct field *field);

/* The shortest text of a number, in the form of ECMAScript's Number::toString, but exact: no digit
 * is lost. False: it has more than FIELD_DIGITS digits. */
#define FIELD_NUMBER (FIELD_DIGITS + 32)
bool field_number_format(const struct decimal *number, uint8_t out[FIELD_NUMBER], uint32_t *len);
/* A number without fraction and exponent, of at most 18 digits. */
bool field_number_integer(const uint8_t *text, size_t len, int64_t *integer);

#endif

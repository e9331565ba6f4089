/* Fields: the values that a profile looks at in a ping, parsed from texts, compiled into the ping
 * schema's own scan, and asked of each ping. <pingsieve/profile.h> says what the texts mean.
 */
#ifndef PROFILE_FIELD_H
#define PROFILE_FIELD_H

#include "scan/ping.h"
#include <pingsieve/profile.h>

struct specs;  /* scan/subject.h */
struct fields; /* immutable once captured: threads may share one */

/* Fields that the words of a profile rest on; they are added, hidden, where they are not asked for.
 */
enum field_evidence { FIELD_CITY, FIELD_SPEED, FIELD_LENGTH, FIELD_SESSION, FIELD_EVIDENCES };
#define FIELDS_MAX (PS_PROFILE_FIELDS + FIELD_EVIDENCES)

/* texts: NULL-terminated; NULL: the defaults. evidence: adds the hidden ones, after the others.
 * PS_E_ARGUMENT names the field and what is wrong with it (two of one name, too). */
int fields_create(const char *const *texts, bool evidence, struct fields **fields,
                  struct ps_error *err);
void fields_free(struct fields *fields); /* NULL is fine */
/* Adds what they look at to a schema's captures, which borrow from the fields: for
 * ping_schema_options.more. paths as for subject_compile(). Several schemas may take one set of
 * fields if they give it the same slots, as those do that differ in their sums alone; PS_E_INTERNAL
 * if not. */
int fields_capture(struct fields *fields, const char *const *const paths[PS_FIELDS],
                   struct specs *specs, struct ps_error *err);

unsigned fields_count(const struct fields *fields);   /* hidden ones included */
unsigned fields_visible(const struct fields *fields); /* the first ones */
const char *field_name(const struct fields *fields, unsigned field);
const char *field_text(const struct fields *fields, unsigned field); /* without NAME= */
bool field_is_walk(const struct fields *fields, unsigned field);
/* The field that is this evidence, visible or hidden; FIELDS_MAX: there is none. */
unsigned fields_evidence(const struct fields *fields, enum field_evidence evidence);

/* The values of one field of one ping. */
#define FIELD_VALUES 1024u /* a ping; `more` counts those beyond */
struct field_value {
  const uint8_t *text; /* in the line, the scratch memory, or the fields; without NUL bytes */
  uint32_t len;        /* PS_PROFILE_TEXT at most */
  bool number;         /* a JSON number that a double holds */
  bool clamped;        /* a part of it was beyond :max or :min */
};
struct field_values {
  size_t n; /* different ones */
  struct field_value at[FIELD_VALUES];
  uint64_t more; /* members after the FIELD_VALUES-th value, which are not looked at */
  /* memory for texts that do not stand in the line as they are */
  size_t used;
  uint8_t scratch[FIELD_VALUES * (PS_PROFILE_TEXT + 8)];
};

/* Overwrites *values. `result` and `line` are those of ping_scan(), whose ping must be well formed;
 * `ping` is what it found. Never fails; allocates nothing. */
void field_find(const struct fields *fields, unsigned field, const struct scan_result *result,
                const uint8_t *line, const struct ping *ping, struct field_values *values);

#endif

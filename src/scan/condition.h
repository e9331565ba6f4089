/* A condition of a selection, "docType=main": parsed once, then asked of each ping's value.
 *
 * <pingsieve/selection.h> says what the operators mean. Asking allocates nothing (except in the C
 * library's regexec()) and compares the bytes of the line unless they stand escaped.
 */
#ifndef SCAN_CONDITION_H
#define SCAN_CONDITION_H

#include "scan/subject.h"

enum condition_operator {
  CONDITION_IS,
  CONDITION_IS_NOT,
  CONDITION_BEGINS,
  CONDITION_ENDS,
  CONDITION_MATCHES,
  CONDITION_BELOW,
  CONDITION_ABOVE,
  CONDITION_ONE_OF
};

struct condition_value;

struct condition {
  struct subject subject;
  enum condition_operator op;
  char *name;                     /* of the subject */
  char *text;                     /* the values point into it */
  struct condition_value *values; /* sorted; one, or those of a list */
  size_t nvalues;
  bool has_numbers;            /* among the values */
  struct automaton *automaton; /* of CONDITION_MATCHES; used by all threads */
};

/* Fills *condition, its subject included; condition_release() even after an error. paths and specs
 * as for subject_compile(); the specs borrow from the condition. */
int condition_init(struct condition *condition, const char *text,
                   const char *const *const paths[PS_FIELDS], struct specs *specs,
                   struct ps_error *err);
/* The same for a value that the caller finds himself, in a member of an object or array: the name
 * is a path and nothing else, and not looked at; the subject stays empty. */
int condition_init_member(struct condition *condition, const char *text, struct ps_error *err);
void condition_release(struct condition *condition);

/* Does it hold for the value at `span` (type SCAN_NONE: there is none)? */
bool condition_holds(const struct condition *condition, const uint8_t *line,
                     const struct scan_span *span);
/* ... for this text? */
bool condition_holds_text(const struct condition *condition, const uint8_t *text, size_t len);

/* The name of the condition's subject: where it stands in the text, and its length; 0 if there is
 * no operator. */
size_t condition_subject(const char *text, const char **name);

#endif

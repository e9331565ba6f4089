/* The most repeated documents of a client: those that came most often, more than once; of equal
 * ones those with the lesser ids.
 */
#ifndef PROFILE_REPEATED_H
#define PROFILE_REPEATED_H

#include "profile/documents.h"

struct repeated_document {
  uint8_t *id; /* NUL-terminated */
  size_t id_len;
  struct ps_key key; /* where ids are cut to the same */
  uint64_t count, days;
  bool has_day, has_time;
  day_t first_day, last_day; /* of the days it came on */
  uint64_t first_ns, last_ns;
};

struct repeated {
  size_t n;
  struct repeated_document *at; /* a heap, the one to go first at its top; then sorted */
};

/* top: the most that are kept, the same every time. */
int repeated_add(struct repeated *repeated, size_t top, const struct document *document,
                 struct ps_error *err);
void repeated_sort(struct repeated *repeated);
void repeated_release(struct repeated *repeated);

#endif

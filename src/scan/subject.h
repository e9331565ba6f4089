/* Subjects: what conditions look at and projections write, a path or a short name, resolved to
 * slots of one scan; and the list of what that scan is to capture, while it is made.
 */
#ifndef SCAN_SUBJECT_H
#define SCAN_SUBJECT_H

#include "scan/names.h"
#include "scan/ping.h"
#include <string.h>

/* The list to compile: scan_paths_compile(list, n). The paths are borrowed. */
#define SPECS_MAX (4 * SCAN_SPANS + SCAN_SUMS)
struct specs {
  struct scan_spec list[SPECS_MAX];
  unsigned n, nspans;
};

/* Captures n paths in one new slot: the first that is present wins. Several are for those of one
 * attribute (names_forms()) in a default list, so that envelopes cost no slots. PS_E_ARGUMENT when
 * there are no slots left. */
int specs_capture(struct specs *specs, const char *const *paths, unsigned n, uint8_t *slot,
                  struct ps_error *err);
/* The same, or in a slot that has these paths already and no others. */
int specs_share(struct specs *specs, const char *const *paths, unsigned n, uint8_t *slot,
                struct ps_error *err);

struct subject {
  uint64_t mask;              /* of the slots, as bits */
  uint8_t slots[NAMES_PATHS]; /* in order of precedence */
  uint8_t nslots;
  uint64_t uris; /* slots of URIs, as bits, standing for ... */
  uint8_t part;  /* ... this part (enum uri_part); URI_PARTS: for themselves */
  bool is_day;   /* the ping's day; no slots */
  bool is_id;    /* as in struct name */
};

/* `text` must outlive the specs. paths: the run's of the fields; NULL, or an empty or NULL list:
 * the default ones. PS_E_ARGUMENT tells what is wrong with the path. */
int subject_compile(const char *text, const char *const *const paths[PS_FIELDS],
                    struct specs *specs, struct subject *subject, struct ps_error *err);

/* The value: that of the first path at which there is one. Type SCAN_NONE: there is none; objects
 * and arrays are none, or only the last resort if `containers`. */
static inline struct scan_span subject_span(const struct subject *subject,
                                            const struct scan_result *result, const uint8_t *line,
                                            bool containers) {
  struct scan_span last_resort = {.type = SCAN_NONE};
  if (!(result->present & subject->mask)) return last_resort;
  for (unsigned i = 0; i < subject->nslots; i++) {
    const unsigned slot = subject->slots[i];
    if (!(result->present >> slot & 1)) continue;
    struct scan_span span = result->span[slot];
    if (subject->uris >> slot & 1 && subject->part != URI_PARTS)
      span = uri_part(line, &span, (enum uri_part)subject->part);
    if (span.type != SCAN_NONE && span.type < SCAN_OBJECT) return span;
    if (containers && last_resort.type == SCAN_NONE) last_resort = span;
  }
  return last_resort;
}

#endif

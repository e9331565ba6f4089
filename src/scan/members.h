/* Members of an object, elements of an array, one after the other, in a line that was scanned.
 *
 * For what the scanner's paths cannot tell, which give one value each: it captures the container,
 * and what is in it is walked over here, once from one end to the other. Nothing is allocated, no
 * byte beyond the line and SCAN_PAD is read. The line must be well formed.
 */
#ifndef SCAN_MEMBERS_H
#define SCAN_MEMBERS_H

#include "scan/scan.h"
#include <stdbool.h>

#define MEMBER_KEYS 16 /* of a path */

/* A path below a member, of the form of the scanner's, but without '*'. */
struct member_path {
  unsigned n; /* keys; none: the member itself */
  struct member_key {
    uint8_t len;
    uint8_t text[SCAN_KEY];
  } keys[MEMBER_KEYS];
};
/* `text` may be empty: the member itself. PS_E_ARGUMENT tells what is wrong with the path. */
int member_path_init(struct member_path *path, const char *text, struct ps_error *err);

struct members {
  const uint8_t *line;
  const uint8_t *at; /* behind what was given last; its bracket when that is `open` */
  uint8_t close;     /* the bracket that ends the container */
  bool open;
};

/* A walk over the container whose bracket is at the span. Of anything else there are no members. */
void members_open(struct members *members, const uint8_t *line, const struct scan_span *container);
/* The next member's value, a span as the scanner gives it; false: there is none. Members with one
 * key are each given. */
bool members_next(struct members *members, struct scan_span *value);

/* The values at n paths below the member that was given last: found[i], of type SCAN_NONE when
 * there is none. Of repeated keys the last one wins. To be called once a member at most. */
void members_find(struct members *members, const struct scan_span *value,
                  const struct member_path *paths, unsigned n, struct scan_span *found);

#endif

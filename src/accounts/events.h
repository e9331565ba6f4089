/* Events: flags that were raised and not told yet, with the clientId as the ping had it. One with
 * zero bytes is empty and valid. */
#ifndef ACCOUNTS_EVENTS_H
#define ACCOUNTS_EVENTS_H

#include "accounts/accounts.h"

#define EVENT_ID 256u /* bytes of an id, the NUL included */

struct events {
  struct account_event *at;
  char (*ids)[EVENT_ID];
  size_t n, cap;
  bool taken; /* they were told: the next one begins anew */
};

void events_release(struct events *events);
int events_add(struct events *events, const struct ps_flag *flag, const uint8_t *line,
               const struct scan_span *client, struct ps_error *err);
size_t events_take(struct events *events, const struct account_event **at);
static inline void events_clear(struct events *events) { events->n = 0; }

#endif

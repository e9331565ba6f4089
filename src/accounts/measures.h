/* Measures: the paths whose counts are summed in each ping, and their names. The store keeps its
 * own list, which only grows; a run's measures are places in it. */
#ifndef ACCOUNTS_MEASURES_H
#define ACCOUNTS_MEASURES_H

#include "accounts/bytes.h"
#include <pingsieve/accounts.h>

struct measures {
  size_t n;
  struct ps_account_measure at[PS_MEASURES_MAX];
};

/* PS_E_ARGUMENT unless each has a name of its own and a path, and there are not too many. */
int measures_check(const struct ps_account_measure *run, size_t n, struct ps_error *err);

/* Measure i of the run is measures->at[place[i]] afterwards. PS_E_STORE_MISMATCH as accounts_open()
 * tells; `measures` is as it was then. */
int measures_join(struct measures *measures, const struct ps_account_measure *run, size_t n,
                  const char *dir, uint8_t place[PS_MEASURES_MAX], struct ps_error *err);

int measures_put(const struct measures *measures, struct buffer *out, struct ps_error *err);
void measures_take(struct measures *measures, struct cursor *cursor);

#endif

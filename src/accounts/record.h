/* The record of a day: all of its account but what has values of its own (accounts/name.h): parts,
 * journals, flags and the watch. */
#ifndef ACCOUNTS_RECORD_H
#define ACCOUNTS_RECORD_H

#include "accounts/account.h"

/* The other values of the day must hold this. */
struct record_promise {
  size_t flags;
  bool watch;
};

int day_record_put(const struct account *account, struct buffer *out, struct ps_error *err);
/* Into a new account; the cursor is unsound when it holds no record. */
int day_record_take(struct account *account, struct cursor *cursor, struct record_promise *promise,
                    struct ps_error *err);

#endif

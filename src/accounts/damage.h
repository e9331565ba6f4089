/* Damage of a store's accounts, told by sentences that name the store and the day. */
#ifndef ACCOUNTS_DAMAGE_H
#define ACCOUNTS_DAMAGE_H

#include "base/day.h"
#include <pingsieve/seen.h>

const char *damage_place(const struct ps_seen *seen); /* the store's directory */

/* PS_E_STORE_DAMAGED, with the way out. what: "its record", "a list of flags" and so on. */
int damage_store(const struct ps_seen *seen, struct ps_error *err, const char *what);
int damage_day(const struct ps_seen *seen, day_t day, struct ps_error *err, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

#endif

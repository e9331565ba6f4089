/* The clients that were flagged on some days, as a store knows them. */
#ifndef CLI_PROFILE_FLAGS_H
#define CLI_PROFILE_FLAGS_H

#include "base/buffer.h"
#include "base/day.h"
#include <pingsieve/accounts.h>

struct profile_flagged {
  struct ps_client client;
  uint64_t pings; /* lower bound, of the days it was flagged on */
  uint32_t rules; /* bit r: enum ps_rule r */
};

struct profile_flags {
  size_t n, cap;
  struct profile_flagged *at; /* each client once; most pings first */
  size_t ndays;               /* that have accounts */
  uint64_t more;              /* flags that were only counted: their clients are not known */
  struct ps_accounts_info info;
};

/* Reads the flags of `ndays` different days, while filters may write to the store. Errors of the
 * store. profile_flags_release() frees, after an error too. */
int profile_flags_read(struct profile_flags *flags, const char *store, const day_t *days,
                       size_t ndays, struct ps_error *err);
void profile_flags_release(struct profile_flags *flags);

/* Appends a sentence that says how many clients were flagged and by which rules, or why there are
 * none. */
int profile_flags_words(const struct profile_flags *flags, const day_t *days, size_t ndays,
                        struct buffer *out, struct ps_error *err);

#endif

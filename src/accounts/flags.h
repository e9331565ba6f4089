/* The flags of a day, in the order they were raised, and which clients have them.
 *
 * At most PS_FLAGS_MAX are kept; more are counted, and leave no trace with the client. One with
 * zero bytes is empty and valid.
 */
#ifndef ACCOUNTS_FLAGS_H
#define ACCOUNTS_FLAGS_H

#include "accounts/bytes.h"
#include <pingsieve/accounts.h>

#define FLAGS_CHUNK 256u /* flags that make one value of the store */

struct flagged_client {
  uint8_t id[16];
  uint8_t kind;   /* 0 (PS_CLIENT_NONE): a free place */
  uint8_t raised; /* bits of flag_bit() */
};

struct flags {
  struct ps_flag *at;
  size_t n, cap;
  size_t saved; /* so many are in the store */
  uint64_t more;
  struct flagged_client *clients; /* open addressing; a power of two, half full at most */
  uint32_t nclients, nplaces;
};

void flags_release(struct flags *flags);

/* The bit of the rule's flag among a client's flags; measure only for PS_MEASUREMENT_SPIKE. */
uint8_t flag_bit(enum ps_rule rule, unsigned measure);
#define FLAG_ADVISORY_BIT 0x80u /* flag_bit(PS_SHARED_PROFILE, 0), the only advisory one */

uint8_t flags_of(const struct flags *flags, const struct ps_client *client);
/* Keeps it; *kept false: there are too many, it was only counted. */
int flags_add(struct flags *flags, const struct ps_flag *flag, bool *kept, struct ps_error *err);

/* A chunk of FLAGS_CHUNK flags (the last one: the rest) as bytes; and one read back into flags that
 * end where it begins, `n` flags of the day. The cursor is unsound when it holds none. */
int flags_put(const struct flags *flags, unsigned chunk, struct buffer *out, struct ps_error *err);
int flags_take(struct flags *flags, uint16_t day, size_t n, struct cursor *cursor,
               struct ps_error *err);

#endif

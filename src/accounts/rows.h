/* Rows: the figures of a day by (docType, channel), a bounded table; pings that do not fit are
 * counted under "other".
 *
 * A ping's row is found by the hash the scanner gives to its labels as they stand in the line, or
 * else by their texts. One with zero bytes is empty and valid.
 */
#ifndef ACCOUNTS_ROWS_H
#define ACCOUNTS_ROWS_H

#include "scan/ping.h"
#include <pingsieve/accounts.h>

struct row_place {
  uint64_t hash;
  uint32_t row; /* + 1; 0: free */
};
struct row_index { /* open addressing, a power of two, half full at most */
  struct row_place *places;
  uint32_t n, nplaces;
};

struct rows {
  struct ps_day_row *at;
  uint32_t n, cap;
  uint32_t last_row; /* + 1; 0: none */
  uint64_t last_label;
  struct row_index by_label, by_text;
};

void rows_release(struct rows *rows);

/* The row of these labels, made if there is none; valid until the next call. Texts are padded with
 * NULs. */
int rows_find(struct rows *rows, const char type[PS_LABEL_BYTES],
              const char channel[PS_LABEL_BYTES], struct ps_day_row **row, struct ps_error *err);

/* The row of a ping that is well formed. */
int rows_find_ping(struct rows *rows, const uint8_t *line, const struct ping *ping,
                   struct ps_day_row **row, struct ps_error *err);

/* A malloc'ed copy, by pings, largest first, then by labels. NULL when there are none. */
int rows_copy(const struct rows *rows, struct ps_day_row **copy, struct ps_error *err);

#endif

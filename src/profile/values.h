/* Value tables: for each client and field the values that occurred and how many pings of each
 * population have them. Bounded: past the caps a value has the code VALUES_OTHER. One thread at a
 * time.
 */
#ifndef PROFILE_VALUES_H
#define PROFILE_VALUES_H

#include <pingsieve/profile.h>

#define VALUES_OTHER UINT32_MAX

struct values;

/* cap: of one table; total: of all together, whose texts take at most total * 64 bytes. */
int values_create(size_t clients, unsigned fields, size_t cap, size_t total, struct values **values,
                  struct ps_error *err);
void values_free(struct values *values); /* NULL is fine */

/* The value's code in its table, from 0 in the order in which they came; a new one if need be;
 * VALUES_OTHER when there is no room: a table that met its cap takes no new values, and no table
 * does once a value met `total` or the bytes of its texts. A value that got no code never gets one.
 * PS_E_MEMORY only. */
int values_code(struct values *values, size_t client, unsigned field, const uint8_t *text,
                size_t len, bool number, uint32_t *code, struct ps_error *err);
/* Adds n pings to a value, or to the table's `other`. */
void values_count(struct values *values, size_t client, unsigned field, uint32_t code,
                  enum ps_population population, uint64_t n);

struct values_entry {
  const uint8_t *text; /* NUL-terminated */
  uint32_t len;
  bool number; /* its first occurrence was one */
  uint64_t count[PS_POPULATIONS];
};
struct values_table {
  size_t n;
  const struct values_entry *entries; /* by code */
  uint64_t other[PS_POPULATIONS];
};
const struct values_table *values_table(const struct values *values, size_t client, unsigned field);
/* `total` was met, or the bytes of its texts were, and values are missing for it. */
bool values_ended(const struct values *values);

#endif

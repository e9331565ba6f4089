#include "base/error.h"
#include "profile/numbers.h"
#include "profile/result.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the values that are listed ---- */

struct order {
  const struct values_entry *entries;
  enum ps_population population;
};

static bool is_plain(const struct values_entry *entry) {
  return entry->number && strspn((const char *)entry->text, "0123456789") == entry->len;
}

/* Whole numbers by size, then all else by its bytes. */
static int by_text(const struct values_entry *a, const struct values_entry *b) {
  const bool plain = is_plain(a);
  if (plain != is_plain(b)) return plain ? -1 : 1;
  if (plain && a->len != b->len) return a->len < b->len ? -1 : 1;
  const int text = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);
  return text ? text : (a->len > b->len) - (a->len < b->len);
}

static int by_count(const void *one, const void *two, void *context) {
  const struct order *order = context;
  const struct values_entry *a = &order->entries[*(const uint32_t *)one],
                            *b = &order->entries[*(const uint32_t *)two];
  const uint64_t x = a->count[order->population], y = b->count[order->population];
  if (x != y) return x > y ? -1 : 1;
  return by_text(a, b);
}

/* Sorts all codes by a population's counts; returns how many are among its `top`. */
static size_t sort_codes(const struct values_table *table, enum ps_population population,
                         size_t top, uint32_t *codes) {
  struct order order = {table->entries, population};
  size_t n = 0;
  for (uint32_t i = 0; i < table->n; i++) codes[i] = i;
  if (table->n) qsort_r(codes, table->n, sizeof *codes, by_count, &order);
  while (n < table->n && n < top && table->entries[codes[n]].count[population]) n++;
  return n;
}

/* The codes of values among the top of any population, by count in all copies, come first. */
static int choose(const struct values_table *table, size_t top, uint32_t *codes, size_t *n,
                  struct ps_error *err) {
  bool *listed = calloc(table->n + 1, sizeof *listed);
  if (!listed) return error_memory(err, table->n);
  for (unsigned p = PS_POPULATIONS; p--;) {
    const size_t among = sort_codes(table, (enum ps_population)p, top, codes);
    for (size_t i = 0; i < among; i++) listed[codes[i]] = true;
  }
  *n = 0;
  for (size_t i = 0; i < table->n; i++)
    if (listed[codes[i]]) codes[(*n)++] = codes[i];
  free(listed);
  return PS_OK;
}

static struct ps_bounded others(const struct result_fleet *fleet, unsigned field,
                                const struct values_entry *entry) {
  uint8_t hash[FLEET_HASH];
  fleet_hash(field, entry->text, entry->len, hash);
  const struct ps_bounded all = fleet_get(fleet->fleet, hash);
  const uint64_t own = fleet->is_in ? entry->count[PS_ALL_COPIES] : 0;
  const uint64_t most = all.count + all.error, least = all.count;
  const uint64_t high = most > own ? most - own : 0, low = least > own ? least - own : 0;
  return (struct ps_bounded){.count = low, .error = high - low};
}

static double lift(uint64_t count, uint64_t pings, uint64_t others, uint64_t fleet_pings) {
  if (!count || !pings || !fleet_pings) return 0;
  if (!others) return INFINITY;
  return (double)count / (double)pings / ((double)others / (double)fleet_pings);
}

static void fill_value(const struct collect_client *client, unsigned field,
                       const struct result_fleet *fleet, const struct values_entry *entry,
                       struct ps_profile_value *made) {
  made->text = (const char *)entry->text;
  memcpy(made->count, entry->count, sizeof made->count);
  if (!fleet->fleet) return;
  made->fleet = others(fleet, field, entry);
  for (unsigned p = 0; p < PS_POPULATIONS; p++)
    made->lift[p] =
        lift(made->count[p], client->pings[p], made->fleet.count + made->fleet.error, fleet->pings);
}

/* ---- numbers ---- */

struct number {
  double value;
  const uint64_t *count;
};

static int by_value(const void *one, const void *two) {
  const struct number *a = one, *b = two;
  return (a->value > b->value) - (a->value < b->value);
}

/* The table's numbers, ascending; malloc'ed. Texts are JSON's, whatever the locale. */
static int sort_numbers(const struct values_table *table, struct number **numbers, size_t *n,
                        struct ps_error *err) {
  const locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  *n = 0;
  *numbers = malloc((table->n + 1) * sizeof **numbers);
  if (!*numbers || !c) {
    if (c) freelocale(c);
    return error_memory(err, (table->n + 1) * sizeof **numbers);
  }
  for (size_t i = 0; i < table->n; i++) {
    const struct values_entry *entry = &table->entries[i];
    const double value = entry->number ? strtod_l((const char *)entry->text, NULL, c) : NAN;
    if (isfinite(value)) (*numbers)[(*n)++] = (struct number){value, entry->count};
  }
  freelocale(c);
  qsort(*numbers, *n, sizeof **numbers, by_value);
  return PS_OK;
}

static bool is_numeric(const struct values_table *table, uint64_t pings) {
  uint64_t numbers = 0;
  for (size_t i = 0; i < table->n; i++)
    if (table->entries[i].number) numbers += table->entries[i].count[PS_ALL_COPIES];
  return numbers > pings / 2;
}

static int fill_numbers(const struct values_table *table, struct ps_profile_numbers *made,
                        struct ps_error *err) {
  struct number *sorted;
  struct numbers numbers;
  size_t n;
  const int r = sort_numbers(table, &sorted, &n, err);
  numbers_begin(&numbers, made);
  for (size_t i = 0; i < n; i++) numbers_first(&numbers, sorted[i].value, sorted[i].count);
  numbers_turn(&numbers);
  for (size_t i = 0; i < n; i++) numbers_second(&numbers, sorted[i].value, sorted[i].count);
  free(sorted);
  return r;
}

int result_cluster(const struct values_table *table, double near, uint64_t *most,
                   struct ps_error *err) {
  struct number *sorted;
  size_t n;
  uint64_t sum = 0;
  const int r = sort_numbers(table, &sorted, &n, err);
  *most = 0;
  for (size_t i = 0, from = 0; i < n; i++) {
    sum += sorted[i].count[PS_FIRST_COPIES];
    for (; sorted[i].value - sorted[from].value > near; from++)
      sum -= sorted[from].count[PS_FIRST_COPIES];
    if (sum > *most) *most = sum;
  }
  free(sorted);
  return r;
}

/* ---- a field ---- */

uint64_t result_distinct(const struct values_table *table, enum ps_population population) {
  uint64_t distinct = 0;
  for (size_t i = 0; i < table->n; i++) distinct += table->entries[i].count[population] > 0;
  return distinct;
}

static int fill_values(struct pieces *pieces, const struct result_source *source, size_t client,
                       unsigned field, const struct result_fleet *fleet,
                       struct ps_profile_field *made, struct ps_error *err) {
  const struct collect *c = source->collect;
  const struct values_table *table = values_table(c->values, client, field);
  uint32_t *codes = calloc(table->n + 1, sizeof *codes);
  if (!codes) return error_memory(err, (table->n + 1) * sizeof *codes);
  struct ps_profile_value *values = NULL;
  int r = choose(table, c->options.top, codes, &made->n, err);
  if (!r && !(values = pieces_add(pieces, made->n, sizeof *values, err))) r = PS_E_MEMORY;
  for (size_t i = 0; i < made->n && !r; i++)
    fill_value(&c->clients[client], field, fleet, &table->entries[codes[i]], &values[i]);
  made->values = values;
  free(codes);
  return r;
}

int result_field(struct pieces *pieces, const struct result_source *source, size_t client,
                 unsigned field, const struct result_fleet *fleet, struct ps_profile_field *made,
                 struct ps_error *err) {
  const struct collect *c = source->collect;
  const struct values_table *table = values_table(c->values, client, field);
  const struct collect_field *counted = &c->clients[client].field[field];
  made->name = field_name(source->fields, field);
  made->text = field_text(source->fields, field);
  made->walk = field_is_walk(source->fields, field);
  made->capped = table->other[PS_ALL_COPIES] > 0;
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    made->pings[p] = counted->pings[p];
    made->clamped[p] = counted->clamped[p];
    made->other[p] = table->other[p];
    made->distinct[p] = result_distinct(table, (enum ps_population)p);
  }
  made->numeric = !made->walk && is_numeric(table, made->pings[PS_ALL_COPIES]);
  int r = fill_values(pieces, source, client, field, fleet, made, err);
  if (!r && made->numeric) r = fill_numbers(table, &made->numbers, err);
  return r;
}

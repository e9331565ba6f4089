#include "aurora_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ALL          4571188u
#define ONCE         312266u
#define EARLY        12484u
#define LATE         7428812u

/* The columns `all` and `once` are published where both notebooks' tables have the value, or the
 * one whose table it is in; the other column, and `early`, are chosen. */
static const struct aurora_row addons[AURORA_ADDONS] = {
    {"Random Agent Spoofer", 4570618, 311019, 12424},
    {"Alexa Traffic Rank", 419985, 37439, 1500},
    {"Firefox Hotfix", 1, 1, 1},
    {"RefControl", 0, 18358, 0},
    {"StopTube", 0, 4831, 0},
    {"Stop YouTube Autoplay", 0, 2, 0},
};
static const struct aurora_row speeds[] = {
    {"2400", 4225, 84819, 4000},   {"2399", 3324, 73546, 3000},  {"2397", 973539, 44691, 400},
    {"3504", 2796444, 44401, 200}, {"3503", 506650, 41217, 100}, {"3495", 3284, 3284, 3284},
    {"3700", 600, 2141, 0},        {"2396", 1962, 2108, 1500},   {"2299", 300, 2059, 0},
    {"2398", 400, 1934, 0},        {"2097", 274870, 1500, 0},    {"2600", 1907, 900, 0},
    {"2599", 1540, 700, 0},
};
static const struct aurora_row lengths[] = {
    {"215", 2756799, 4000, 0},  {"135", 417410, 300, 0}, {"284", 273834, 0, 0},
    {"27", 258250, 900, 0},     {"40", 257293, 2400, 0}, {"64", 172439, 11500, 0},
    {"85", 160477, 5200, 0},    {"25", 160317, 800, 0},  {"62", 30421, 12000, 6484},
    {"63", 27640, 11800, 6000},
};
static const struct aurora_row cities[] = {
    {"CA Montréal", 88000, 100792, 7184},  {"FR ??", 183938, 62789, 2500},
    {"US Costa Mesa", 599161, 19677, 790}, {"US Phoenix", 449236, 14828, 590},
    {"FR Paris", 245990, 8888, 350},       {"GB ??", 234012, 7155, 290},
    {"DE ??", 144906, 5210, 210},          {"GB London", 187256, 5190, 210},
    {"NZ Auckland", 41000, 5065, 200},     {"US Los Angeles", 122247, 4072, 160},
    {"US Houston", 97413, 3900, 0},        {"US New York", 93148, 3700, 0},
};
#define CITIES_ALL  418u
#define CITIES_ONCE 458u

/* ---- rows below the last lines ---- */

/* Speeds of no machine: two are beyond what a profile's table counts as such. */
static void speed_text(uint32_t k, char text[32]) {
  (void)snprintf(text, 32, "%u", k < 58 ? 1600 + 33 * k : 5100 + 900 * (k - 58));
}

static void length_text(uint32_t k, char text[32]) {
  static const uint32_t longer[] = {401, 437, 750, 1800, 3600, 7201, 86400};
  (void)snprintf(text, 32, "%u", k < 380 ? 20 + k : longer[k - 380]);
}

static void city_text(uint32_t k, char text[32]) {
  static const char *const countries[] = {"US", "GB", "CA", "AU", "NZ", "IE"};
  static const char *const unknown[] = {"US", "CA", "BR", "IN", "RU", "PL", "IT", "ES", "NL", "SE",
                                        "TR", "UA", "JP", "MX", "AR", "ID", "PH", "VN", "CZ", "RO"};
  static const char *const first[] = {"Spring", "Oak",  "Ash",  "Win",   "Marl", "Hart", "Brad",
                                      "Clif",   "King", "Mil",  "Nor",   "West", "East", "Lin",
                                      "Red",    "Stan", "Wood", "Green", "Rich", "Black"};
  static const char *const second[] = {"field", "ton",  "ford", "port", "wood",  "bury", "dale",
                                       "ham",   "more", "ley",  "land", "brook", "mont", "well"};
  if (k < COUNT(unknown)) {
    (void)snprintf(text, 32, "%s ??", unknown[k]);
    return;
  }
  k -= (uint32_t)COUNT(unknown);
  (void)snprintf(text, 32, "%s %s%s", countries[k % COUNT(countries)], first[k % COUNT(first)],
                 second[k / COUNT(first) % COUNT(second)]);
}

static uint32_t weight_falling(uint32_t k) { return 1000000 / (k + 100); }

/* The follow-up's plot: peaks about a minute and a minute and a quarter. */
static uint32_t weight_peaks(uint32_t k) {
  uint32_t length = 20 + k, a = length > 60 ? length - 60 : 60 - length;
  uint32_t b = length > 75 ? length - 75 : 75 - length;
  return 20000 / (4 + a) + 16000 / (4 + b) + 100;
}

struct plan {
  const struct aurora_row *named;
  uint32_t nnamed, tail_all, tail_once; /* values below the last line */
  void (*text)(uint32_t k, char text[32]);
  uint32_t (*weight_once)(uint32_t k);
};

static _Noreturn void does_not_fit(void) {
  (void)fputs("auroragen: with this --scale the tables' first lines alone are too many\n", stderr);
  exit(2);
}

static uint32_t scaled(uint32_t count, uint32_t scale) {
  return count && count < scale ? 1 : count / scale;
}

static bool is_named(const struct aurora_table *table, uint32_t nnamed, const char *text) {
  for (uint32_t i = 0; i < nnamed; i++)
    if (strcmp(table->rows[i].text, text) == 0) return true;
  return false;
}

/* Shares `rest` among n rows, or fewer: each gets 1 at least, and 8 on the average. */
static void share(struct aurora_row *rows, uint32_t n, uint32_t rest, bool once,
                  uint32_t (*weight)(uint32_t)) {
  uint64_t whole = 0, sum = 0;
  if (!rest) return;
  if (n > rest / 8) n = rest < 8 ? 1 : rest / 8;
  for (uint32_t k = 0; k < n; k++) whole += weight(k);
  for (uint32_t k = 0; k < n; k++) {
    uint64_t before = (rest - n) * sum / whole, after = (rest - n) * (sum + weight(k)) / whole;
    uint32_t *count = once ? &rows[k].once : &rows[k].all;
    *count = (uint32_t)(1 + after - before);
    sum += weight(k);
  }
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static void put_early(struct aurora_table *table, uint32_t nnamed, uint32_t scale, uint32_t rest) {
  for (uint32_t i = 0; i < nnamed; i++) {
    struct aurora_row *row = &table->rows[i];
    row->early = least(least(row->early / scale, rest), least(row->all, row->once));
    rest -= row->early;
  }
  for (uint32_t i = 0; i < nnamed && rest; i++) {
    struct aurora_row *row = &table->rows[i];
    uint32_t more = least(rest, least(row->all, row->once) - row->early);
    row->early += more;
    rest -= more;
  }
  if (rest) does_not_fit();
}

static void make(struct aurora_table *table, const struct plan *plan, uint32_t scale,
                 const struct aurora_tables *totals) {
  uint32_t all = totals->all, once = totals->once;
  uint32_t tail = plan->tail_all > plan->tail_once ? plan->tail_all : plan->tail_once;
  memcpy(table->rows, plan->named, plan->nnamed * sizeof *plan->named);
  for (uint32_t i = 0; i < plan->nnamed; i++) {
    struct aurora_row *row = &table->rows[i];
    row->all = scaled(row->all, scale);
    row->once = scaled(row->once, scale);
    if (row->all > all || row->once > once) does_not_fit();
    all -= row->all;
    once -= row->once;
  }
  table->n = plan->nnamed;
  for (uint32_t k = 0; table->n < plan->nnamed + tail; k++) {
    struct aurora_row *row = &table->rows[table->n];
    plan->text(k, row->text);
    if (!is_named(table, plan->nnamed, row->text)) table->n++;
  }
  share(table->rows + plan->nnamed, plan->tail_all, all, false, weight_falling);
  share(table->rows + plan->nnamed, plan->tail_once, once, true, plan->weight_once);
  put_early(table, plan->nnamed, scale, totals->early);
}

void aurora_tables_make(struct aurora_tables *tables, uint32_t scale) {
  static const struct plan speed = {speeds, COUNT(speeds), 60, 58, speed_text, weight_falling};
  static const struct plan length = {lengths, COUNT(lengths), 377, 220, length_text, weight_peaks};
  static const struct plan city = {
      cities,    COUNT(cities), CITIES_ALL - COUNT(cities), CITIES_ONCE - COUNT(cities),
      city_text, weight_falling};
  *tables = (struct aurora_tables){ALL / scale, ONCE / scale, EARLY / scale, LATE / scale,
                                   .addons = {{"", 0, 0, 0}}};
  make(&tables->speed, &speed, scale, tables);
  make(&tables->length, &length, scale, tables);
  make(&tables->city, &city, scale, tables);
  memcpy(tables->addons, addons, sizeof addons);
  for (uint32_t i = 0; i < AURORA_ADDONS; i++) {
    struct aurora_row *row = &tables->addons[i];
    row->all = scaled(row->all, scale);
    row->once = scaled(row->once, scale);
    row->early = least(least(scaled(row->early, scale), tables->early), least(row->all, row->once));
  }
}

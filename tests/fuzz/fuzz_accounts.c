/* Any bytes as a value of the accounts in a store: each reader says whether it is sound, never
 * reads beyond it, and what is sound is written back to bytes that are read to the same again.
 *
 * The first byte of the input chooses the value, the rest is the value, with this help: the
 * registers of a day's record are 4,096 bytes that a fuzzer need not find. So the record stands
 * without them: three bytes {u16 place, u8 value} that change one register, the length of what is
 * before the registers (u16), and the record itself.
 */
#include "fuzz.h"

#include "accounts/account.h"
#include "accounts/measures.h"
#include "accounts/ranking_slot.h"
#include "accounts/record.h"
#include "base/buffer.h"
#include <stdbool.h>
#include <string.h>

#define DAY 5u /* any */

static void check_same(const struct buffer *a, const struct buffer *b) {
  FUZZ_CHECK(a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len)));
}

/* Makes *account, NULL unless the bytes are a sound record. */
static void record_read(const uint8_t *data, size_t len, struct account **account) {
  struct cursor cursor = cursor_of(data, len);
  struct record_promise promise;
  FUZZ_CHECK(!account_create(DAY, account, NULL));
  FUZZ_CHECK(!day_record_take(*account, &cursor, &promise, NULL));
  FUZZ_CHECK(promise.flags <= PS_FLAGS_MAX || !cursor.sound);
  if (cursor.sound && promise.watch) FUZZ_CHECK(!watch_create(&(*account)->watch, NULL));
  (*account)->flags.n = promise.flags; /* they have values of their own; never looked at here */
  if (cursor.sound) return;
  (*account)->flags.n = 0;
  account_free(*account);
  *account = NULL;
}

static void record_write(struct account *account, struct buffer *out) {
  FUZZ_CHECK(!day_record_put(account, out, NULL));
  account->flags.n = 0;
  account_free(account);
}

/* Shows a sound one, as reports do. */
static void record_show(const struct account *account) {
  struct ps_day_figures total;
  account_total(account, &total);
  FUZZ_CHECK(ps_day_figures_pings(&total) == account->pings);
  FUZZ_CHECK(ps_registers_estimate(account->registers) >= 0);
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) {
    struct ps_distribution d;
    struct ps_bin *bins;
    FUZZ_CHECK(!distribution_copy(&account->distribution[m], &d, &bins, NULL));
    double last = 0;
    for (unsigned quarter = 0; quarter <= 4; quarter++) {
      const double value = ps_distribution_quantile(&d, quarter / 4.0);
      FUZZ_CHECK(value >= last && value >= (double)d.min && value <= (double)d.max);
      last = value;
    }
    free(bins);
  }
}

static void check_record(const uint8_t *data, size_t len) {
  static uint8_t bytes[PS_REGISTERS + 65536];
  struct buffer once = BUFFER_INIT, twice = BUFFER_INIT;
  struct account *account;
  if (len < 5 || len > 65536) return;
  const size_t rest = len - 5, asked = data[3] | (size_t)data[4] << 8;
  const size_t head = asked < rest ? asked : rest;
  memcpy(bytes, data + 5, head);
  memset(bytes + head, 0, PS_REGISTERS);
  bytes[head + (data[0] | (size_t)data[1] << 8) % PS_REGISTERS] = data[2];
  memcpy(bytes + head + PS_REGISTERS, data + 5 + head, rest - head);
  record_read(bytes, rest + PS_REGISTERS, &account);
  if (!account) return;
  record_show(account);
  record_write(account, &once);
  record_read(once.data, once.len, &account);
  FUZZ_CHECK(account);
  record_write(account, &twice);
  check_same(&once, &twice);
  buffer_release(&once);
  buffer_release(&twice);
}

static struct watch *watch_read(const uint8_t *data, size_t len) {
  struct cursor cursor = cursor_of(data, len);
  struct watch *watch;
  FUZZ_CHECK(!watch_create(&watch, NULL) && !watch_take(watch, &cursor, NULL));
  if (cursor.sound) return watch;
  watch_free(watch);
  return NULL;
}

static void check_watch(const uint8_t *data, size_t len) {
  struct buffer once = BUFFER_INIT, twice = BUFFER_INIT;
  struct watch_finding finding;
  struct ps_rules rules;
  struct watch *watch = watch_read(data, len), *again;
  if (!watch) return;
  FUZZ_CHECK(watch->nclients <= WATCH_CLIENTS && watch->nfleet <= WATCH_FLEET);
  FUZZ_CHECK(!watch_put(watch, &once, NULL));
  FUZZ_CHECK((again = watch_read(once.data, once.len)) != NULL);
  FUZZ_CHECK(!watch_put(again, &twice, NULL));
  check_same(&once, &twice);
  watch_free(again);
  ps_rules_default(&rules);
  for (unsigned i = 0; i < watch->nclients; i++)
    if (watch_judge(watch, &watch->clients[i], watch->clients[i].pings, &rules, &finding))
      FUZZ_CHECK(finding.evidence && finding.limit && finding.value);
  for (unsigned i = 0; i < WATCH_FLEET + 8; i++) watch_fleet(watch, i * 0x9e3779b97f4a7c15u);
  FUZZ_CHECK(watch->nfleet <= WATCH_FLEET);
  watch_free(watch);
  buffer_release(&once);
  buffer_release(&twice);
}

/* The first byte: how many flags there should be. */
static void check_flags(const uint8_t *data, size_t len) {
  struct flags flags = {.n = 0};
  struct buffer once = BUFFER_INIT;
  if (!len) return;
  struct cursor cursor = cursor_of(data + 1, len - 1);
  FUZZ_CHECK(!flags_take(&flags, DAY, *data, &cursor, NULL));
  FUZZ_CHECK(flags.n <= *data && (flags.n == *data || !cursor.sound));
  for (size_t i = 0; i < flags.n; i++) {
    const struct ps_flag *flag = &flags.at[i];
    FUZZ_CHECK(flag->day == DAY && ps_rule_name((enum ps_rule)flag->rule));
    FUZZ_CHECK(flags_of(&flags, &flag->client) & flag_bit((enum ps_rule)flag->rule, flag->measure));
    FUZZ_CHECK(memchr(flag->value, 0, sizeof flag->value));
  }
  if (cursor.sound) {
    struct flags again = {.n = 0};
    struct buffer twice = BUFFER_INIT;
    FUZZ_CHECK(!flags_put(&flags, 0, &once, NULL));
    cursor = cursor_of(once.data, once.len);
    FUZZ_CHECK(!flags_take(&again, DAY, flags.n, &cursor, NULL) && cursor.sound);
    FUZZ_CHECK(!flags_put(&again, 0, &twice, NULL));
    check_same(&once, &twice);
    flags_release(&again);
    buffer_release(&twice);
  }
  flags_release(&flags);
  buffer_release(&once);
}

static void check_journal(const uint8_t *data, size_t len) {
  struct cursor cursor = cursor_of(data, len);
  struct buffer out = BUFFER_INIT;
  struct journal_entry entry, again;
  size_t entries = 0;
  while (journal_next(&cursor, &entry)) {
    const size_t from = out.len;
    FUZZ_CHECK(!journal_add(&out, &entry.client, entry.duplicate, entry.weight, NULL));
    struct cursor one = cursor_of(out.data + from, out.len - from);
    FUZZ_CHECK(journal_next(&one, &again) && cursor_ended(&one));
    FUZZ_CHECK(!memcmp(&entry.client, &again.client, sizeof entry.client));
    FUZZ_CHECK(entry.duplicate == again.duplicate);
    FUZZ_CHECK(!memcmp(entry.weight, again.weight, sizeof entry.weight));
    FUZZ_CHECK(++entries <= len / JOURNAL_ENTRY_MIN);
  }
  buffer_release(&out);
}

/* Checks the promises of a ranking about its counters, after a part was read into a small table. */
static void ranking_use(struct ranking *ranking) {
  struct ranking sum = {.nslots = 0};
  struct ps_client_figure *entries;
  size_t got;
  uint64_t absent;
  FUZZ_CHECK(!ranking_merge(&sum, ranking, RANKING_SLOTS_MIN, NULL));
  FUZZ_CHECK(!ranking_top(&sum, 3, &entries, &got, &absent, NULL) && got <= 3);
  for (size_t i = 0; i < got; i++) {
    const struct ps_bounded one = ranking_get(ranking, &entries[i].client);
    FUZZ_CHECK(entries[i].figure.count <= one.count);
    FUZZ_CHECK(entries[i].figure.count + entries[i].figure.error >= one.count);
    FUZZ_CHECK(!i || entries[i].figure.count <= entries[i - 1].figure.count);
  }
  free(entries);
  FUZZ_CHECK(!ranking_seal(ranking, 5, NULL) && ranking->used <= 5);
  FUZZ_CHECK(!ranking_purge(ranking, NULL));
  ranking_release(&sum);
}

/* The first byte: which part. An entry's id need not begin with the part's hash to be tried: every
 * entry is also read as the part it belongs to. */
static void check_ranking(const uint8_t *data, size_t len) {
  struct ranking ranking = {.nslots = 0};
  struct buffer out = BUFFER_INIT;
  bool sound;
  if (!len) return;
  const unsigned part = *data % RANKING_PARTS;
  FUZZ_CHECK(!ranking_read_part(&ranking, part, data + 1, len - 1, 1u << 16, &sound, NULL));
  if (sound) {
    FUZZ_CHECK(ranking.used == (len - 1) / sizeof(struct ranking_slot));
    FUZZ_CHECK(!ranking_write_part(&ranking, part, &out, NULL));
    FUZZ_CHECK(out.len == len - 1 && (!out.len || !memcmp(out.data, data + 1, out.len)));
    ranking_use(&ranking);
  }
  buffer_release(&out);
  ranking_release(&ranking);
  for (size_t at = 1; at + sizeof(struct ranking_slot) <= len; at += sizeof(struct ranking_slot)) {
    struct ps_client client;
    memcpy(client.id, data + at, sizeof client.id);
    FUZZ_CHECK(!ranking_read_part(&ranking, ranking_part(&client), data + at,
                                  sizeof(struct ranking_slot), RANKING_SLOTS_MIN, &sound, NULL));
  }
  if (ranking.used) ranking_use(&ranking);
  ranking_release(&ranking);
}

static void check_distribution(const uint8_t *data, size_t len) {
  struct distribution one = {.count = 0}, two = {.count = 0};
  struct buffer once = BUFFER_INIT, twice = BUFFER_INIT;
  size_t used;
  bool sound;
  FUZZ_CHECK(!distribution_read(&one, data, len, &used, &sound, NULL) && used <= len);
  if (sound) {
    FUZZ_CHECK(!distribution_write(&one, &once, NULL));
    FUZZ_CHECK(!distribution_read(&two, once.data, once.len, &used, &sound, NULL));
    FUZZ_CHECK(sound && used == once.len && two.count == one.count);
    FUZZ_CHECK(!distribution_write(&two, &twice, NULL));
    check_same(&once, &twice);
    FUZZ_CHECK(one.min <= one.max && one.zeros <= one.count);
  }
  distribution_release(&one);
  distribution_release(&two);
  buffer_release(&once);
  buffer_release(&twice);
}

static void check_measures(const uint8_t *data, size_t len) {
  struct measures measures;
  struct cursor cursor = cursor_of(data, len);
  struct buffer once = BUFFER_INIT, twice = BUFFER_INIT;
  measures_take(&measures, &cursor);
  if (!cursor.sound) return;
  FUZZ_CHECK(measures.n <= PS_MEASURES_MAX);
  FUZZ_CHECK(!measures_put(&measures, &once, NULL));
  cursor = cursor_of(once.data, once.len);
  measures_take(&measures, &cursor);
  FUZZ_CHECK(cursor_ended(&cursor) && !measures_put(&measures, &twice, NULL));
  check_same(&once, &twice);
  buffer_release(&once);
  buffer_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static void (*const checks[])(const uint8_t *, size_t) = {
      check_record,  check_watch,        check_flags,   check_journal,
      check_ranking, check_distribution, check_measures};
  if (!len) return 0;
  uint8_t *value = malloc(len - 1 ? len - 1 : 1); /* so that reading beyond the end is seen */
  FUZZ_CHECK(value);
  memcpy(value, data + 1, len - 1);
  checks[*data % (sizeof checks / sizeof *checks)](value, len - 1);
  free(value);
  return 0;
}

#include "accounts/load.h"

#include "accounts/damage.h"
#include "accounts/name.h"
#include "accounts/record.h"
#include "accounts/value.h"

#define REPLAY_AHEAD 16u

struct loading {
  struct ps_seen *seen;
  struct account *account;
  const struct room *room;
  struct buffer value;
  uint64_t logs, log_bytes;
};

static uint32_t slots_for(uint64_t entries) {
  uint32_t slots = RANKING_SLOTS_MIN;
  while (slots < 1u << 30 && 3 * (uint64_t)slots / 4 < entries) slots *= 2;
  return slots;
}

static int load_part(struct loading *l, unsigned rank, unsigned part, struct ps_error *err) {
  char name[PS_VALUE_NAME];
  struct ranking *ranking = &l->account->ranking[rank];
  const uint32_t bytes = l->account->stored.parts[rank][part].bytes;
  bool sound = true;
  if (!bytes) return PS_OK;
  int r = value_read(l->seen, name_part(l->account->day, rank, part, name), &l->value, err);
  if (!r && l->value.len == bytes) {
    const uint32_t want = slots_for(ranking->used + bytes / sizeof(struct ranking_slot));
    const uint32_t limit = l->room->limit(l->room->context, l->account, rank, want);
    r = ranking_read_part(ranking, part, l->value.data, bytes, limit, &sound, err);
  }
  if (!r && (!sound || l->value.len != bytes))
    r = damage_day(l->seen, l->account->day, err, "part %u of the ranking %u", part, rank);
  return r;
}

/* The weight that an entry adds to a ranking. */
static uint64_t weight_of(const struct journal_entry *entry, unsigned rank) {
  if (rank == PS_RANK_PINGS) return 1;
  return rank == PS_RANK_DUPLICATES ? entry->duplicate : entry->weight[rank - PS_RANK_MEASURES];
}

/* Adds an entry to the rankings whose part of the client is older than the journal. */
static int replay_entry(struct loading *l, const struct journal_entry *entry, uint64_t sequence,
                        struct ps_error *err) {
  const unsigned part = ranking_part(&entry->client);
  int r = PS_OK;
  for (unsigned rank = 0; rank < PS_RANKS_MAX && !r; rank++) {
    const uint64_t weight = weight_of(entry, rank);
    if (weight && l->account->stored.parts[rank][part].sequence < sequence)
      r = account_rank(l->account, l->room, rank, &entry->client, weight, NULL, err);
  }
  return r;
}

static bool next_entry(const struct loading *l, struct cursor *cursor,
                       struct journal_entry *entry) {
  if (!journal_next(cursor, entry)) return false;
  for (unsigned rank = 0; rank < PS_RANKS_MAX; rank++)
    if (weight_of(entry, rank)) ranking_prefetch(&l->account->ranking[rank], &entry->client);
  return true;
}

/* Reads some entries ahead: each wants a place of its own in memory. */
static int replay(void *context, const char *name, const void *value, size_t len,
                  struct ps_error *err) {
  struct loading *l = context;
  struct cursor cursor = cursor_of(value, len);
  struct journal_entry entries[REPLAY_AHEAD];
  const uint64_t sequence = name_sequence(name);
  size_t read = 0, done = 0;
  int r = PS_OK;
  l->logs++;
  l->log_bytes += len;
  do {
    while (read - done < REPLAY_AHEAD && next_entry(l, &cursor, &entries[read % REPLAY_AHEAD]))
      read++;
    if (read > done) r = replay_entry(l, &entries[done++ % REPLAY_AHEAD], sequence, err);
  } while (!r && read > done);
  if (!r && (!sequence || !cursor_ended(&cursor)))
    r = damage_day(l->seen, l->account->day, err, "one of its journals");
  return r;
}

static int load_rankings(struct loading *l, struct ps_error *err) {
  char from[PS_VALUE_NAME], to[PS_VALUE_NAME];
  struct account *account = l->account;
  uint64_t total[PS_RANKS_MAX];
  int r = PS_OK;
  for (unsigned rank = 0; rank < PS_RANKS_MAX; rank++) {
    total[rank] = account->ranking[rank].total;
    for (unsigned p = 0; p < RANKING_PARTS && !r; p++) r = load_part(l, rank, p, err);
  }
  if (!r)
    r = ps_seen_each_value(l->seen, name_log(account->day, 0, from),
                           name_log(account->day, UINT64_MAX, to), replay, l, err);
  for (unsigned rank = 0; rank < PS_RANKS_MAX; rank++) account->ranking[rank].total = total[rank];
  if (!r && (l->logs != account->stored.logs || l->log_bytes != account->stored.log_bytes))
    r = damage_day(l->seen, account->day, err, "the number of its journals");
  return r;
}

static int load_flags(struct loading *l, size_t n, struct ps_error *err) {
  char name[PS_VALUE_NAME];
  struct flags *flags = &l->account->flags;
  int r = PS_OK;
  while (flags->n < n && !r) {
    const unsigned chunk = (unsigned)(flags->n / FLAGS_CHUNK);
    const size_t rest = n - flags->n;
    if ((r = value_read(l->seen, name_flags(l->account->day, chunk, name), &l->value, err))) break;
    struct cursor cursor = cursor_of(l->value.data, l->value.len);
    r = flags_take(flags, l->account->day, rest < FLAGS_CHUNK ? rest : FLAGS_CHUNK, &cursor, err);
    if (!r && !cursor.sound) r = damage_day(l->seen, l->account->day, err, "a list of flags");
  }
  flags->saved = flags->n;
  return r;
}

static int load_watch(struct loading *l, struct ps_error *err) {
  char name[PS_VALUE_NAME];
  int r = watch_create(&l->account->watch, err);
  if (!r) r = value_read(l->seen, name_watch(l->account->day, name), &l->value, err);
  if (r) return r;
  struct cursor cursor = cursor_of(l->value.data, l->value.len);
  r = watch_take(l->account->watch, &cursor, err);
  if (!r && !cursor.sound) r = damage_day(l->seen, l->account->day, err, "its watch of clients");
  return r;
}

static int load_record(struct loading *l, const struct buffer *record, struct ps_error *err) {
  struct cursor cursor = cursor_of(record->data, record->len);
  struct record_promise promise;
  int r = day_record_take(l->account, &cursor, &promise, err);
  if (!r && !cursor.sound) r = damage_day(l->seen, l->account->day, err, "its record");
  if (!r) r = load_rankings(l, err);
  if (!r) r = load_flags(l, promise.flags, err);
  return !r && promise.watch ? load_watch(l, err) : r;
}

int account_load(struct ps_seen *seen, day_t day, const struct buffer *record,
                 const struct room *room, struct account **account, struct ps_error *err) {
  char name[PS_VALUE_NAME];
  struct loading l = {.seen = seen, .room = room};
  struct buffer own = BUFFER_INIT;
  int r = account_create(day, &l.account, err);
  if (!r && !record) r = value_read(seen, name_record(day, name), &own, err);
  if (!record) record = &own;
  if (!r && record->len) r = load_record(&l, record, err);
  buffer_release(&own);
  buffer_release(&l.value);
  if (r) {
    account_free(l.account);
    return r;
  }
  *account = l.account;
  return PS_OK;
}

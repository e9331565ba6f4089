/* ps_seen_check(): everything in the store against its checksums and against everything else. */
#include "base/error.h"
#include "seen/group.h"
#include "seen/log.h"
#include "seen/pages.h"
#include "seen/state.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_CHUNKS 32u  /* read ahead: about 11 MB */
#define REPORTS_MAX  200u /* sentences; the rest is counted only */
#define SENTENCE     320

/* The findings about a run. */
struct tally {
  uint64_t keys; /* an input's below the bound are its output's and do not count */
  uint64_t chunks;
};

struct check {
  struct ps_seen *seen;
  MDB_txn *txn;
  ps_seen_report *report;
  void *context;
  struct ps_seen_check_result *result;
  struct tally *tallies; /* [runs] */
  struct ps_key *keys;   /* [CHUNK_MAX] */
  int failed;            /* LMDB's code of a look-up that failed: nothing was found out by it */
};

static void broken(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void broken(struct check *check, const char *format, ...) {
  char sentence[SENTENCE];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(sentence, sizeof sentence, format, args);
  va_end(args);
  if (check->result->broken++ < REPORTS_MAX && check->report)
    check->report(check->context, sentence);
}

static void page_broken(void *context, const char *sentence) {
  broken(context, "structure: %s", sentence);
}

static bool look_up(struct check *check, MDB_dbi table, const MDB_val *key, MDB_val *value) {
  MDB_val same = *key;
  const int r = mdb_get(check->txn, table, &same, value);
  if (r && r != MDB_NOTFOUND) check->failed = r;
  return !r;
}

/* --- chunks --- */

/* Counts the keys of a chunk that are not yet in the output of the merge its run is in. */
static uint64_t keys_unmerged(const struct check *check, const struct run *run, uint32_t n) {
  if (!run->record.job) return n;
  const uint64_t bound = run_bound(runs_find(&check->seen->runs, run->record.job));
  uint64_t kept = 0;
  for (uint32_t i = 0; i < n; i++) kept += check->keys[i].hi >= bound;
  return kept;
}

/* Every key of a run must pass the filter the run is in: else it would not be found. */
static void filter_check(struct check *check, const struct run *run, uint32_t chunk, uint32_t n) {
  const struct run *group =
      run->record.group ? runs_find(&check->seen->runs, run->record.group) : NULL;
  if (!group || !run_complete(group)) return;
  uint32_t known = UINT32_MAX;
  MDB_val part = {0, NULL};
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t number = key_chunk(check->keys[i].hi, group->record.bits);
    if (number != known) {
      uint64_t name = key_of_chunk(group->record.id, number);
      const MDB_val key = {sizeof name, &name};
      if (!look_up(check, check->seen->env.hot, &key, &part) ||
          group_part_fault(&group->record, number, part.mv_data, part.mv_size))
        return; /* told when the filter itself is checked */
      known = number;
    }
    if (group_mask(&group->record, part.mv_data, check->keys[i]) >> run->record.bit & 1) continue;
    broken(check, "group filter %u, part %u: it denies a key of run %u, chunk %u", group->record.id,
           number, run->record.id, chunk);
    return;
  }
}

static void run_chunk_check(struct check *check, struct run *run, uint32_t chunk,
                            const MDB_val *hot, const MDB_val *cold) {
  const struct chunk_name name = {run->record.id, chunk, run->record.bits};
  const size_t big = check->seen->env.big;
  const char *fault = hot->mv_size < big || (cold->mv_data && cold->mv_size < big)
                          ? "it has no pages of its own"
                          : NULL;
  if (!fault) fault = chunk_hot_fault(&name, hot->mv_data, hot->mv_size);
  if (!fault)
    fault = cold->mv_data ? chunk_cold_fault(hot->mv_data, cold->mv_data, cold->mv_size)
                          : "its cold value is missing";
  if (fault) {
    broken(check, "run %u, chunk %u: %s", run->record.id, chunk, fault);
    return;
  }
  const uint32_t n = chunk_read(&name, hot->mv_data, cold->mv_data, 0, SUB_COUNT, check->keys);
  check->tallies[run - check->seen->runs.at].keys += keys_unmerged(check, run, n);
  filter_check(check, run, chunk, n);
}

/* The chunks of a run that there must be: [from, to). */
static void chunks_wanted(const struct run *run, uint32_t *from, uint32_t *to) {
  const bool grows = run->record.kind == RUN_BUILDING || run->record.kind == RUN_GROUP;
  *from = grows ? 0 : run->record.done;
  *to = grows ? run->record.done : run_chunks(run);
}

static void hot_entry_check(struct check *check, const MDB_val *key, const MDB_val *hot) {
  uint64_t name;
  uint32_t from, to;
  MDB_val cold = {0, NULL};
  if (key->mv_size != sizeof name) {
    broken(check, "an entry of the hot table has a wrong name");
    return;
  }
  memcpy(&name, key->mv_data, sizeof name);
  const uint32_t id = (uint32_t)(key_big_endian(name) >> 32),
                 chunk = (uint32_t)key_big_endian(name);
  struct run *run = runs_find(&check->seen->runs, id);
  if (run) chunks_wanted(run, &from, &to);
  if (!run || chunk < from || chunk >= to) {
    broken(check, "run %u, chunk %u: it should not be there", id, chunk);
    return;
  }
  check->tallies[run - check->seen->runs.at].chunks++;
  check->result->chunks++;
  check->result->bytes += hot->mv_size;
  if (run->record.kind == RUN_DEAD) return;
  if (run->record.kind == RUN_GROUP) {
    const char *fault = group_part_fault(&run->record, chunk, hot->mv_data, hot->mv_size);
    if (fault) broken(check, "group filter %u, part %u: %s", id, chunk, fault);
    return;
  }
  (void)look_up(check, check->seen->env.cold, key, &cold);
  if (check->failed) return;
  check->result->bytes += cold.mv_size;
  run_chunk_check(check, run, chunk, hot, &cold);
}

/* Asks for the values of the entry the leading cursor is on, and moves it. */
static void ahead(struct check *check, MDB_cursor *lead) {
  MDB_val key, hot, cold;
  if (mdb_cursor_get(lead, &key, &hot, MDB_NEXT)) return;
  env_will_need(hot.mv_data, hot.mv_size);
  if (!mdb_get(check->txn, check->seen->env.cold, &key, &cold))
    env_will_need(cold.mv_data, cold.mv_size);
}

static int hot_check(struct check *check, struct ps_error *err) {
  const struct env *env = &check->seen->env;
  MDB_cursor *cursor, *lead = NULL;
  MDB_val key, hot;
  int r = mdb_cursor_open(check->txn, env->hot, &cursor);
  if (r) return env_error(env, r, "reading", err);
  if ((r = mdb_cursor_open(check->txn, env->hot, &lead))) goto out;
  for (uint32_t i = 0; i < AHEAD_CHUNKS; i++) ahead(check, lead);
  while (!(r = mdb_cursor_get(cursor, &key, &hot, MDB_NEXT))) {
    ahead(check, lead);
    hot_entry_check(check, &key, &hot);
    if ((r = check->failed)) break;
  }
out:
  if (lead) mdb_cursor_close(lead);
  mdb_cursor_close(cursor);
  return r == MDB_NOTFOUND ? PS_OK : env_error(env, r, "reading", err);
}

/* No cold value without its hot one. */
static int cold_check(struct check *check, struct ps_error *err) {
  const struct env *env = &check->seen->env;
  MDB_cursor *cursor;
  MDB_val key, cold, hot;
  int r = mdb_cursor_open(check->txn, env->cold, &cursor);
  if (r) return env_error(env, r, "reading", err);
  while (!(r = mdb_cursor_get(cursor, &key, &cold, MDB_NEXT))) {
    uint64_t name = 0;
    if (look_up(check, env->hot, &key, &hot)) continue;
    if ((r = check->failed)) break;
    if (key.mv_size == sizeof name) memcpy(&name, key.mv_data, sizeof name);
    broken(check, "run %u, chunk %u: its hot value is missing",
           (uint32_t)(key_big_endian(name) >> 32), (uint32_t)key_big_endian(name));
  }
  mdb_cursor_close(cursor);
  return r == MDB_NOTFOUND ? PS_OK : env_error(env, r, "reading", err);
}

/* --- the findings compared with the records --- */

static uint64_t inputs_keys(const struct check *check, uint32_t id) {
  uint64_t keys = 0;
  for (uint32_t i = 0; i < check->seen->runs.n; i++)
    if (check->seen->runs.at[i].record.job == id) keys += check->tallies[i].keys;
  return keys;
}

static void tallies_check(struct check *check) {
  for (uint32_t i = 0; i < check->seen->runs.n; i++) {
    const struct run *run = &check->seen->runs.at[i];
    const struct run_record *r = &run->record;
    const struct tally *tally = &check->tallies[i];
    uint32_t from, to;
    chunks_wanted(run, &from, &to);
    /* One that was forgotten amid its merge has not been written to its end. */
    if (r->kind != RUN_DEAD && tally->chunks != to - from)
      broken(check, "%s %u: it has %llu of %u chunks",
             r->kind == RUN_GROUP ? "group filter" : "run", r->id,
             (unsigned long long)tally->chunks, to - from);
    if (!run_counts(run)) continue;
    const uint64_t keys = tally->keys + inputs_keys(check, r->id);
    check->result->keys += keys;
    if (keys != r->count)
      broken(check, "run %u: it has %llu keys instead of %llu", r->id, (unsigned long long)keys,
             (unsigned long long)r->count);
  }
  check->result->keys += check->seen->table.n;
}

/* --- the other tables --- */

static void value_check(struct check *check, const MDB_val *key, const MDB_val *value) {
  char value_of[PS_VALUE_NAME];
  const char *name = key->mv_data;
  const int len = (int)(key->mv_size < 100 ? key->mv_size : 100);
  check->result->bytes += value->mv_size;
  if ((key->mv_size == 5 && !memcmp(name, "state", 5)) ||
      (key->mv_size == 8 && !memcmp(name, "settings", 8)))
    return; /* read and checked already */
  if (!value_name(name, key->mv_size, value_of))
    broken(check, "\"%.*s\": an entry that should not be there", len, name);
  else if (!value_sound(value->mv_data, value->mv_size))
    broken(check, "\"%.*s\": its checksum does not match", len, name);
}

static int meta_check(struct check *check, struct ps_error *err) {
  const struct env *env = &check->seen->env;
  MDB_cursor *cursor;
  MDB_val key, value;
  int r = mdb_cursor_open(check->txn, env->meta, &cursor);
  if (r) return env_error(env, r, "reading", err);
  while (!(r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) value_check(check, &key, &value);
  mdb_cursor_close(cursor);
  return r == MDB_NOTFOUND ? PS_OK : env_error(env, r, "reading", err);
}

static int log_check(struct check *check, struct ps_error *err) {
  const struct env *env = &check->seen->env;
  uint64_t want = check->seen->state.log_first, sequence;
  MDB_cursor *cursor;
  MDB_val key, value;
  int r = mdb_cursor_open(check->txn, env->log, &cursor);
  if (r) return env_error(env, r, "reading", err);
  while (!(r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
    const char *fault = log_record_fault(value.mv_data, value.mv_size);
    sequence = 0;
    if (key.mv_size == sizeof sequence) memcpy(&sequence, key.mv_data, sizeof sequence);
    if (!fault && key_big_endian(sequence) != want) fault = "it is out of sequence";
    if (fault) broken(check, "log record %llu: %s", (unsigned long long)want, fault);
    check->result->bytes += value.mv_size;
    want++;
  }
  mdb_cursor_close(cursor);
  if (r == MDB_NOTFOUND && want != check->seen->state.log_next)
    broken(check, "the log has too few or too many records");
  return r == MDB_NOTFOUND ? PS_OK : env_error(env, r, "reading", err);
}

static int contents_check(struct check *check, struct ps_error *err) {
  struct ps_error found;
  struct settings settings;
  int r = settings_load(&check->seen->env, check->txn, &settings, &found);
  settings_release(&settings);
  check->seen->loaded = false; /* read the state and the log from the file, too */
  if (!r) r = state_load(check->seen, check->txn, &found);
  if (r == PS_E_STORE_DAMAGED || r == PS_E_STORE_VERSION) {
    broken(check, "%s", found.text);
    return PS_OK; /* without them nothing else can be told right from wrong */
  }
  if (r) {
    if (err) *err = found;
    return r;
  }
  check->tallies = calloc((size_t)check->seen->runs.n + 1, sizeof *check->tallies);
  check->keys = malloc(CHUNK_MAX * sizeof *check->keys);
  if (!check->tallies || !check->keys) return error_memory(err, CHUNK_MAX * sizeof *check->keys);
  if ((r = meta_check(check, err)) || (r = log_check(check, err)) || (r = hot_check(check, err)) ||
      (r = cold_check(check, err)))
    return r;
  tallies_check(check);
  return PS_OK;
}

int ps_seen_check(struct ps_seen *seen, ps_seen_report *report, void *context,
                  struct ps_seen_check_result *result, struct ps_error *err) {
  struct check check = {.seen = seen, .report = report, .context = context, .result = result};
  uint64_t faults;
  *result = (struct ps_seen_check_result){.keys = 0};
  if (seen->write) return error_set(err, PS_E_ARGUMENT, "checks are made outside a transaction");
  int r = store_no_view(seen, err);
  if (!r) r = store_view(seen, true, page_broken, &check, &faults, &check.txn, err);
  if (r) return r;
  if (faults > result->broken) result->broken = faults;
  if (!faults) r = contents_check(&check, err); /* LMDB cannot walk a broken structure safely */
  free(check.tallies);
  free(check.keys);
  return store_read_end(seen, check.txn, r, err);
}

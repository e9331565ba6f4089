/* Each sentence of the check: what it names is broken on purpose, in LMDB's own transactions, with
 * checksums that are right, so that nothing else finds it first.
 */
#include "support.h"

#include "base/hash.h"
#include "seen/group.h"
#include "seen/state.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAYS      9u
#define DAY_KEYS  6000u
#define LOG_LEFT  700u
#define SENTENCES 4000

static const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                               .create = true,
                                               .log_keys = 4000,
                                               .chunk_keys = 512,
                                               .merge_us = 500,
                                               .no_sync = true};

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES], file[PATH_BYTES];
  uint8_t *bytes;
  size_t size;
  char sentences[SENTENCES];
  /* of the open store, for an edit */
  struct ps_seen *seen;
  MDB_txn *txn;
};

/* A store with runs of several chunks, a merge that is half done, a group filter and a log. */
static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  struct ps_seen *seen;
  bool more = true;
  assert_non_null(f);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  test_path(f->dir, "data.mdb", f->file);
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  for (uint64_t i = 0; i < DAYS; i++) test_mark(seen, i * DAY_KEYS, DAY_KEYS, (uint16_t)(50 + i));
  while (more) assert_ok(ps_seen_idle(seen, 100000, &more, err));
  test_mark(seen, DAYS * DAY_KEYS, LOG_LEFT, 58);
  test_mark(seen, (DAYS + 1) * DAY_KEYS, LOG_LEFT, 57);
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_put_value(seen, "position", "12345678", 8, err));
  assert_ok(ps_seen_commit(seen, err));
  test_check_clean(seen);
  ps_seen_close(seen);
  test_file_read(f->file, &f->bytes, &f->size);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  test_dir_remove(f->top);
  free(f->bytes);
  free(f);
  return 0;
}

static void sentence_note(void *context, const char *sentence) {
  struct fixture *f = context;
  const size_t used = strlen(f->sentences);
  (void)snprintf(f->sentences + used, sizeof f->sentences - used, "%s\n", sentence);
}

/* --- edits --- */

static void seal(uint8_t *value, size_t bytes) {
  const uint64_t checksum = hash_checksum(value + sizeof checksum, bytes - sizeof checksum);
  memcpy(value, &checksum, sizeof checksum);
}

static uint64_t chunk_name(struct fixture *f, enum run_kind kind, uint32_t chunk) {
  for (uint32_t i = 0; i < f->seen->runs.n; i++) {
    const struct run_record *r = &f->seen->runs.at[i].record;
    if (kind == RUN_GROUP && r->group) return key_of_chunk(r->group, chunk);
    if (kind == RUN_LIVE && r->kind == kind && r->bits > 1 && !r->job)
      return key_of_chunk(r->id, chunk);
  }
  fail_msg("there is no run of kind %d", (int)kind);
  return 0;
}

/* A copy of an entry's value, with room for more; the caller frees. */
static uint8_t *value_copy(struct fixture *f, MDB_dbi table, const void *name, size_t len,
                           size_t *bytes) {
  MDB_val key = {len, (void *)(uintptr_t)name}, value;
  assert_int_equal(mdb_get(f->txn, table, &key, &value), 0);
  uint8_t *copy = calloc(1, value.mv_size + 4096);
  assert_non_null(copy);
  memcpy(copy, value.mv_data, value.mv_size);
  *bytes = value.mv_size;
  return copy;
}

/* Puts the value in place of the entry's, with pages of its own as it had. */
static void value_put(struct fixture *f, MDB_dbi table, const void *name, size_t len,
                      const void *value, size_t bytes) {
  MDB_val key = {len, (void *)(uintptr_t)name}, data = {bytes, (void *)(uintptr_t)value};
  const int r = mdb_del(f->txn, table, &key, NULL);
  assert_true(r == 0 || r == MDB_NOTFOUND);
  assert_int_equal(mdb_put(f->txn, table, &key, &data, 0), 0);
}

static void value_delete(struct fixture *f, MDB_dbi table, const void *name, size_t len) {
  MDB_val key = {len, (void *)(uintptr_t)name};
  assert_int_equal(mdb_del(f->txn, table, &key, NULL), 0);
}

typedef void edit(struct fixture *f);

/* Edits the pristine store and expects to be told, by opening it or by the check. */
static void expect_told(struct fixture *f, edit *change, const char *part) {
  struct ps_error error = {.status = PS_OK};
  struct ps_seen_check_result result = {.broken = 0};
  test_file_write(f->file, f->bytes, f->size);
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
  assert_ok(env_begin_write(&f->seen->env, &f->txn, err));
  change(f);
  assert_int_equal(mdb_txn_commit(f->txn), 0);
  env_end_write(&f->seen->env);
  ps_seen_close(f->seen);
  f->sentences[0] = '\0';
  int r = ps_seen_open(f->dir, &options, &f->seen, &error);
  if (!r) {
    assert_ok(ps_seen_check(f->seen, sentence_note, f, &result, err));
    ps_seen_close(f->seen);
    assert_true(result.broken > 0);
  } else {
    assert_int_equal(r, PS_E_STORE_DAMAGED);
    (void)snprintf(f->sentences, sizeof f->sentences, "%s", error.text);
  }
  if (!strstr(f->sentences, part)) fail_msg("\"%s\" lacks \"%s\"", f->sentences, part);
}

static void filter_emptied(struct fixture *f) {
  size_t bytes;
  const uint64_t name = chunk_name(f, RUN_GROUP, 0);
  uint8_t *part = value_copy(f, f->seen->env.hot, &name, sizeof name, &bytes);
  memset(part + sizeof(struct group_header), 0, bytes - sizeof(struct group_header));
  seal(part, bytes);
  value_put(f, f->seen->env.hot, &name, sizeof name, part, bytes);
  free(part);
}
static void filter_elsewhere(struct fixture *f) {
  size_t bytes;
  const uint64_t name = chunk_name(f, RUN_GROUP, 0);
  uint8_t *part = value_copy(f, f->seen->env.hot, &name, sizeof name, &bytes);
  part[offsetof(struct group_header, part)] ^= 1;
  seal(part, bytes);
  value_put(f, f->seen->env.hot, &name, sizeof name, part, bytes);
  free(part);
}
static void filter_length(struct fixture *f) {
  size_t bytes;
  const uint64_t name = chunk_name(f, RUN_GROUP, 0);
  uint8_t *part = value_copy(f, f->seen->env.hot, &name, sizeof name, &bytes);
  part[offsetof(struct group_header, lines)] ^= 1;
  seal(part, bytes);
  value_put(f, f->seen->env.hot, &name, sizeof name, part, bytes);
  free(part);
}
static void filter_short(struct fixture *f) {
  const uint64_t name = chunk_name(f, RUN_GROUP, 0);
  value_put(f, f->seen->env.hot, &name, sizeof name, "short", 5);
}
static void filter_missing(struct fixture *f) {
  const uint64_t name = chunk_name(f, RUN_GROUP, 0);
  value_delete(f, f->seen->env.hot, &name, sizeof name);
}
static void hot_small(struct fixture *f) {
  const uint64_t name = chunk_name(f, RUN_LIVE, 1);
  value_put(f, f->seen->env.hot, &name, sizeof name, "small", 5);
}
static void hot_missing(struct fixture *f) {
  const uint64_t name = chunk_name(f, RUN_LIVE, 1);
  value_delete(f, f->seen->env.hot, &name, sizeof name);
}
static void cold_missing(struct fixture *f) {
  const uint64_t name = chunk_name(f, RUN_LIVE, 1);
  value_delete(f, f->seen->env.cold, &name, sizeof name);
}
static void cold_short(struct fixture *f) {
  size_t bytes;
  const uint64_t name = chunk_name(f, RUN_LIVE, 1);
  uint8_t *cold = value_copy(f, f->seen->env.cold, &name, sizeof name, &bytes);
  value_put(f, f->seen->env.cold, &name, sizeof name, cold, f->seen->env.big);
  free(cold);
}
static void chunks_swapped(struct fixture *f) {
  size_t bytes;
  const uint64_t from = chunk_name(f, RUN_LIVE, 1), to = chunk_name(f, RUN_LIVE, 2);
  uint8_t *hot = value_copy(f, f->seen->env.hot, &from, sizeof from, &bytes);
  value_put(f, f->seen->env.hot, &to, sizeof to, hot, bytes);
  free(hot);
}
/* Changes the hot value of a chunk and seals it. */
static void hot_change(struct fixture *f, size_t at, uint8_t bits) {
  size_t bytes;
  const uint64_t name = chunk_name(f, RUN_LIVE, 1);
  uint8_t *hot = value_copy(f, f->seen->env.hot, &name, sizeof name, &bytes);
  hot[at] ^= bits;
  seal(hot, bytes);
  value_put(f, f->seen->env.hot, &name, sizeof name, hot, bytes);
  free(hot);
}
static void hot_layout(struct fixture *f) {
  hot_change(f, offsetof(struct hot_header, sub_bits), 1);
}
static void hot_values(struct fixture *f) {
  hot_change(f, offsetof(struct hot_header, value_bytes), 1);
}
static void hot_entries(struct fixture *f) {
  hot_change(f, offsetof(struct hot_header, entry_bytes), 1);
}
static void hot_keys(struct fixture *f) {
  hot_change(f, offsetof(struct hot_header, keys) + 1, 0x80);
}
static void hot_key_less(struct fixture *f) { hot_change(f, offsetof(struct hot_header, keys), 1); }
static void hot_directory(struct fixture *f) {
  hot_change(f, sizeof(struct hot_header) + 2 * 1000 + 1, 0x40);
}
static void hot_directory_first(struct fixture *f) { hot_change(f, sizeof(struct hot_header), 1); }
static void cold_checksum(struct fixture *f) {
  hot_change(f, offsetof(struct hot_header, cold_checksum), 1);
}
static void hot_foreign(struct fixture *f) {
  const uint64_t name = key_of_chunk(4000000, 0);
  value_put(f, f->seen->env.hot, &name, sizeof name, "x", 1);
}
static void hot_name(struct fixture *f) { value_put(f, f->seen->env.hot, "abc", 3, "x", 1); }
static void meta_foreign(struct fixture *f) { value_put(f, f->seen->env.meta, "junk", 4, "x", 1); }
static void value_short(struct fixture *f) {
  value_put(f, f->seen->env.meta, "value:position", 14, "x", 1);
}
static void log_gap(struct fixture *f) {
  const uint64_t name = key_big_endian(f->seen->state.log_first);
  value_delete(f, f->seen->env.log, &name, sizeof name);
}
static void log_end_missing(struct fixture *f) {
  const uint64_t name = key_big_endian(f->seen->state.log_next - 1);
  value_delete(f, f->seen->env.log, &name, sizeof name);
}
static void log_more(struct fixture *f) {
  size_t bytes;
  const uint64_t last = key_big_endian(f->seen->state.log_next - 1),
                 next = key_big_endian(f->seen->state.log_next);
  uint8_t *record = value_copy(f, f->seen->env.log, &last, sizeof last, &bytes);
  value_put(f, f->seen->env.log, &next, sizeof next, record, bytes);
  free(record);
}
static void log_before(struct fixture *f) {
  size_t bytes;
  const uint64_t last = key_big_endian(f->seen->state.log_next - 1),
                 before = key_big_endian(f->seen->state.log_first - 1);
  uint8_t *record = value_copy(f, f->seen->env.log, &last, sizeof last, &bytes);
  value_put(f, f->seen->env.log, &before, sizeof before, record, bytes);
  free(record);
}
/* Changes the last record of the log and seals it. */
static void log_change(struct fixture *f, size_t at, uint8_t bits, size_t less) {
  size_t bytes;
  const uint64_t name = key_big_endian(f->seen->state.log_next - 1);
  uint8_t *record = value_copy(f, f->seen->env.log, &name, sizeof name, &bytes);
  record[at] ^= bits;
  seal(record, bytes - less);
  value_put(f, f->seen->env.log, &name, sizeof name, record, bytes - less);
  free(record);
}
static void log_short(struct fixture *f) { log_change(f, 0, 0, 16); }
static void log_mixed(struct fixture *f) {
  log_change(f, offsetof(struct log_header, mixed), 2, 0);
}
static void log_stub(struct fixture *f) {
  const uint64_t name = key_big_endian(f->seen->state.log_next - 1);
  value_put(f, f->seen->env.log, &name, sizeof name, "x", 1);
}
static void log_empty_key(struct fixture *f) {
  size_t bytes;
  const uint64_t name = key_big_endian(f->seen->state.log_next - 1);
  uint8_t *record = value_copy(f, f->seen->env.log, &name, sizeof name, &bytes);
  memset(record + sizeof(struct log_header), 0, sizeof(struct ps_key));
  seal(record, bytes);
  value_put(f, f->seen->env.log, &name, sizeof name, record, bytes);
  free(record);
}
static void log_key_twice(struct fixture *f) {
  size_t bytes;
  const uint64_t name = key_big_endian(f->seen->state.log_next - 1);
  uint8_t *record = value_copy(f, f->seen->env.log, &name, sizeof name, &bytes);
  memcpy(record + sizeof(struct log_header), record + sizeof(struct log_header) + 16, 16);
  seal(record, bytes);
  value_put(f, f->seen->env.log, &name, sizeof name, record, bytes);
  free(record);
}

/* --- the state --- */

typedef void state_edit(struct state_record *state, struct run_record *runs);

static void state_change(struct fixture *f, state_edit *change, size_t more) {
  size_t bytes;
  uint8_t *value = value_copy(f, f->seen->env.meta, "state", 5, &bytes);
  struct state_record state;
  struct run_record *runs = (struct run_record *)(void *)(value + sizeof state);
  memcpy(&state, value, sizeof state);
  if (change) change(&state, runs);
  memcpy(value, &state, sizeof state);
  state_seal(value, bytes);
  value_put(f, f->seen->env.meta, "state", 5, value, bytes + more);
  free(value);
}

static struct run_record *run_of(const struct state_record *state, struct run_record *runs,
                                 enum run_kind kind, uint32_t nth) {
  for (uint32_t i = 0; i < state->runs; i++)
    if (runs[i].kind == kind && !nth--) return &runs[i];
  fail_msg("there is no such run");
  return NULL;
}
#define STATE_EDIT(name, statement)                                                                \
  static void name##_in(struct state_record *state, struct run_record *runs) {                     \
    (void)runs, (void)state;                                                                       \
    statement;                                                                                     \
  }                                                                                                \
  static void name(struct fixture *f) { state_change(f, name##_in, 0); }

STATE_EDIT(counts_moved, run_of(state, runs, RUN_LIVE, 0)->count++;
           run_of(state, runs, RUN_LIVE, 1)->count--)
STATE_EDIT(keys_wrong, state->keys++)
STATE_EDIT(log_keys_wrong, state->log_keys++; state->keys++)
STATE_EDIT(log_order, state->log_first = state->log_next + 1)
STATE_EDIT(next_run, state->next_run = (uint64_t)UINT32_MAX + 1)
STATE_EDIT(version_none, state->version = 0)
STATE_EDIT(runs_less, state->runs--)
STATE_EDIT(run_order, runs[1].id = runs[0].id)
STATE_EDIT(run_kind, runs[0].kind = 4)
STATE_EDIT(run_bits, runs[0].bits = 33)
STATE_EDIT(run_many_chunks, runs[0].bits = 32)
STATE_EDIT(run_done, run_of(state, runs, RUN_LIVE, 0)->done = 1)
STATE_EDIT(run_done_all, run_of(state, runs, RUN_GROUP, 0)->done += 1)
STATE_EDIT(run_bit, run_of(state, runs, RUN_LIVE, 0)->bit = 8)
STATE_EDIT(run_value, runs[0].value_bytes = 1)
STATE_EDIT(run_job, run_of(state, runs, RUN_LIVE, 0)->group = 0;
           run_of(state, runs, RUN_LIVE, 0)->job = run_of(state, runs, RUN_LIVE, 1)->id)
STATE_EDIT(run_group, run_of(state, runs, RUN_LIVE, 0)->group = 3999999)
STATE_EDIT(run_both,
           run_of(state, runs, RUN_LIVE, 0)->job = run_of(state, runs, RUN_LIVE, 0)->group)
STATE_EDIT(group_group,
           run_of(state, runs, RUN_GROUP, 0)->group = run_of(state, runs, RUN_GROUP, 0)->id)
static void state_longer(struct fixture *f) { state_change(f, NULL, 8); }
static void state_missing(struct fixture *f) { value_delete(f, f->seen->env.meta, "state", 5); }
static void state_stub(struct fixture *f) { value_put(f, f->seen->env.meta, "state", 5, "x", 1); }

static void everything_is_told(void **state) {
  static const struct {
    edit *change;
    const char *part;
  } cases[] = {
      {filter_emptied, "it denies a key of run"},
      {filter_elsewhere, "part 0: it belongs elsewhere"},
      {filter_length, "part 0: it has the wrong length"},
      {filter_short, "part 0: it is too short"},
      {filter_missing, "group filter"},
      {hot_small, "chunk 1: it has no pages of its own"},
      {hot_missing, "chunk 1: its hot value is missing"},
      {hot_missing, "chunks"},
      {hot_missing, "keys instead of"},
      {cold_missing, "chunk 1: its cold value is missing"},
      {cold_short, "chunk 1: its cold value is too short"},
      {chunks_swapped, "chunk 2: its hot value belongs elsewhere"},
      {hot_layout, "chunk 1: its hot value has another layout"},
      {hot_values, "chunk 1: its hot value has another layout"},
      {hot_entries, "chunk 1: its hot value has another layout"},
      {hot_keys, "chunk 1: its hot value is too short for its keys"},
      {hot_key_less, "chunk 1: its directory is wrong"},
      {hot_directory, "chunk 1: its directory is wrong"},
      {hot_directory_first, "chunk 1: its directory is wrong"},
      {cold_checksum, "the checksum of its cold value does not match"},
      {hot_foreign, "run 4000000, chunk 0: it should not be there"},
      {hot_name, "an entry of the hot table has a wrong name"},
      {meta_foreign, "\"junk\": an entry that should not be there"},
      {value_short, "\"value:position\": its checksum does not match"},
      {log_gap, "out of sequence"},
      {log_end_missing, "is missing"},
      {log_more, "log record"},
      {log_before, "log"},
      {log_short, "its length does not fit its keys"},
      {log_mixed, "its length does not fit its keys"},
      {log_stub, "it is too short"},
      {log_empty_key, "the log holds an empty key"},
      {log_key_twice, "the log holds"},
      {counts_moved, "keys instead of"},
      {keys_wrong, "runs and log hold"},
      {log_keys_wrong, "the log holds"},
      {log_order, "its state makes no sense"},
      {next_run, "its state makes no sense"},
      {version_none, "its state are too short"},
      {runs_less, "its state makes no sense"},
      {run_order, "makes no sense"},
      {run_kind, "makes no sense"},
      {run_bits, "makes no sense"},
      {run_many_chunks, "makes no sense"},
      {run_done, "makes no sense"},
      {run_done_all, "makes no sense"},
      {run_bit, "makes no sense"},
      {run_value, "makes no sense"},
      {run_job, "refers to one that is not there"},
      {run_group, "refers to one that is not there"},
      {run_both, "makes no sense"},
      {group_group, "makes no sense"},
      {state_longer, "its state have the wrong length"},
      {state_missing, "the last commit is not the one"},
      {state_stub, "its state are missing"},
  };
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    print_message("%zu: %s\n", i, cases[i].part);
    expect_told(f, cases[i].change, cases[i].part);
  }
}

/* With more things broken than sentences are told the rest is counted. */
static void cold_all_missing(struct fixture *f) {
  assert_int_equal(mdb_drop(f->txn, f->seen->env.cold, 0), 0);
}
static void much_is_told(void **state) {
  struct fixture *f = *state;
  expect_told(f, cold_all_missing, "its cold value is missing");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(everything_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(much_is_told, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

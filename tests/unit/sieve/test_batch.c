/* The batch with another owner than the filter: what its hooks see, and when it commits. */
#include "owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A mutex is unlocked by the thread that holds it: a lock that was left out fails here. */
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
  assert_int_not_equal(pthread_mutex_trylock(mutex), 0);
  return __real_pthread_mutex_unlock(mutex);
}

#define A   "{\"id\":\"a\",\"day\":20170101}\n"
#define B   "{\"id\":\"b\",\"day\":20170102}\n"
#define C   "{\"id\":\"c\",\"day\":20170105}\n"
#define NO  "{}\n"
#define BAD "{\n"

/* The counts in the accounts of a store, over all days. */
struct counted_days {
  uint64_t unique, duplicates;
};

static int count_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  struct counted_days *counted = context;
  (void)err;
  counted->unique += day->total.count[PS_UNIQUE];
  counted->duplicates += day->total.count[PS_DUPLICATE];
  return PS_OK;
}

static void a_batch_commits_at_an_expiry_amid_a_slot(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  options.batch_pings = 1; /* is nobody's business inside a slot */
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, A NO BAD B "\n" C A), PS_OK);
  assert_seen(o, A NO "+3" B "\n+2[]" C A "+2"); /* the last one is late */
  assert_int_equal(o->tally.marked, 3);
  assert_int_equal(o->tally.first_day, 17167);
  assert_int_equal(o->tally.last_day, 17171);
  assert_int_equal(o->tally.count[PS_LATE], 1);
  assert_int_equal(o->tally.count[PS_MALFORMED], 1);
  assert_true(batch_is_due(o->core.batch));
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_false(batch_is_due(o->core.batch));
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_seen(o, "[]");
  owner_close(o);
}

/* Where a slot is cut depends on the slot, not on when the last commit was. */
static void it_commits_there_whatever_came_before(void **state) {
  struct world *w = *state;
  for (unsigned committed = 0; committed < 2; committed++) {
    char store[128];
    struct ps_sieve_options options = keep_options(w, 3);
    (void)snprintf(store, sizeof store, "%s-%u", w->store, committed);
    options.store = store;
    struct owner *o = owner_open(&options);
    assert_int_equal(owner_take(o, A), PS_OK);
    if (committed) assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
    assert_seen(o, committed ? A "+1[]" : A "+1");
    assert_int_equal(owner_take(o, NO C), PS_OK);
    assert_seen(o, NO "+1[]" C "+1");
    assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
    owner_close(o);
  }
}

/* A run that goes on at a cut takes the lines behind it, and counts only those. */
static void a_run_goes_on_at_a_cut(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, A NO), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_seen(o, A NO "+2[]");
  owner_fill(o, A NO C);
  o->slot.cursor.at = strlen(A NO); /* these two were dealt with before */
  o->slot.pings[0] = o->slot.pings[2];
  o->slot.npings = 1;
  assert_int_equal(owner_give(o), PS_OK);
  assert_seen(o, C "+1");
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  owner_close(o);
}

static void failing_hooks_abort_the_batch(void **state) {
  struct ps_sieve_options options = world_options(*state);
  struct owner *o = owner_open(&options);
  o->leave_status = PS_E_OUTPUT;
  assert_int_equal(owner_take(o, A), PS_E_OUTPUT);
  batch_abort(o->core.batch);
  o->leave_status = PS_OK;
  o->before_status = PS_E_OUTPUT;
  assert_int_equal(owner_take(o, A), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_E_OUTPUT);
  batch_abort(o->core.batch);
  assert_seen(o, A "+1");
  o->before_status = PS_OK;
  o->after_status = PS_E_OUTPUT;
  o->tally = (struct tally){0};
  batch_set_input(o->core.batch, "input", 0);
  assert_int_equal(owner_take(o, A), PS_OK); /* was not marked */
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_E_OUTPUT);
  batch_abort(o->core.batch);
  assert_int_equal(owner_take(o, A), PS_OK); /* was */
  assert_seen(o, A "+1[+1");
  assert_int_equal(o->tally.count[PS_DUPLICATE], 1);
  owner_close(o);
}

/* Flags that an aborted batch raised, and did not come to tell, are not told by the next one. */
static void an_abort_takes_back_flags(void **state) {
  static const char flood[] = "{\"id\":\"a\",\"clientId\":\"x\"}\n"
                              "{\"id\":\"b\",\"clientId\":\"y\"}\n";
  const struct ps_rules rules = {.ping_flood = 1};
  struct ps_sieve_options options = world_options(*state);
  options.rules = &rules;
  struct owner *o = owner_open(&options);
  o->leave_status = PS_E_OUTPUT;
  o->leave_after = 1;
  assert_int_equal(owner_take(o, flood), PS_E_OUTPUT);
  batch_abort(o->core.batch);
  assert_int_equal(batch_deadline(o->core.batch), 0);
  o->leave_status = PS_OK;
  assert_int_equal(owner_take(o, flood), PS_OK);
  assert_int_equal(o->tally.flags, 2);
  assert_int_equal(o->tally.count[PS_UNIQUE], 2);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  owner_close(o);
}

/* Advice is no flag: it is counted apart and withholds nothing. */
static void advice_is_counted_apart(void **state) {
  static const char line[] = "{\"id\":\"a\",\"clientId\":\"x\",\"meta\":{\"geoCity\":\"Oslo\"}}\n";
  const struct ps_rules rules = {
      .shared_profile = 1, .shared_profile_percent = 50, .shared_profile_cities = 1};
  struct ps_sieve_options options = world_options(*state);
  options.rules = &rules;
  options.flagged = PS_FLAGGED_DROP;
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, line), PS_OK);
  assert_int_equal(o->tally.advisories, 1);
  assert_int_equal(o->tally.flags, 0);
  assert_int_equal(owner_take(o, "{\"id\":\"b\",\"clientId\":\"x\"}\n"), PS_OK);
  assert_int_equal(o->tally.withheld, 0);
  assert_int_equal(o->tally.count[PS_UNIQUE], 2);
  owner_close(o);
}

static void a_commit_may_have_no_lines(void **state) {
  struct ps_sieve_options options = world_options(*state);
  struct owner *o = owner_open(&options);
  struct ps_sieve_figures figures;
  char value;
  size_t len;
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_int_equal(owner_take(o, ""), PS_OK);
  assert_seen(o, "");
  assert_int_equal(batch_begin(o->core.batch, NULL), PS_OK);
  assert_int_equal(batch_begin(o->core.batch, NULL), PS_OK);
  assert_int_equal(figures_snapshot(&o->core.figures, &figures, NULL), PS_OK);
  assert_true(figures.waiting_seconds == 0); /* it has its turn */
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_seen(o, "[]");
  assert_int_equal(ps_seen_get_value(o->core.seen, "owner", &value, 1, &len, NULL), PS_OK);
  assert_int_equal(len, 1);
  owner_close(o);
}

static void an_overlong_line_is_not_cut(void **state) {
  struct ps_sieve_options options = world_options(*state);
  options.batch_bytes = 13; /* all its pieces, and not less */
  struct owner *o = owner_open(&options);
  struct batch *b = o->core.batch;
  for (unsigned piece = 0; piece < 3; piece++) {
    slot_clear(&o->slot);
    memcpy(o->slot.chunk.data, "xxxx\n", 5);
    o->slot.chunk.len = piece < 2 ? 4 : 5;
    o->slot.chunk.kind = CHUNK_OVERLONG;
    o->slot.chunk.line_begins = piece == 0;
    o->slot.chunk.line_ends = piece == 2;
    slot_scan(&o->slot, &o->core.scanner, &o->scratch);
    assert_int_equal(owner_give(o), PS_OK);
    assert_int_equal(batch_is_within_line(b), piece < 2);
    assert_int_equal(batch_is_due(b) && !batch_is_within_line(b), piece == 2);
  }
  assert_int_equal(batch_commit(b, NULL), PS_OK);
  assert_seen(o, "+1[]");
  assert_int_equal(o->tally.count[PS_MALFORMED], 1);
  assert_int_equal(o->tally.bytes_in, 13);
  assert_int_equal(o->tally.bytes_out, 0);
  owner_close(o);
}

/* Takes an over-long line of these pieces; the text after the last one is its end. */
static void take_overlong(struct owner *o, const char *const pieces[], size_t n) {
  for (size_t i = 0; i < n; i++) {
    const size_t len = strlen(pieces[i]);
    slot_clear(&o->slot);
    memcpy(o->slot.chunk.data, pieces[i], len);
    o->slot.chunk.len = len;
    o->slot.chunk.kind = CHUNK_OVERLONG;
    o->slot.chunk.line_begins = i == 0;
    o->slot.chunk.line_ends = i == n - 1;
    slot_scan(&o->slot, &o->core.scanner, &o->scratch);
    assert_int_equal(owner_give(o), PS_OK);
  }
}

/* Bytes that the file of malformed lines has no room for are counted, and reasons without room. */
static void bytes_without_room_are_counted(void **state) {
  static const char *const pieces[] = {"xx", "xx", "xxxxxxxxxxxxxxx\n"};
  struct ps_sieve_options options = world_options(*state);
  options.invalid_max = 10;
  struct owner *o = owner_open(&options);
  take_overlong(o, pieces + 1, 1);
  take_overlong(o, pieces, 3);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_int_equal(o->tally.unkept, 1);
  assert_int_equal(o->tally.unkept_bytes, 16); /* of 20: four had room */
  assert_int_equal(o->tally.untold, 2);
  owner_close(o);
}

/* A ping that is not selected is as if it had not come, but for the figures. */
static void pings_not_selected_leave_no_trace(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  struct owner *o = owner_open(&options);
  struct ps_sieve_figures figures;
  assert_int_equal(owner_take(o, A), PS_OK);
  owner_fill(o, B C NO "\n" BAD);
  for (size_t i = 0; i < o->slot.npings; i++) o->slot.pings[i].not_selected = 1;
  assert_int_equal(owner_give(o), PS_OK);
  assert_int_equal(owner_take(o, B A), PS_OK);
  assert_seen(o, A "+1\n+5" B "+2");
  assert_int_equal(batch_watermark(o->core.batch), 17168);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_int_equal(figures_snapshot(&o->core.figures, &figures, NULL), PS_OK);
  assert_int_equal(figures.count[PS_NOT_SELECTED], 3);
  assert_int_equal(figures.bytes[PS_NOT_SELECTED], strlen(B C NO));
  assert_int_equal(figures.count[PS_UNIQUE], 2);
  assert_int_equal(figures.count[PS_DUPLICATE], 1);
  ps_sieve_figures_release(&figures);
  owner_close(o);
}

/* Where one ping a client is wanted, both keys of a ping are marked. */
static void both_keys_of_a_ping_are_marked(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  options.read.selection.one_per_client = true;
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, "{\"id\":\"a\",\"clientId\":\"x\",\"day\":20170101}\n"
                                 "{\"id\":\"b\",\"clientId\":\"x\",\"day\":20170101}\n"
                                 "{\"clientId\":\"y\",\"day\":20170102}\n"),
                   PS_OK);
  assert_int_equal(o->tally.marked, 3);
  assert_int_equal(o->tally.first_day, 17167);
  assert_int_equal(o->tally.last_day, 17168);
  owner_close(o);
}

/* Keys that share a half are different keys. */
static void like_keys_are_different_keys(void **state) {
  struct ps_sieve_options options = world_options(*state);
  options.read.selection.one_per_client = true;
  struct owner *o = owner_open(&options);
  owner_fill(o, "{\"id\":\"a\",\"clientId\":\"x\"}\n{\"id\":\"b\",\"clientId\":\"y\"}\n"
                "{\"id\":\"c\",\"clientId\":\"z\"}\n{\"id\":\"d\",\"clientId\":\"w\"}\n");
  o->slot.pings[0].key = (struct ps_key){.hi = 1, .lo = 5};
  o->slot.pings[1].key = (struct ps_key){.hi = 2, .lo = 5};
  o->slot.pings[2].key = (struct ps_key){.hi = 1, .lo = 5 + (UINT64_C(1) << 40)};
  o->slot.pings[3].key = (struct ps_key){.hi = 2, .lo = 5};
  assert_int_equal(owner_give(o), PS_OK);
  assert_int_equal(o->tally.count[PS_UNIQUE], 3);
  assert_int_equal(o->tally.count[PS_DUPLICATE], 1);
  owner_close(o);
}

/* Each line is counted under its own labels. */
static void labels_of_every_line(struct world *world, bool no_accounts) {
  static const char first[] = "{\"id\":\"a\",\"type\":\"main\"}\n",
                    second[] = "{\"id\":\"b\",\"type\":\"crash\",\"x\":[1,2,3]}\n";
  char text[256];
  struct ps_sieve_options options = world_options(world);
  struct ps_sieve_figures figures;
  options.labels = true;
  options.no_accounts = no_accounts;
  struct owner *o = owner_open(&options);
  (void)snprintf(text, sizeof text, "%s\n%s%s%s", first, second, first, first);
  assert_int_equal(owner_take(o, text), PS_OK);
  assert_int_equal(figures_snapshot(&o->core.figures, &figures, NULL), PS_OK);
  assert_int_equal(figures.nlabels, 2);
  for (size_t i = 0; i < 2; i++) {
    const struct ps_label_figures *f = &figures.labels[i];
    const bool crash = !strcmp(f->type, "crash");
    assert_string_equal(f->type, crash ? "crash" : "main");
    assert_int_equal(f->count[PS_UNIQUE], 1);
    assert_int_equal(f->count[PS_DUPLICATE], crash ? 0 : 2);
    assert_int_equal(f->bytes_in, crash ? strlen(second) : 3 * strlen(first));
    assert_int_equal(f->bytes_out, crash ? strlen(second) : strlen(first));
  }
  ps_sieve_figures_release(&figures);
  owner_close(o);
}

/* Whether the accounts want the labels as well or not. */
static void every_line_has_its_labels(void **state) {
  labels_of_every_line(*state, false);
  labels_of_every_line(*state, true);
}

static int sum_bytes(void *context, const struct ps_account_day *day, struct ps_error *err) {
  uint64_t *sums = context;
  (void)err;
  sums[0] += ps_day_figures_pings(&day->total);
  sums[1] += day->total.bytes_in;
  sums[2] += day->total.bytes_out;
  return PS_OK;
}

/* Blank lines and pings that are not selected are in no account. */
static void blank_lines_are_in_no_account(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  const struct ps_seen_options read_only = {.size = sizeof(struct ps_seen_options),
                                            .read_only = true};
  struct ps_seen *seen;
  uint64_t sums[3] = {0};
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, A "\n\n" A NO "  \n" BAD), PS_OK);
  owner_fill(o, B NO);
  for (size_t i = 0; i < o->slot.npings; i++) o->slot.pings[i].not_selected = 1;
  assert_int_equal(owner_give(o), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  owner_close(o);
  assert_int_equal(ps_seen_open(options.store, &read_only, &seen, NULL), PS_OK);
  assert_int_equal(ps_accounts_read(seen, 0, DAY_MAX, 0, NULL, sum_bytes, sums, NULL), PS_OK);
  ps_seen_close(seen);
  assert_int_equal(sums[0], 4);
  assert_int_equal(sums[1], strlen(A A NO BAD));
  assert_int_equal(sums[2], strlen(A NO));
}

/* Lines without a key are no reason to commit before days expire, where slots are not whole. */
static void nothing_marked_needs_no_commit(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  struct owner *o = owner_open(&options);
  o->whole = false;
  assert_int_equal(owner_take(o, A), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_seen(o, A "+1[]");
  assert_int_equal(owner_take(o, NO BAD), PS_OK);
  assert_int_equal(owner_take(o, NO C), PS_OK);
  assert_seen(o, NO "+2" NO "+1" C "+1");
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  owner_close(o);
}

/* Half an over-long line when the run is stopped: it is dropped, and the batch goes on without. */
static void a_stop_drops_half_an_overlong_line(void **state) {
  struct ps_sieve_options options = world_options(*state);
  struct owner *o = owner_open(&options);
  slot_clear(&o->slot);
  memcpy(o->slot.chunk.data, "xxxx", 4);
  o->slot.chunk.len = 4;
  o->slot.chunk.kind = CHUNK_OVERLONG;
  o->slot.chunk.line_begins = true;
  o->slot.chunk.line_ends = false;
  slot_scan(&o->slot, &o->core.scanner, &o->scratch);
  assert_int_equal(owner_give(o), PS_OK);
  assert_int_equal(batch_stop(o->core.batch, NULL), PS_OK);
  o->slot.chunk.kind = CHUNK_LINES;
  assert_int_equal(owner_take(o, A), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_int_equal(o->tally.count[PS_MALFORMED], 0);
  assert_int_equal(o->tally.lines, 1);
  assert_seen(o, "[]" A "+1[]");
  struct buffer kept = BUFFER_INIT;
  read_file(((struct world *)*state)->invalid, &kept);
  assert_int_equal(kept.len, 0);
  buffer_release(&kept);
  owner_close(o);
}

/* The scope is the store's, also for who does not name it. */
static void the_scope_is_that_of_the_store(void **state) {
  static const char line[] = "{\"id\":\"a\",\"type\":\"x\"}\n";
  static const char *const scope[] = {"type", NULL};
  struct ps_sieve_options options = world_options(*state);
  options.seen.scope = scope;
  options.seen.scope_given = true;
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, line), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  owner_close(o);
  options.seen.scope = NULL;
  options.seen.scope_given = false;
  o = owner_open(&options);
  assert_int_equal(owner_take(o, line), PS_OK);
  assert_int_equal(o->tally.count[PS_DUPLICATE], 1);
  owner_close(o);
}

static int note_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  (void)err;
  *(uint16_t *)context = day->day;
  return PS_OK;
}

static void an_overlong_line_is_of_the_day_of_its_input(void **state) {
  struct ps_sieve_options options = world_options(*state);
  struct owner *o = owner_open(&options);
  uint16_t day = 0;
  slot_clear(&o->slot);
  memcpy(o->slot.chunk.data, "xxxx\n", 5);
  o->slot.chunk.len = 5;
  o->slot.chunk.kind = CHUNK_OVERLONG;
  o->slot.chunk.line_begins = o->slot.chunk.line_ends = true;
  o->slot.chunk.has_given_day = true;
  o->slot.chunk.given_day = 17167;
  slot_scan(&o->slot, &o->core.scanner, &o->scratch);
  assert_int_equal(owner_give(o), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_int_equal(ps_accounts_read(o->core.seen, 0, DAY_MAX, 0, NULL, note_day, &day, NULL),
                   PS_OK);
  assert_int_equal(day, 17167);
  owner_close(o);
}

/* A batch begins by forgetting keys that are too old. */
static void a_batch_begins_by_expiring(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  struct ps_seen *seen;
  const uint16_t old = 17000;
  const struct ps_key key = {.hi = 3, .lo = 4};
  uint16_t oldest;
  uint8_t verdict;
  assert_int_equal(ps_seen_open(options.store, &options.seen, &seen, NULL), PS_OK);
  assert_int_equal(ps_seen_begin(seen, NULL), PS_OK);
  assert_int_equal(ps_seen_mark(seen, &old, &key, 1, &verdict, NULL), PS_OK);
  ps_seen_set_watermark(seen, 17100);
  assert_int_equal(ps_seen_commit(seen, NULL), PS_OK);
  ps_seen_close(seen);
  struct owner *o = owner_open(&options);
  assert_int_equal(batch_begin(o->core.batch, NULL), PS_OK);
  assert_int_equal(batch_watermark(o->core.batch), 17100);
  assert_false(ps_seen_oldest(o->core.seen, &oldest));
  owner_close(o);
}

/* Between two batches another process has its turn: what it counted stays, and its days count. */
static void another_process_has_its_turn_between_batches(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  struct counted_days counted = {0};
  const struct ps_seen_options read_only = {.size = sizeof(struct ps_seen_options),
                                            .read_only = true};
  struct ps_seen *seen;
  int ends[2], status;
  char go;
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork(); /* before the store is opened here */
  assert_true(child >= 0);
  if (!child) {
    close(ends[1]);
    if (read(ends[0], &go, 1) != 1) _exit(1);
    struct outcome r = run_sieve(options, A B, strlen(A B));
    _exit(r.status ? 2 : 0);
  }
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, A), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_int_equal(write(ends[1], "g", 1), 1);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(owner_take(o, A B A), PS_OK);
  assert_int_equal(batch_watermark(o->core.batch), 17168);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  owner_close(o);
  assert_int_equal(ps_seen_open(options.store, &read_only, &seen, NULL), PS_OK);
  assert_int_equal(ps_accounts_read(seen, 0, DAY_MAX, 0, NULL, count_day, &counted, NULL), PS_OK);
  ps_seen_close(seen);
  assert_int_equal(counted.unique, 2);
  assert_int_equal(counted.duplicates, 4);
  close(ends[0]);
  close(ends[1]);
}

/* Pings that are not selected are not projected either. */
static void only_what_is_selected_is_projected(void **state) {
  static const char *const select[] = {"id", NULL}, *const where[] = {"day=20170102", NULL};
  struct ps_sieve_options options = world_options(*state);
  options.read.selection.select = select;
  options.read.selection.where = where;
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, A B A "\n"), PS_OK);
  assert_seen(o, "{\"id\":\"b\"}\n+4");
  assert_int_equal(o->slot.projected.len, strlen("{\"id\":\"b\"}\n"));
  owner_close(o);
}

/* Projected lines lie in the slot, in order, over several pieces. */
static void projected_lines_leave(void **state) {
  static const char *const select[] = {"id", NULL};
  struct ps_sieve_options options = world_options(*state);
  options.read.selection.select = select;
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, A A BAD "\n" NO B), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_seen(o, "{\"id\":\"a\"}\n{\"id\":null}\n{\"id\":\"b\"}\n+6[]");
  assert_int_equal(o->tally.bytes_in, strlen(A A BAD "\n" NO B));
  assert_int_equal(o->tally.bytes_out, 11 + 12 + 11);
  assert_int_equal(o->slot.projected.len, 2 * 11 + 12 + 11); /* the duplicate's as well */
  owner_close(o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_batch_commits_at_an_expiry_amid_a_slot, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(it_commits_there_whatever_came_before, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(a_run_goes_on_at_a_cut, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(failing_hooks_abort_the_batch, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(an_abort_takes_back_flags, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(advice_is_counted_apart, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_commit_may_have_no_lines, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(an_overlong_line_is_not_cut, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(bytes_without_room_are_counted, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(pings_not_selected_leave_no_trace, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(both_keys_of_a_ping_are_marked, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(like_keys_are_different_keys, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(every_line_has_its_labels, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(blank_lines_are_in_no_account, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(nothing_marked_needs_no_commit, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_stop_drops_half_an_overlong_line, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(an_overlong_line_is_of_the_day_of_its_input, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(the_scope_is_that_of_the_store, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_batch_begins_by_expiring, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(another_process_has_its_turn_between_batches, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(only_what_is_selected_is_projected, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(projected_lines_leave, world_setup, world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The batch with another owner than the filter: what its hooks see, and when it commits. */
#include "support.h"

#include "sieve/core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHUNK 65536u
#define LINE  4096u

/* What the hooks saw, as text: the lines that left, "+N" for N lines counted, "[" and "]" around a
 * commit. */
struct owner {
  struct core core;
  struct slot slot;
  struct scan_result scratch;
  struct buffer seen;
  struct tally tally;
  int leave_status, before_status, after_status;
  struct batch_hooks hooks;
};

static int on_leave(void *context, struct slot *slot, const uint8_t *data, size_t len,
                    struct ps_error *err) {
  struct owner *o = context;
  assert_ptr_equal(slot, &o->slot);
  return o->leave_status ? o->leave_status : buffer_append(&o->seen, data, len, err);
}

static void on_counted(void *context, const struct tally *tally) {
  struct owner *o = context;
  tally_add(&o->tally, tally);
  assert_int_equal(o->core.batch->lines, o->tally.lines);
  assert_int_equal(buffer_printf(&o->seen, NULL, "+%u", (unsigned)tally->lines), PS_OK);
}

static int on_before(void *context, struct ps_error *err) {
  struct owner *o = context;
  if (o->before_status) return o->before_status;
  int r = ps_seen_put_value(o->core.seen, "owner", "x", 1, err);
  return r ? r : buffer_append(&o->seen, "[", 1, err);
}

static int on_after(void *context, struct ps_error *err) {
  struct owner *o = context;
  return o->after_status ? o->after_status : buffer_append(&o->seen, "]", 1, err);
}

static struct owner *owner_open(const struct ps_sieve_options *options) {
  struct ps_error err;
  struct owner *o = calloc(1, sizeof *o);
  assert_non_null(o);
  o->hooks = (struct batch_hooks){o, on_leave, on_counted, on_before, on_after};
  if (core_open(&o->core, options, &o->hooks, &err)) fail_msg("%s", err.text);
  o->core.batch->input_name = "input";
  o->core.batch->whole_slots = true;
  assert_int_equal(slot_init(&o->slot, CHUNK, LINE, NULL), PS_OK);
  return o;
}

static void owner_close(struct owner *o) {
  slot_release(&o->slot);
  assert_int_equal(core_close(&o->core, NULL), PS_OK);
  buffer_release(&o->seen);
  free(o);
}

static void fill(struct owner *o, const char *text) {
  size_t len = strlen(text);
  assert_true(len <= CHUNK);
  slot_clear(&o->slot);
  memcpy(o->slot.chunk.data, text, len);
  o->slot.chunk.len = len;
  slot_scan(&o->slot, &o->core.scanner, &o->scratch);
}

static int take(struct owner *o, const char *text) {
  fill(o, text);
  return batch_take(o->core.batch, &o->slot, NULL);
}

static void assert_seen(struct owner *o, const char *expected) {
  assert_string_equal(o->seen.data ? (const char *)o->seen.data : "", expected);
  buffer_clear(&o->seen);
}

static struct ps_sieve_options keep_options(struct world *w, uint32_t keep_days) {
  static const char *const date[] = {"day", NULL};
  struct ps_sieve_options o = world_options(w);
  o.date_paths = date;
  o.seen.keep_given = true;
  o.seen.keep_days = keep_days;
  return o;
}

#define A   "{\"id\":\"a\",\"day\":20170101}\n"
#define B   "{\"id\":\"b\",\"day\":20170102}\n"
#define C   "{\"id\":\"c\",\"day\":20170105}\n"
#define NO  "{}\n"
#define BAD "{\n"

static void test_commits_at_an_expiry_in_the_middle_of_a_slot(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  options.batch_pings = 1; /* is nobody's business inside a slot */
  struct owner *o = owner_open(&options);
  assert_int_equal(take(o, A NO BAD B "\n" C A), PS_OK);
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
static void test_commits_there_whatever_came_before(void **state) {
  struct world *w = *state;
  for (unsigned committed = 0; committed < 2; committed++) {
    char store[128];
    struct ps_sieve_options options = keep_options(w, 3);
    (void)snprintf(store, sizeof store, "%s-%u", w->store, committed);
    options.store = store;
    struct owner *o = owner_open(&options);
    assert_int_equal(take(o, A), PS_OK);
    if (committed) assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
    assert_seen(o, committed ? A "+1[]" : A "+1");
    assert_int_equal(take(o, NO C), PS_OK);
    assert_seen(o, NO "+1[]" C "+1");
    assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
    owner_close(o);
  }
}

/* What came is not lost sight of by a run that goes on at a cut. */
static void test_goes_on_at_a_cut(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  struct owner *o = owner_open(&options);
  assert_int_equal(take(o, A NO), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_seen(o, A NO "+2[]");
  fill(o, A NO C);
  o->slot.begin = strlen(A NO); /* these two were dealt with before */
  o->slot.pings[0] = o->slot.pings[2];
  o->slot.npings = 1;
  assert_int_equal(batch_take(o->core.batch, &o->slot, NULL), PS_OK);
  assert_seen(o, C "+1");
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  owner_close(o);
}

static void test_failing_hooks(void **state) {
  struct ps_sieve_options options = world_options(*state);
  struct owner *o = owner_open(&options);
  o->leave_status = PS_E_OUTPUT;
  assert_int_equal(take(o, A), PS_E_OUTPUT);
  batch_abort(o->core.batch);
  o->leave_status = PS_OK;
  o->before_status = PS_E_OUTPUT;
  assert_int_equal(take(o, A), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_E_OUTPUT);
  batch_abort(o->core.batch);
  assert_seen(o, A "+1");
  o->before_status = PS_OK;
  o->after_status = PS_E_OUTPUT;
  o->tally = (struct tally){0};
  o->core.batch->lines = 0;
  assert_int_equal(take(o, A), PS_OK); /* was not marked */
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_E_OUTPUT);
  batch_abort(o->core.batch);
  assert_int_equal(take(o, A), PS_OK); /* was */
  assert_seen(o, A "+1[+1");
  assert_int_equal(o->tally.count[PS_DUPLICATE], 1);
  owner_close(o);
}

static void test_a_commit_of_no_lines(void **state) {
  struct ps_sieve_options options = world_options(*state);
  struct owner *o = owner_open(&options);
  char value;
  size_t len;
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_int_equal(take(o, ""), PS_OK);
  assert_seen(o, "");
  assert_int_equal(batch_begin(o->core.batch, NULL), PS_OK);
  assert_int_equal(batch_begin(o->core.batch, NULL), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_seen(o, "[]");
  assert_int_equal(ps_seen_get_value(o->core.seen, "owner", &value, 1, &len, NULL), PS_OK);
  assert_int_equal(len, 1);
  owner_close(o);
}

static void test_an_overlong_line_is_not_cut(void **state) {
  struct ps_sieve_options options = world_options(*state);
  options.batch_bytes = 1;
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
    assert_int_equal(batch_take(b, &o->slot, NULL), PS_OK);
    assert_int_equal(batch_is_due(b), piece == 2);
  }
  assert_int_equal(batch_commit(b, NULL), PS_OK);
  assert_seen(o, "+1[]");
  assert_int_equal(o->tally.count[PS_MALFORMED], 1);
  assert_int_equal(o->tally.bytes_in, 13);
  assert_int_equal(o->tally.bytes_out, 0);
  owner_close(o);
}

/* A ping that is not selected is as if it had not come, but for the figures. */
static void test_not_selected(void **state) {
  struct ps_sieve_options options = keep_options(*state, 3);
  struct owner *o = owner_open(&options);
  struct ps_sieve_figures figures;
  assert_int_equal(take(o, A), PS_OK);
  fill(o, B C NO "\n" BAD);
  for (size_t i = 0; i < o->slot.npings; i++) o->slot.pings[i].not_selected = 1;
  assert_int_equal(batch_take(o->core.batch, &o->slot, NULL), PS_OK);
  assert_int_equal(take(o, B A), PS_OK);
  assert_seen(o, A "+1\n+5" B "+2");
  assert_int_equal(o->core.batch->watermark, 17168);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_int_equal(figures_snapshot(&o->core.figures, &figures, NULL), PS_OK);
  assert_int_equal(figures.count[PS_NOT_SELECTED], 3);
  assert_int_equal(figures.bytes[PS_NOT_SELECTED], strlen(B C NO));
  assert_int_equal(figures.count[PS_UNIQUE], 2);
  assert_int_equal(figures.count[PS_DUPLICATE], 1);
  ps_sieve_figures_release(&figures);
  owner_close(o);
}

/* What leaves of a projection lies in the slot, in order, over several pieces. */
static void test_projected_lines_leave(void **state) {
  static const char *const select[] = {"id", NULL};
  struct ps_sieve_options options = world_options(*state);
  options.selection.select = select;
  struct owner *o = owner_open(&options);
  assert_int_equal(take(o, A A BAD "\n" NO B), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_seen(o, "{\"id\":\"a\"}\n{\"id\":null}\n{\"id\":\"b\"}\n+6[]");
  assert_int_equal(o->tally.bytes_in, strlen(A A BAD "\n" NO B));
  assert_int_equal(o->tally.bytes_out, 11 + 12 + 11);
  assert_int_equal(o->slot.projected.len, 2 * 11 + 12 + 11); /* the duplicate's as well */
  owner_close(o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_commits_at_an_expiry_in_the_middle_of_a_slot,
                                      world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(test_commits_there_whatever_came_before, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(test_goes_on_at_a_cut, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(test_failing_hooks, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(test_a_commit_of_no_lines, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(test_an_overlong_line_is_not_cut, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(test_not_selected, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(test_projected_lines_leave, world_setup, world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

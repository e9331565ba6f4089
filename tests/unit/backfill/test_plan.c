/* The plan: outputs that inputs would have, and where they must not lie. */
#include "../place.h"
#include "backfill/plan.h"
#include "backfill/settings.h"
#include <string.h>
#include <unistd.h>

/* Lists the operands (ended by NULL). */
static struct ps_backfill_options options_of(const char *const *operands) {
  struct ps_backfill_options options = {.size = sizeof(struct ps_backfill_options),
                                        .sieve = {.store = "store"},
                                        .inputs = {.inputs = operands},
                                        .out = "out"};
  while (operands && operands[options.inputs.ninputs]) options.inputs.ninputs++;
  return options;
}

/* The plan as text: "DAY NAME" a line, problems as "! TEXT". */
static void assert_plan(const struct ps_backfill_options *options, const char *want) {
  struct plan plan;
  struct buffer told = BUFFER_INIT;
  assert_ok(plan_list(&plan, options, -1, err));
  assert_ok(buffer_reserve(&told, 0, err));
  buffer_clear(&told);
  for (size_t i = 0; i < plan.inputs.n; i++) {
    char day[DAY_TEXT] = "none";
    if (plan.entries[i].input->day != INPUT_NO_DAY)
      day_format((day_t)plan.entries[i].input->day, day);
    assert_ok(buffer_printf(&told, err, "%s%s %s\n", day,
                            plan.entries[i].input->day_given ? "" : "?",
                            plan.entries[i].input->name));
    assert_int_equal(plan.entries[i].state, PS_BACKFILL_WAITING);
  }
  for (size_t i = 0; i < plan.inputs.nproblems; i++)
    assert_ok(buffer_printf(&told, err, "! %s\n", plan.inputs.problems[i].text));
  assert_string_equal((char *)told.data, want);
  buffer_release(&told);
  plan_release(&plan);
}

#define assert_list_refused(options, part)                                                         \
  do {                                                                                             \
    struct plan plan_;                                                                             \
    assert_refused(plan_list(&plan_, options, -1, err), PS_E_ARGUMENT, part);                      \
    plan_release(&plan_);                                                                          \
  } while (0)

static void an_output_directory_is_wanted(void **state) {
  const char *const operands[] = {"empty", NULL};
  struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_text("empty/f", "");
  options.out = NULL;
  assert_list_refused(&options, "no output directory");
  options.dry_run = true;
  assert_plan(&options, "none? empty/f\n");
}

static void refuses_one_name_for_two(void **state) {
  const char *const operands[] = {"x/a", "y/a", NULL}, *const below[] = {"x/a", "z/a", NULL};
  const char *const cut[] = {"./x/./a", "./././y/a", NULL};
  struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_text("x/a", "");
  place_text("x/a!", "");
  place_text("y/a", "");
  place_text("z/a/b", "");
  assert_list_refused(&options, "x/a and y/a");
  options = options_of(below);
  assert_list_refused(&options, "x/a and z/a/b");
  options = options_of(cut);
  assert_plan(&options, "none? y/a\nnone? a\n");
}

static void refuses_outputs_among_inputs(void **state) {
  const char *const operands[] = {"in", NULL}, *const one[] = {"in/20170301/f", NULL};
  struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_text("in/20170301/f", "");
  place_directory("elsewhere");
  options.out = "in/made/later";
  assert_list_refused(&options, "inside an input");
  options.out = "./elsewhere/../in";
  assert_list_refused(&options, "inside the output");
  options.out = "absent/../in/new";
  assert_list_refused(&options, "inside an input");
  options.out = ".";
  assert_list_refused(&options, "inside the output");
  options.out = "/";
  assert_list_refused(&options, "inside the output");
  assert_int_equal(symlink("../in", "elsewhere/link"), 0);
  options.out = "elsewhere/link/x";
  assert_list_refused(&options, "inside an input");
  options.out = "in2"; /* on the borders of components only */
  assert_plan(&options, "2017-03-01 in/20170301/f\n");
  options = options_of(one); /* beside a file is fine */
  options.out = "in/20170301/out";
  assert_plan(&options, "2017-03-01 f\n");
  options.inputs.files_from = "list";
  options.inputs.ninputs = 0;
  place_text("list", "in/20170301/f\n");
  options.out = "in/20170301";
  assert_list_refused(&options, "inside the output");
}

static void refuses_the_store_among_inputs(void **state) {
  const char *const operands[] = {"in", NULL};
  struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_text("in/f", "");
  options.sieve.store = "in/store";
  assert_list_refused(&options, "the store");
  options.sieve.store = "in-store";
  assert_plan(&options, "none? in/f\n");
}

static void settings(struct job *job, const char *text) {
  job->settings.len = 0;
  assert_ok(buffer_append(&job->settings, text, strlen(text) + 1, err));
}

static void settings_that_differ_are_named(void **state) {
  (void)state;
  struct job was = {.settings = BUFFER_INIT}, is = {.settings = BUFFER_INIT};
  char text[SETTINGS_DIFFERENCE];
  settings(&was, "id=default\nlevel=1\nout=\"/a\"\n");
  settings(&is, "id=default\nlevel=6\nnew=2\nout=\"/b\"\n");
  settings_difference(&was, &is, text);
  assert_string_equal(text, "level was 1, is 6; new was not set, is 2; out was \"/a\", is \"/b\"");
  settings_difference(&is, &is, text);
  assert_string_equal(text, "");
  /* Long values are cut, and so is what there is no room for. */
  char long_one[400], *at = long_one;
  for (unsigned i = 0; i < 3; i++)
    at += snprintf(at, 120, "key%u=%0100u\n", i, i); /* a hundred digits */
  settings(&is, long_one);
  settings_difference(&was, &is, text);
  at = text;
  for (unsigned i = 0; i < 3; i++) {
    char part[120];
    const int n = snprintf(part, sizeof part, "%skey%u was not set, is %060u", i ? "; " : "", i, 0);
    assert_memory_equal(at, part, (size_t)n);
    at += n;
  }
  assert_string_equal(at, "");
  buffer_release(&was.settings);
  buffer_release(&is.settings);
}

int main(void) {
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
  const struct CMUnitTest tests[] = {
      IN_A_PLACE(an_output_directory_is_wanted),        IN_A_PLACE(refuses_one_name_for_two),
      IN_A_PLACE(refuses_outputs_among_inputs),         IN_A_PLACE(refuses_the_store_among_inputs),
      cmocka_unit_test(settings_that_differ_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Listing: which inputs there are, in which order, under which names, and what is refused. */
#include "backfill/plan.h"
#include "inputs/place.h"
#include "support.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static void orders_by_day_then_path(void **state) {
  const char *const operands[] = {"b/", "a", NULL};
  const struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_text("a/20170302/2", "");
  place_text("a/20170302/1.gz", "");
  place_text("a/20170301/z", "");
  place_text("b/2017-03-01/z", "");
  place_text("b/none", "");
  assert_plan(&options, "2017-03-01 a/20170301/z\n"
                        "2017-03-01 b/2017-03-01/z\n"
                        "2017-03-02 a/20170302/1.gz\n"
                        "2017-03-02 a/20170302/2\n"
                        "none? b/none\n");
}

static void goes_by_the_first_ping_without_a_day_in_the_path(void **state) {
  const char *const operands[] = {"a", NULL};
  const struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_text("a/1", "{\"meta\":{\"submissionDate\":\"20170305\"}}\n");
  place_text("a/2", "{\"meta\":{\"submissionDate\":\"20170301\"}}\n");
  place_text("a/20170303", "{\"meta\":{\"submissionDate\":\"20170401\"}}\n");
  place_text("a/3", "");
  assert_plan(&options, "2017-03-01? a/2\n"
                        "2017-03-03 a/20170303\n"
                        "2017-03-05? a/1\n"
                        "none? a/3\n");
}

static void takes_hostile_names(void **state) {
  char longest[256];
  const char *const operands[] = {"./-", "a", NULL};
  const struct ps_backfill_options options = options_of(operands);
  char path[300], want[700];
  (void)state;
  memset(longest, 'n', sizeof longest - 1);
  longest[255] = '\0';
  place_text("-", "");
  place_text("a/with space", "");
  place_text("a/new\nline", "");
  place_text("a/\xFF\xFE", "");
  place_text("a/--out", "");
  place_text("a/..b", "");
  (void)snprintf(path, sizeof path, "a/%s", longest);
  place_text(path, "");
  (void)snprintf(want, sizeof want,
                 "none? -\nnone? a/--out\nnone? a/..b\nnone? a/new\nline\nnone? a/%s\n"
                 "none? a/with space\nnone? a/\xFF\xFE\n",
                 longest);
  assert_plan(&options, want);
}

static void tells_of_what_it_cannot_walk(void **state) {
  const char *const operands[] = {"a", "absent", NULL};
  struct ps_backfill_options options = options_of(operands);
  struct plan plan;
  (void)state;
  place_text("a/f", "");
  place_text("elsewhere/g", "");
  assert_int_equal(symlink("../elsewhere", "a/link"), 0);
  assert_ok(plan_list(&plan, &options, -1, err));
  assert_int_equal(plan.inputs.n, 1);
  assert_int_equal(plan.inputs.problem_count, 2);
  plan_release(&plan);
  options.inputs.follow = true;
  assert_ok(plan_list(&plan, &options, -1, err));
  assert_int_equal(plan.inputs.n, 2);
  assert_string_equal(plan.entries[1].input->name, "a/link/g");
  assert_int_equal(plan.inputs.problem_count, 1);
  plan_release(&plan);
}

static void reads_lists(void **state) {
  struct ps_backfill_options options = options_of(NULL);
  (void)state;
  place_text("20170301/a", "");
  place_text("20170301/new\nline", "");
  place_text("20170302/b", "");
  place_text("list", "20170302/b\n\n./20170301/a");
  options.inputs.files_from = "list";
  assert_plan(&options, "2017-03-01 20170301/a\n2017-03-02 20170302/b\n");
  place_file("nulls",
             "20170301/new\nline\0\0"
             "20170302/b\0",
             30);
  options.inputs.files_from = "nulls";
  assert_list_refused(&options, "NUL byte");
  options.inputs.null_separated = true;
  assert_plan(&options, "2017-03-01 20170301/new\nline\n2017-03-02 20170302/b\n");
}

static void refuses_odd_lists(void **state) {
  const char *const operands[] = {"-", NULL};
  struct ps_backfill_options options = options_of(NULL);
  char line[5000];
  (void)state;
  memset(line, 'x', sizeof line);
  place_file("list", line, sizeof line);
  options.inputs.files_from = "list";
  assert_list_refused(&options, "more than 4095 bytes");
  place_text("list", "a\n-\n");
  assert_list_refused(&options, "'-'");
  place_text("list", "../a\n");
  assert_list_refused(&options, "\"..\"");
  place_text("list", "\n");
  assert_list_refused(&options, "there is no file in list");
  options.inputs.files_from = "absent";
  assert_list_refused(&options, "cannot open the list of files absent");
  options = options_of(operands);
  options.inputs.files_from = "-";
  assert_list_refused(&options, "only once");
}

static void lists_standard_input_last(void **state) {
  const char *const operands[] = {"-", "a", NULL};
  const struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_text("a/20170301", "");
  assert_plan(&options, "2017-03-01 a/20170301\nnone? stdin\n");
}

static void refuses_nothing_to_do(void **state) {
  const char *const operands[] = {"empty", NULL}, *const gone[] = {"absent", NULL};
  struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_directory("empty/dir");
  assert_list_refused(&options, "there is no file in empty");
  options = options_of(gone);
  assert_list_refused(&options, "absent");
  options = options_of(NULL);
  assert_list_refused(&options, "there is no input");
  options = options_of(operands);
  place_text("empty/f", "");
  options.out = NULL;
  assert_list_refused(&options, "no output directory");
  options.dry_run = true;
  assert_plan(&options, "none? empty/f\n");
}

static void refuses_one_file_twice(void **state) {
  const char *const operands[] = {"a", "a/f", NULL};
  struct ps_backfill_options options = options_of(operands);
  (void)state;
  place_text("a/f", "{}\n");
  assert_list_refused(&options, "a/f and a/f");
  options.inputs.ninputs = 1;
  assert_int_equal(link("a/f", "a/g"), 0);
  assert_list_refused(&options, "a/f and a/g");
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

static void stops(void **state) {
  const char *const operands[] = {"in", NULL};
  const struct ps_backfill_options options = options_of(operands);
  struct plan plan;
  int stop[2];
  (void)state;
  place_text("in/f", "");
  assert_int_equal(pipe(stop), 0);
  assert_int_equal(write(stop[1], "", 1), 1);
  assert_refused(plan_list(&plan, &options, stop[0], err), PS_E_STOPPED, "stopped");
  plan_release(&plan);
  (void)close(stop[0]);
  (void)close(stop[1]);
}

static void keeps_the_first_problems(void **state) {
  struct inputs inputs = {.n = 0};
  (void)state;
  for (unsigned i = 0; i < INPUTS_PROBLEMS + 5; i++)
    assert_ok(inputs_add_problem(&inputs, "path", i, "text", err));
  assert_int_equal(inputs.nproblems, INPUTS_PROBLEMS);
  assert_int_equal(inputs.problem_count, INPUTS_PROBLEMS + 5);
  assert_int_equal(inputs.problems[7].offset, 7);
  inputs_release(&inputs);
}

#define test(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

/* The path of a file has a bound, and so has the one of its directory. */
static void paths_have_a_bound(void **state) {
  (void)state;
  struct place_cache *cache = calloc(1, sizeof *cache);
  char *path = malloc(2 * (size_t)INPUT_PATH);
  assert_true(cache && path);
  for (size_t len = INPUT_PATH - 2; len <= INPUT_PATH + 1; len++) {
    struct ps_error error = {.text = ""};
    for (size_t i = 0; i < len; i++) path[i] = i % 2 ? '/' : '.';
    path[len - 1] = '/'; /* a directory's path of so many bytes */
    memcpy(path + len, "f", 2);
    const int r = place_directory_of(cache, path, &error);
    assert_int_equal(cache->known, !r);
    assert_int_equal(r, len < INPUT_PATH ? PS_OK : PS_E_INPUT);
  }
  free(path);
  free(cache);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      test(orders_by_day_then_path),
      test(paths_have_a_bound),
      test(goes_by_the_first_ping_without_a_day_in_the_path),
      test(takes_hostile_names),
      test(tells_of_what_it_cannot_walk),
      test(reads_lists),
      test(refuses_odd_lists),
      test(lists_standard_input_last),
      test(refuses_nothing_to_do),
      test(refuses_one_file_twice),
      test(refuses_one_name_for_two),
      test(refuses_outputs_among_inputs),
      test(refuses_the_store_among_inputs),
      test(stops),
      test(keeps_the_first_problems),
  };
  return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}

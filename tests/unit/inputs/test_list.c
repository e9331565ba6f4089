/* Listing: which inputs there are, in which order, under which names, and what is refused. */
#include "../place.h"
#include "base/buffer.h"
#include "base/day.h"
#include "inputs/inputs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The operands (ended by NULL). */
static struct ps_inputs options_of(const char *const *operands) {
  struct ps_inputs options = {.inputs = operands};
  while (operands && operands[options.ninputs]) options.ninputs++;
  return options;
}

/* As a backfill lists them. */
static int list(struct inputs *inputs, const struct ps_inputs *options, int stop_fd,
                struct ps_error *err) {
  static const struct ps_read_options read;
  const struct inputs_options listing = {
      .inputs = options, .names = true, .read = &read, .stop_fd = stop_fd};
  return inputs_list(inputs, &listing, err);
}

/* The list as text: "DAY NAME" a line, problems as "! TEXT". */
static void assert_listed(const struct ps_inputs *options, const char *want) {
  struct inputs inputs;
  struct buffer told = BUFFER_INIT;
  assert_ok(list(&inputs, options, -1, err));
  assert_ok(buffer_reserve(&told, 0, err));
  for (size_t i = 0; i < inputs.n; i++) {
    const struct input *input = &inputs.entries[i];
    char day[DAY_TEXT] = "none";
    if (input->day != INPUT_NO_DAY) day_format((day_t)input->day, day);
    assert_ok(
        buffer_printf(&told, err, "%s%s %s\n", day, input->day_given ? "" : "?", input->name));
  }
  for (size_t i = 0; i < inputs.nproblems; i++)
    assert_ok(buffer_printf(&told, err, "! %s\n", inputs.problems[i].text));
  assert_string_equal((char *)told.data, want);
  buffer_release(&told);
  inputs_release(&inputs);
}

#define assert_list_refused(options, part)                                                         \
  do {                                                                                             \
    struct inputs inputs_;                                                                         \
    assert_refused(list(&inputs_, options, -1, err), PS_E_ARGUMENT, part);                         \
    inputs_release(&inputs_);                                                                      \
  } while (0)

static void orders_by_day_then_path(void **state) {
  const char *const operands[] = {"b/", "a", NULL};
  const struct ps_inputs options = options_of(operands);
  (void)state;
  place_text("a/20170302/2", "");
  place_text("a/20170302/1.gz", "");
  place_text("a/20170301/z", "");
  place_text("b/2017-03-01/z", "");
  place_text("b/none", "");
  assert_listed(&options, "2017-03-01 a/20170301/z\n"
                          "2017-03-01 b/2017-03-01/z\n"
                          "2017-03-02 a/20170302/1.gz\n"
                          "2017-03-02 a/20170302/2\n"
                          "none? b/none\n");
}

static void goes_by_the_first_ping_without_a_day_in_the_path(void **state) {
  const char *const operands[] = {"a", NULL};
  const struct ps_inputs options = options_of(operands);
  (void)state;
  place_text("a/1", "{\"meta\":{\"submissionDate\":\"20170305\"}}\n");
  place_text("a/2", "{\"meta\":{\"submissionDate\":\"20170301\"}}\n");
  place_text("a/20170303", "{\"meta\":{\"submissionDate\":\"20170401\"}}\n");
  place_text("a/3", "");
  assert_listed(&options, "2017-03-01? a/2\n"
                          "2017-03-03 a/20170303\n"
                          "2017-03-05? a/1\n"
                          "none? a/3\n");
}

static void takes_hostile_names(void **state) {
  char longest[256];
  const char *const operands[] = {"./-", "a", NULL};
  const struct ps_inputs options = options_of(operands);
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
  assert_listed(&options, want);
}

static void tells_of_what_it_cannot_walk(void **state) {
  const char *const operands[] = {"a", "absent", NULL};
  struct ps_inputs options = options_of(operands);
  struct inputs inputs;
  (void)state;
  place_text("a/f", "");
  place_text("elsewhere/g", "");
  assert_int_equal(symlink("../elsewhere", "a/link"), 0);
  assert_ok(list(&inputs, &options, -1, err));
  assert_int_equal(inputs.n, 1);
  assert_int_equal(inputs.problem_count, 2);
  inputs_release(&inputs);
  options.follow = true;
  assert_ok(list(&inputs, &options, -1, err));
  assert_int_equal(inputs.n, 2);
  assert_string_equal(inputs.entries[1].name, "a/link/g");
  assert_int_equal(inputs.problem_count, 1);
  inputs_release(&inputs);
}

static void reads_lists(void **state) {
  struct ps_inputs options = options_of(NULL);
  (void)state;
  place_text("20170301/a", "");
  place_text("20170301/new\nline", "");
  place_text("20170302/b", "");
  place_text("list", "20170302/b\n\n./20170301/a");
  options.files_from = "list";
  assert_listed(&options, "2017-03-01 20170301/a\n2017-03-02 20170302/b\n");
  place_file("nulls",
             "20170301/new\nline\0\0"
             "20170302/b\0",
             30);
  options.files_from = "nulls";
  assert_list_refused(&options, "NUL byte");
  options.null_separated = true;
  assert_listed(&options, "2017-03-01 20170301/new\nline\n2017-03-02 20170302/b\n");
}

static void refuses_odd_lists(void **state) {
  const char *const operands[] = {"-", NULL};
  struct ps_inputs options = options_of(NULL);
  char line[5000];
  (void)state;
  memset(line, 'x', sizeof line);
  place_file("list", line, sizeof line);
  options.files_from = "list";
  assert_list_refused(&options, "more than 4095 bytes");
  place_text("list", "a\n-\n");
  assert_list_refused(&options, "'-'");
  place_text("list", "../a\n");
  assert_list_refused(&options, "\"..\"");
  place_text("list", "\n");
  assert_list_refused(&options, "there is no file in list");
  options.files_from = "absent";
  assert_list_refused(&options, "cannot open the list of files absent");
  options = options_of(operands);
  options.files_from = "-";
  assert_list_refused(&options, "only once");
}

static void lists_standard_input_last(void **state) {
  const char *const operands[] = {"-", "a", NULL};
  const struct ps_inputs options = options_of(operands);
  (void)state;
  place_text("a/20170301", "");
  assert_listed(&options, "2017-03-01 a/20170301\nnone? stdin\n");
}

static void refuses_nothing_to_do(void **state) {
  const char *const operands[] = {"empty", NULL}, *const gone[] = {"absent", NULL};
  struct ps_inputs options = options_of(operands);
  (void)state;
  place_directory("empty/dir");
  assert_list_refused(&options, "there is no file in empty");
  options = options_of(gone);
  assert_list_refused(&options, "absent");
  options = options_of(NULL);
  assert_list_refused(&options, "there is no input");
}

static void refuses_one_file_twice(void **state) {
  const char *const operands[] = {"a", "a/f", NULL};
  struct ps_inputs options = options_of(operands);
  (void)state;
  place_text("a/f", "{}\n");
  assert_list_refused(&options, "a/f and a/f");
  options.ninputs = 1;
  assert_int_equal(link("a/f", "a/g"), 0);
  assert_list_refused(&options, "a/f and a/g");
}

static void stops(void **state) {
  const char *const operands[] = {"in", NULL};
  const struct ps_inputs options = options_of(operands);
  struct inputs inputs;
  int stop[2];
  (void)state;
  place_text("in/f", "");
  assert_int_equal(pipe(stop), 0);
  assert_int_equal(write(stop[1], "", 1), 1);
  assert_refused(list(&inputs, &options, stop[0], err), PS_E_STOPPED, "stopped");
  inputs_release(&inputs);
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
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
  const struct CMUnitTest tests[] = {
      IN_A_PLACE(orders_by_day_then_path),
      IN_A_PLACE(goes_by_the_first_ping_without_a_day_in_the_path),
      IN_A_PLACE(takes_hostile_names),
      IN_A_PLACE(tells_of_what_it_cannot_walk),
      IN_A_PLACE(reads_lists),
      IN_A_PLACE(refuses_odd_lists),
      IN_A_PLACE(lists_standard_input_last),
      IN_A_PLACE(refuses_nothing_to_do),
      IN_A_PLACE(refuses_one_file_twice),
      IN_A_PLACE(stops),
      IN_A_PLACE(keeps_the_first_problems),
      IN_A_PLACE(paths_have_a_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

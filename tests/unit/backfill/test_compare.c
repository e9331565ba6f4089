/* Comparing the plan with the store and the outputs: what is to be done, and what is refused. */
#include "../place.h"
#include "backfill/identity.h"
#include "backfill/plan.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY  17226u /* 2017-03-01 */
#define KEEP 30u

/* A backfill of "in" into "out". */
struct scene {
  struct place *place;
  struct ps_backfill_options options;
  const char *inputs[4];
  struct part_tree *tree;
  struct plan plan;
};

static struct ps_seen *waited_for; /* the store of the test that runs */

/* Reading a file takes its time: meanwhile the store is looked at by nobody. */
int __real_identity_digest(const char *, int, uint8_t *, struct ps_error *);
int __wrap_identity_digest(const char *, int, uint8_t *, struct ps_error *);
int __wrap_identity_digest(const char *path, int stop_fd, uint8_t *digest, struct ps_error *told) {
  assert_ok(ps_seen_view_begin(waited_for, err)); /* there is none yet */
  ps_seen_view_end(waited_for);
  return __real_identity_digest(path, stop_fd, digest, told);
}

static void scene_begin(struct scene *scene, void **state) {
  *scene = (struct scene){.place = *state, .inputs = {"in"}};
  scene->options = (struct ps_backfill_options){.size = sizeof(struct ps_backfill_options),
                                                .sieve = {.store = "store"},
                                                .inputs = {.inputs = scene->inputs, .ninputs = 1},
                                                .out = "out"};
  waited_for = place_store(scene->place, KEEP);
  place_text("in/20170301/a", "ping a");
  place_text("in/20170301/b", "ping b");
  place_text("in/20170302/c", "ping c");
}

static int scene_plan(struct scene *scene, struct ps_error *err) {
  plan_release(&scene->plan);
  part_tree_close(scene->tree);
  scene->tree = NULL;
  int r = plan_list(&scene->plan, &scene->options, -1, err);
  if (!r && !scene->options.dry_run) r = part_tree_open(scene->options.out, &scene->tree, err);
  return r ? r
           : plan_compare(&scene->plan, &scene->options, scene->place->seen, scene->tree, -1, err);
}

static void scene_end(struct scene *scene) {
  plan_release(&scene->plan);
  part_tree_close(scene->tree);
}

/* The states in order, a letter each: Waiting, Partly, Before, Failed; replaceable ones small. */
static void assert_states(struct scene *scene, const char *want) {
  char told[16] = "";
  assert_ok(scene_plan(scene, err));
  assert_in_range(scene->plan.inputs.n, 0, sizeof told - 1);
  for (size_t i = 0; i < scene->plan.inputs.n; i++) {
    const struct plan_entry *entry = &scene->plan.entries[i];
    told[i] = (entry->replace ? "wp-bf" : "WP-BF")[entry->state];
  }
  assert_string_equal(told, want);
}

#define assert_plan_refused(scene, part) assert_refused(scene_plan(scene, err), PS_E_ARGUMENT, part)

/* The traces that work on an entry leaves: a record, and a part that has its name or not. */
enum leave { LEAVE_OPEN, LEAVE_PART, LEAVE_WHOLE };

static void work(struct scene *scene, size_t i, enum leave leave) {
  const struct plan_entry *entry = &scene->plan.entries[i];
  struct iovec vector = {.iov_base = (char[]){"output"}, .iov_len = 6};
  struct checkpoint *record = calloc(1, sizeof *record);
  struct part *part;
  struct stat st;
  assert_non_null(record);
  assert_ok(part_open(scene->tree, entry->input->name, 0, &part, err));
  assert_ok(part_write(part, &vector, 1, err));
  assert_ok(part_close(part, err));
  assert_ok(part_tree_sync(scene->tree, err));
  record->state = leave == LEAVE_OPEN ? CHECKPOINT_OPEN : CHECKPOINT_WHOLE;
  record->day = record->first_day = record->last_day = entry->input->day;
  record->out_length = 6;
  memcpy(record->content, scene->plan.job.content, sizeof record->content);
  assert_ok(input_absolute(entry->input, record->path, err));
  (void)snprintf(record->output, sizeof record->output, "%s/%s/%s", scene->place->dir,
                 scene->options.out, entry->input->name);
  assert_int_equal(stat(entry->input->path, &st), 0);
  identity_of(&st, &record->identity);
  if (leave != LEAVE_OPEN)
    assert_ok(identity_digest(entry->input->path, -1, record->identity.digest, err));
  assert_ok(ps_seen_begin(scene->place->seen, err));
  assert_ok(checkpoint_put(scene->place->seen, record, err));
  assert_ok(ps_seen_commit(scene->place->seen, err));
  if (leave == LEAVE_WHOLE)
    assert_ok(part_publish(scene->tree, entry->input->name, entry->replace, err));
  free(record);
}

static void end_job(struct scene *scene) {
  assert_ok(ps_seen_begin(scene->place->seen, err));
  assert_ok(job_delete(scene->place->seen, err));
  assert_ok(ps_seen_commit(scene->place->seen, err));
}

static void work_all(struct scene *scene) {
  assert_ok(scene_plan(scene, err));
  for (size_t i = 0; i < scene->plan.inputs.n; i++) work(scene, i, LEAVE_WHOLE);
  end_job(scene);
}

static bool has_job(struct scene *scene) {
  struct job job;
  bool found;
  assert_ok(job_get(scene->place->seen, &job, &found, err));
  job_release(&job);
  return found;
}

/* ---- resuming ---- */

static void begins_and_goes_on(void **state) {
  struct scene s;
  scene_begin(&s, state);
  assert_states(&s, "WWW");
  assert_false(s.plan.resumed);
  assert_true(has_job(&s));
  work(&s, 0, LEAVE_WHOLE);
  work(&s, 1, LEAVE_OPEN);
  assert_states(&s, "BPW");
  assert_true(s.plan.resumed);
  assert_false(s.plan.entries[1].compare);
  scene_end(&s);
}

static void publishes_what_has_no_name_yet(void **state) {
  struct scene s;
  scene_begin(&s, state);
  assert_ok(scene_plan(&s, err));
  work(&s, 0, LEAVE_PART);
  assert_states(&s, "BWW");
  assert_true(s.plan.entries[0].publish);
  assert_false(s.plan.entries[0].replace);
  scene_end(&s);
}

/* Somebody has put a file there since the run began. */
static void leaves_foreign_files_in_the_place_of_its_parts(void **state) {
  struct scene s;
  scene_begin(&s, state);
  assert_ok(scene_plan(&s, err));
  work(&s, 0, LEAVE_PART);
  work(&s, 1, LEAVE_OPEN);
  place_text("out/in/20170301/a", "theirs");
  assert_plan_refused(&s, "1 output is in ");
  place_text("out/in/20170301/b", "theirs");
  assert_plan_refused(&s, "2 outputs are in ");
  s.options.overwrite = true;
  assert_states(&s, "bpw");
  s.options.overwrite = false;
  assert_int_equal(unlink("out/in/20170301/a"), 0);
  assert_int_equal(unlink("out/in/20170301/b"), 0);
  place_directory("out/in/20170301/a");
  assert_plan_refused(&s, "something that is no file");
  assert_int_equal(rmdir("out/in/20170301/a"), 0);
  assert_states(&s, "BPW");
  scene_end(&s);
}

static void knows_finished_inputs_by_their_bytes(void **state) {
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  assert_states(&s, "BBB");
  assert_false(has_job(&s));
  place_text("in/20170301/a", "ping a"); /* other times, same bytes */
  place_text("in/20170301/b", "ping B");
  place_text("in/20170302/c", "longer");
  assert_states(&s, "BFF");
  assert_int_equal(s.plan.inputs.nproblems, 2);
  assert_non_null(strstr(s.plan.inputs.problems[0].text, "in/20170301/b has changed"));
  scene_end(&s);
}

static void compares_a_begun_input_that_changed(void **state) {
  struct scene s;
  scene_begin(&s, state);
  assert_ok(scene_plan(&s, err));
  work(&s, 0, LEAVE_OPEN);
  place_text("in/20170301/a", "ping a and more");
  assert_states(&s, "PWW");
  assert_true(s.plan.entries[0].compare);
  scene_end(&s);
}

static void misses_outputs(void **state) {
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  assert_int_equal(unlink("out/in/20170301/a"), 0);
  assert_states(&s, "FBB");
  assert_non_null(strstr(s.plan.inputs.problems[0].text, "its output is gone"));
  scene_end(&s);
}

static void refuses_another_selection_of_what_is_done(void **state) {
  static const char *const where[] = {"docType=main", NULL};
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  s.options.sieve.read.selection.where = where;
  assert_plan_refused(&s, "done with another selection");
  s.options.sieve.read.selection.where = NULL;
  s.options.level = 6;
  assert_states(&s, "BBB");
  scene_end(&s);
}

static void misses_begun_outputs(void **state) {
  struct scene s;
  scene_begin(&s, state);
  assert_ok(scene_plan(&s, err));
  work(&s, 0, LEAVE_OPEN);
  struct part *part; /* of 6 bytes, as its record says; now of 5 */
  assert_ok(part_open(s.tree, "in/20170301/a", 5, &part, err));
  assert_ok(part_close(part, err));
  assert_plan_refused(&s, "in/20170301/a");
  assert_ok(part_discard(s.tree, "in/20170301/a", err));
  assert_plan_refused(&s, "in/20170301/a");
  scene_end(&s);
}

static void tells_old_problems_again(void **state) {
  struct scene s;
  struct checkpoint *record = malloc(sizeof *record);
  bool found;
  char path[INPUT_PATH];
  assert_non_null(record);
  scene_begin(&s, state);
  work_all(&s);
  assert_ok(input_absolute(s.plan.entries[0].input, path, err));
  assert_ok(checkpoint_get(s.place->seen, DAY, path, record, &found, err));
  assert_true(found);
  (void)snprintf(record->problem, sizeof record->problem, "damaged at 7");
  record->problem_offset = 7;
  assert_ok(ps_seen_begin(s.place->seen, err));
  assert_ok(checkpoint_put(s.place->seen, record, err));
  assert_ok(ps_seen_commit(s.place->seen, err));
  assert_states(&s, "BBB");
  assert_int_equal(s.plan.inputs.nproblems, 1);
  assert_string_equal(s.plan.inputs.problems[0].text, "damaged at 7");
  assert_int_equal(s.plan.inputs.problems[0].offset, 7);
  /* An earlier version took this error for the end of the input. */
  (void)snprintf(record->problem, sizeof record->problem, "cannot read in/x: Input/output error");
  assert_ok(ps_seen_begin(s.place->seen, err));
  assert_ok(checkpoint_put(s.place->seen, record, err));
  assert_ok(ps_seen_commit(s.place->seen, err));
  assert_states(&s, "BBB");
  assert_string_equal(s.plan.inputs.problems[0].text,
                      "cannot read in/x: Input/output error; its output ends there: --again does "
                      "its day again");
  free(record);
  scene_end(&s);
}

static void wants_the_begun_input(void **state) {
  struct scene s;
  scene_begin(&s, state);
  assert_ok(scene_plan(&s, err));
  work(&s, 0, LEAVE_OPEN);
  s.inputs[0] = "in/20170302";
  assert_plan_refused(&s, "store forget --day 2017-03-01");
  scene_end(&s);
}

static void keeps_the_day_of_a_record(void **state) {
  struct scene s;
  scene_begin(&s, state);
  s.inputs[0] = "x";
  place_text("x/f", "{\"meta\":{\"submissionDate\":\"20170301\"}}\n");
  place_text("x/g", "{\"meta\":{\"submissionDate\":\"20170302\"}}\n");
  work_all(&s);
  place_text("x/f", "{\"meta\":{\"submissionDate\":\"20170305\"}}\n");
  assert_states(&s, "FB");
  assert_int_equal(s.plan.entries[0].input->day, DAY);
  s.options.inputs.day_from = "^x/(f)";
  assert_states(&s, "FB");
  scene_end(&s);
}

static void refuses_another_day_of_a_path(void **state) {
  struct scene s;
  scene_begin(&s, state);
  place_text("in/20170301/20170302", "ping");
  work_all(&s);
  s.options.inputs.day_from = "[0-9]{8}$";
  assert_plan_refused(&s, "was done as of 2017-03-01 and would now be of 2017-03-02");
  scene_end(&s);
}

/* ---- settings ---- */

static void refuses_other_settings_of_an_unfinished_job(void **state) {
  const char *const where[] = {"docType=main", NULL};
  struct scene s;
  scene_begin(&s, state);
  assert_ok(scene_plan(&s, err));
  s.options.level = PS_LEVEL_DEFAULT; /* the same */
  assert_states(&s, "WWW");
  s.options.level = 6;
  assert_plan_refused(&s, "level was 1, is 6");
  s.options.level = 0;
  s.options.sieve.read.selection.where = where;
  assert_plan_refused(&s, "where was default, is \"docType=main\"");
  s.options.sieve.read.selection.where = NULL;
  s.options.out = "out2";
  assert_plan_refused(&s, "out was ");
  s.options.out = "out";
  s.options.sieve.read.threads = 7;
  assert_states(&s, "WWW");
  end_job(&s);
  s.options.level = 6;
  assert_states(&s, "WWW");
  scene_end(&s);
}

/* ---- outputs ---- */

static void refuses_existing_outputs(void **state) {
  struct scene s;
  scene_begin(&s, state);
  place_text("out/in/20170301/a", "mine");
  place_text("out/in/20170302/c", "mine");
  assert_plan_refused(&s, "2 outputs are in ");
  assert_plan_refused(&s, "in/20170301/a, in/20170302/c");
  assert_false(has_job(&s));
  s.options.overwrite = true;
  assert_states(&s, "www");
  place_directory("out/in/20170301/b");
  assert_plan_refused(&s, "in the place of in/20170301/b");
  scene_end(&s);
}

static void refuses_a_move_of_the_outputs(void **state) {
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  s.options.out = "out2";
  assert_plan_refused(&s, "done into another place: in/20170301/a into ");
  scene_end(&s);
}

static void refuses_copies_of_what_is_done(void **state) {
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  assert_int_equal(rename("in", "moved"), 0);
  s.inputs[0] = "moved"; /* of one day and size, and each is found */
  assert_plan_refused(&s, "/in/20170301/a, moved/20170301/b of ");
  place_text("moved/20170301/a", "ping x");
  place_text("moved/20170301/b", "ping y");
  assert_int_equal(unlink("moved/20170302/c"), 0);
  assert_states(&s, "WW");
  scene_end(&s);
}

static void takes_copies_beside_what_is_done(void **state) {
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  place_text("in/20170301/copy", "ping a");
  assert_states(&s, "BBWB");
  scene_end(&s);
}

static void set_watermark(struct scene *s, uint16_t day) {
  assert_ok(ps_seen_begin(s->place->seen, err));
  ps_seen_set_watermark(s->place->seen, day);
  assert_ok(ps_seen_commit(s->place->seen, err));
}

static void refuses_days_that_are_over(void **state) {
  struct scene s;
  scene_begin(&s, state);
  set_watermark(&s, DAY + KEEP);
  assert_states(&s, "WWW");
  end_job(&s);
  set_watermark(&s, DAY + KEEP + 1);
  assert_plan_refused(&s, "2 inputs are of days before 2017-03-02");
  scene_end(&s);
}

static void goes_on_although_days_are_over(void **state) {
  struct scene s;
  scene_begin(&s, state);
  assert_states(&s, "WWW");
  work(&s, 0, LEAVE_WHOLE);
  set_watermark(&s, DAY + KEEP + 9);
  assert_states(&s, "BWW");
  scene_end(&s);
}

static void writes_nothing_in_a_dry_run(void **state) {
  struct scene s;
  scene_begin(&s, state);
  place_text("out/in/20170301/a", "mine");
  s.options.dry_run = true;
  assert_states(&s, "WWW");
  assert_false(has_job(&s));
  scene_end(&s);
}

static void tells_standard_input_by_its_job(void **state) {
  struct scene s;
  struct checkpoint *record = calloc(1, sizeof *record);
  assert_non_null(record);
  scene_begin(&s, state);
  s.inputs[0] = "-";
  assert_states(&s, "W");
  record->state = CHECKPOINT_OPEN;
  record->day = record->first_day = record->last_day = INPUT_NO_DAY;
  (void)snprintf(record->path, sizeof record->path, "-");
  (void)snprintf(record->output, sizeof record->output, "%s/out/stdin", s.place->dir);
  assert_ok(ps_seen_begin(s.place->seen, err));
  assert_ok(checkpoint_put(s.place->seen, record, err));
  assert_ok(ps_seen_commit(s.place->seen, err));
  struct part *part;
  assert_ok(part_open(s.tree, "stdin", 0, &part, err));
  assert_ok(part_close(part, err));
  assert_states(&s, "P");
  assert_true(s.plan.entries[0].compare);
  free(record);
  scene_end(&s);
}

/* ---- again ---- */

static uint64_t keys_of(struct scene *s, uint16_t day) {
  struct ps_seen_info info;
  uint64_t keys = 0;
  assert_ok(ps_seen_info(s->place->seen, &info, err));
  for (size_t i = 0; i < info.ndays; i++)
    if (info.days[i].day == day) keys = info.days[i].keys;
  ps_seen_info_release(&info);
  return keys;
}

static void mark(struct scene *s, uint16_t day) {
  const struct ps_key key = {day, 1};
  uint8_t verdict;
  assert_ok(ps_seen_begin(s->place->seen, err));
  assert_ok(ps_seen_mark(s->place->seen, &day, &key, 1, &verdict, err));
  assert_ok(ps_seen_commit(s->place->seen, err));
  assert_int_equal(verdict, 0);
}

static void does_all_again(void **state) {
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  mark(&s, DAY);
  mark(&s, DAY + 1);
  mark(&s, DAY + 2);
  s.options.again = true;
  assert_states(&s, "www");
  assert_int_equal(keys_of(&s, DAY), 0);
  assert_int_equal(keys_of(&s, DAY + 1), 0);
  assert_int_equal(keys_of(&s, DAY + 2), 1);
  assert_int_equal(s.plan.job.nagain, 2);
  /* Interrupted: the same command goes on, and forgets nothing twice. */
  work(&s, 0, LEAVE_WHOLE);
  work(&s, 1, LEAVE_OPEN);
  mark(&s, DAY);
  assert_states(&s, "Bpw");
  assert_int_equal(keys_of(&s, DAY), 1);
  assert_true(s.plan.resumed);
  s.options.again = false; /* without it as well */
  assert_states(&s, "Bpw");
  scene_end(&s);
}

static void wants_all_inputs_of_a_day_again(void **state) {
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  s.inputs[0] = "in/20170301/b";
  s.options.again = true;
  assert_plan_refused(&s, "in/20170301/a. Give them too");
  scene_end(&s);
}

static void does_the_days_of_a_record_again(void **state) {
  struct scene s;
  struct checkpoint *record = malloc(sizeof *record);
  bool found;
  char path[INPUT_PATH];
  assert_non_null(record);
  scene_begin(&s, state);
  s.inputs[0] = "x";
  place_text("x/f", "{\"meta\":{\"submissionDate\":\"20170301\"}}\n");
  place_text("x/nothing", "");
  work_all(&s);
  assert_ok(input_absolute(s.plan.entries[0].input, path, err));
  assert_ok(checkpoint_get(s.place->seen, DAY, path, record, &found, err));
  record->last_day = DAY + 2;
  assert_ok(ps_seen_begin(s.place->seen, err));
  assert_ok(checkpoint_put(s.place->seen, record, err));
  assert_ok(ps_seen_commit(s.place->seen, err));
  for (uint16_t day = DAY; day < DAY + 4; day++) mark(&s, day);
  s.options.again = true;
  assert_states(&s, "ww");
  assert_int_equal(s.plan.job.nagain, 3);
  assert_int_equal(keys_of(&s, DAY + 2), 0);
  assert_int_equal(keys_of(&s, DAY + 3), 1);
  free(record);
  scene_end(&s);
}

static void gives_up_a_job_again(void **state) {
  struct scene s;
  scene_begin(&s, state);
  assert_ok(scene_plan(&s, err));
  work(&s, 0, LEAVE_WHOLE);
  work(&s, 1, LEAVE_OPEN);
  s.options.level = 9;
  assert_plan_refused(&s, "give it up with --again");
  s.options.again = true;
  assert_states(&s, "wwW"); /* the last one has not been done yet */
  s.options.again = false;
  assert_states(&s, "www");
  scene_end(&s);
}

/* An interrupted --again does not take the earlier work on standard input for its own. */
static void does_standard_input_again(void **state) {
  struct scene s;
  struct checkpoint *record = calloc(1, sizeof *record);
  assert_non_null(record);
  scene_begin(&s, state);
  work_all(&s);
  s.inputs[1] = "-";
  s.options.inputs.ninputs = 2;
  assert_states(&s, "BBBW");
  record->state = CHECKPOINT_WHOLE;
  record->day = record->first_day = record->last_day = INPUT_NO_DAY;
  memcpy(record->content, s.plan.job.content, sizeof record->content);
  (void)snprintf(record->path, sizeof record->path, "-");
  (void)snprintf(record->output, sizeof record->output, "%s/out/stdin", s.place->dir);
  assert_ok(ps_seen_begin(s.place->seen, err));
  assert_ok(checkpoint_put(s.place->seen, record, err));
  assert_ok(ps_seen_commit(s.place->seen, err));
  free(record);
  place_text("out/stdin", "output");
  end_job(&s);
  s.options.again = true;
  assert_states(&s, "wwww");
  work(&s, 0, LEAVE_WHOLE);
  assert_states(&s, "Bwww");
  scene_end(&s);
}

static void refuses_foreign_outputs_again(void **state) {
  struct scene s;
  scene_begin(&s, state);
  work_all(&s);
  place_text("in/20170302/new", "ping");
  place_text("out/in/20170302/new", "mine");
  s.options.again = true;
  assert_plan_refused(&s, "in/20170302/new");
  scene_end(&s);
}

#define test(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      test(begins_and_goes_on),
      test(publishes_what_has_no_name_yet),
      test(leaves_foreign_files_in_the_place_of_its_parts),
      test(knows_finished_inputs_by_their_bytes),
      test(compares_a_begun_input_that_changed),
      test(misses_outputs),
      test(refuses_another_selection_of_what_is_done),
      test(misses_begun_outputs),
      test(tells_old_problems_again),
      test(wants_the_begun_input),
      test(keeps_the_day_of_a_record),
      test(refuses_another_day_of_a_path),
      test(refuses_other_settings_of_an_unfinished_job),
      test(refuses_existing_outputs),
      test(refuses_a_move_of_the_outputs),
      test(refuses_copies_of_what_is_done),
      test(takes_copies_beside_what_is_done),
      test(refuses_days_that_are_over),
      test(goes_on_although_days_are_over),
      test(writes_nothing_in_a_dry_run),
      test(tells_standard_input_by_its_job),
      test(does_all_again),
      test(wants_all_inputs_of_a_day_again),
      test(does_the_days_of_a_record_again),
      test(gives_up_a_job_again),
      test(does_standard_input_again),
      test(refuses_foreign_outputs_again),
  };
  return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}

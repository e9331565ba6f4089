/* Whole profiles of small files. */
#include "../scale.h"
#include "pings.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define PINGS 240u

static const char *const fields[] = {
    "os=environment/system/os/name", "speed=environment/system/cpu/speedMHz",
    "addons=environment/addons/activeAddons/*/name where not isSystem", NULL};
static const struct ps_account_measure ssl = {"SSL", "payload/histograms/SSL/values/*"};

struct run {
  struct ps_profile_options options;
  struct ps_profile_who who[4];
  struct ps_profiler *profiler;
};

/* inputs: NULL-terminated. */
static void run_init(struct run *run, const char *const *inputs) {
  *run = (struct run){.options = {.size = sizeof(struct ps_profile_options),
                                  .inputs = {.inputs = inputs},
                                  .fields = fields,
                                  .read.measures = &ssl,
                                  .read.nmeasures = 1,
                                  .top = 100,
                                  .temp_dir = ".",
                                  .read.threads = 1}};
  while (inputs[run->options.inputs.ninputs]) run->options.inputs.ninputs++;
}

static void run_client(struct run *run, int client) {
  run->who[run->options.nclients++].client = pings_client(client);
  run->options.clients = run->who;
}

static const struct ps_profile *run_end(struct run *run, int want) {
  struct ps_error error = {.status = PS_OK};
  assert_ok(ps_profile_open(&run->options, -1, &run->profiler, err));
  const int r = ps_profile_run(run->profiler, &error);
  if (r != want) fail_msg("%d, expected %d: %s", r, want, error.text);
  const struct ps_profile *profile = ps_profile_result(run->profiler);
  assert_non_null(profile);
  return profile;
}

static void run_release(struct run *run) { ps_profile_close(run->profiler); }

/* Writes the pings into three files, of which the middle one is gzip. */
static void write_files(struct ping_list *list) {
  static const char *const names[] = {"in/a.ndjson", "in/b.ndjson.gz", "in/c.ndjson"};
  struct text text = {0};
  for (size_t i = 0; i < 3; i++) {
    text.len = 0;
    pings_write(list, i * list->n / 3, (i + 1) * list->n / 3, &text);
    archive_write(names[i], &text);
  }
  text_release(&text);
}

static const char *const whole_tree[] = {"in/a.ndjson", "in/b.ndjson.gz", "in/c.ndjson", NULL};

/* Inputs are taken by day: the first pings must have that of the earliest. */
static void make_pings(struct ping_list *list) {
  pings_make(list, 7, PINGS);
  for (size_t i = 0; i < 3; i++) list->at[i * PINGS / 3].day = (int)i;
  write_files(list);
}

static void pings_documents_and_days_are_counted(void **state) {
  (void)state;
  struct ping_list list = {0};
  struct run run;
  make_pings(&list);
  run_init(&run, whole_tree);
  run_client(&run, 2);
  run_client(&run, 0);
  run_client(&run, 77); /* not there */
  const struct ps_profile *profile = run_end(&run, PS_OK);
  assert_int_equal(profile->files, 3);
  assert_int_equal(profile->lines, PINGS);
  assert_int_equal(profile->nclients, 3);
  assert_false(profile->whole);
  pings_expect(&list, 2, profile, &profile->clients[0]);
  pings_expect(&list, 0, profile, &profile->clients[1]);
  assert_int_equal(profile->clients[2].pings[PS_ALL_COPIES], 0);
  assert_int_equal(profile->clients[2].ndays, 0);
  assert_string_equal(profile->clients[2].name, "00000000-0000-4000-8000-000000000077");
  run_release(&run);
  pings_free(&list);
}

static void a_profile_of_everybody_is_whole(void **state) {
  (void)state;
  struct ping_list list = {0};
  struct run run;
  make_pings(&list);
  run_init(&run, whole_tree);
  const struct ps_profile *profile = run_end(&run, PS_OK);
  assert_true(profile->whole);
  assert_int_equal(profile->nclients, 1);
  pings_expect(&list, -1, profile, &profile->clients[0]);
  for (unsigned look = 0; look < PS_LOOKS; look++) assert_false(profile->clients[0].looks[look]);
  run_release(&run);
  pings_free(&list);
}

/* The fleet of the canary is everybody; it is profiled as any other, alone or beside one. */
static void the_canary_is_a_client_like_others(void **state) {
  (void)state;
  struct ping_list list = {0};
  make_pings(&list);
  for (int beside = 0; beside < 2; beside++) {
    struct run run;
    run_init(&run, whole_tree);
    run_client(&run, TEST_CANARY);
    if (beside) run_client(&run, 0);
    const struct ps_profile *profile = run_end(&run, PS_OK);
    pings_expect(&list, TEST_CANARY, profile, &profile->clients[0]);
    run_release(&run);
  }
  pings_free(&list);
}

/* Threads and the memory there is change nothing. */
static void threads_and_memory_change_nothing(void **state) {
  (void)state;
  struct ping_list list = {0};
  struct text first = {0}, text = {0};
  pings_make(&list, 11, scale_count(6000));
  write_files(&list);
  for (unsigned i = 0; i < 3; i++) {
    struct run run;
    run_init(&run, whole_tree);
    for (int client = 0; client < 4; client++) run_client(&run, client); /* most pings are theirs */
    run.options.fields = NULL;
    run.options.read.measures = NULL;
    run.options.read.nmeasures = 0;
    run.options.read.threads = i == 1 ? 4 : 1;
    if (i) run.options.memory = 1;
    const struct ps_profile *profile = run_end(&run, PS_OK);
    assert_int_equal(profile->pings, list.n);
    assert_true(profile->clients[0].ndocuments > 0);
    profile_dump(profile, i ? &text : &first);
    if (i) assert_string_equal(text.data, first.data);
    run_release(&run);
  }
  text_release(&first);
  text_release(&text);
  pings_free(&list);
}

/* ---- lines ---- */

static void malformed_and_blank_lines_are_counted(void **state) {
  (void)state;
  static const char *const inputs[] = {"x.ndjson", NULL};
  struct run run;
  struct text text = {0};
  text_print(&text, "\xEF\xBB\xBF{\"meta\":{\"documentId\":\"a\"}}\n\n{\"meta\":{\"documentId\"}}\n"
                    "{\"meta\":{\"documentId\":\"a\\u0041\\u0000\"}}\n  \n{\"n\":\"");
  for (unsigned i = 0; i < 3000; i++) text_add(&text, "long line ", 10);
  text_print(&text, "\"}\n{\"meta\":{\"documentId\":\"a\\u0041\\u0000\"}}\n[\n"
                    "{\"meta\":{\"documentId\":\"\"}}");
  archive_write("x.ndjson", &text);
  run_init(&run, inputs);
  run.options.read.max_line = 20000;
  const struct ps_profile *profile = run_end(&run, PS_OK);
  assert_int_equal(profile->lines, 9);
  assert_int_equal(profile->bytes, text.len);
  assert_int_equal(profile->blank, 2);
  assert_int_equal(profile->malformed, 3);
  assert_int_equal(profile->pings, 4);
  assert_int_equal(profile->without_client, 4);
  assert_int_equal(profile->nexamples, 3);
  assert_int_equal(profile->examples[0].line, 3);
  assert_int_equal(profile->examples[0].offset, 31 + 22);
  assert_string_equal(profile->examples[0].path, "x.ndjson");
  assert_int_equal(profile->examples[1].line, 6);
  assert_string_equal(profile->examples[1].reason, "longer than the longest line allowed");
  assert_int_equal(profile->examples[2].line, 8);
  const struct ps_profile_client *found = &profile->clients[0];
  assert_int_equal(found->pings[PS_ALL_COPIES], 4);
  assert_int_equal(found->pings[PS_FIRST_COPIES], 2);
  assert_int_equal(found->pings[PS_SEEN_ONCE], 1);
  assert_int_equal(found->without_id, 1);
  assert_int_equal(found->ndocuments, 1);
  assert_string_equal(found->documents[0].id, "aA\xEF\xBF\xBD");
  assert_int_equal(found->ndays, 1);
  assert_false(found->days[0].has_day);
  run_release(&run);
  text_release(&text);
}

/* The day in a path is that of all its pings, and of what they tell none is kept. */
static void the_day_of_a_path_is_that_of_its_pings(void **state) {
  (void)state;
  static const char *const inputs[] = {"days", NULL};
  struct run run;
  place_text("days/2017-01-05.ndjson", "{\"meta\":{\"documentId\":\"a\",\"submissionDate\":"
                                       "\"20160101\"},\"submission_timestamp\":"
                                       "\"2017-01-05T00:00:01Z\"}\n");
  place_text("days/2017-01-04.ndjson", "{\"meta\":{\"documentId\":\"a\"}}\n"
                                       "{\"meta\":{\"documentId\":\"b\"}}\n");
  run_init(&run, inputs);
  const struct ps_profile *profile = run_end(&run, PS_OK);
  assert_int_equal(profile->first_day, TEST_DAY + 3);
  assert_int_equal(profile->last_day, TEST_DAY + 4);
  const struct ps_profile_client *found = &profile->clients[0];
  assert_int_equal(found->ndays, 2);
  assert_int_equal(found->days[0].pings[PS_FIRST_COPIES], 2);
  assert_int_equal(found->days[0].pings[PS_SEEN_ONCE], 1);
  assert_int_equal(found->days[1].pings[PS_ALL_COPIES], 1);
  assert_int_equal(found->days[1].pings[PS_FIRST_COPIES], 0);
  assert_int_equal(found->days[1].documents, 1);
  assert_int_equal(found->documents[0].days, 2);
  assert_int_equal(found->documents[0].first_ns / 1000000000u, (TEST_DAY + 4ull) * 86400 + 1);
  run_release(&run);
}

/* The last day of all may be in an input that is read before another. */
static void days_of_inputs_may_overlap(void **state) {
  (void)state;
  static const char *const inputs[] = {"1", "2", NULL};
  static const char *const texts[] = {
      "{\"meta\":{\"documentId\":\"a\",\"submissionDate\":\"20170104\"}}\n"
      "{\"meta\":{\"documentId\":\"b\",\"submissionDate\":\"20170106\"}}\n",
      "{\"meta\":{\"documentId\":\"c\",\"submissionDate\":\"20170105\"}}\n"};
  for (int i = 0; i < 2; i++) {
    struct run run;
    place_text("1", texts[i]);
    place_text("2", texts[!i]);
    run_init(&run, inputs);
    const struct ps_profile *profile = run_end(&run, PS_OK);
    assert_int_equal(profile->first_day, TEST_DAY + 3);
    assert_int_equal(profile->last_day, TEST_DAY + 5);
    run_release(&run);
  }
}

static void conditions_choose_pings(void **state) {
  (void)state;
  static const char *const inputs[] = {"x", NULL}, *const where[] = {"docType=main", NULL};
  struct run run;
  place_text("x", "{\"meta\":{\"documentId\":\"a\",\"docType\":\"main\",\"clientId\":\"me\"}}\n"
                  "{\"meta\":{\"documentId\":\"b\",\"docType\":\"core\",\"clientId\":\"me\"}}\n"
                  "{\"meta\":{\"documentId\":\"c\",\"docType\":\"core\",\"clientId\":\"it\"}}\n"
                  "{\"meta\":{\"documentId\":\"d\",\"docType\":\"main\",\"clientId\":\"it\"}}\n");
  run_init(&run, inputs);
  run.options.read.selection.where = where;
  ps_client_of("me", 2, &run.who[0].client);
  run.who[0].name = "myself";
  run.options.clients = run.who;
  run.options.nclients = 1;
  const struct ps_profile *profile = run_end(&run, PS_OK);
  assert_int_equal(profile->pings, 2);
  assert_int_equal(profile->not_selected, 2);
  assert_int_equal(profile->clients[0].pings[PS_ALL_COPIES], 1);
  assert_int_equal(profile->clients[0].fleet_pings, 1);
  assert_string_equal(profile->clients[0].name, "myself");
  run_release(&run);
}

/* Nothing is written: files may have the same name and lie anywhere. */
static void inputs_may_have_the_same_name(void **state) {
  (void)state;
  static const char *const inputs[] = {"one", NULL};
  struct run run;
  place_text("one/f", "{\"id\":\"1\"}\n");
  place_text("two/f", "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
  place_text("list", "one/../two/f\n");
  run_init(&run, inputs);
  run.options.inputs.files_from = "list";
  const struct ps_profile *profile = run_end(&run, PS_OK);
  assert_int_equal(profile->files, 2);
  assert_int_equal(profile->clients[0].pings[PS_ALL_COPIES], 3);
  assert_int_equal(profile->clients[0].pings[PS_FIRST_COPIES], 2);
  run_release(&run);
}

/* ---- caps ---- */

static void values_beyond_the_cap_are_told(void **state) {
  (void)state;
  static const char *const inputs[] = {"x", NULL}, *const wanted[] = {"v", "w/*", NULL};
  struct run run;
  struct text text = {0};
  for (unsigned i = 0; i < 10; i++)
    text_print(&text, "{\"meta\":{\"documentId\":\"%u\"},\"v\":%u,\"w\":[%u]}\n", i, i % 5, i % 2);
  text_print(&text, "{\"w\":[0");
  for (unsigned i = 1; i < 2000; i++) text_print(&text, ",%u", i);
  text_print(&text, "]}\n");
  archive_write("x", &text);
  run_init(&run, inputs);
  run.options.fields = wanted;
  run.options.values = 3;
  const struct ps_profile *profile = run_end(&run, PS_OK);
  const struct ps_profile_field *found = profile->clients[0].fields;
  assert_int_equal(profile->values, 3);
  assert_true(found[0].capped && found[1].capped);
  assert_int_equal(found[0].distinct[PS_ALL_COPIES], 3);
  assert_int_equal(found[0].other[PS_ALL_COPIES], 4);
  assert_int_equal(found[0].other[PS_SEEN_ONCE], 4);
  assert_int_equal(found[0].pings[PS_ALL_COPIES], 10);
  assert_int_equal(found[1].distinct[PS_ALL_COPIES], 3);
  assert_int_equal(found[1].distinct[PS_FIRST_COPIES], 2);
  assert_int_equal(found[1].other[PS_ALL_COPIES], 1997);
  assert_int_equal(found[1].other[PS_FIRST_COPIES], 0);
  assert_int_equal(found[1].pings[PS_ALL_COPIES], 11);
  run_release(&run);
  text_release(&text);
}

/* A value is listed when it is among the top of any population. */
static void the_top_of_any_population_is_listed(void **state) {
  (void)state;
  static const char *const inputs[] = {"x", NULL}, *const wanted[] = {"v", NULL};
  struct run run;
  struct text text = {0};
  for (unsigned i = 0; i < 5; i++)
    text_print(&text, "{\"meta\":{\"documentId\":\"one\"},\"v\":\"copies\"}\n");
  for (unsigned i = 0; i < 4; i++)
    text_print(&text, "{\"meta\":{\"documentId\":\"%u\"},\"v\":\"twice\"}\n", i / 2);
  text_print(&text, "{\"meta\":{\"documentId\":\"7\"},\"v\":\"once\"}\n"
                    "{\"meta\":{\"documentId\":\"8\"},\"v\":\"zero\"}\n");
  archive_write("x", &text);
  run_init(&run, inputs);
  run.options.fields = wanted;
  run.options.top = 1;
  const struct ps_profile_client *found = run_end(&run, PS_OK)->clients;
  assert_int_equal(found->fields[0].n, 3);
  assert_string_equal(found->fields[0].values[0].text, "copies");
  assert_string_equal(found->fields[0].values[1].text, "twice");
  assert_string_equal(found->fields[0].values[2].text, "once");
  assert_int_equal(found->fields[0].distinct[PS_ALL_COPIES], 4);
  assert_int_equal(found->ndocuments, 1);
  assert_string_equal(found->documents[0].id, "one");
  assert_int_equal(found->evidence.most_copies, 5);
  run_release(&run);
  text_release(&text);
}

/* ---- looks ---- */

struct machine {
  unsigned pings, documents, cities, speeds, a_day;
};

static void write_machine(const char *path, const struct machine *m) {
  struct text text = {0};
  for (unsigned i = 0; i < m->pings; i++)
    text_print(&text,
               "{\"meta\":{\"documentId\":\"%u\",\"clientId\":\"me\",\"geoCountry\":\"US\","
               "\"geoCity\":\"city %u\",\"submissionDate\":\"201701%02u\"},"
               "\"environment\":{\"system\":{\"cpu\":{\"speedMHz\":%u}}}}\n",
               i % m->documents, i % m->cities, 1 + i / m->a_day, 1000 + i % m->speeds * 150);
  text_print(&text, "{\"clientId\":\"another\"}\n");
  archive_write(path, &text);
  text_release(&text);
}

static void looks_are_told_where_figures_are_clear(void **state) {
  (void)state;
  static const char *const inputs[] = {"x", NULL};
  static const struct {
    struct machine machine;
    bool looks[PS_LOOKS];
  } cases[] = {{{200, 10, 1, 1, 50}, {[PS_LOOK_COPIES] = true}},
               {{10500, 1050, 1, 1, 600}, {false}},
               {{90, 5, 1, 1, 50}, {false}},
               {{200, 30, 2, 1, 50}, {false}},
               {{200, 200, 40, 12, 50}, {[PS_LOOK_SHARED] = true}},
               {{200, 200, 40, 5, 50}, {false}},
               {{200, 200, 1, 1, 50}, {[PS_LOOK_CHATTY] = true}},
               {{200, 200, 1, 1, 20}, {false}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct run run;
    write_machine("x", &cases[i].machine);
    run_init(&run, inputs);
    ps_client_of("me", 2, &run.who[0].client);
    run.options.clients = run.who;
    run.options.nclients = 1;
    const struct ps_profile_client *found = run_end(&run, PS_OK)->clients;
    assert_int_equal(found->evidence.cities, cases[i].machine.cities);
    assert_int_equal(found->evidence.speeds, cases[i].machine.speeds);
    assert_int_equal(found->evidence.busiest_pings, cases[i].machine.a_day);
    for (unsigned look = 0; look < PS_LOOKS; look++)
      if (found->looks[look] != cases[i].looks[look]) fail_msg("case %zu, look %u", i, look);
    run_release(&run);
  }
}

static void lifts_compare_with_the_others(void **state) {
  (void)state;
  static const char *const inputs[] = {"x", NULL}, *const wanted[] = {"v", NULL};
  struct run run;
  place_text("x", "{\"clientId\":\"me\",\"v\":1}\n{\"clientId\":\"me\",\"v\":1}\n"
                  "{\"clientId\":\"me\",\"v\":2}\n{\"clientId\":\"me\",\"v\":2}\n"
                  "{\"clientId\":\"a\",\"v\":1}\n{\"clientId\":\"b\",\"v\":3}\n"
                  "{\"clientId\":\"a\",\"v\":3}\n{\"clientId\":\"b\",\"v\":3}\n{\"v\":2}\n");
  run_init(&run, inputs);
  run.options.fields = wanted;
  ps_client_of("me", 2, &run.who[0].client);
  run.options.clients = run.who;
  run.options.nclients = 1;
  const struct ps_profile_client *found = run_end(&run, PS_OK)->clients;
  assert_int_equal(found->fleet_pings, 4);
  assert_int_equal(found->fields[0].n, 2);
  assert_true(found->fields[0].values[0].lift[PS_ALL_COPIES] == 2);
  assert_true(isinf(found->fields[0].values[1].lift[PS_ALL_COPIES]));
  assert_true(found->fields[0].values[0].lift[PS_SEEN_ONCE] == 0);
  run_release(&run);
}

/* ---- failures ---- */

static int count_problem(void *context, const struct ps_profile_problem *problem,
                         struct ps_error *err) {
  unsigned *n = context;
  (void)err;
  if (strstr(problem->text, problem->path)) ++*n;
  return PS_OK;
}

static void problems_are_told(void **state) {
  (void)state;
  static const char *const inputs[] = {"a", "b.gz", "c", NULL};
  struct run run;
  struct text text = {0};
  unsigned n = 0;
  for (unsigned i = 0; i < 500; i++) text_print(&text, "{\"id\":\"%u\",\"x\":%u}\n", i, i * i);
  archive_write("b.gz", &text);
  archive_read_raw("b.gz", &text);
  place_file("b.gz", text.data, text.len / 2);
  place_text("c", "{\"id\":\"last\"}\n");
  run_init(&run, inputs);
  const struct ps_profile *profile = run_end(&run, PS_E_INPUT);
  assert_int_equal(profile->files, 2);
  assert_true(profile->pings > 1);
  assert_ok(ps_profile_each_problem(run.profiler, count_problem, &n, err));
  assert_int_equal(n, 2);
  struct ps_profile_figures figures;
  ps_profile_figures(run.profiler, &figures);
  assert_int_equal(figures.problems, 2);
  run_release(&run);
  run.options.strict = true;
  profile = run_end(&run, PS_E_INPUT);
  assert_int_equal(profile->pings, 0);
  run_release(&run);
  text_release(&text);
}

static void a_strict_run_ends_at_a_malformed_line(void **state) {
  (void)state;
  static const char *const inputs[] = {"a", "b", NULL};
  struct run run;
  place_text("a", "{\"id\":\"1\"}\n{\n");
  place_text("b", "{\"id\":\"2\"}\n");
  run_init(&run, inputs);
  run.options.strict = true;
  const struct ps_profile *profile = run_end(&run, PS_E_INPUT);
  assert_int_equal(profile->pings, 1);
  assert_int_equal(profile->malformed, 1);
  run_release(&run);
}

static void refuse(const struct run *run, const char *part) {
  struct ps_profiler *profiler;
  assert_refused(ps_profile_open(&run->options, -1, &profiler, err), PS_E_ARGUMENT, part);
}

static void wrong_options_are_refused(void **state) {
  (void)state;
  static const char *const inputs[] = {"x", NULL}, *const twice[] = {"x", "./x", NULL};
  static const char *const none[] = {NULL}, *const select[] = {"a", NULL};
  static const char *const wrong[] = {"a:max=x", NULL};
  struct run run;
  place_text("x", "{}\n");
  run_init(&run, none);
  refuse(&run, "no input");
  run_init(&run, twice);
  refuse(&run, "twice");
  run_init(&run, inputs);
  run_client(&run, 1);
  run_client(&run, 1);
  refuse(&run, "given twice");
  run.who[1].client = (struct ps_client){.kind = PS_CLIENT_NONE};
  refuse(&run, "clientId");
  run.options.nclients = PS_PROFILE_CLIENTS + 1;
  refuse(&run, "256");
  run_init(&run, inputs);
  run.options.read.selection.select = select;
  refuse(&run, "profile");
  run_init(&run, inputs);
  run.options.top = PS_PROFILE_TOP_MAX + 1;
  refuse(&run, "10000");
  run_init(&run, inputs);
  run.options.values = PS_PROFILE_ALL + 1;
  refuse(&run, "values");
  run_init(&run, inputs);
  run.options.fields = wrong;
  refuse(&run, "max");
  run_init(&run, inputs);
  run.options.read.simd = "mmx";
  refuse(&run, "mmx");
}

static void temporary_files_go_where_they_are_told(void **state) {
  (void)state;
  static const char *const inputs[] = {"in/a.ndjson", NULL};
  struct ping_list list = {0};
  struct run run;
  make_pings(&list);
  run_init(&run, inputs);
  run.options.temp_dir = "nowhere";
  run.options.memory = 1;
  struct ps_error error = {.status = PS_OK};
  int r = ps_profile_open(&run.options, -1, &run.profiler, &error);
  if (!r) {
    r = ps_profile_run(run.profiler, &error);
    if (r) assert_null(ps_profile_result(run.profiler));
    run_release(&run);
  }
  if (r) {
    assert_int_equal(r, PS_E_OUTPUT);
    assert_non_null(strstr(error.text, "nowhere"));
  }
  pings_free(&list);
}

static void a_stop_ends_it(void **state) {
  (void)state;
  static const char *const inputs[] = {"x", NULL};
  struct run run;
  struct ps_profile_figures figures;
  place_text("x", "{\"id\":\"1\"}\n");
  for (unsigned threads = 1; threads < 4; threads += 2) {
    run_init(&run, inputs);
    run.options.read.threads = threads;
    assert_ok(ps_profile_open(&run.options, -1, &run.profiler, err));
    ps_profile_figures(run.profiler, &figures);
    assert_int_equal(figures.files, 1);
    assert_int_equal(figures.files_done, 0);
    ps_profile_stop(run.profiler);
    assert_refused(ps_profile_run(run.profiler, err), PS_E_STOPPED, "stopped");
    assert_null(ps_profile_result(run.profiler));
    run_release(&run);
  }
}

static void figures_tell_of_the_whole_run(void **state) {
  (void)state;
  struct ping_list list = {0};
  struct run run;
  struct ps_profile_figures figures;
  make_pings(&list);
  run_init(&run, whole_tree);
  run_client(&run, 1);
  const struct ps_profile *profile = run_end(&run, PS_OK);
  ps_profile_figures(run.profiler, &figures);
  assert_int_equal(figures.files_done, 3);
  assert_int_equal(figures.bytes_done, figures.bytes);
  assert_int_equal(figures.input_bytes, figures.bytes);
  assert_int_equal(figures.lines, PINGS);
  assert_int_equal(figures.pings, PINGS);
  assert_int_equal(figures.client_pings, profile->clients[0].pings[PS_ALL_COPIES]);
  assert_int_equal(ps_profile_threads(run.profiler), 1);
  assert_non_null(ps_profile_kernel(run.profiler));
  run_release(&run);
  pings_free(&list);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(pings_documents_and_days_are_counted),
      TEST(a_profile_of_everybody_is_whole),
      TEST(the_canary_is_a_client_like_others),
      TEST(threads_and_memory_change_nothing),
      TEST(malformed_and_blank_lines_are_counted),
      TEST(the_day_of_a_path_is_that_of_its_pings),
      TEST(conditions_choose_pings),
      TEST(values_beyond_the_cap_are_told),
      TEST(days_of_inputs_may_overlap),
      TEST(the_top_of_any_population_is_listed),
      TEST(looks_are_told_where_figures_are_clear),
      TEST(lifts_compare_with_the_others),
      TEST(problems_are_told),
      TEST(a_strict_run_ends_at_a_malformed_line),
      TEST(wrong_options_are_refused),
      TEST(temporary_files_go_where_they_are_told),
      TEST(a_stop_ends_it),
      TEST(figures_tell_of_the_whole_run),
      TEST(inputs_may_have_the_same_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

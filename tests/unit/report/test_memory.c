/* The n-th allocation fails, for every n: reading, deriving and rendering say so, nothing leaks or
 * crashes, and what was rendered before is rendered again to the same bytes. Built with --wrap for
 * malloc, calloc, realloc and strdup.
 */
#include "../scale.h"
#include "profile_sample.h"
#include "report/profile_render.h"
#include "report/render.h"
#include "sample.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static bool armed;
static unsigned long left; /* allocations until one fails */

static bool fails(void) { return armed && left && --left == 0; }
void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t n, size_t size) { return fails() ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *old, size_t size) { return fails() ? NULL : __real_realloc(old, size); }
char *__wrap_strdup(const char *text) { return fails() ? NULL : __real_strdup(text); }

/* An act that is tried again and again; `out` gets the page, if the act renders one. */
typedef int attempt(void *context, struct buffer *out, struct ps_error *err);

/* The n-th allocation of `try` fails, for n from 1 until it needs fewer; many, then only some. */
static void every_allocation_fails(attempt *try, void *context) {
  struct buffer whole = BUFFER_INIT;
  struct ps_error err = {.status = PS_OK};
  const unsigned long all = scale_count(25);
  if (try(context, &whole, &err) != PS_OK) fail_msg("%s", err.text);
  const unsigned long part = scale_is_small() ? 1 : 4;
  for (unsigned long n = 1;; n += n < all ? 1 : n / part + 1) {
    struct buffer out = BUFFER_INIT;
    err = (struct ps_error){.status = PS_OK};
    left = n;
    armed = true;
    const int r = try(context, &out, &err);
    armed = false;
    const bool failed = !left;
    left = 0;
    if (failed) {
      assert_int_equal(r, PS_E_MEMORY);
      assert_int_equal(err.status, PS_E_MEMORY);
      assert_non_null(strstr(err.text, "memory"));
    } else {
      assert_int_equal(r, PS_OK);
      assert_int_equal(out.len, whole.len);
      if (out.len) assert_memory_equal(out.data, whole.data, out.len);
    }
    buffer_release(&out);
    if (!failed) break;
  }
  buffer_release(&whole);
}

/* ---- renderers of reports ---- */

struct rendering {
  const struct report *report;
  const struct ps_profile *profile;
  struct profile_render_options options;
  size_t table;
};

static int as_text(void *context, struct buffer *out, struct ps_error *err) {
  const struct rendering *r = context;
  return render_text(r->report, &r->options.text, out, err);
}
static int as_json(void *context, struct buffer *out, struct ps_error *err) {
  const struct rendering *r = context;
  return render_json(r->report, out, err);
}
static int as_html(void *context, struct buffer *out, struct ps_error *err) {
  const struct rendering *r = context;
  return render_html(r->report, out, err);
}
static int as_csv(void *context, struct buffer *out, struct ps_error *err) {
  const struct rendering *r = context;
  return render_csv(r->report, r->table, out, err);
}

static void reports_are_rendered(void **state) {
  (void)state;
  for (enum sample which = SAMPLE_EMPTY; which < SAMPLES; which++) {
    struct report report;
    struct ps_error err;
    if (which == SAMPLE_YEAR) continue; /* the same code, for longer */
    if (sample_report(which, NULL, &report, &err) != PS_OK) fail_msg("%s", err.text);
    struct rendering r = {.report = &report, .options.text = {.width = 80, .colour = true}};
    every_allocation_fails(as_text, &r);
    r.options.text = (struct render_text_options){.width = 40, .ascii = true};
    every_allocation_fails(as_text, &r);
    every_allocation_fails(as_json, &r);
    every_allocation_fails(as_html, &r);
    for (r.table = 0; r.table < render_csv_tables(); r.table++) every_allocation_fails(as_csv, &r);
    report_release(&report);
  }
}

/* ---- of profiles ---- */

static int profile_as_text(void *context, struct buffer *out, struct ps_error *err) {
  const struct rendering *r = context;
  return profile_render_text(r->profile, &r->options, out, err);
}
static int profile_as_json(void *context, struct buffer *out, struct ps_error *err) {
  const struct rendering *r = context;
  return profile_render_json(r->profile, &r->options, out, err);
}
static int profile_as_html(void *context, struct buffer *out, struct ps_error *err) {
  const struct rendering *r = context;
  return profile_render_html(r->profile, &r->options, out, err);
}
static int profile_as_csv(void *context, struct buffer *out, struct ps_error *err) {
  const struct rendering *r = context;
  return profile_render_csv(r->profile, &r->options, r->table, out, err);
}

static void profiles_are_rendered(void **state) {
  (void)state;
  for (enum profile_sample which = 0; which < PROFILE_SAMPLES; which++) {
    struct ps_profile *profile = profile_sample_create(which);
    assert_non_null(profile);
    struct rendering r = {.profile = profile, .options.text = {.width = 80}};
    every_allocation_fails(profile_as_text, &r);
    r.options.text.width = 40;
    every_allocation_fails(profile_as_text, &r);
    every_allocation_fails(profile_as_json, &r);
    every_allocation_fails(profile_as_html, &r);
    for (r.table = 0; r.table < profile_csv_tables(); r.table++)
      every_allocation_fails(profile_as_csv, &r);
    profile_sample_free(profile);
  }
}

/* ---- reading and deriving ---- */

struct sources {
  struct report report;
  enum sample which;
  char path[32];
};

static int made_of_days(void *context, struct buffer *out, struct ps_error *err) {
  struct sources *sources = context;
  report_init(&sources->report, &(struct report_options){.show_ids = true});
  sources->report.made = SAMPLE_MADE;
  int r = sample_add(&sources->report, sources->which, 0, err);
  if (r == PS_OK) r = sample_add(&sources->report, sources->which, 1, err);
  if (r == PS_OK) r = report_finish(&sources->report, err);
  const bool was_armed = armed;
  armed = false; /* how it is rendered has a test of its own */
  if (r == PS_OK) r = render_json(&sources->report, out, err);
  report_release(&sources->report);
  armed = was_armed;
  return r;
}

static int made_of_json(void *context, struct buffer *out, struct ps_error *err) {
  struct sources *sources = context;
  report_init(&sources->report, &(struct report_options){0});
  sources->report.made = SAMPLE_MADE;
  int r = report_read_json(&sources->report, sources->path, err);
  if (r == PS_OK) r = report_read_json(&sources->report, sources->path, err);
  if (r == PS_OK) r = report_finish(&sources->report, err);
  const bool was_armed = armed;
  armed = false;
  if (r == PS_OK) r = render_json(&sources->report, out, err);
  report_release(&sources->report);
  armed = was_armed;
  return r;
}

static void days_become_reports(void **state) {
  (void)state;
  static const enum sample some[] = {SAMPLE_DAY, SAMPLE_HOSTILE,
                                     SAMPLE_POST}; /* the last is long */
  for (size_t i = 0; i < sizeof some / sizeof *some - scale_is_small(); i++) {
    struct sources sources = {.which = some[i], .path = "/tmp/report-XXXXXX"};
    struct buffer json = BUFFER_INIT;
    struct ps_error err;
    every_allocation_fails(made_of_days, &sources);
    if (made_of_days(&sources, &json, &err) != PS_OK) fail_msg("%s", err.text);
    const int fd = mkstemp(sources.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, json.data, json.len), json.len);
    assert_int_equal(close(fd), 0);
    every_allocation_fails(made_of_json, &sources);
    assert_int_equal(unlink(sources.path), 0);
    buffer_release(&json);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reports_are_rendered),
      cmocka_unit_test(profiles_are_rendered),
      cmocka_unit_test(days_become_reports),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Writes the sample reports and profiles as pages: html_pages DIR. */
#include "../unit/report/profile_sample.h"
#include "../unit/report/sample.h"
#include "report/profile_render.h"
#include "report/render.h"

#include <stdio.h>
#include <stdlib.h>

static int write_file(const char *dir, const char *name, const struct buffer *page) {
  char path[4096];
  int n = snprintf(path, sizeof path, "%s/%s.html", dir, name);
  FILE *file = n > 0 && (size_t)n < sizeof path ? fopen(path, "wb") : NULL;
  if (!file) return 1;
  size_t written = fwrite(page->data, 1, page->len, file);
  return fclose(file) || written != page->len;
}

static int finish(const char *dir, const char *name, int r, struct buffer *page,
                  const struct ps_error *err) {
  if (r) (void)fprintf(stderr, "%s: %s\n", name, err->text);
  else r = write_file(dir, name, page);
  buffer_release(page);
  return r;
}

static int write_report(const char *dir, const char *name, enum sample sample,
                        const struct report_options *options) {
  struct ps_error err = {0};
  struct report report;
  struct buffer page = BUFFER_INIT;
  int r = sample_report(sample, options, &report, &err);
  if (!r) r = render_html(&report, &page, &err);
  report_release(&report);
  return finish(dir, name, r, &page, &err);
}

static int write_profile(const char *dir, const char *name, enum profile_sample sample,
                         bool show_ids) {
  struct ps_error err = {0};
  struct buffer page = BUFFER_INIT;
  struct ps_profile *profile = profile_sample_create(sample);
  if (!profile) return PS_E_MEMORY;
  struct profile_render_options options = {.show_ids = show_ids};
  int r = profile_render_html(profile, &options, &page, &err);
  profile_sample_free(profile);
  return finish(dir, name, r, &page, &err);
}

/* As many clients as there may be, and a field of more values than a table has. */
#define MANY_VALUES 5000u
struct many {
  struct ps_profile_client clients[PS_PROFILE_CLIENTS];
  struct ps_profile_value values[MANY_VALUES];
};

static int write_many(const char *dir) {
  struct ps_error err = {0};
  struct buffer page = BUFFER_INIT;
  struct ps_profile *profile = profile_sample_create(PROFILE_SAMPLE_SEVERAL);
  struct many *many = malloc(sizeof *many);
  int r = PS_E_MEMORY;
  if (profile && many) {
    struct ps_profile all = *profile;
    struct ps_profile_field field = profile->clients[0].fields[0];
    for (size_t i = 0; i < MANY_VALUES; i++) many->values[i] = field.values[0];
    field.values = many->values;
    field.n = MANY_VALUES;
    for (size_t i = 0; i < PS_PROFILE_CLIENTS; i++)
      many->clients[i] = profile->clients[i % profile->nclients];
    many->clients[0].fields = &field;
    many->clients[0].nfields = 1;
    all.clients = many->clients;
    all.nclients = PS_PROFILE_CLIENTS;
    r = profile_render_html(&all, &(struct profile_render_options){.show_ids = true}, &page, &err);
  }
  profile_sample_free(profile);
  free(many);
  return finish(dir, "profile-many", r, &page, &err);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    enum sample sample;
    struct report_options options;
  } pages[] = {{.name = "empty", .sample = SAMPLE_EMPTY},
               {.name = "absent",
                .sample = SAMPLE_POST,
                .options = {.from_given = true, .from = 20000, .to_given = true, .to = 20001}},
               {.name = "day", .sample = SAMPLE_DAY},
               {.name = "post", .sample = SAMPLE_POST, .options = {.show_ids = true}},
               {.name = "short", .sample = SAMPLE_POST, .options = {.type = "main"}},
               {.name = "year", .sample = SAMPLE_YEAR},
               {.name = "hostile", .sample = SAMPLE_HOSTILE, .options = {.show_ids = true}}};
  static const struct {
    const char *name;
    enum profile_sample sample;
    bool show_ids;
  } profiles[] = {{"profile-copies", PROFILE_SAMPLE_COPIES, false},
                  {"profile-shared", PROFILE_SAMPLE_SHARED, true},
                  {"profile-several", PROFILE_SAMPLE_SEVERAL, false},
                  {"profile-whole", PROFILE_SAMPLE_WHOLE, false},
                  {"profile-hostile", PROFILE_SAMPLE_HOSTILE, true},
                  {"profile-empty", PROFILE_SAMPLE_EMPTY, false}};
  int bad = argc != 2;
  for (size_t i = 0; !bad && i < sizeof pages / sizeof *pages; i++)
    bad = write_report(argv[1], pages[i].name, pages[i].sample, &pages[i].options) != 0;
  for (size_t i = 0; !bad && i < sizeof profiles / sizeof *profiles; i++)
    bad = write_profile(argv[1], profiles[i].name, profiles[i].sample, profiles[i].show_ids) != 0;
  return bad || write_many(argv[1]) != 0;
}

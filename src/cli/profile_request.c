#include "cli/profile_request.h"

#include "backfill/plan.h"
#include "base/error.h"
#include "base/retry.h"
#include "cli/account_options.h"
#include "cli/read_request.h"
#include "inputs/place.h"
#include "report/profile_render.h"
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the page ---- */

static int render(const void *content, const struct arguments *a, enum page_format format,
                  size_t table, const struct render_text_options *text, struct buffer *out,
                  struct ps_error *err) {
  const struct ps_profile *profile = content;
  const struct profile_render_options options = {.show_ids = a->show_ids, .text = *text};
  switch (format) {
  case PAGE_HTML: return profile_render_html(profile, &options, out, err);
  case PAGE_JSON: return profile_render_json(profile, &options, out, err);
  case PAGE_CSV: return profile_render_csv(profile, &options, table, out, err);
  case PAGE_TEXT:
  case PAGE_FORMATS: break;
  }
  return profile_render_text(profile, &options, out, err);
}

static const struct page_kind page_kind = {.file = "profile.html",
                                           .tables = profile_csv_tables,
                                           .table_name = profile_csv_name,
                                           .render = render};

/* ---- checks ---- */

static unsigned uses_of_standard_input(const struct arguments *a) {
  unsigned n = 0;
  for (size_t i = 0; i < a->operands; i++) n += !strcmp(a->operand[i], "-");
  n += !a->operands && !a->files_from;
  n += a->files_from && !strcmp(a->files_from, "-");
  n += a->client_file && !strcmp(a->client_file, "-");
  return n;
}

/* PINGSIEVE_STORE may be set for all commands, --store is meant for this one. */
static bool store_is_meant(const struct arguments *a) {
  const char *environment = getenv("PINGSIEVE_STORE");
  return a->store && !(environment && !strcmp(a->store, environment));
}

static int check_options(const struct arguments *a, struct ps_error *err) {
  if (a->null_separated && !a->files_from)
    return error_set(err, PS_E_ARGUMENT, "--null is about the names in --files-from");
  if (!a->flagged_day.n && store_is_meant(a))
    return error_set(err, PS_E_ARGUMENT,
                     "--store is for --flagged DAY: a profile is made from the pings in files");
  if (uses_of_standard_input(a) > 1)
    return error_set(err, PS_E_ARGUMENT,
                     "standard input can be read only once: as pings, as the list of --files-from "
                     "or as that of --client-file%s",
                     a->operands || a->files_from ? "" : " (no input was named)");
  return PS_OK;
}

/* Whether `path` is `dir` or lies below it; both are absolute and without links. */
static bool is_below(const char *path, const char *dir) {
  size_t len = strlen(dir);
  if (len == 1) return true; /* the root */
  return !strncmp(path, dir, len) && (path[len] == '/' || path[len] == '\0');
}

/* The system does not tell which file it is. */
static int unknown(const char *input, struct ps_error *err) {
  const int r = error_set_os(err, PS_E_INPUT, errno, "the input %s cannot be examined", input);
  error_append(err, INPUTS_AGAIN);
  return r;
}

/* A page among the pings would be taken for one of them next time, or would replace one now. */
static int check_input(const char *input, const char *output, const char *where,
                       struct ps_error *err) {
  struct stat in, out;
  char real[PATH_MAX] = "";
  if (RETRY(stat(input, &in))) {
    if (!error_passes(errno)) return PS_OK; /* the library tells it */
    return unknown(input, err);
  }
  bool is_input = RETRY(stat(output, &out)) == 0;
  if (!is_input && error_passes(errno))
    return error_set_os(err, PS_E_OUTPUT, errno, "--output %s cannot be examined", output);
  is_input = is_input && in.st_dev == out.st_dev && in.st_ino == out.st_ino;
  if (is_input && S_ISREG(in.st_mode))
    return error_set(err, PS_E_ARGUMENT,
                     "--output %s is an input: pings are never overwritten; write it elsewhere",
                     output);
  if (!S_ISDIR(in.st_mode)) return PS_OK;
  if (!place_resolve(input, real) && error_passes(errno)) return unknown(input, err);
  if (*real && is_below(where, real))
    return error_set(err, PS_E_ARGUMENT,
                     "--output %s lies in the input %s, where it would be taken for pings; write "
                     "it elsewhere",
                     output, input);
  return PS_OK;
}

static int check_output(const struct profile_request *request, const struct arguments *a,
                        struct ps_error *err) {
  int r = page_output_check(&request->output, err);
  if (r != PS_OK || page_output_is_standard(&request->output)) return r;
  char parent[PATH_MAX], where[PATH_MAX];
  (void)snprintf(parent, sizeof parent, "%s", a->output);
  /* Tables lie in the directory itself, where it is there already. */
  if (!(request->output.directory && place_resolve(a->output, where)) &&
      !place_resolve(dirname(parent), where)) /* it could be written, so it is there */
    return error_set_os(err, PS_E_OUTPUT, errno, "the directory of %s cannot be examined",
                        a->output);
  for (size_t i = 0; i < a->operands && r == PS_OK; i++)
    r = check_input(a->operand[i], a->output, where, err);
  return r;
}

/* Hours later would be a bad time to find that out. */
static int check_temp_dir(const char *dir, struct ps_error *err) {
  struct stat st;
  if (!dir) return PS_OK;
  int failed = RETRY(stat(dir, &st)) < 0             ? errno
               : !S_ISDIR(st.st_mode)                ? ENOTDIR
               : RETRY(access(dir, W_OK | X_OK)) < 0 ? errno
                                                     : 0;
  if (!failed) return PS_OK;
  return error_set_os(err, PS_E_OUTPUT, failed,
                      "no temporary files can be made in %s (--temp-dir or TMPDIR)", dir);
}

/* ---- the options ---- */

static void set_options(struct profile_request *r, const struct arguments *a, size_t nmeasures) {
  r->options = (struct ps_profile_options){
      .size = sizeof(struct ps_profile_options),
      .read = read_request_options(a, r->measures, nmeasures),
      .inputs = read_request_inputs(a, r->written),
      .strict = a->strict,
      .fields = read_request_list(&a->field),
      .top = (size_t)a->top.value,
      .values = (size_t)a->values.value,
      .memory = (size_t)a->memory.value,
      .temp_dir = a->temp_dir,
  };
}

int profile_request_make(struct profile_request *request, const struct arguments *a, int64_t now,
                         struct ps_error *err) {
  size_t nmeasures = 0;
  request->who.n = 0;
  request->written = NULL;
  int r = check_options(a, err);
  if (r == PS_OK) r = account_options_measures(a, request->measures, &nmeasures, err);
  if (r == PS_OK) r = page_output_choose(&request->output, &page_kind, a, err);
  if (r == PS_OK) r = check_output(request, a, err);
  if (r == PS_OK) r = page_output_paths(&request->output, &request->written, err);
  if (r == PS_OK) r = check_temp_dir(a->temp_dir, err);
  if (r == PS_OK) r = profile_who_read(&request->who, a, now, err);
  if (r != PS_OK) return r;
  set_options(request, a, nmeasures);
  request->options.clients = request->who.clients;
  request->options.nclients = request->who.n;
  return PS_OK;
}

void profile_request_release(struct profile_request *r) {
  free((void *)r->written);
  profile_who_release(&r->who);
}

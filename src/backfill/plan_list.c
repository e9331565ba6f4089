#include "backfill/plan.h"
#include "base/error.h"
#include "base/retry.h"
#include "inputs/examples.h"
#include "inputs/place.h"
#include "seen/place.h"
#include "sieve/outputs.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- outputs that collide ---- */

/* '/' is before all other bytes, so that what would lie below a name follows it. */
static int by_name(const void *a, const void *b) {
  const unsigned char *one = (const unsigned char *)(*(const struct input *const *)a)->name;
  const unsigned char *two = (const unsigned char *)(*(const struct input *const *)b)->name;
  while (*one && *one == *two) one++, two++;
  const int x = *one == '/' ? 1 : *one ? *one + 1 : 0, y = *two == '/' ? 1 : *two ? *two + 1 : 0;
  return x - y;
}

static int find_same_names(const struct inputs *inputs, struct ps_error *err) {
  struct examples same = {.n = 0};
  char text[EXAMPLES_TEXT];
  const struct input **sorted = malloc(inputs->n * sizeof(const struct input *));
  if (!sorted) return error_memory(err, inputs->n * sizeof(const struct input *));
  for (size_t i = 0; i < inputs->n; i++) sorted[i] = &inputs->entries[i];
  qsort(sorted, inputs->n, sizeof(const struct input *), by_name);
  for (size_t i = 1; i < inputs->n; i++) {
    const char *name = sorted[i - 1]->name, *next = sorted[i]->name;
    const size_t len = strlen(name);
    if (strncmp(name, next, len) == 0 && (next[len] == '\0' || next[len] == '/'))
      examples_add(&same, sorted[i - 1]->path, " and ", sorted[i]->path);
  }
  free(sorted);
  if (!same.n) return PS_OK;
  return error_set(err, PS_E_ARGUMENT,
                   "the outputs of two inputs would be in each other's place: %s. Give the "
                   "directory that holds both, or write /./ in front of the part of a path that is "
                   "to be kept",
                   examples_text(&same, text));
}

/* ---- files that are written beside the outputs ---- */

static bool are_nested(const char *a, const char *b) {
  size_t len = strlen(a), other = strlen(b);
  if (other < len) len = other;
  return !strncmp(a, b, len) && (!a[len] || a[len] == '/') && (!b[len] || b[len] == '/');
}

/* `out`: the real path of the output directory. */
static int check_not_output(const struct inputs *inputs, const char *path, const char *out,
                            struct ps_error *err) {
  char real[INPUT_PATH];
  if (place_real(path, real, PS_E_OUTPUT, NULL)) return PS_OK; /* opening it tells why */
  if (!place_is_inside(real, out) || !strcmp(real, out)) return PS_OK;
  const char *name = real + strlen(out);
  name += strspn(name, "/");
  for (size_t i = 0; i < inputs->n; i++)
    if (are_nested(name, inputs->entries[i].name))
      return inputs_refuse_written(path, "in the place of the output of", &inputs->entries[i], err);
  return PS_OK;
}

static int check_written_file(const struct inputs *inputs, const char *path, const char *out,
                              struct ps_error *err) {
  int r = inputs_check_written(inputs, path, err);
  return r || !out ? r : check_not_output(inputs, path, out, err);
}

static int check_written(const struct inputs *inputs, const struct ps_backfill_options *o,
                         struct ps_error *err) {
  const bool writes = !o->dry_run;
  char real[INPUT_PATH], *paths[OUTPUTS_PATHS];
  int r = writes ? place_real(o->out, real, PS_E_OUTPUT, err) : PS_OK;
  const char *out = writes ? real : NULL;
  for (const char *const *path = o->inputs.written; !r && path && *path; path++)
    r = check_written_file(inputs, *path, out, err);
  if (r || !writes) return r;
  r = outputs_paths(&o->sieve, paths, err);
  for (size_t i = 0; i < OUTPUTS_PATHS; i++) {
    if (!r && paths[i]) r = check_written_file(inputs, paths[i], out, err);
    free(paths[i]);
  }
  return r;
}

/* ---- where the output lies ---- */

static int lies_wrong(const char *what, const char *inner, const char *outer,
                      struct ps_error *err) {
  char one[SHORT_BYTES], two[SHORT_BYTES];
  return error_set(err, PS_E_ARGUMENT,
                   "%s: %s lies in %s. Name an output directory beside the inputs", what,
                   short_path(inner, one), short_path(outer, two));
}

static int check_operand(const char *path, const char *out, const char *store,
                         struct ps_error *err) {
  char real[INPUT_PATH], one[SHORT_BYTES], two[SHORT_BYTES];
  struct stat st;
  if (RETRY(stat(path, &st)) || !place_resolve(path, real)) {
    struct ps_error error;
    const int r = error_set_os(&error, PS_E_INPUT, errno, "cannot read %s", path);
    if (!error_is_passing(&error)) return PS_OK; /* a problem, and listed as such */
    if (err) *err = error;
    return r;
  }
  if (out && place_is_inside(real, out))
    return lies_wrong("an input is inside the output directory", path, out, err);
  if (!S_ISDIR(st.st_mode)) return PS_OK;
  if (out && place_is_inside(out, real))
    return lies_wrong("the output directory is inside an input", out, path, err);
  if (!place_is_inside(store, real)) return PS_OK;
  return error_set(
      err, PS_E_ARGUMENT,
      "the store %s lies in the input %s: its files would be taken for inputs. Keep it "
      "elsewhere, or name what is beside it",
      short_path(store, one), short_path(path, two));
}

/* By the directories that files were really found in: lists, links that were followed. */
static int check_entries(const struct inputs *inputs, const char *out, struct ps_error *err) {
  struct place_cache *cache = calloc(1, sizeof *cache);
  if (!cache) return error_memory(err, sizeof *cache);
  int r = PS_OK;
  for (size_t i = 0; i < inputs->n && !r; i++) {
    const struct input *entry = &inputs->entries[i];
    struct ps_error error;
    if (input_is_standard(entry)) continue;
    if (place_directory_of(cache, entry->path, &error)) {
      if (!error_is_passing(&error)) continue; /* told when it is worked on */
      if (err) *err = error;
      r = error.status;
    } else if (place_is_inside(cache->real, out))
      r = lies_wrong("an input is inside the output directory", entry->path, out, err);
  }
  free(cache);
  return r;
}

/* No output may take the name of a file of a store, the directory of which may be in the tree. */
static int check_not_store(const struct inputs *inputs, const char *out, const char *store,
                           struct ps_error *err) {
  char path[2 * INPUT_PATH], one[SHORT_BYTES], two[SHORT_BYTES];
  for (size_t i = 0; i < inputs->n; i++) {
    const struct input *entry = &inputs->entries[i];
    (void)snprintf(path, sizeof path, "%s/%s", strcmp(out, "/") != 0 ? out : "", entry->name);
    char *name = strrchr(path, '/');
    if (!place_is_own(name + 1)) continue;
    *name = '\0';
    if (!strcmp(path, store) || place_holds_store(path))
      return error_set(err, PS_E_ARGUMENT,
                       "the output of %s would have the name of a file of the store in %s. Name "
                       "another output directory",
                       short_path(entry->path, one), short_path(path, two));
  }
  return PS_OK;
}

static int check_places(const struct inputs *inputs, const struct ps_backfill_options *o,
                        struct ps_error *err) {
  char out[INPUT_PATH], store[INPUT_PATH];
  const bool writes = !o->dry_run;
  int r = PS_OK;
  if (writes && (!o->out || !*o->out))
    return error_set(err, PS_E_ARGUMENT, "there is no output directory: name one");
  if (writes) r = place_real(o->out, out, PS_E_OUTPUT, err);
  if (!r) r = place_real(o->sieve.store, store, PS_E_STORE, err);
  if (!r && writes) r = check_not_store(inputs, out, store, err);
  for (size_t i = 0; i < o->inputs.ninputs && !r; i++)
    if (strcmp(o->inputs.inputs[i], "-") != 0)
      r = check_operand(o->inputs.inputs[i], writes ? out : NULL, store, err);
  return r || !writes ? r : check_entries(inputs, out, err);
}

/* ---- the plan ---- */

static int check(void *context, const struct inputs *inputs, struct ps_error *err) {
  const struct ps_backfill_options *o = context;
  int r = find_same_names(inputs, err);
  if (!r) r = check_places(inputs, o, err);
  return r ? r : check_written(inputs, o, err);
}

int plan_list(struct plan *plan, const struct ps_backfill_options *options, int stop_fd,
              struct ps_error *err) {
  const struct inputs_options listing = {.inputs = &options->inputs,
                                         .names = true,
                                         .read = &options->sieve.read,
                                         .stop_fd = stop_fd,
                                         .check = check,
                                         .context = (void *)(uintptr_t)options};
  *plan = (struct plan){.resumed = false};
  int r = inputs_list(&plan->inputs, &listing, err);
  if (r) return r;
  plan->entries = calloc(plan->inputs.n, sizeof *plan->entries);
  if (!plan->entries) return error_memory(err, plan->inputs.n * sizeof *plan->entries);
  for (size_t i = 0; i < plan->inputs.n; i++)
    plan->entries[i] =
        (struct plan_entry){.input = &plan->inputs.entries[i], .state = PS_BACKFILL_WAITING};
  return PS_OK;
}

#include "backfill/arena.h"
#include "backfill/day_from.h"
#include "backfill/examples.h"
#include "backfill/names.h"
#include "backfill/peek.h"
#include "backfill/place.h"
#include "backfill/plan.h"
#include "base/error.h"
#include "base/retry.h"
#include "io/walk.h"
#include "seen/place.h"
#include "sieve/outputs.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where an entry comes from, while the list is made. */
struct origin {
  uint64_t device, inode;
  struct plan_entry *entry; /* once all are listed; until then they are in the same order */
  bool regular;
};

struct listing {
  struct plan *plan;
  const struct ps_backfill_options *options;
  int stop_fd;
  size_t cap;
  struct origin *origins;
  bool outputs; /* there will be some: entries need names for them */
  struct day_from day_from;
  struct peek *peek; /* NULL until the first file without a day in its path */
};

/* ---- listing ---- */

static int reserve(struct listing *l, struct ps_error *err) {
  struct plan *plan = l->plan;
  if (plan->n == PS_INPUTS_MAX)
    return error_set(err, PS_E_ARGUMENT, "there are more than %u inputs: name fewer at a time",
                     PS_INPUTS_MAX);
  if (plan->n < l->cap) return PS_OK;
  const size_t cap = l->cap ? 2 * l->cap : 64;
  struct plan_entry *entries = realloc(plan->entries, cap * sizeof *entries);
  if (entries) plan->entries = entries;
  struct origin *origins = entries ? realloc(l->origins, cap * sizeof *origins) : NULL;
  if (!origins) return error_memory(err, cap * (sizeof *entries + sizeof *origins));
  l->origins = origins;
  l->cap = cap;
  return PS_OK;
}

static int add(struct listing *l, const char *path, const char *name, const struct stat *st,
               struct ps_error *err) {
  struct plan *plan = l->plan;
  const size_t path_len = strlen(path), name_len = strlen(name);
  int r = reserve(l, err);
  if (r) return r;
  if (!name_len && l->outputs)
    return error_set(err, PS_E_ARGUMENT, "no output can be named after %s: name a file", path);
  struct plan_entry entry = {.day = RECORD_NO_DAY, .state = PS_BACKFILL_WAITING};
  entry.path = arena_text(plan->arena, path, path_len, err);
  if (!entry.path) return PS_E_MEMORY;
  /* Most names are the ends of their paths. */
  const bool shared = name_len <= path_len && strcmp(path + path_len - name_len, name) == 0;
  entry.name =
      shared ? entry.path + path_len - name_len : arena_text(plan->arena, name, name_len, err);
  if (!entry.name) return PS_E_MEMORY;
  day_t day;
  if (st && day_from_path(&l->day_from, path, &day)) {
    entry.day = day;
    entry.day_given = true;
  }
  const bool regular = st && S_ISREG(st->st_mode);
  entry.piped = !regular;
  entry.bytes = regular ? (uint64_t)st->st_size : 0;
  plan->bytes += entry.bytes;
  l->origins[plan->n] = (struct origin){
      .device = st ? st->st_dev : 0, .inode = st ? st->st_ino : 0, .regular = regular};
  plan->entries[plan->n++] = entry;
  return PS_OK;
}

static int visit(void *context, const struct walk_entry *entry, struct ps_error *err) {
  struct listing *l = context;
  if (entry->problem)
    return plan_add_problem(l->plan, entry->path, UINT64_MAX, entry->problem, err);
  if (strlen(entry->path) < RECORD_PATH && strlen(entry->name) < RECORD_PATH)
    return add(l, entry->path, entry->name, entry->stat, err);
  struct ps_error problem;
  (void)error_set(&problem, PS_E_INPUT, "%.200s... has a path of more than %u bytes", entry->path,
                  RECORD_PATH - 1);
  return plan_add_problem(l->plan, entry->path, UINT64_MAX, problem.text, err);
}

static int list_name(void *context, const char *name, struct ps_error *err) {
  struct listing *l = context;
  if (strcmp(name, "-") == 0)
    return error_set(err, PS_E_ARGUMENT,
                     "the list %s names '-': standard input is given as an input, and a file of "
                     "that name is written ./-",
                     l->options->files_from);
  return walk(name, l->outputs ? WALK_LIST : WALK_OPERAND, l->options->follow, l->stop_fd, visit, l,
              err);
}

static int list_all(struct listing *l, struct ps_error *err) {
  const struct ps_backfill_options *o = l->options;
  unsigned standard = o->files_from && strcmp(o->files_from, "-") == 0;
  int r = PS_OK;
  for (size_t i = 0; i < o->ninputs; i++) standard += strcmp(o->inputs[i], "-") == 0;
  if (standard > 1)
    return error_set(err, PS_E_ARGUMENT,
                     "standard input can be read only once: it is named as '-' %u times", standard);
  for (size_t i = 0; i < o->ninputs && !r; i++)
    r = strcmp(o->inputs[i], "-") == 0
            ? add(l, "-", "stdin", NULL, err)
            : walk(o->inputs[i], WALK_OPERAND, o->follow, l->stop_fd, visit, l, err);
  if (!r && o->files_from)
    r = names_each(o->files_from, o->null_separated, l->stop_fd, list_name, l, err);
  return r;
}

static int nothing_listed(const struct listing *l, struct ps_error *err) {
  const struct ps_backfill_options *o = l->options;
  if (l->plan->nproblems)
    return error_set(err, PS_E_ARGUMENT, "there is no file to work on: %s",
                     l->plan->problems[0].text);
  if (!o->ninputs && !o->files_from)
    return error_set(err, PS_E_ARGUMENT,
                     "there is no input: name files or directories, or a list of files");
  char text[SHORT_BYTES];
  return error_set(err, PS_E_ARGUMENT, "there is no file in %s: nothing to do",
                   short_path(o->ninputs ? o->inputs[0] : o->files_from, text));
}

/* ---- days and order ---- */

static bool is_stopped(int stop_fd) {
  struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
  return stop_fd >= 0 && poll(&stop, 1, 0) > 0;
}

static int find_days(struct listing *l, struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < l->plan->n && !r; i++) {
    struct plan_entry *entry = l->origins[i].entry;
    bool found;
    day_t day;
    if (entry->day_given || !l->origins[i].regular) continue;
    if (is_stopped(l->stop_fd))
      return error_set(err, PS_E_STOPPED, "stopped while looking for the days of the inputs");
    if (!l->peek) r = peek_create(&l->options->sieve, &l->peek, err);
    if (!r) r = peek_day(l->peek, entry->path, l->stop_fd, &found, &day, err);
    if (!r && found) entry->day = day;
  }
  return r;
}

static int by_day_and_path(const void *a, const void *b) {
  const struct plan_entry *one = a, *two = b;
  if (one->day != two->day) return one->day < two->day ? -1 : 1;
  return strcmp(one->path, two->path);
}

void plan_sort(struct plan *plan) {
  qsort(plan->entries, plan->n, sizeof *plan->entries, by_day_and_path);
}

/* ---- collisions ---- */

static int by_file(const void *a, const void *b) {
  const struct origin *one = a, *two = b;
  if (one->device != two->device) return one->device < two->device ? -1 : 1;
  if (one->inode != two->inode) return one->inode < two->inode ? -1 : 1;
  return strcmp(one->entry->path, two->entry->path);
}

static int find_twins(struct listing *l, struct ps_error *err) {
  struct examples twins = {.n = 0};
  char text[EXAMPLES_TEXT];
  int r = PS_OK;
  for (size_t i = 0; i < l->plan->n; i++) l->origins[i].entry = &l->plan->entries[i];
  qsort(l->origins, l->plan->n, sizeof *l->origins, by_file);
  for (size_t i = 1; i < l->plan->n && !r; i++) {
    const struct origin *a = &l->origins[i - 1], *b = &l->origins[i];
    bool empty = false;
    if (a->device != b->device || a->inode != b->inode || !b->regular) continue;
    /* An empty one has no pings that could come twice, and a pipe never gives any twice. */
    r = peek_empty(b->entry->path, l->stop_fd, &empty, err);
    if (!r && !empty) examples_add(&twins, a->entry->path, " and ", b->entry->path);
  }
  if (r || !twins.n) return r;
  return error_set(
      err, PS_E_ARGUMENT,
      "the same file is given twice: %s. Its second copy would be all duplicates: name "
      "it once",
      examples_text(&twins, text));
}

/* '/' is before all other bytes, so that what would lie below a name follows it. */
static int by_name(const void *a, const void *b) {
  const unsigned char *one = (const unsigned char *)(*(const struct plan_entry *const *)a)->name;
  const unsigned char *two = (const unsigned char *)(*(const struct plan_entry *const *)b)->name;
  while (*one && *one == *two) one++, two++;
  const int x = *one == '/' ? 1 : *one ? *one + 1 : 0, y = *two == '/' ? 1 : *two ? *two + 1 : 0;
  return x - y;
}

static int find_same_names(const struct plan *plan, struct ps_error *err) {
  struct examples same = {.n = 0};
  char text[EXAMPLES_TEXT];
  const struct plan_entry **sorted = malloc(plan->n * sizeof(const struct plan_entry *));
  if (!sorted) return error_memory(err, plan->n * sizeof(const struct plan_entry *));
  for (size_t i = 0; i < plan->n; i++) sorted[i] = &plan->entries[i];
  qsort(sorted, plan->n, sizeof(const struct plan_entry *), by_name);
  for (size_t i = 1; i < plan->n; i++) {
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

static int refuse_written(const char *path, const char *what, const struct plan_entry *entry,
                          struct ps_error *err) {
  char one[SHORT_BYTES], two[SHORT_BYTES];
  const char *written = strcmp(path, "/dev/stdout") == 0 ? "standard output" : path;
  const char *other = plan_is_standard_input(entry) ? "standard input" : entry->path;
  return error_set(err, PS_E_ARGUMENT,
                   "%s would be written by this run, and is %s %s: name another file",
                   short_path(written, one), what, short_path(other, two));
}

/* An input that grows while it is read, or is replaced after it. Lists and links that are followed
 * lead to files that nobody has named. */
static int check_not_input(const struct listing *l, const char *path, struct ps_error *err) {
  struct stat st, in;
  if (RETRY(stat(path, &st))) {
    if (!error_passes(errno)) return PS_OK; /* it is not there, or opening it tells why */
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot write %s", path);
  }
  if (!S_ISREG(st.st_mode)) return PS_OK;
  for (size_t i = 0; i < l->plan->n; i++) {
    const struct origin *origin = &l->origins[i];
    bool same = origin->regular && origin->inode == st.st_ino && origin->device == st.st_dev;
    if (plan_is_standard_input(origin->entry))
      same = !RETRY(fstat(STDIN_FILENO, &in)) && in.st_ino == st.st_ino && in.st_dev == st.st_dev;
    if (same) return refuse_written(path, "the input", origin->entry, err);
  }
  return PS_OK;
}

static bool are_nested(const char *a, const char *b) {
  size_t len = strlen(a), other = strlen(b);
  if (other < len) len = other;
  return !strncmp(a, b, len) && (!a[len] || a[len] == '/') && (!b[len] || b[len] == '/');
}

/* `out`: the real path of the output directory. */
static int check_not_output(const struct plan *plan, const char *path, const char *out,
                            struct ps_error *err) {
  char real[RECORD_PATH];
  if (place_real(path, real, PS_E_OUTPUT, NULL)) return PS_OK; /* opening it tells why */
  if (!place_is_inside(real, out) || !strcmp(real, out)) return PS_OK;
  const char *name = real + strlen(out);
  name += strspn(name, "/");
  for (size_t i = 0; i < plan->n; i++)
    if (are_nested(name, plan->entries[i].name))
      return refuse_written(path, "in the place of the output of", &plan->entries[i], err);
  return PS_OK;
}

static int check_written_file(const struct listing *l, const char *path, const char *out,
                              struct ps_error *err) {
  int r = check_not_input(l, path, err);
  return r || !out ? r : check_not_output(l->plan, path, out, err);
}

static int check_written(const struct listing *l, struct ps_error *err) {
  const struct ps_backfill_options *o = l->options;
  const bool writes = l->outputs && !o->dry_run;
  char real[RECORD_PATH], *paths[OUTPUTS_PATHS];
  int r = writes ? place_real(o->out, real, PS_E_OUTPUT, err) : PS_OK;
  const char *out = writes ? real : NULL;
  for (const char *const *path = o->written; !r && path && *path; path++)
    r = check_written_file(l, *path, out, err);
  if (r || !writes) return r;
  r = outputs_paths(&o->sieve, paths, err);
  for (size_t i = 0; i < OUTPUTS_PATHS; i++) {
    if (!r && paths[i]) r = check_written_file(l, paths[i], out, err);
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
  char real[RECORD_PATH], one[SHORT_BYTES], two[SHORT_BYTES];
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
static int check_entries(const struct plan *plan, const char *out, struct ps_error *err) {
  struct place_cache *cache = calloc(1, sizeof *cache);
  if (!cache) return error_memory(err, sizeof *cache);
  int r = PS_OK;
  for (size_t i = 0; i < plan->n && !r; i++) {
    const struct plan_entry *entry = &plan->entries[i];
    struct ps_error error;
    if (plan_is_standard_input(entry)) continue;
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
static int check_not_store(const struct plan *plan, const char *out, const char *store,
                           struct ps_error *err) {
  char path[2 * RECORD_PATH], one[SHORT_BYTES], two[SHORT_BYTES];
  for (size_t i = 0; i < plan->n; i++) {
    const struct plan_entry *entry = &plan->entries[i];
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

static int check_places(const struct plan *plan, const struct ps_backfill_options *o,
                        struct ps_error *err) {
  char out[RECORD_PATH], store[RECORD_PATH];
  const bool writes = !o->dry_run;
  int r = PS_OK;
  if (writes && (!o->out || !*o->out))
    return error_set(err, PS_E_ARGUMENT, "there is no output directory: name one");
  if (writes) r = place_real(o->out, out, PS_E_OUTPUT, err);
  if (!r) r = place_real(o->sieve.store, store, PS_E_STORE, err);
  if (!r && writes) r = check_not_store(plan, out, store, err);
  for (size_t i = 0; i < o->ninputs && !r; i++)
    if (strcmp(o->inputs[i], "-") != 0)
      r = check_operand(o->inputs[i], writes ? out : NULL, store, err);
  return r || !writes ? r : check_entries(plan, out, err);
}

static int list(struct plan *plan, const struct ps_backfill_options *options, bool outputs,
                int stop_fd, struct ps_error *err) {
  struct listing listing = {
      .plan = plan, .options = options, .outputs = outputs, .stop_fd = stop_fd};
  *plan = (struct plan){.n = 0};
  int r = day_from_init(&listing.day_from, options->day_from, err);
  if (!r) r = arena_create(&plan->arena, err);
  if (!r) r = list_all(&listing, err);
  if (!r && !plan->n) r = nothing_listed(&listing, err);
  if (!r) r = find_twins(&listing, err);
  if (!r && outputs) r = find_same_names(plan, err);
  if (!r && outputs) r = check_places(plan, options, err);
  if (!r) r = check_written(&listing, err);
  if (r) goto out;
  r = find_days(&listing, err);
  if (!r) plan_sort(plan);
out:
  peek_free(listing.peek);
  free(listing.origins);
  day_from_release(&listing.day_from);
  return r;
}

int plan_list(struct plan *plan, const struct ps_backfill_options *options, int stop_fd,
              struct ps_error *err) {
  return list(plan, options, true, stop_fd, err);
}

int plan_inputs(struct plan *plan, const struct ps_backfill_options *options, int stop_fd,
                struct ps_error *err) {
  return list(plan, options, false, stop_fd, err);
}

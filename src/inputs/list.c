#include "inputs/inputs.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/retry.h"
#include "inputs/day_from.h"
#include "inputs/examples.h"
#include "inputs/names.h"
#include "inputs/peek.h"
#include "inputs/walk.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct listing {
  struct inputs *inputs;
  const struct inputs_options *options;
  size_t cap;
  struct day_from day_from;
  struct peek *peek; /* NULL until the first file without a day in its path */
};

/* ---- listing ---- */

static int reserve(struct listing *l, struct ps_error *err) {
  struct inputs *inputs = l->inputs;
  if (inputs->n == PS_INPUTS_MAX)
    return error_set(err, PS_E_ARGUMENT, "there are more than %u inputs: name fewer at a time",
                     PS_INPUTS_MAX);
  if (inputs->n < l->cap) return PS_OK;
  const size_t cap = l->cap ? 2 * l->cap : 64;
  struct input *entries = realloc(inputs->entries, cap * sizeof *entries);
  if (entries) inputs->entries = entries;
  struct origin *origins = entries ? realloc(l->inputs->origins, cap * sizeof *origins) : NULL;
  if (!origins) return error_memory(err, cap * (sizeof *entries + sizeof *origins));
  l->inputs->origins = origins;
  l->cap = cap;
  return PS_OK;
}

static int add(struct listing *l, const char *path, const char *name, const struct stat *st,
               struct ps_error *err) {
  struct inputs *inputs = l->inputs;
  const size_t path_len = strlen(path), name_len = strlen(name);
  int r = reserve(l, err);
  if (r) return r;
  if (!name_len && l->options->names)
    return error_set(err, PS_E_ARGUMENT, "no output can be named after %s: name a file", path);
  struct input entry = {.day = INPUT_NO_DAY};
  entry.path = arena_text(inputs->arena, path, path_len, err);
  if (!entry.path) return PS_E_MEMORY;
  /* Most names are the ends of their paths. */
  const bool shared = name_len <= path_len && strcmp(path + path_len - name_len, name) == 0;
  entry.name =
      shared ? entry.path + path_len - name_len : arena_text(inputs->arena, name, name_len, err);
  if (!entry.name) return PS_E_MEMORY;
  const bool told = !l->options->as_given || l->options->inputs->day_from;
  day_t day;
  if (st && told && day_from_path(&l->day_from, path, &day)) {
    entry.day = day;
    entry.day_given = true;
  }
  const bool regular = st && S_ISREG(st->st_mode);
  entry.piped = !regular;
  entry.bytes = regular ? (uint64_t)st->st_size : 0;
  inputs->bytes += entry.bytes;
  l->inputs->origins[inputs->n] = (struct origin){
      .device = st ? st->st_dev : 0, .inode = st ? st->st_ino : 0, .regular = regular};
  inputs->entries[inputs->n++] = entry;
  return PS_OK;
}

static int visit(void *context, const struct walk_entry *entry, struct ps_error *err) {
  struct listing *l = context;
  if (entry->problem)
    return inputs_add_problem(l->inputs, entry->path, UINT64_MAX, entry->problem, err);
  if (strlen(entry->path) < INPUT_PATH && strlen(entry->name) < INPUT_PATH)
    return add(l, entry->path, entry->name, entry->stat, err);
  struct ps_error problem;
  (void)error_set(&problem, PS_E_INPUT, "%.200s... has a path of more than %u bytes", entry->path,
                  INPUT_PATH - 1);
  return inputs_add_problem(l->inputs, entry->path, UINT64_MAX, problem.text, err);
}

/* A file as it is given; "-" is standard input. */
static int list_given(struct listing *l, const char *name, struct ps_error *err) {
  struct stat st;
  int r = input_look(name, &st, err);
  return r ? r : add(l, name, "", &st, err);
}

static int list_name(void *context, const char *name, struct ps_error *err) {
  struct listing *l = context;
  if (strcmp(name, "-") == 0)
    return error_set(err, PS_E_ARGUMENT,
                     "the list %s names '-': standard input is given as an input, and a file of "
                     "that name is written ./-",
                     l->options->inputs->files_from);
  if (l->options->as_given) return list_given(l, name, err);
  return walk(name, l->options->names ? WALK_LIST : WALK_OPERAND, l->options->inputs->follow,
              l->options->stop_fd, visit, l, err);
}

static int list_all(struct listing *l, struct ps_error *err) {
  const struct ps_inputs *o = l->options->inputs;
  unsigned standard = o->files_from && strcmp(o->files_from, "-") == 0;
  int r = PS_OK;
  for (size_t i = 0; i < o->ninputs; i++) standard += strcmp(o->inputs[i], "-") == 0;
  if (standard > 1)
    return error_set(err, PS_E_ARGUMENT,
                     "standard input can be read only once: it is named as '-' %u times", standard);
  for (size_t i = 0; i < o->ninputs && !r; i++)
    if (strcmp(o->inputs[i], "-") == 0) r = add(l, "-", "stdin", NULL, err);
    else if (l->options->as_given) r = list_given(l, o->inputs[i], err);
    else r = walk(o->inputs[i], WALK_OPERAND, o->follow, l->options->stop_fd, visit, l, err);
  if (!r && o->files_from)
    r = names_each(o->files_from, o->null_separated, l->options->stop_fd, list_name, l, err);
  return r;
}

static int nothing_listed(const struct listing *l, struct ps_error *err) {
  const struct ps_inputs *o = l->options->inputs;
  if (l->inputs->nproblems)
    return error_set(err, PS_E_ARGUMENT, "there is no file to work on: %s",
                     l->inputs->problems[0].text);
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
  for (size_t i = 0; i < l->inputs->n && !r; i++) {
    struct input *entry = l->inputs->origins[i].entry;
    bool found;
    day_t day;
    if (entry->day_given || !l->inputs->origins[i].regular) continue;
    if (is_stopped(l->options->stop_fd))
      return error_set(err, PS_E_STOPPED, "stopped while looking for the days of the inputs");
    if (!l->peek) r = peek_create(l->options->read, &l->peek, err);
    if (!r) r = peek_day(l->peek, entry->path, l->options->stop_fd, &found, &day, err);
    if (!r && found) entry->day = day;
  }
  return r;
}

int input_order(const struct input *one, const struct input *two) {
  if (one->day != two->day) return one->day < two->day ? -1 : 1;
  return strcmp(one->path, two->path);
}

static int by_order(const void *a, const void *b) { return input_order(a, b); }

static void sort(struct inputs *inputs) {
  qsort(inputs->entries, inputs->n, sizeof *inputs->entries, by_order);
}

/* ---- files that are given twice, or written ---- */

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
  for (size_t i = 0; i < l->inputs->n; i++) l->inputs->origins[i].entry = &l->inputs->entries[i];
  qsort(l->inputs->origins, l->inputs->n, sizeof *l->inputs->origins, by_file);
  for (size_t i = 1; i < l->inputs->n && !r && !l->options->as_given; i++) {
    const struct origin *a = &l->inputs->origins[i - 1], *b = &l->inputs->origins[i];
    bool empty = false;
    if (a->device != b->device || a->inode != b->inode || !b->regular) continue;
    /* An empty one has no pings that could come twice, and a pipe never gives any twice. */
    r = peek_empty(b->entry->path, l->options->stop_fd, &empty, err);
    if (!r && !empty) examples_add(&twins, a->entry->path, " and ", b->entry->path);
  }
  if (r || !twins.n) return r;
  return error_set(
      err, PS_E_ARGUMENT,
      "the same file is given twice: %s. Its second copy would be all duplicates: name "
      "it once",
      examples_text(&twins, text));
}

int inputs_refuse_written(const char *path, const char *what, const struct input *input,
                          struct ps_error *err) {
  char one[SHORT_BYTES], two[SHORT_BYTES];
  const char *written = strcmp(path, "/dev/stdout") == 0 ? "standard output" : path;
  const char *other = input_name(input);
  return error_set(err, PS_E_ARGUMENT,
                   "%s would be written by this run, and is %s %s: name another file",
                   short_path(written, one), what, short_path(other, two));
}

/* An input that grows while it is read, or is replaced after it. Lists and links that are followed
 * lead to files that nobody has named. */
int inputs_check_written(const struct inputs *inputs, const char *path, struct ps_error *err) {
  struct stat st, in;
  if (RETRY(stat(path, &st))) {
    if (!error_passes(errno)) return PS_OK; /* it is not there, or opening it tells why */
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot write %s", path);
  }
  if (!S_ISREG(st.st_mode)) return PS_OK;
  for (size_t i = 0; i < inputs->n; i++) {
    const struct origin *origin = &inputs->origins[i];
    bool same = origin->regular && origin->inode == st.st_ino && origin->device == st.st_dev;
    if (input_is_standard(origin->entry))
      same = !RETRY(fstat(STDIN_FILENO, &in)) && in.st_ino == st.st_ino && in.st_dev == st.st_dev;
    if (same) return inputs_refuse_written(path, "the input", origin->entry, err);
  }
  return PS_OK;
}

static int check_all_written(const struct inputs *inputs, const char *const *written,
                             struct ps_error *err) {
  int r = PS_OK;
  for (; !r && written && *written; written++) r = inputs_check_written(inputs, *written, err);
  return r;
}

/* ---- all of it ---- */

static int check(const struct listing *l, struct ps_error *err) {
  const struct inputs_options *o = l->options;
  return o->check ? o->check(o->context, l->inputs, err)
                  : check_all_written(l->inputs, o->inputs->written, err);
}

int inputs_list(struct inputs *inputs, const struct inputs_options *options, struct ps_error *err) {
  struct listing l = {.inputs = inputs, .options = options};
  *inputs = (struct inputs){.n = 0};
  int r = day_from_init(&l.day_from, options->inputs->day_from, err);
  if (!r) r = arena_create(&inputs->arena, err);
  if (!r) r = list_all(&l, err);
  if (!r && !inputs->n) r = nothing_listed(&l, err);
  if (!r) r = find_twins(&l, err);
  if (!r) r = check(&l, err);
  if (!r && !options->as_given) r = find_days(&l, err);
  if (!r && !options->as_given) sort(inputs);
  peek_free(l.peek);
  free(inputs->origins);
  inputs->origins = NULL;
  day_from_release(&l.day_from);
  return r;
}

#include "cli/page_output.h"

#include "base/directory.h"
#include "base/error.h"
#include "base/retry.h"
#include "cli/file_use.h"
#include "cli/message.h"
#include "cli/replace.h"
#include "cli/spelling.h"
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const format_names[PAGE_FORMATS] = {"text", "html", "json", "csv"};

bool page_output_is_standard(const struct page_output *o) {
  const char *output = o->arguments->output;
  return !output || !strcmp(output, "-");
}

/* ---- the arguments ---- */

static int unknown_word(const char *option, const char *word, const char *best,
                        struct ps_error *err) {
  if (*best)
    return error_set(err, PS_E_ARGUMENT, "%s knows no '%s': did you mean '%s'?", option, word,
                     best);
  return error_set(err, PS_E_ARGUMENT, "%s knows no '%s': see --help", option, word);
}

static int choose_named_format(const char *word, enum page_format *format, struct ps_error *err) {
  struct spelling spelling;
  spelling_begin(&spelling, word);
  for (size_t i = 0; i < PAGE_FORMATS; i++) {
    if (!strcmp(word, format_names[i])) {
      *format = (enum page_format)i;
      return PS_OK;
    }
    spelling_offer(&spelling, format_names[i]);
  }
  return unknown_word("--format", word, spelling.best, err);
}

static bool ends_in(const char *text, const char *end) {
  size_t len = strlen(text), n = strlen(end);
  return len > n && !strcasecmp(text + len - n, end);
}

static int choose_format(struct page_output *o, struct ps_error *err) {
  const struct arguments *a = o->arguments;
  if (a->format) {
    int r = choose_named_format(a->format, &o->format, err);
    if (r == PS_OK && a->json && o->format != PAGE_JSON)
      return error_set(err, PS_E_ARGUMENT, "--json and --format %s are two formats", a->format);
    return r;
  }
  bool file = !page_output_is_standard(o);
  if (a->json || (file && ends_in(a->output, ".json"))) o->format = PAGE_JSON;
  else if (file && (ends_in(a->output, ".html") || ends_in(a->output, ".htm")))
    o->format = PAGE_HTML;
  else if (a->table || (file && ends_in(a->output, ".csv"))) o->format = PAGE_CSV;
  return PS_OK;
}

static int choose_table(struct page_output *o, struct ps_error *err) {
  const struct arguments *a = o->arguments;
  const struct page_kind *kind = o->kind;
  o->directory = o->format == PAGE_CSV && !page_output_is_standard(o) && !a->table &&
                 !ends_in(a->output, ".csv");
  if (!a->table) return PS_OK;
  if (o->format != PAGE_CSV)
    return error_set(err, PS_E_ARGUMENT, "--table chooses one of the tables of --format csv");
  struct spelling spelling;
  spelling_begin(&spelling, a->table);
  for (o->table = 0; o->table < kind->tables(); o->table++) {
    if (!strcmp(a->table, kind->table_name(o->table))) return PS_OK;
    spelling_offer(&spelling, kind->table_name(o->table));
  }
  return unknown_word("--table", a->table, spelling.best, err);
}

int page_output_choose(struct page_output *o, const struct page_kind *kind,
                       const struct arguments *arguments, struct ps_error *err) {
  *o = (struct page_output){.kind = kind, .arguments = arguments, .format = PAGE_TEXT};
  int r = choose_format(o, err);
  if (r == PS_OK) r = choose_table(o, err);
  if (r != PS_OK) return r;
  if (o->format == PAGE_HTML && page_output_is_standard(o) && terminal_is(STDOUT_FILENO))
    return error_set(err, PS_E_ARGUMENT,
                     "the page is not for a terminal: write it to a file with -o %s", kind->file);
  return PS_OK;
}

/* ---- before ---- */

static int check_directory(const char *path, struct ps_error *err) {
  struct stat st;
  const bool exists = RETRY(stat(path, &st)) == 0;
  if (!exists && error_passes(errno))
    return error_set_os(err, PS_E_OUTPUT, errno, "directory %s cannot be examined", path);
  if (exists) {
    if (!S_ISDIR(st.st_mode))
      return error_set(err, PS_E_OUTPUT,
                       "%s is a file; all tables want a directory, one table is chosen by --table",
                       path);
    if (RETRY(access(path, W_OK | X_OK)) < 0)
      return error_set_os(err, PS_E_OUTPUT, errno, "directory %s cannot be written", path);
    replace_clear(path);
    return PS_OK;
  }
  char parent[PATH_MAX];
  int n = snprintf(parent, sizeof parent, "%s", path);
  if (n < 0 || (size_t)n >= sizeof parent)
    return error_set(err, PS_E_OUTPUT, "the name of directory %s is too long", path);
  const char *above = dirname(parent);
  if (RETRY(access(above, W_OK | X_OK)) == 0) return PS_OK;
  return error_set_os(err, PS_E_OUTPUT, errno, "directory %s cannot be made", path);
}

/* The page replaces its file: that must be none which the command reads, or the store's. */
static int check_use(const struct arguments *a, struct ps_error *err) {
  const struct file_use uses[] = {{"--output", a->output, -1, FILE_WRITTEN},
                                  {"--config", a->config, -1, FILE_READ},
                                  {"--client-file", a->client_file, -1, FILE_READ},
                                  {"--files-from", a->files_from, -1, FILE_READ}};
  int r = file_use_check(uses, sizeof uses / sizeof uses[0], a->store, err);
  for (size_t i = 0; a->from_json && i < a->operands && r == PS_OK; i++) {
    const struct file_use report[] = {uses[0], {"--from-json", a->operand[i], -1, FILE_READ}};
    r = file_use_check(report, 2, NULL, err);
  }
  return r;
}

int page_output_check(const struct page_output *o, struct ps_error *err) {
  if (page_output_is_standard(o)) return PS_OK;
  int r = o->directory ? PS_OK : check_use(o->arguments, err);
  if (r != PS_OK) return r;
  return o->directory ? check_directory(o->arguments->output, err)
                      : replace_check(o->arguments->output, err);
}

int page_output_paths(const struct page_output *o, const char *const **paths,
                      struct ps_error *err) {
  const char *output = page_output_is_standard(o) ? "/dev/stdout" : o->arguments->output;
  size_t n = o->directory ? o->kind->tables() : 1, len = strlen(output) + 1;
  for (size_t i = 0; i < n && o->directory; i++) {
    size_t bytes = strlen(output) + strlen(o->kind->table_name(i)) + sizeof "/.csv";
    if (bytes > len) len = bytes;
  }
  size_t pointers = (n + 1) * sizeof(char *);
  const char **list = malloc(pointers + n * len);
  if (!list) return error_memory(err, pointers + n * len);
  char *text = (char *)list + pointers;
  for (size_t i = 0; i < n; i++, text += len) {
    if (o->directory) (void)snprintf(text, len, "%s/%s.csv", output, o->kind->table_name(i));
    else (void)snprintf(text, len, "%s", output);
    list[i] = text;
  }
  list[n] = NULL;
  *paths = list;
  return PS_OK;
}

/* ---- rendering ---- */

/* Whether the locale's characters are UTF-8, without being in it: the program never sets one. */
static bool locale_is_utf8(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = getenv(names[i]);
    if (value && *value) return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
  }
  return false;
}

int page_output_render(const struct page_output *o, const void *content, struct page *page,
                       struct ps_error *err) {
  const struct arguments *a = o->arguments;
  bool standard = page_output_is_standard(o);
  struct render_text_options text = {.width = a->width.given
                                                  ? (unsigned)a->width.value
                                                  : terminal_width(standard ? STDOUT_FILENO : -1),
                                     .colour = standard && terminal_has_colour(STDOUT_FILENO),
                                     .ascii = !locale_is_utf8()};
  size_t n = o->directory ? o->kind->tables() : 1;
  *page = (struct page)PAGE_INIT;
  page->files = calloc(n, sizeof *page->files);
  if (!page->files) return error_memory(err, n * sizeof *page->files);
  page->n = n;
  int r = PS_OK;
  for (size_t i = 0; i < n && r == PS_OK; i++)
    r = o->kind->render(content, a, o->format, o->directory ? i : o->table, &text, &page->files[i],
                        err);
  return r;
}

void page_release(struct page *page) {
  for (size_t i = 0; i < page->n; i++) buffer_release(&page->files[i]);
  free(page->files);
  *page = (struct page)PAGE_INIT;
}

/* ---- writing ---- */

static int begin_table(const struct page_output *o, size_t table, const struct buffer *text,
                       struct replacement *file, struct ps_error *err) {
  char path[PATH_MAX];
  const char *dir = o->arguments->output;
  int n = snprintf(path, sizeof path, "%s/%s.csv", dir, o->kind->table_name(table));
  if (n < 0 || (size_t)n >= sizeof path)
    return error_set(err, PS_E_OUTPUT, "the name of directory %s is too long", dir);
  int r = replace_begin(file, path, REPLACE_WAIT, err);
  return r == PS_OK ? replace_write(file, text->data, text->len, err) : r;
}

/* All tables are written before the first one gets its name. */
static int write_tables(const struct page_output *o, const struct page *page,
                        struct ps_error *err) {
  const char *dir = o->arguments->output;
  if (RETRY(mkdir(dir, 0777)) == 0) {
    if (directory_sync_above(dir) < 0)
      return error_set_os(err, PS_E_OUTPUT, errno, "the directory of %s cannot be synced", dir);
  } else if (errno != EEXIST) {
    return error_set_os(err, PS_E_OUTPUT, errno, "directory %s cannot be made", dir);
  }
  struct replacement *files = calloc(page->n, sizeof *files);
  if (!files) return error_memory(err, page->n * sizeof *files);
  int r = PS_OK;
  for (size_t i = 0; i < page->n; i++) files[i].fd = -1;
  for (size_t i = 0; i < page->n && r == PS_OK; i++)
    r = begin_table(o, i, &page->files[i], &files[i], err);
  for (size_t i = 0; i < page->n && r == PS_OK; i++) r = replace_commit(&files[i], err);
  for (size_t i = 0; i < page->n; i++) replace_abandon(&files[i]);
  free(files);
  return r;
}

int page_output_write(const struct page_output *o, const struct page *page, struct ps_error *err) {
  if (o->directory) return write_tables(o, page, err);
  const struct buffer *text = &page->files[0];
  if (!page_output_is_standard(o))
    return replace_file(o->arguments->output, text->data, text->len, REPLACE_WAIT, err);
  (void)fwrite(text->data, 1, text->len, stdout);
  return PS_OK;
}

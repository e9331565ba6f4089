/* Where a page (a report, a profile) goes and in which form: what --format, --json, --output,
 * --table and --width ask for, the same for every command that prints one.
 *
 * A page is rendered as a whole, then written as a whole: no reader finds half of it.
 */
#ifndef CLI_PAGE_OUTPUT_H
#define CLI_PAGE_OUTPUT_H

#include "base/buffer.h"
#include "cli/arguments.h"
#include "report/render.h"

enum page_format { PAGE_TEXT, PAGE_HTML, PAGE_JSON, PAGE_CSV, PAGE_FORMATS };

struct page_kind {
  const char *file; /* a name to propose, "report.html" */
  size_t (*tables)(void);
  const char *(*table_name)(size_t table);
  int (*render)(const void *content, const struct arguments *arguments, enum page_format format,
                size_t table, const struct render_text_options *text, struct buffer *out,
                struct ps_error *err);
};

struct page_output {
  const struct page_kind *kind;
  const struct arguments *arguments;
  enum page_format format;
  size_t table;
  bool directory; /* all CSV tables, into the directory --output */
};

/* Chooses format and place as the arguments ask. PS_E_ARGUMENT, with the nearest right spelling. */
int page_output_choose(struct page_output *output, const struct page_kind *kind,
                       const struct arguments *arguments, struct ps_error *err);

bool page_output_is_standard(const struct page_output *output); /* it goes to standard output */

/* Whether the output can be written, to be asked before work starts. Leaves nothing behind.
 * PS_E_OUTPUT; PS_E_ARGUMENT: it is a file that is read, or the store's. */
int page_output_check(const struct page_output *output, struct ps_error *err);

/* The files that will be written, ended by NULL, in one piece of memory to be freed. */
int page_output_paths(const struct page_output *output, const char *const **paths,
                      struct ps_error *err);

struct page {
  size_t n; /* files; 1 but for all CSV tables */
  struct buffer *files;
};
#define PAGE_INIT                                                                                  \
  { .n = 0, .files = NULL }

/* Renders what `content` is for the kind's renderer. page_release() frees, after an error too. */
int page_output_render(const struct page_output *output, const void *content, struct page *page,
                       struct ps_error *err);
/* PS_E_OUTPUT; but what goes to standard output is checked at the program's end. */
int page_output_write(const struct page_output *output, const struct page *page,
                      struct ps_error *err);
void page_release(struct page *page);

#endif

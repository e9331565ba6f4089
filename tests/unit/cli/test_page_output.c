#include "cli/page_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/error.h"

static const char *const tables[] = {"days", "values"};
static size_t count_tables(void) { return 2; }
static const char *name_of_table(size_t table) { return tables[table]; }

/* Renders the text of `content`, the format and the number of the table. */
static int render(const void *content, const struct arguments *arguments, enum page_format format,
                  size_t table, const struct render_text_options *text, struct buffer *out,
                  struct ps_error *err) {
  (void)arguments;
  (void)text;
  if (!strcmp(content, "none")) return error_set(err, PS_E_MEMORY, "none");
  return buffer_printf(out, err, "%s %d %zu\n", (const char *)content, (int)format, table);
}

static const struct page_kind kind = {
    .file = "page.html", .tables = count_tables, .table_name = name_of_table, .render = render};
static struct page_output output;
static struct ps_error err;
static char dir[] = "/tmp/pingsieve-page-XXXXXX";

static int make_directory(void **state) {
  (void)state;
  return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_directory(void **state) {
  (void)state;
  return chdir("/") == 0 ? rmdir(dir) : -1;
}

static enum page_format format_of(const struct arguments *a) {
  assert_int_equal(page_output_choose(&output, &kind, a, &err), PS_OK);
  return output.format;
}

static void the_name_tells_the_format(void **state) {
  (void)state;
  assert_int_equal(format_of(&(struct arguments){0}), PAGE_TEXT);
  assert_int_equal(format_of(&(struct arguments){.json = true}), PAGE_JSON);
  assert_int_equal(format_of(&(struct arguments){.output = "a.HTM"}), PAGE_HTML);
  assert_int_equal(format_of(&(struct arguments){.output = ".html"}), PAGE_TEXT); /* no ending */
  assert_int_equal(format_of(&(struct arguments){.output = "a.json"}), PAGE_JSON);
  assert_int_equal(format_of(&(struct arguments){.output = "a.json", .format = "csv"}), PAGE_CSV);
  assert_true(output.directory);
  assert_int_equal(format_of(&(struct arguments){.output = "a.csv"}), PAGE_CSV);
  assert_false(output.directory);
  assert_int_equal(format_of(&(struct arguments){.table = "values"}), PAGE_CSV);
  assert_int_equal(output.table, 1);
}

static void assert_refused(const struct arguments *a, const char *part) {
  assert_int_equal(page_output_choose(&output, &kind, a, &err), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, part));
}

static void wrong_words_are_refused(void **state) {
  (void)state;
  assert_refused(&(struct arguments){.format = "htlm"}, "did you mean 'html'?");
  assert_refused(&(struct arguments){.format = "csv", .json = true}, "two formats");
  assert_refused(&(struct arguments){.table = "valeus"}, "did you mean 'values'?");
  assert_refused(&(struct arguments){.table = "days", .format = "json"}, "--format csv");
}

static int check(const char *path, const char *format) {
  const struct arguments a = {.output = path, .format = format};
  (void)format_of(&a);
  return page_output_check(&output, &err);
}

static void a_check_leaves_nothing_behind(void **state) {
  (void)state;
  assert_int_equal(check("page", "html"), PS_OK);
  assert_int_equal(check("tables", "csv"), PS_OK);
  assert_int_equal(check("nowhere/page", "html"), PS_E_OUTPUT);
  assert_int_equal(check("nowhere/tables", "csv"), PS_E_OUTPUT);
  assert_int_equal(check(".", "html"), PS_E_OUTPUT);
  assert_int_equal(check("-", "html"), PS_OK);
  assert_int_equal(rmdir(dir), 0); /* nothing is in it */
  assert_int_equal(mkdir(dir, 0700), 0);
  assert_int_equal(chdir(dir), 0);
}

static void assert_file(const char *path, const char *expected) {
  char text[64] = "";
  FILE *in = fopen(path, "re");
  assert_non_null(in);
  assert_int_equal(fread(text, 1, sizeof text - 1, in), strlen(expected));
  assert_string_equal(text, expected);
  assert_int_equal(fclose(in), 0);
  assert_int_equal(unlink(path), 0);
}

/* Left by a run that was killed. */
static void a_check_clears_left_overs(void **state) {
  (void)state;
  static const char left_over[] = "tables/.pingsieve-0123456789abcdef.tmp";
  assert_int_equal(mkdir("tables", 0700), 0);
  FILE *out = fopen(left_over, "we");
  assert_non_null(out);
  assert_int_equal(fclose(out), 0);
  assert_int_equal(check("tables", "csv"), PS_OK);
  assert_int_equal(rmdir("tables"), 0);
}

/* Not even the first of them. */
static void a_page_replaces_no_report_that_is_read(void **state) {
  (void)state;
  const char *files[] = {"page.json", "other.json"};
  for (size_t i = 0; i < 2; i++) assert_int_equal(fclose(fopen(files[i], "we")), 0);
  for (size_t i = 0; i < 2; i++) {
    const struct arguments a = {
        .output = files[i], .from_json = true, .operands = 2, .operand = files};
    (void)format_of(&a);
    assert_int_equal(page_output_check(&output, &err), PS_E_ARGUMENT);
    assert_non_null(strstr(err.text, "name the same file"));
  }
  for (size_t i = 0; i < 2; i++) assert_int_equal(unlink(files[i]), 0);
}

static void all_tables_get_a_file(void **state) {
  (void)state;
  struct page page;
  const struct arguments a = {.output = "tables", .format = "csv"};
  (void)format_of(&a);
  assert_int_equal(page_output_render(&output, "x", &page, &err), PS_OK);
  assert_int_equal(page_output_write(&output, &page, &err), PS_OK);
  page_release(&page);
  assert_file("tables/days.csv", "x 3 0\n");
  assert_file("tables/values.csv", "x 3 1\n");
  assert_int_equal(rmdir("tables"), 0);
}

/* A table that cannot be written keeps all of them away. */
static void all_tables_or_none(void **state) {
  (void)state;
  struct page page;
  const struct arguments a = {.output = "tables", .format = "csv"};
  assert_int_equal(mkdir("tables", 0700), 0);
  assert_int_equal(mkdir("tables/values.csv", 0700), 0);
  (void)format_of(&a);
  assert_int_equal(page_output_render(&output, "x", &page, &err), PS_OK);
  assert_int_equal(page_output_write(&output, &page, &err), PS_E_OUTPUT);
  page_release(&page);
  assert_int_equal(rmdir("tables/values.csv"), 0);
  assert_int_equal(rmdir("tables"), 0);
}

static void what_cannot_be_rendered_is_released(void **state) {
  (void)state;
  struct page page;
  const struct arguments a = {.output = "page", .format = "text"};
  (void)format_of(&a);
  assert_int_equal(page_output_render(&output, "none", &page, &err), PS_E_MEMORY);
  page_release(&page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_name_tells_the_format),
      cmocka_unit_test(wrong_words_are_refused),
      cmocka_unit_test(a_check_leaves_nothing_behind),
      cmocka_unit_test(a_check_clears_left_overs),
      cmocka_unit_test(a_page_replaces_no_report_that_is_read),
      cmocka_unit_test(all_tables_get_a_file),
      cmocka_unit_test(all_tables_or_none),
      cmocka_unit_test(what_cannot_be_rendered_is_released),
  };
  return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

#include "archive.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

void text_add(struct text *text, const char *data, size_t len) {
  if (text->len + len + 1 > text->cap) {
    text->cap = 2 * (text->len + len + 1);
    text->data = realloc(text->data, text->cap);
    assert_non_null(text->data);
  }
  memcpy(text->data + text->len, data, len);
  text->len += len;
  text->data[text->len] = '\0';
}

void text_print(struct text *text, const char *format, ...) {
  char line[4096];
  va_list arguments;
  va_start(arguments, format);
  const int n = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  assert_in_range(n, 0, sizeof line - 1);
  text_add(text, line, (size_t)n);
}

void text_release(struct text *text) {
  free(text->data);
  *text = (struct text){0};
}

static bool is_gzip_name(const char *path) {
  const size_t len = strlen(path);
  return len > 3 && !strcmp(path + len - 3, ".gz");
}

void archive_write(const char *path, const struct text *text) {
  place_file(path, text->data, text->len);
  if (!is_gzip_name(path)) return;
  gzFile file = gzopen(path, "wb1");
  assert_non_null(file);
  if (text->len) assert_int_equal(gzwrite(file, text->data, (unsigned)text->len), (int)text->len);
  assert_int_equal(gzclose(file), Z_OK);
}

void archive_read(const char *path, struct text *text) {
  char piece[1 << 15];
  gzFile file = gzopen(path, "rb");
  text->len = 0;
  text_add(text, "", 0);
  if (!file) fail_msg("no file %s", path);
  for (int n; (n = gzread(file, piece, sizeof piece)) != 0;) {
    if (n < 0) fail_msg("%s is damaged", path);
    text_add(text, piece, (size_t)n);
  }
  assert_int_equal(gzclose(file), Z_OK);
}

void archive_read_raw(const char *path, struct text *text) {
  char piece[1 << 15];
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  text->len = 0;
  text_add(text, "", 0);
  if (fd < 0) fail_msg("no file %s", path);
  for (ssize_t n; (n = read(fd, piece, sizeof piece)) != 0;) {
    assert_true(n > 0);
    text_add(text, piece, (size_t)n);
  }
  assert_int_equal(close(fd), 0);
}

static void expect_equal(const char *path, const struct text *a, const struct text *b) {
  if (a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len))) return;
  size_t at = 0;
  while (at < a->len && at < b->len && a->data[at] == b->data[at]) at++;
  fail_msg("%s: %zu bytes, expected %zu, differ at %zu", path, a->len, b->len, at);
}

void archive_expect(const char *path, const struct text *expected) {
  struct text got = {0};
  archive_read(path, &got);
  expect_equal(path, &got, expected);
  text_release(&got);
}

void archive_same(const char *path, const char *other) {
  struct text a = {0}, b = {0};
  archive_read_raw(path, &a);
  archive_read_raw(other, &b);
  expect_equal(path, &a, &b);
  text_release(&a);
  text_release(&b);
}

static uint32_t next(uint64_t *state) { /* splitmix64 */
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)(z >> 32);
}

void pings_init(struct pings *pings, uint32_t documents) {
  *pings = (struct pings){.random = 17, .documents = documents};
  pings->seen = calloc(documents, sizeof *pings->seen);
  assert_non_null(pings->seen);
}

void pings_release(struct pings *pings) { free(pings->seen); }

static void print_ping(struct pings *pings, uint32_t document, const char *day, struct text *line) {
  text_print(line, "{\"id\":\"document-%u\",\"clientId\":\"c0ffee00-0000-4000-8000-%012u\",",
             document, document % 50);
  if (day) text_print(line, "\"meta\":{\"submissionDate\":\"%s\"},", day);
  text_print(line, "\"type\":\"main\",\"payload\":{\"number\":%u,\"text\":\"", document);
  for (uint32_t i = 0, n = next(&pings->random) % 24; i < n; i++)
    text_print(line, "%08x", next(&pings->random));
  text_print(line, "\"}}\n");
}

void pings_draw(struct pings *pings, size_t n, const char *day, struct text *all,
                struct text *kept) {
  struct text line = {0};
  for (size_t i = 0; i < n; i++) {
    const uint32_t kind = next(&pings->random) % 50;
    const uint32_t document = next(&pings->random) % pings->documents;
    line.len = 0;
    if (kind == 0) text_print(&line, "{\"no\":\"id\",\"n\":%zu}\n", i);
    else if (kind == 1) text_print(&line, "{\"id\":\"broken\n");
    else print_ping(pings, document, day, &line);
    text_add(all, line.data, line.len);
    if (kind == 0 || (kind > 1 && !pings->seen[document])) text_add(kept, line.data, line.len);
    if (kind > 1) pings->seen[document] = true;
  }
  text_release(&line);
}

/* Files read, listed and written with each allocation failing: it is told, and neither memory nor
 * a descriptor is left behind. */
#include "../io/support.h"
#include "../ledger.h"
#include "inputs/walk.h"
#include "io/deflate.h"
#include "io/part.h"
#include "io/sink.h"
#include "record/chunk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *directory;

static void write_bytes(const char *name, const void *data, size_t len) {
  char *path = temp_path(directory, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, data, len), len);
  assert_int_equal(close(fd), 0);
  free(path);
}

static int setup(void **state) {
  struct bytes file = {0};
  char *deep;
  (void)state;
  directory = temp_make();
  gzip_member(&file, "a\nlong line of more bytes than one chunk may have\nb\n", 51,
              &(struct gzip_style){.level = 6, .name = true});
  write_bytes("a.gz", file.data, file.len);
  bytes_release(&file);
  deep = temp_path(directory, "below");
  assert_int_equal(mkdir(deep, 0700), 0);
  free(deep);
  write_bytes("below/b", "b\n", 2);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  temp_remove(directory);
  return 0;
}

static int grow(void *context, struct ps_error *err) {
  (void)context, (void)err;
  return PS_OK;
}

/* A gzip file in chunks that have to grow. */
static int read_file(struct ps_error *err) {
  struct source *source = NULL;
  struct reader *reader = NULL;
  struct chunk chunk = {0};
  bool more = true;
  char path[256];
  (void)snprintf(path, sizeof path, "%s/a.gz", directory);
  const struct reader_options options = {.normal = 16, .max_line = 1000, .may_grow = grow};
  int r = source_open_file(path, -1, &source, err);
  if (!r) r = reader_open(source, &options, &reader, err);
  if (!r) r = chunk_init(&chunk, 16, 1000, err);
  while (!r && more) r = reader_fill(reader, &chunk, &more, err);
  chunk_release(&chunk);
  reader_close(reader);
  source_close(source);
  return r;
}

static int count_entry(void *context, const struct walk_entry *entry, struct ps_error *err) {
  (void)entry, (void)err;
  ++*(unsigned *)context;
  return PS_OK;
}

static int list(struct ps_error *err) {
  unsigned n = 0;
  const int r = walk(directory, WALK_OPERAND, true, -1, count_entry, &n, err);
  if (!r) assert_int_equal(n, 2);
  return r;
}

static int append(struct ps_error *err) {
  struct sink *sink = NULL;
  char path[256];
  (void)snprintf(path, sizeof path, "%s/below/b", directory);
  int r = sink_open_append(path, &sink, err);
  if (!r) r = sink_write(sink, "c\n", 2, err);
  if (!r) r = sink_reopen(&sink, err);
  const int closed = sink_close(sink, r ? NULL : err);
  return r ? r : closed;
}

static int write_part(struct part_tree *tree, const char *name, struct ps_error *err) {
  struct iovec vector = {.iov_base = (void *)(uintptr_t) "text\n", .iov_len = 5};
  struct part *part = NULL;
  int r = part_open(tree, name, 0, &part, err);
  if (r) return r;
  r = part_write(part, &vector, 1, err);
  const int closed = part_close(part, r ? NULL : err);
  return r ? r : closed;
}

/* Outputs in several directories, of which one is made. */
static int write_tree(struct ps_error *err) {
  static const char *const names[] = {"x", "d/y", "d/e/z"};
  struct part_tree *tree = NULL;
  char path[256];
  (void)snprintf(path, sizeof path, "%s/outs", directory);
  int r = part_tree_open(path, &tree, err);
  if (!r) r = part_tree_make(tree, err);
  if (!r) r = part_tree_make(tree, err); /* is there already */
  for (size_t i = 0; i < 3 && !r; i++) r = write_part(tree, names[i], err);
  if (!r) r = part_tree_sync(tree, err);
  for (size_t i = 0; i < 3 && !r; i++) r = part_publish(tree, names[i], true, err);
  if (!r) r = part_tree_sync(tree, err);
  part_tree_close(tree);
  return r;
}

static int put(void *context, const void *data, size_t len, struct ps_error *err) {
  (void)context, (void)data, (void)len, (void)err;
  return PS_OK;
}

static int compress_block(struct ps_error *err) {
  const struct iovec vector = {.iov_base = (void *)(uintptr_t) "text\n", .iov_len = 5};
  struct deflate *deflate = NULL;
  uint32_t crc;
  uint64_t len;
  int r = deflate_open(1, &deflate, err);
  if (!r) r = deflate_block(deflate, &vector, 1, put, NULL, &crc, &len, err);
  deflate_close(deflate);
  return r;
}

static void fail_each(int (*act)(struct ps_error *err)) {
  unsigned long n = 0;
  bool failed;
  assert_int_equal(act(NULL), PS_OK); /* the C library has allocated what it keeps */
  do {
    struct ps_error error = {.status = PS_OK};
    const size_t allocations = ledger_allocations(), descriptors = ledger_descriptors();
    ledger_fail(++n);
    const int r = act(&error);
    failed = ledger_failed();
    assert_int_equal(ledger_allocations(), allocations);
    assert_int_equal(ledger_descriptors(), descriptors);
    assert_int_equal(r, failed ? PS_E_MEMORY : PS_OK);
    assert_int_equal(error.status, r);
  } while (failed);
}

static void reading_tells_lack_of_memory(void **state) {
  (void)state;
  fail_each(read_file);
}

static void listing_tells_lack_of_memory(void **state) {
  (void)state;
  fail_each(list);
}

static void appending_tells_lack_of_memory(void **state) {
  (void)state;
  fail_each(append);
}

static void trees_tell_lack_of_memory(void **state) {
  (void)state;
  fail_each(write_tree);
}

static void compressing_tells_lack_of_memory(void **state) {
  (void)state;
  fail_each(compress_block);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(reading_tells_lack_of_memory, setup, teardown),
      cmocka_unit_test_setup_teardown(listing_tells_lack_of_memory, setup, teardown),
      cmocka_unit_test_setup_teardown(appending_tells_lack_of_memory, setup, teardown),
      cmocka_unit_test_setup_teardown(trees_tell_lack_of_memory, setup, teardown),
      cmocka_unit_test_setup_teardown(compressing_tells_lack_of_memory, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

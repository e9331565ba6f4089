/* Files: what is told of a file that changes, or is no longer what it was, while it is read. */
#include "../place.h"
#include "backfill/file.h"
#include "base/error.h"
#include "inputs/names.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 4096, LINES = 1000 };

static void place_lines(const char *path, size_t lines) {
  char *text = malloc(lines * 17 + 1), *to = text;
  assert_non_null(text);
  for (size_t i = 0; i < lines; i++) to += snprintf(to, 18, "{\"id\":\"%07zu\"}\n", i);
  place_text(path, text);
  free(text);
}

static const struct feed_options options = {
    .chunk_bytes = CHUNK, .max_line = 1000, .digest = true, .stop_fd = -1};

/* Fills blocks until the last one, or `most`; returns the end of the last. */
static enum block_end fill(struct file *file, struct file_block *block, unsigned most) {
  do {
    slot_clear(&block->block.slot);
    block->block.end = BLOCK_MORE;
    file_fill(file, &options, &block->block);
  } while (block->block.end == BLOCK_MORE && --most);
  return block->block.end;
}

static void begin(struct file *file, struct file_block *block, const struct input *entry,
                  const struct checkpoint *resume) {
  const struct resume from = {.record = (struct checkpoint *)(uintptr_t)resume};
  *file = (struct file){0};
  *block = (struct file_block){.block.end = BLOCK_MORE};
  assert_ok(slot_init(&block->block.slot, CHUNK, 1000, err));
  file_look(file, entry, resume ? &from : NULL);
}

/* Returns the end that fill() finds when the file is written anew, with `lines` lines, after its
 * first block. */
static enum block_end rewritten(size_t lines, time_t seconds) {
  const struct input entry = {.path = "f", .name = "f"};
  struct file file;
  struct file_block block;
  place_lines("f", LINES);
  begin(&file, &block, &entry, NULL);
  assert_int_equal(fill(&file, &block, 1), BLOCK_MORE);
  if (lines) {
    place_lines("f", lines);
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = seconds}};
    assert_int_equal(utimensat(AT_FDCWD, "f", times, 0), 0);
  }
  const enum block_end end = fill(&file, &block, 100);
  if (end == BLOCK_UNSTEADY) assert_non_null(strstr(block.block.slot.error.text, "changed while"));
  file_release(&file);
  slot_release(&block.block.slot);
  return end;
}

static void a_file_that_changes_while_it_is_read_is_told(void **state) {
  (void)state;
  assert_int_equal(rewritten(0, 0), BLOCK_ENDED);
  assert_int_equal(rewritten(LINES, 1000), BLOCK_UNSTEADY);
  assert_int_equal(rewritten(LINES + 1, 1000), BLOCK_UNSTEADY);
  assert_int_equal(rewritten(LINES - 1, 1000), BLOCK_UNSTEADY);
}

/* Goes on at the second block of the file, of which `change` lines at its beginning differ. */
static enum block_end resumed(uint64_t lines_done, size_t lines, bool change) {
  const struct input entry = {.path = "f", .name = "f"};
  struct checkpoint *record = calloc(1, sizeof *record);
  struct file file;
  struct file_block block;
  assert_non_null(record);
  place_lines("f", LINES);
  begin(&file, &block, &entry, NULL);
  assert_int_equal(fill(&file, &block, 1), BLOCK_MORE);
  record->offset = block.block.slot.chunk.len;
  record->lines_done = lines_done;
  memcpy(record->prefix, block.prefix, sizeof record->prefix);
  file_release(&file);
  slot_release(&block.block.slot);
  place_lines("f", lines);
  if (change) {
    int fd = open("f", O_WRONLY);
    assert_int_equal(pwrite(fd, "9", 1, 9), 1);
    assert_int_equal(close(fd), 0);
  }
  begin(&file, &block, &entry, record);
  enum block_end end = fill(&file, &block, 1);
  if (end == BLOCK_MORE) {
    assert_int_equal(block.block.slot.chunk.offset, record->offset);
    assert_int_equal(block.lines_before, lines_done);
    assert_int_equal(block.block.slot.end, lines_done * 17);
    assert_int_equal(block.block.slot.lines, lines_done);
  }
  if (end == BLOCK_CHANGED) assert_non_null(strstr(block.block.slot.error.text, "--again"));
  file_release(&file);
  slot_release(&block.block.slot);
  free(record);
  return end;
}

enum digested { DIGEST_BEFORE /* as earlier versions did */, DIGEST_LINES };

/* Goes on after `LINES_DONE` lines of the file's first block, or of its second, when the byte at
 * `changed` is another. `compare`: the file is not known to be untouched. */
static enum block_end resumed_within(bool second, enum digested digested, bool compare,
                                     off_t changed) {
  enum { LINES_DONE = 3 };
  const struct input entry = {.path = "f", .name = "f"};
  struct checkpoint *record = calloc(1, sizeof *record);
  struct file file;
  struct file_block block;
  assert_non_null(record);
  place_lines("f", LINES);
  begin(&file, &block, &entry, NULL);
  assert_int_equal(fill(&file, &block, second ? 2 : 1), BLOCK_MORE);
  record->offset = block.block.slot.chunk.offset;
  record->lines_done = LINES_DONE;
  if (second) memcpy(record->prefix, block.before, sizeof record->prefix);
  if (digested == DIGEST_LINES)
    checkpoint_prefix(block.before, block.block.slot.chunk.data, (size_t)17 * LINES_DONE,
                      record->prefix);
  file_release(&file);
  slot_release(&block.block.slot);
  int fd = open("f", O_WRONLY);
  if (changed != -1) assert_int_equal(pwrite(fd, "x", 1, (off_t)record->offset + changed), 1);
  assert_int_equal(close(fd), 0);
  begin(&file, &block, &entry, record);
  file.compare = compare;
  const enum block_end end = fill(&file, &block, 1);
  file_release(&file);
  slot_release(&block.block.slot);
  free(record);
  return end;
}

static void lines_that_were_done_are_the_same(void **state) {
  (void)state;
  for (int second = 0; second < 2; second++) {
    assert_int_equal(resumed_within(second, DIGEST_LINES, true, -1), BLOCK_MORE);
    assert_int_equal(resumed_within(second, DIGEST_LINES, true, 9), BLOCK_CHANGED);
    assert_int_equal(resumed_within(second, DIGEST_LINES, true, 17 * 3 - 3), BLOCK_CHANGED);
    assert_int_equal(resumed_within(second, DIGEST_LINES, true, 17 * 3 + 9), BLOCK_MORE);
    assert_int_equal(resumed_within(second, DIGEST_BEFORE, false, -1), BLOCK_MORE);
    assert_int_equal(resumed_within(second, DIGEST_BEFORE, true, -1), BLOCK_CHANGED);
  }
  assert_int_equal(resumed_within(true, DIGEST_LINES, true, -17 + 9), BLOCK_CHANGED);
}

static void a_resumed_file_is_the_same_up_to_there(void **state) {
  (void)state;
  assert_int_equal(resumed(0, LINES, false), BLOCK_MORE);
  assert_int_equal(resumed(7, LINES, false), BLOCK_MORE);
  assert_int_equal(resumed(0, LINES, true), BLOCK_CHANGED);
  assert_int_equal(resumed(0, 3, false), BLOCK_CHANGED);        /* it ends before */
  assert_int_equal(resumed(5000, LINES, false), BLOCK_CHANGED); /* a block has not so many lines */
  uint64_t most = 1001 / 17 + 2; /* no block is longer than the longest line */
  while (resumed(most, LINES, false) != BLOCK_MORE) most--;
  assert_in_range(most, 1001 / 17 - 1, 1001 / 17);
  for (uint64_t more = 1; more < 20; more++)
    assert_int_equal(resumed(most + more, LINES, false), BLOCK_CHANGED);
}

/* A file that was begun as a plain one and is a gzip file now would go on amid its output. */
static void a_resumed_file_is_packed_as_it_was(void **state) {
  const struct input entry = {.path = "f", .name = "f"};
  struct checkpoint *record = calloc(1, sizeof *record);
  (void)state;
  assert_non_null(record);
  place_lines("f", LINES);
  for (int gzip = 0; gzip < 2; gzip++) {
    struct file file;
    struct file_block block;
    record->gzip = gzip;
    begin(&file, &block, &entry, record);
    assert_int_equal(fill(&file, &block, 1), gzip ? BLOCK_CHANGED : BLOCK_MORE);
    file_release(&file);
    slot_release(&block.block.slot);
  }
  free(record);
}

/* ---- refusals of the system ---- */

static int no_memory(void *context, struct ps_error *err) {
  (void)context;
  return error_memory(err, 12345);
}

/* It says nothing about the file, as any error of the system, and is told with the file's name. */
static void missing_memory_is_an_error_of_reading(void **state) {
  (void)state;
  const struct input entry = {.path = "long", .name = "long"};
  struct feed_options poor = options;
  struct file file;
  struct file_block block;
  char *text = malloc(2 * CHUNK);
  assert_non_null(text);
  memset(text, ' ', 2 * CHUNK);
  place_file("long", text, 2 * CHUNK);
  free(text);
  poor.may_grow = no_memory;
  poor.max_line = 10 * CHUNK;
  block = (struct file_block){.block.end = BLOCK_MORE};
  assert_ok(slot_init(&block.block.slot, CHUNK, 10 * CHUNK, err));
  file = (struct file){0};
  file_look(&file, &entry, NULL);
  file_fill(&file, &poor, &block.block);
  assert_int_equal(block.block.end, BLOCK_FAILED);
  assert_int_equal(block.block.slot.error.status, PS_E_INPUT);
  assert_true(error_is_passing(&block.block.slot.error));
  assert_non_null(strstr(block.block.slot.error.text, "long"));
  file_release(&file);
  slot_release(&block.block.slot);
}

/* ---- files that cannot be opened ---- */

static enum block_end opened(const char *path, const char *told) {
  const struct input entry = {.path = path, .name = path};
  struct file file;
  struct file_block block;
  begin(&file, &block, &entry, NULL);
  const enum block_end end = fill(&file, &block, 1);
  assert_non_null(strstr(block.block.slot.error.text, told));
  assert_int_equal(block.block.slot.chunk.len, 0);
  assert_true(block.block.slot.last);
  file_release(&file);
  slot_release(&block.block.slot);
  return end;
}

static void what_is_no_input_is_left_alone(void **state) {
  (void)state;
  assert_int_equal(opened("absent", "No such file"), BLOCK_UNOPENED);
  place_directory("d");
  assert_int_equal(opened("d", "is a directory"), BLOCK_UNOPENED);
  place_file("z", "\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00", 9);
  assert_int_equal(opened("z", "unpack it first"), BLOCK_UNOPENED);
}

/* ---- lists ---- */

static int count(void *context, const char *name, struct ps_error *err) {
  (void)err;
  *(size_t *)context += strlen(name);
  return PS_OK;
}

static void names_are_as_long_as_paths_may_be(void **state) {
  (void)state;
  char *text = malloc(INPUT_PATH + 2);
  size_t bytes = 0;
  assert_non_null(text);
  memset(text, 'x', INPUT_PATH + 2);
  text[INPUT_PATH - 1] = '\n';
  place_file("list", text, INPUT_PATH);
  assert_ok(names_each("list", false, -1, count, &bytes, err));
  assert_int_equal(bytes, INPUT_PATH - 1);
  text[INPUT_PATH - 1] = 'x';
  text[INPUT_PATH] = '\n';
  place_file("list", text, INPUT_PATH + 1);
  assert_refused(names_each("list", false, -1, count, &bytes, err), PS_E_ARGUMENT, "has more than");
  assert_int_equal(bytes, INPUT_PATH - 1);
  free(text);
}

#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_A_PLACE(a_file_that_changes_while_it_is_read_is_told),
      IN_A_PLACE(a_resumed_file_is_the_same_up_to_there),
      IN_A_PLACE(a_resumed_file_is_packed_as_it_was),
      IN_A_PLACE(missing_memory_is_an_error_of_reading),
      IN_A_PLACE(lines_that_were_done_are_the_same),
      IN_A_PLACE(what_is_no_input_is_left_alone),
      IN_A_PLACE(names_are_as_long_as_paths_may_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

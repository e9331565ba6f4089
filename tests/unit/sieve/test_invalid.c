/* Malformed lines by themselves, beside a plain model of their two files. */
#include "support.h"

#include "sieve/invalid.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../assertions.h"

/* The bytes and reasons that must be in the files. */
struct model {
  struct buffer bytes, reasons;
  uint64_t limit;
};

static bool model_room(const struct model *m, const struct buffer *file, size_t len) {
  return file->len <= m->limit && len <= m->limit - file->len;
}

/* A line of reasons; whether it had room. */
static bool model_tell(struct model *m, const struct invalid_place *place, uint64_t position,
                       uint64_t kept) {
  struct buffer line = BUFFER_INIT;
  assert_ok(buffer_printf(&line, err,
                          "{\"input\":\"%s\",\"line\":%" PRIu64 ",\"offset\":%" PRIu64
                          ",\"at\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"position\":%" PRIu64,
                          place->input, place->line, place->offset, place->at, place->bytes,
                          position));
  if (kept != place->bytes) assert_ok(buffer_printf(&line, err, ",\"kept\":%" PRIu64, kept));
  assert_ok(buffer_printf(&line, err, ",\"reason\":\"%s\"}\n", place->reason));
  const bool room = model_room(m, &m->reasons, line.len);
  if (room) assert_ok(buffer_append(&m->reasons, line.data, line.len, err));
  buffer_release(&line);
  return room;
}

static void assert_file(const char *path, const struct buffer *expected) {
  struct buffer text = BUFFER_INIT;
  struct stat st;
  if (!expected->len && stat(path, &st)) return;
  read_file(path, &text);
  assert_int_equal(text.len, expected->len);
  if (text.len) assert_memory_equal(text.data, expected->data, text.len);
  buffer_release(&text);
}

static void assert_files(const struct world *w, const struct model *m) {
  assert_file(w->invalid, &m->bytes);
  assert_file(w->reasons, &m->reasons);
}

static struct invalid_place place_of(unsigned n, uint64_t bytes) {
  return (struct invalid_place){.input = "some input",
                                .line = 10 + n,
                                .offset = 100 + 7 * n,
                                .at = n % 5,
                                .bytes = bytes,
                                .reason = n % 2 ? "odd" : "a longer reason"};
}

static void put_whole(struct invalid *invalid, struct model *m, unsigned n, const char *text,
                      size_t len) {
  struct invalid_place place = place_of(n, len);
  const uint64_t position = m->bytes.len;
  const bool room = model_room(m, &m->bytes, len);
  bool kept = !room;
  assert_ok(invalid_put(invalid, text, &place, &kept, err));
  assert_int_equal(kept, room);
  assert_int_equal(place.position, position);
  if (room) assert_ok(buffer_append(&m->bytes, text, len, err));
  assert_int_equal(place.untold, room && !model_tell(m, &place, position, len));
}

/* A line that comes in pieces of so many bytes, and whose end comes or does not. */
static void put_pieces(struct invalid *invalid, struct model *m, unsigned n, const char *text,
                       size_t len, size_t piece, bool ends) {
  struct invalid_place place = place_of(n, 0);
  const uint64_t position = m->bytes.len;
  uint64_t had = 0;
  bool cut = false, kept;
  assert_ok(invalid_begin(invalid, &place, err));
  for (size_t at = 0; at < len; at += piece) {
    const size_t some = len - at < piece ? len - at : piece;
    assert_ok(invalid_piece(invalid, &place, text + at, some, err));
    cut |= !model_room(m, &m->bytes, some);
    if (cut) continue;
    assert_ok(buffer_append(&m->bytes, text + at, some, err));
    had += some;
  }
  if (!ends) {
    m->bytes.len = position;
    assert_ok(invalid_drop(invalid, &place, err));
    return;
  }
  assert_ok(invalid_end(invalid, &place, &kept, err));
  assert_int_equal(kept, !cut);
  assert_int_equal(place.bytes, len);
  assert_int_equal(place.kept, had);
  assert_int_equal(place.position, position);
  if (cut && had) assert_ok(buffer_append(&m->bytes, "\n", 1, err));
  const bool told = !cut || had;
  assert_int_equal(place.untold, told && !model_tell(m, &place, position, had));
}

/* Lines of every length about the limits, whole and in pieces; the files are opened anew amid
 * them, and by another run. */
static void run_model(struct world *w, uint64_t limit, unsigned seed) {
  static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz\n";
  struct model m = {.bytes = BUFFER_INIT, .reasons = BUFFER_INIT, .limit = limit};
  struct invalid invalid;
  (void)unlink(w->invalid);
  (void)unlink(w->reasons);
  assert_ok(invalid_init(&invalid, w->invalid, limit, seed % 2, err));
  for (unsigned n = 0; n < 60; n++) {
    const unsigned draw = (n * 2654435761u + seed * 40503u) >> 7;
    const size_t len = 1 + draw % 24;
    const char *from = text + sizeof text - 1 - len;
    switch (draw / 32 % 4) {
    case 0: put_pieces(&invalid, &m, n, from, len, 1 + draw % 5, draw / 128 % 4); break;
    default: put_whole(&invalid, &m, n, from, len); break;
    }
    if (n % 16 == 7) assert_ok(invalid_reopen(&invalid, err));
    if (n % 16 == 9) assert_ok(invalid_sync(&invalid, err));
    if (n == 40) {
      assert_ok(invalid_release(&invalid, err));
      assert_ok(invalid_init(&invalid, w->invalid, limit, false, err));
    }
    assert_files(w, &m);
  }
  assert_ok(invalid_release(&invalid, err));
  assert_ok(invalid_release(&invalid, err)); /* once more does no harm */
  buffer_release(&m.bytes);
  buffer_release(&m.reasons);
}

static void files_are_like_the_model(void **state) {
  for (unsigned seed = 0; seed < 8; seed++) {
    run_model(*state, UINT64_MAX, seed);
    run_model(*state, 300 + seed, seed);
    run_model(*state, 5000 + seed, seed);
    run_model(*state, seed, seed);
  }
}

static size_t descriptors(void) {
  size_t n = 0;
  DIR *dir = opendir("/proc/self/fd");
  assert_non_null(dir);
  while (readdir(dir)) n++;
  (void)closedir(dir);
  return n;
}

/* Each file is opened once; a device has no reasons beside it, and no limit. */
static void each_file_is_opened_once(void **state) {
  struct world *w = *state;
  struct invalid invalid;
  bool kept;
  const size_t before = descriptors();
  assert_ok(invalid_init(&invalid, w->invalid, 1000, false, err));
  assert_int_equal(descriptors(), before);
  assert_int_not_equal(access(w->invalid, F_OK), 0);
  for (unsigned n = 0; n < 3; n++) {
    struct invalid_place place = place_of(n, 2);
    assert_ok(invalid_put(&invalid, "x\n", &place, &kept, err));
    assert_int_equal(descriptors(), before + 2);
  }
  assert_ok(invalid_release(&invalid, err));
  assert_int_equal(descriptors(), before);
  assert_ok(invalid_init(&invalid, "/dev/null", 1, true, err));
  for (unsigned n = 0; n < 3; n++) {
    struct invalid_place place = place_of(n, 2);
    assert_ok(invalid_put(&invalid, "x\n", &place, &kept, err));
    assert_true(kept);
    assert_false(place.untold);
    assert_int_equal(descriptors(), before + 1);
  }
  assert_null(invalid.reasons);
  assert_ok(invalid_release(&invalid, err));
  assert_int_equal(descriptors(), before);
}

/* From a pipe nothing can be taken back: half a line ends there, and the next one begins anew. */
static void half_a_line_in_a_pipe_ends_there(void **state) {
  struct world *w = *state;
  struct invalid invalid;
  struct invalid_place place = place_of(1, 0);
  char got[16];
  bool kept;
  assert_int_equal(mkfifo(w->invalid, 0600), 0);
  const int fd = open(w->invalid, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  assert_true(fd >= 0);
  assert_ok(invalid_init(&invalid, w->invalid, 1000, true, err));
  assert_ok(invalid_begin(&invalid, &place, err));
  assert_ok(invalid_piece(&invalid, &place, "half", 4, err));
  assert_ok(invalid_drop(&invalid, &place, err));
  place = place_of(2, 2);
  assert_ok(invalid_put(&invalid, "x\n", &place, &kept, err));
  assert_ok(invalid_release(&invalid, err));
  assert_int_equal(read(fd, got, sizeof got), 7);
  assert_memory_equal(got, "half\nx\n", 7);
  assert_int_equal(close(fd), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(files_are_like_the_model, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(each_file_is_opened_once, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(half_a_line_in_a_pipe_ends_there, world_setup,
                                      world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

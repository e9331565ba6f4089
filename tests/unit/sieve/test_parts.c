/* Parts of the pipeline by themselves: gathered output, and the slots' records. */
#include "support.h"

#include "sieve/core.h"
#include "sieve/outputs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- gathers ---- */

static int gather_to(struct gather *clean, int fd) {
  memset(clean, 0, sizeof *clean);
  return sink_open_fd(fd, "out", false, &clean->sink, NULL);
}

static void assert_bytes(int fd, const uint8_t *expected, size_t len) {
  uint8_t *bytes = malloc(len + 1);
  assert_non_null(bytes);
  assert_int_equal(pread(fd, bytes, len + 1, 0), len);
  assert_memory_equal(bytes, expected, len);
  free(bytes);
}

/* Neighbours become one vector, and only they do; after a flush a new one begins. */
static void neighbours_are_joined(void **state) {
  static uint8_t text[] = "0123456789";
  struct gather *clean = malloc(sizeof *clean);
  int fd = memfd_create("out", MFD_CLOEXEC);
  (void)state;
  assert_non_null(clean);
  assert_int_equal(gather_to(clean, fd), PS_OK);
  assert_int_equal(gather_put(clean, text, 2, NULL), PS_OK);
  assert_int_equal(gather_put(clean, text + 2, 3, NULL), PS_OK);
  assert_int_equal(clean->n, 1);
  assert_int_equal(gather_put(clean, text + 6, 2, NULL), PS_OK);
  assert_int_equal(clean->n, 2);
  assert_int_equal(gather_put(clean, text + 8, 1, NULL), PS_OK);
  assert_int_equal(clean->n, 2);
  assert_int_equal(gather_flush(clean, NULL), PS_OK);
  assert_int_equal(clean->n, 0);
  assert_int_equal(gather_put(clean, text + 9, 1, NULL), PS_OK);
  assert_int_equal(clean->n, 1);
  assert_int_equal(gather_flush(clean, NULL), PS_OK);
  assert_int_equal(gather_flush(clean, NULL), PS_OK);
  assert_bytes(fd, (const uint8_t *)"012346789", 9);
  assert_int_equal(sink_close(clean->sink, NULL), PS_OK);
  close(fd);
  free(clean);
}

/* More pieces than there are vectors are written as they come, in order. */
static void many_pieces_are_written_in_order(void **state) {
  struct gather *clean = malloc(sizeof *clean);
  const size_t pieces = 2 * GATHER_VECTORS + 1;
  uint8_t *text = malloc(2 * pieces), *expected = malloc(pieces);
  int fd = memfd_create("out", MFD_CLOEXEC);
  (void)state;
  assert_true(clean && text && expected);
  assert_int_equal(gather_to(clean, fd), PS_OK);
  for (size_t i = 0; i < pieces; i++) {
    text[2 * i] = expected[i] = (uint8_t)('a' + i % 26);
    assert_int_equal(gather_put(clean, text + 2 * i, 1, NULL), PS_OK);
    assert_in_range(clean->n, 1, GATHER_VECTORS);
  }
  assert_int_equal(gather_flush(clean, NULL), PS_OK);
  assert_bytes(fd, expected, pieces);
  assert_int_equal(sink_close(clean->sink, NULL), PS_OK);
  close(fd);
  free(clean);
  free(text);
  free(expected);
}

static void without_a_sink_nothing_is_kept(void **state) {
  struct gather *clean = calloc(1, sizeof *clean);
  uint8_t byte = 'x';
  (void)state;
  assert_non_null(clean);
  assert_int_equal(gather_put(clean, &byte, 1, NULL), PS_OK);
  assert_int_equal(clean->n, 0);
  assert_int_equal(gather_flush(clean, NULL), PS_OK);
  free(clean);
}

/* ---- slots ---- */

#define CHUNK (64u << 10)

struct scanned {
  struct core core;
  struct slot slot;
  struct scan_result scratch;
};

static struct scanned *scanned_open(const struct ps_sieve_options *options) {
  static const struct outlet_ops none;
  struct scanned *s = calloc(1, sizeof *s);
  struct ps_sieve_options o = *options;
  assert_non_null(s);
  assert_int_equal(core_check(&s->core, &o, NULL), PS_OK);
  assert_int_equal(core_open(&s->core, &o, &none, NULL), PS_OK);
  s->core.scanner.projection = s->core.projection;
  assert_int_equal(slot_init(&s->slot, CHUNK, CHUNK, NULL), PS_OK);
  return s;
}

static void scanned_close(struct scanned *s) {
  slot_release(&s->slot);
  slot_release(&s->slot); /* once more does no harm */
  assert_int_equal(core_close(&s->core, NULL), PS_OK);
  free(s);
}

static void put_lines(struct scanned *s, size_t lines) {
  slot_clear(&s->slot);
  for (size_t i = 0; i < lines; i++) memcpy(s->slot.chunk.data + 3 * i, "{}\n", 3);
  s->slot.chunk.len = 3 * lines;
}

/* Pieces end after SLOT_PINGS lines, and the chunk ends where its bytes do. */
static void pieces_end_at_lines(void **state) {
  static const size_t counts[] = {0,
                                  1,
                                  SLOT_PINGS - 1,
                                  SLOT_PINGS,
                                  SLOT_PINGS + 1,
                                  2 * (size_t)SLOT_PINGS,
                                  2 * (size_t)SLOT_PINGS + 1};
  struct ps_sieve_options options = world_options(*state);
  struct scanned *s = scanned_open(&options);
  struct slot *slot = &s->slot;
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    size_t left = counts[i], at = 0;
    put_lines(s, left);
    do {
      const size_t n = left < SLOT_PINGS ? left : SLOT_PINGS;
      slot_scan(slot, &s->core.scanner, &s->scratch);
      assert_int_equal(slot->npings, n);
      assert_int_equal(slot->cursor.at, at);
      assert_int_equal(slot->end, at += 3 * n);
      assert_int_equal(slot->lines, counts[i] - (left -= n));
      assert_int_equal(slot_finished(slot), left == 0);
    } while (left);
  }
  scanned_close(s);
}

/* The memory for projected pings is kept from chunk to chunk, unless it grew large. */
static void memory_of_projections_is_kept_unless_large(void **state) {
  static const char *const select[] = {"x", NULL};
  struct ps_sieve_options options = world_options(*state);
  options.read.selection.select = select;
  struct scanned *s = scanned_open(&options);
  struct slot *slot = &s->slot;
  put_lines(s, 2);
  slot_scan(slot, &s->core.scanner, &s->scratch);
  assert_int_equal(slot->scan_status, PS_OK);
  const uint32_t *lengths = slot->projected_len;
  assert_non_null(lengths);
  assert_int_equal(slot->projected.len, 2 * strlen("{\"x\":null}\n"));
  assert_int_equal(lengths[0], strlen("{\"x\":null}\n"));
  put_lines(s, SLOT_PINGS + 2);
  assert_int_equal(slot->projected.len, 0);
  slot_scan(slot, &s->core.scanner, &s->scratch);
  assert_int_equal(slot->cursor.projected, 0);
  slot_scan(slot, &s->core.scanner, &s->scratch);
  assert_int_equal(slot->cursor.projected, SLOT_PINGS * strlen("{\"x\":null}\n"));
  assert_ptr_equal(slot->projected_len, lengths);
  put_lines(s, 1);
  assert_non_null(slot->projected.data); /* 45 kB are kept */
  assert_int_equal(buffer_reserve(&slot->projected, 2u << 20, NULL), PS_OK);
  put_lines(s, 1);
  assert_int_equal(slot->projected.cap, 0);
  scanned_close(s);
}

/* A piece of an over-long line holds no line. */
static void pieces_of_long_lines_are_not_scanned(void **state) {
  struct ps_sieve_options options = world_options(*state);
  struct scanned *s = scanned_open(&options);
  put_lines(s, 3);
  s->slot.chunk.kind = CHUNK_OVERLONG;
  slot_scan(&s->slot, &s->core.scanner, &s->scratch);
  assert_int_equal(s->slot.npings, 0);
  assert_int_equal(s->slot.lines, 0);
  assert_true(slot_finished(&s->slot));
  scanned_close(s);
}

/* ---- threads and options ---- */

static void the_number_of_threads_is_bounded(void **state) {
  (void)state;
  assert_int_equal(core_threads(1), 1);
  assert_int_equal(core_threads(PS_THREADS_MAX), PS_THREADS_MAX);
  assert_int_equal(core_threads(PS_THREADS_MAX + 1), PS_THREADS_MAX);
  assert_in_range(core_threads(0), 1, 4);
}

/* As many measures as there may be. */
static void the_most_measures_fit(void **state) {
  static const char line[] = "{\"id\":\"a\",\"m0\":1,\"m1\":2,\"m2\":3,\"m3\":4}\n";
  struct ps_account_measure measures[PS_MEASURES_MAX + 1] = {0};
  struct ps_sieve_options o = world_options(*state);
  for (unsigned i = 0; i <= PS_MEASURES_MAX; i++) {
    (void)snprintf(measures[i].name, sizeof measures[i].name, "m%u", i);
    (void)snprintf(measures[i].path, sizeof measures[i].path, "m%u", i);
  }
  o.read.measures = measures;
  o.read.nmeasures = PS_MEASURES_MAX + 1;
  struct outcome r = run_sieve(o, line, sizeof line - 1);
  assert_int_equal(r.status, PS_E_ARGUMENT);
  outcome_release(&r);
  o.read.nmeasures = PS_MEASURES_MAX;
  r = run_sieve(o, line, sizeof line - 1);
  assert_int_equal(r.status, PS_OK);
  assert_int_equal(r.figures.count[PS_UNIQUE], 1);
  outcome_release(&r);
}

static void the_longest_line_is_bounded(void **state) {
  struct ps_sieve_options o = world_options(*state);
  o.read.max_line = (size_t)PS_MAX_LINE_LIMIT + 1;
  struct outcome r = run_sieve(o, "{}\n", 3);
  assert_int_equal(r.status, PS_E_ARGUMENT);
  assert_non_null(strstr(r.error.text, "longest line"));
  outcome_release(&r);
  o.read.max_line = 4;
  r = run_sieve(o, "{}  \n{}   \n{}\n", 14);
  assert_int_equal(r.status, PS_OK);
  assert_int_equal(r.figures.count[PS_NO_ID], 2);
  assert_int_equal(r.figures.count[PS_MALFORMED], 1);
  outcome_release(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(neighbours_are_joined),
      cmocka_unit_test(many_pieces_are_written_in_order),
      cmocka_unit_test(without_a_sink_nothing_is_kept),
      cmocka_unit_test_setup_teardown(pieces_end_at_lines, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(memory_of_projections_is_kept_unless_large, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(pieces_of_long_lines_are_not_scanned, world_setup,
                                      world_teardown),
      cmocka_unit_test(the_number_of_threads_is_bounded),
      cmocka_unit_test_setup_teardown(the_most_measures_fit, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(the_longest_line_is_bounded, world_setup, world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

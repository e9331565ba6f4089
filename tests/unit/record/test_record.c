#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHUNK 65536u

/* A chunk, and what its scan needs. */
struct world {
  struct chunk chunk;
  struct ping_schema *schema;
  struct scan_result scratch;
  uint8_t secret[PS_SECRET_BYTES];
  struct record record;
  struct ping ping;
  size_t at;
};

static void put(struct world *w, const char *text) {
  w->chunk.len = strlen(text);
  memcpy(w->chunk.data, text, w->chunk.len);
  w->record = (struct record){0};
  w->at = 0;
}

static bool next(struct world *w) {
  if (!record_next(&w->chunk, &w->at, &w->record)) return false;
  record_scan(&w->record, w->schema, scan_kernels()->scan, w->secret, &w->scratch, &w->ping);
  return true;
}

static int set_up(void **state) {
  struct world *w = calloc(1, sizeof *w);
  const struct ping_schema_options options = {.scope = NULL};
  if (!w) return -1;
  assert_int_equal(ping_schema_create(&options, &w->schema, NULL), PS_OK);
  assert_int_equal(chunk_init(&w->chunk, CHUNK, CHUNK, NULL), PS_OK);
  *state = w;
  return 0;
}

static int tear_down(void **state) {
  struct world *w = *state;
  ping_schema_free(w->schema);
  chunk_release(&w->chunk);
  free(w);
  return 0;
}

/* "NAME>JSON": a framing that is nobody's, as another owner would bring it. */
static enum scan_code after_arrow(const uint8_t *frame, size_t avail, size_t *before) {
  const uint8_t *end = memchr(frame, '\n', avail);
  const uint8_t *arrow = memchr(frame, '>', (size_t)(end - frame));
  *before = (size_t)((arrow ? arrow + 1 : end) - frame);
  return arrow ? SCAN_OK : SCAN_NO_TEXT;
}
static const struct framing arrows = {"arrows", "a name, '>' and a JSON text", after_arrow};

static void records_follow_one_another(void **state) {
  struct world *w = *state;
  w->chunk.offset = 1000;
  put(w, "{\"id\":\"a\"}\n\n[1\n{\"id\":\"b\"}\r\n");
  assert_true(next(w));
  assert_ptr_equal(w->record.frame, w->chunk.data);
  assert_int_equal(w->record.frame_len, 11);
  assert_int_equal(w->record.position, 1000);
  assert_int_equal(w->ping.state, PING_KEYED);
  assert_true(next(w));
  assert_int_equal(w->ping.state, PING_BLANK);
  assert_int_equal(w->record.position, 1011);
  assert_true(next(w));
  assert_int_equal(w->ping.state, PING_MALFORMED);
  assert_true(next(w));
  assert_int_equal(w->record.position, 1015);
  assert_int_equal(w->record.frame_len, 12);
  assert_false(next(w));
  assert_int_equal(w->at, w->chunk.len);
}

static void an_empty_chunk_has_no_record(void **state) {
  struct world *w = *state;
  put(w, "");
  assert_false(next(w));
}

/* Only at the beginning of the stream, and it belongs to the frame. */
static void a_byte_order_mark_is_skipped_once(void **state) {
  struct world *w = *state;
  w->chunk.mark = true;
  put(w, "\xef\xbb\xbf{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  assert_true(next(w));
  assert_int_equal(w->ping.state, PING_KEYED);
  assert_int_equal(w->record.frame_len, 14);
  assert_int_equal(w->record.text.skip, 3);
  assert_true(next(w));
  assert_int_equal(w->record.text.skip, 0);
  assert_int_equal(w->ping.state, PING_KEYED);
}

static void a_given_day_is_that_of_all_records(void **state) {
  struct world *w = *state;
  w->chunk.has_given_day = true;
  w->chunk.given_day = 17000;
  put(w, "{\"id\":\"a\"}\n{\n");
  for (int i = 0; i < 2; i++) {
    assert_true(next(w));
    assert_true(w->ping.has_day);
    assert_int_equal(w->ping.day, 17000);
  }
}

/* Spans and offsets count from the frame; the whole frame is one record. */
static void a_framing_finds_the_text_in_its_frame(void **state) {
  struct world *w = *state;
  w->chunk.framing = &arrows;
  put(w, "name>{\"id\":\"a\",\"clientId\":\"c\"}\nx>{\"id\":\"b\"}\n>[1}\n");
  assert_true(next(w));
  assert_int_equal(w->ping.state, PING_KEYED);
  assert_int_equal(w->record.front_len, 5);
  assert_int_equal(w->record.frame_len, 31);
  assert_memory_equal(w->record.frame + w->ping.client.offset, "c", 1);
  assert_true(next(w));
  assert_int_equal(w->record.position - w->chunk.offset, 31);
  assert_true(next(w));
  assert_int_equal(w->ping.state, PING_MALFORMED);
  assert_int_equal(w->ping.error_offset, 3);
  assert_false(next(w));
}

static void a_key_is_the_same_in_every_framing(void **state) {
  struct world *w = *state;
  put(w, "{\"id\":\"a\"}\n");
  assert_true(next(w));
  const struct ps_key key = w->ping.key;
  w->chunk.framing = &arrows;
  put(w, "name>{\"id\":\"a\"}\n");
  assert_true(next(w));
  assert_memory_equal(&w->ping.key, &key, sizeof key);
}

static void a_frame_without_a_text_is_malformed_and_whole(void **state) {
  struct world *w = *state;
  w->chunk.framing = &arrows;
  w->chunk.has_given_day = true;
  w->chunk.given_day = 17000;
  put(w, "{\"id\":\"a\"}\nx>{\"id\":\"b\"}\n");
  assert_true(next(w));
  assert_int_equal(w->ping.state, PING_MALFORMED);
  assert_int_equal(w->ping.code, SCAN_NO_TEXT);
  assert_int_equal(w->ping.error_offset, 10);
  assert_int_equal(w->record.frame_len, 11);
  assert_true(w->ping.has_day);
  assert_int_equal(w->ping.day, 17000);
  assert_true(next(w));
  assert_int_equal(w->ping.state, PING_KEYED);
}

static void records_are_passed_over_without_a_scan(void **state) {
  struct world *w = *state;
  size_t at;
  put(w, "a\n\nccc\n");
  assert_true(record_pass(&w->chunk, 0, &at));
  assert_int_equal(at, 0);
  assert_true(record_pass(&w->chunk, 2, &at));
  assert_int_equal(at, 3);
  assert_true(record_pass(&w->chunk, 3, &at));
  assert_int_equal(at, 7);
  assert_false(record_pass(&w->chunk, 4, &at));
  w->chunk.kind = CHUNK_OVERLONG;
  assert_true(record_pass(&w->chunk, 0, &at));
  assert_false(record_pass(&w->chunk, 1, &at));
}

static void a_framing_is_chosen_by_its_name(void **state) {
  const struct framing *framing;
  struct ps_error err;
  (void)state;
  assert_int_equal(framing_choose(NULL, &framing, NULL), PS_OK);
  assert_ptr_equal(framing, framings());
  for (const struct framing *row = framings(); row->name; row++) {
    assert_int_equal(framing_choose(row->name, &framing, NULL), PS_OK);
    assert_ptr_equal(framing, row);
    assert_non_null(row->summary);
  }
  assert_int_equal(framing_choose("csv", &framing, &err), PS_E_ARGUMENT);
  assert_null(framing);
  assert_non_null(strstr(err.text, "\"csv\""));
  for (const struct framing *row = framings(); row->name; row++)
    assert_non_null(strstr(err.text, row->name));
}

/* The key is everything before the first tab; a record without a value is no ping, and no error. */
static void a_key_and_a_tab_stand_before_the_text(void **state) {
  static const struct {
    const char *line;
    enum ping_state state;
    uint32_t at;
  } cases[] = {{"k\t{\"id\":\"a\"}\n", PING_KEYED, 0},
               {"\t{\"id\":\"a\"}\r\n", PING_KEYED, 0},
               {"{\"id\":\"k\"}\t{\"id\":\"a\"}\n", PING_KEYED, 0},
               {"k\t\t{\"id\":\"a\"}\n", PING_KEYED, 0},
               {"k k\tnull\n", PING_WITHOUT_ID, 0},
               {"k\t\n", PING_BLANK, 0},
               {"\n", PING_BLANK, 0},
               {" \r\n", PING_BLANK, 0},
               {"k\t{\n", PING_MALFORMED, 3},
               {"{\"id\":\"a\"}\n", PING_MALFORMED, 10},
               {"k\n", PING_MALFORMED, 1}};
  struct world *w = *state;
  struct ps_key key;
  put(w, "{\"id\":\"a\"}\n");
  assert_true(next(w));
  key = w->ping.key;
  assert_int_equal(framing_choose("key-tab", &w->chunk.framing, NULL), PS_OK);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    put(w, cases[i].line);
    assert_true(next(w));
    assert_int_equal(w->ping.state, cases[i].state);
    assert_int_equal(w->record.frame_len, strlen(cases[i].line));
    if (cases[i].state == PING_KEYED) assert_memory_equal(&w->ping.key, &key, sizeof key);
    if (cases[i].state == PING_MALFORMED) assert_int_equal(w->ping.error_offset, cases[i].at);
    assert_false(next(w));
  }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(records_follow_one_another),
      TEST(an_empty_chunk_has_no_record),
      TEST(a_byte_order_mark_is_skipped_once),
      TEST(a_given_day_is_that_of_all_records),
      TEST(a_framing_finds_the_text_in_its_frame),
      TEST(a_key_is_the_same_in_every_framing),
      TEST(a_frame_without_a_text_is_malformed_and_whole),
      TEST(records_are_passed_over_without_a_scan),
      TEST(a_key_and_a_tab_stand_before_the_text),
      cmocka_unit_test(a_framing_is_chosen_by_its_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../place.h"
#include "backfill/checkpoint.h"
#include <pingsieve/backfill.h>
#include <stdlib.h>
#include <string.h>

static struct checkpoint sample(uint32_t day, const char *path) {
  struct checkpoint record;
  memset(&record, 0, sizeof record);
  record.state = CHECKPOINT_OPEN;
  record.day = record.first_day = record.last_day = day;
  record.gzip = true;
  record.identity = (struct identity){1, 2, 3, -4, 5, {6, 7}};
  record.offset = UINT64_MAX;
  record.lines_done = 9;
  record.prefix[15] = 10;
  record.content[15] = 11;
  record.out_length = 11;
  record.out_plain = 12;
  record.out_crc = UINT32_MAX;
  record.counts = (struct ps_backfill_counts){1, 2, 3, 4, 5, {6, 7, 8, 9, 10, 11, 12}};
  record.problem_offset = 13;
  (void)snprintf(record.path, sizeof record.path, "%s", path);
  (void)snprintf(record.output, sizeof record.output, "/out%s", path);
  (void)snprintf(record.problem, sizeof record.problem, "%s", "it is \xFF damaged");
  return record;
}

static void put(struct ps_seen *seen, const struct checkpoint *record) {
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(checkpoint_put(seen, record, err));
  assert_ok(ps_seen_commit(seen, err));
}

static void assert_same(const struct checkpoint *a, const struct checkpoint *b) {
  assert_int_equal(a->state, b->state);
  assert_int_equal(a->day, b->day);
  assert_int_equal(a->gzip, b->gzip);
  assert_memory_equal(&a->identity, &b->identity, sizeof a->identity);
  assert_int_equal(a->offset, b->offset);
  assert_int_equal(a->lines_done, b->lines_done);
  assert_memory_equal(a->prefix, b->prefix, sizeof a->prefix);
  assert_memory_equal(a->content, b->content, sizeof a->content);
  assert_int_equal(a->out_length, b->out_length);
  assert_int_equal(a->out_plain, b->out_plain);
  assert_int_equal(a->out_crc, b->out_crc);
  assert_int_equal(a->first_day, b->first_day);
  assert_int_equal(a->last_day, b->last_day);
  assert_memory_equal(&a->counts, &b->counts, sizeof a->counts);
  assert_string_equal(a->path, b->path);
  assert_string_equal(a->output, b->output);
  assert_string_equal(a->problem, b->problem);
  assert_int_equal(a->problem_offset, b->problem_offset);
}

static void returns_what_was_put(void **state) {
  struct ps_seen *seen = place_store(*state, 30);
  struct checkpoint record = sample(17226, "/a\n\xFF b"), read;
  bool found;
  assert_ok(checkpoint_get(seen, 17226, record.path, &read, &found, err));
  assert_false(found);
  put(seen, &record);
  assert_ok(checkpoint_get(seen, 17226, record.path, &read, &found, err));
  assert_true(found);
  assert_same(&record, &read);
  assert_ok(checkpoint_get(seen, 17227, record.path, &read, &found, err));
  assert_false(found);
}

static void holds_the_longest_texts(void **state) {
  struct ps_seen *seen = place_store(*state, 30);
  struct checkpoint record = sample(INPUT_NO_DAY, "/"), read;
  bool found;
  memset(record.path, 'p', sizeof record.path - 1);
  memset(record.output, 'o', sizeof record.output - 1);
  memset(record.problem, 'x', sizeof record.problem - 1);
  put(seen, &record);
  assert_ok(checkpoint_get(seen, INPUT_NO_DAY, record.path, &read, &found, err));
  assert_true(found);
  assert_same(&record, &read);
}

static int tell(void *context, const struct checkpoint *record, struct ps_error *err) {
  char *told = context;
  (void)err;
  (void)snprintf(told + strlen(told), 256 - strlen(told), "%u%s ", record->day, record->path);
  return PS_OK;
}

static void assert_told(struct ps_seen *seen, uint32_t from, uint32_t to, const char *want) {
  char told[256] = "";
  assert_ok(checkpoint_each(seen, from, to, tell, told, err));
  assert_string_equal(told, want);
}

static void visits_days_in_order(void **state) {
  struct ps_seen *seen = place_store(*state, 30);
  const uint32_t days[] = {300, INPUT_NO_DAY, 7, 65535};
  for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
    const struct checkpoint record = sample(days[i], "/f");
    put(seen, &record);
  }
  assert_told(seen, 0, INPUT_NO_DAY + 1, "7/f 300/f 65535/f 99999/f ");
  assert_told(seen, 7, 300, "7/f ");
  assert_told(seen, 8, 301, "300/f ");
  assert_told(seen, 400, INPUT_NO_DAY, "65535/f ");
  assert_told(seen, INPUT_NO_DAY, INPUT_NO_DAY + 1, "99999/f ");
  assert_told(seen, 9, 9, "");
}

static void forget(struct ps_seen *seen, uint32_t from, uint32_t to) {
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_backfill_forget(seen, from, to, err));
  assert_ok(ps_seen_commit(seen, err));
}

static void forgets_what_is_all_within_the_days(void **state) {
  struct ps_seen *seen = place_store(*state, 30);
  struct checkpoint record = sample(100, "/one"), read;
  bool found;
  put(seen, &record);
  record = sample(100, "/three");
  record.last_day = 102;
  put(seen, &record);
  record = sample(100, "/none");
  record.first_day = record.last_day = INPUT_NO_DAY;
  put(seen, &record);
  record = sample(103, "/other");
  put(seen, &record);
  record = sample(INPUT_NO_DAY, "/stdin");
  record.first_day = record.last_day = INPUT_NO_DAY;
  put(seen, &record);
  forget(seen, 101, 101);
  forget(seen, 100, 101);
  assert_told(seen, 0, INPUT_NO_DAY + 1, "100/three 103/other 99999/stdin ");
  assert_ok(checkpoint_get(seen, 100, "/three", &read, &found, err));
  assert_int_equal(read.first_day, 101);
  forget(seen, 102, 103);
  assert_ok(checkpoint_get(seen, 100, "/three", &read, &found, err));
  assert_int_equal(read.last_day, 101);
  forget(seen, 101, 102);
  assert_told(seen, 0, INPUT_NO_DAY + 1, "103/other 99999/stdin ");
}

static void put_value(struct ps_seen *seen, const char *name, const void *value, size_t len) {
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_put_value(seen, name, value, len, err));
  assert_ok(ps_seen_commit(seen, err));
}

static char value_name[PS_VALUE_NAME];
static uint8_t value_bytes[16384];
static size_t record_len;

static int keep_value(void *context, const char *name, const void *value, size_t len,
                      struct ps_error *err) {
  (void)context, (void)err;
  (void)snprintf(value_name, sizeof value_name, "%s", name);
  memcpy(value_bytes, value, len);
  record_len = len;
  return PS_OK;
}

/* The record with one byte changed, or cut, is refused or read as something within its bounds. */
static void refuses_what_is_damaged(void **state) {
  struct ps_seen *seen = place_store(*state, 30);
  struct checkpoint record = sample(100, "/a"), read;
  uint8_t bytes[sizeof value_bytes];
  bool found;
  put(seen, &record);
  assert_ok(ps_seen_each_value(seen, "backfill/", "backfill0", keep_value, NULL, err));
  for (size_t len = 1; len < record_len; len++) {
    put_value(seen, value_name, value_bytes, len);
    assert_refused(checkpoint_get(seen, 100, "/a", &read, &found, err), PS_E_STORE_DAMAGED,
                   "is wrong");
    assert_false(found);
  }
  for (size_t at = 0; at < record_len; at++) {
    memcpy(bytes, value_bytes, record_len);
    bytes[at] ^= 0x81;
    put_value(seen, value_name, bytes, record_len);
    const int r = checkpoint_get(seen, 100, "/a", &read, &found, NULL);
    assert_true(!r || r == PS_E_STORE_DAMAGED || r == PS_E_STORE_VERSION);
    assert_int_equal(found, !r);
  }
  memcpy(bytes, value_bytes, record_len);
  bytes[8] = 2;
  put_value(seen, value_name, bytes, record_len);
  assert_refused(checkpoint_get(seen, 100, "/a", &read, &found, err), PS_E_STORE_VERSION, "newer");
  record.first_day = 102;
  record.last_day = 101;
  put(seen, &record);
  assert_refused(checkpoint_get(seen, 100, "/a", &read, &found, err), PS_E_STORE_DAMAGED,
                 "is wrong");
}

static void keeps_a_job(void **state) {
  struct ps_seen *seen = place_store(*state, 30);
  uint32_t days[] = {0, 17226, 65535};
  struct job job = {.fingerprint = {1, 2, 3}, .nagain = 3, .again = days}, read;
  bool found;
  assert_ok(job_get(seen, &read, &found, err));
  assert_false(found);
  assert_ok(buffer_printf(&job.settings, err, "level=1\nselect=documentId\n"));
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(job_put(seen, &job, err));
  assert_ok(ps_seen_commit(seen, err));
  assert_ok(job_get(seen, &read, &found, err));
  assert_true(found);
  assert_memory_equal(read.fingerprint, job.fingerprint, sizeof job.fingerprint);
  assert_string_equal((char *)read.settings.data, (char *)job.settings.data);
  assert_int_equal(read.nagain, 3);
  assert_memory_equal(read.again, days, sizeof days);
  job_release(&read);
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(job_delete(seen, err));
  assert_ok(ps_seen_commit(seen, err));
  assert_ok(job_get(seen, &read, &found, err));
  assert_false(found);
  buffer_release(&job.settings);
}

static void refuses_a_damaged_job(void **state) {
  struct ps_seen *seen = place_store(*state, 30);
  uint8_t bytes[44] = "pingjob\n\1\0\0\0\3\0\0\0";
  struct job job;
  bool found;
  for (size_t len = 1; len < sizeof bytes; len++) {
    put_value(seen, "backfill/job", bytes, len);
    assert_refused(job_get(seen, &job, &found, err), PS_E_STORE_DAMAGED, "is wrong");
  }
  put_value(seen, "backfill/job", bytes, sizeof bytes); /* its days do not ascend */
  assert_refused(job_get(seen, &job, &found, err), PS_E_STORE_DAMAGED, "is wrong");
  bytes[8] = 2;
  put_value(seen, "backfill/job", bytes, sizeof bytes);
  assert_refused(job_get(seen, &job, &found, err), PS_E_STORE_VERSION, "newer");
}

#define test(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      test(returns_what_was_put),    test(holds_the_longest_texts),
      test(visits_days_in_order),    test(forgets_what_is_all_within_the_days),
      test(refuses_what_is_damaged), test(keeps_a_job),
      test(refuses_a_damaged_job),
  };
  return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

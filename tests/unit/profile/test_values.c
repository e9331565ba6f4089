/* Value tables with their caps, and the fleet that values are compared with. */
#include "profile/fleet.h"
#include "profile/values.h"

#include "scratch.h"

/* ---- values ---- */

static uint32_t code_of(struct values *values, size_t client, unsigned field, const char *text,
                        bool number) {
  uint32_t code = 0;
  assert_ok(
      values_code(values, client, field, (const uint8_t *)text, strlen(text), number, &code, err));
  return code;
}

static void codes_are_in_the_order_of_coming(void **state) {
  (void)state;
  struct values *values;
  assert_ok(values_create(3, 2, 100, 1000, &values, err));
  assert_int_equal(code_of(values, 2, 1, "b", false), 0);
  assert_int_equal(code_of(values, 2, 1, "5", true), 1);
  assert_int_equal(code_of(values, 2, 1, "", false), 2);
  assert_int_equal(code_of(values, 2, 1, "b", true), 0);
  assert_int_equal(code_of(values, 2, 0, "5", false), 0);
  assert_int_equal(code_of(values, 1, 1, "5", false), 0);
  values_count(values, 2, 1, 1, PS_ALL_COPIES, 7);
  values_count(values, 2, 1, 1, PS_ALL_COPIES, 1);
  values_count(values, 2, 1, 1, PS_SEEN_ONCE, 1);
  const struct values_table *table = values_table(values, 2, 1);
  assert_int_equal(table->n, 3);
  assert_string_equal((const char *)table->entries[0].text, "b");
  assert_string_equal((const char *)table->entries[2].text, "");
  assert_int_equal(table->entries[2].len, 0);
  assert_false(table->entries[0].number);
  assert_true(table->entries[1].number);
  assert_int_equal(table->entries[1].count[PS_ALL_COPIES], 8);
  assert_int_equal(table->entries[1].count[PS_FIRST_COPIES], 0);
  assert_int_equal(table->entries[1].count[PS_SEEN_ONCE], 1);
  assert_int_equal(values_table(values, 0, 0)->n, 0);
  assert_false(values_ended(values));
  values_free(values);
  values_free(NULL);
}

static void bytes_of_any_kind_are_told_apart(void **state) {
  (void)state;
  static const uint8_t zeros[8];
  struct values *values;
  assert_ok(values_create(1, 1, 100, 100, &values, err));
  for (unsigned again = 0; again < 2; again++)
    for (size_t len = 0; len <= sizeof zeros; len++) {
      uint32_t code;
      assert_ok(values_code(values, 0, 0, zeros, len, false, &code, err));
      assert_int_equal(code, len);
    }
  values_free(values);
}

static void a_full_table_stays_as_it_is(void **state) {
  (void)state;
  struct values *values;
  char text[16];
  assert_ok(values_create(1, 2, 50, 1000, &values, err));
  for (unsigned again = 0; again < 2; again++)
    for (unsigned i = 0; i < 80; i++) {
      (void)snprintf(text, sizeof text, "%u", i);
      const uint32_t code = code_of(values, 0, 0, text, true);
      assert_int_equal(code, i < 50 ? i : VALUES_OTHER);
      values_count(values, 0, 0, code, PS_FIRST_COPIES, 2);
    }
  const struct values_table *table = values_table(values, 0, 0);
  assert_int_equal(table->n, 50);
  assert_int_equal(table->other[PS_FIRST_COPIES], 30 * 2 * 2);
  assert_int_equal(table->other[PS_ALL_COPIES], 0);
  assert_int_equal(table->entries[49].count[PS_FIRST_COPIES], 4);
  assert_false(values_ended(values));
  assert_int_equal(code_of(values, 0, 1, "another", false), 0);
  values_free(values);
}

static void the_total_ends_all_tables(void **state) {
  (void)state;
  struct values *values;
  char text[16];
  assert_ok(values_create(2, 1, 50, 10, &values, err));
  for (unsigned i = 0; i < 10; i++) {
    (void)snprintf(text, sizeof text, "%u", i);
    assert_int_equal(code_of(values, i % 2, 0, text, true), i / 2);
  }
  assert_false(values_ended(values));
  assert_int_equal(code_of(values, 0, 0, "8", true), 4);
  assert_false(values_ended(values));
  assert_int_equal(code_of(values, 1, 0, "8", true), VALUES_OTHER);
  assert_true(values_ended(values));
  assert_int_equal(code_of(values, 1, 0, "9", true), 4);
  values_free(values);
}

/* A short text that came after a long one without room has none either. */
static void the_bytes_of_texts_end_all_tables(void **state) {
  (void)state;
  struct values *values;
  char text[PS_PROFILE_TEXT + 1];
  assert_ok(values_create(1, 1, 50, 10, &values, err)); /* 640 bytes */
  memset(text, 'x', sizeof text);
  text[PS_PROFILE_TEXT] = '\0';
  for (unsigned i = 0; i < 4; i++) {
    text[0] = (char)('a' + i);
    assert_int_equal(code_of(values, 0, 0, text, false), i < 2 ? i : VALUES_OTHER);
  }
  assert_true(values_ended(values));
  assert_int_equal(code_of(values, 0, 0, "x", false), VALUES_OTHER);
  values_free(values);
}

/* Each text takes its bytes and one more. */
static void texts_fill_their_room_to_the_byte(void **state) {
  (void)state;
  char text[PS_PROFILE_TEXT + 1];
  for (unsigned over = 0; over < 2; over++) {
    struct values *values;
    assert_ok(values_create(1, 1, 50, 4, &values, err)); /* 256 bytes */
    memset(text, 'x', sizeof text);
    text[100] = '\0';
    assert_int_equal(code_of(values, 0, 0, text, false), 0);
    text[100] = 'x';
    text[154 + over] = '\0'; /* 155 are left */
    assert_int_equal(code_of(values, 0, 0, text, false), over ? VALUES_OTHER : 1);
    assert_int_equal(code_of(values, 0, 0, "", false), VALUES_OTHER);
    assert_true(values_ended(values));
    values_free(values);
  }
}

static void many_values_are_those_of_a_naive_table(void **state) {
  (void)state;
  enum { FIELDS = 3, TEXTS = 20000 };
  struct values *values;
  static uint32_t codes[FIELDS][TEXTS], counts[FIELDS][TEXTS], n[FIELDS];
  uint64_t random = 1;
  char text[32];
  memset(codes, 0xFF, sizeof codes);
  assert_ok(values_create(1, FIELDS, TEXTS, FIELDS * (size_t)TEXTS, &values, err));
  for (uint64_t i = 0; i < scale_count(200000); i++) {
    const unsigned field = (unsigned)scratch_below(&random, FIELDS);
    const unsigned number = (unsigned)scratch_below(&random, TEXTS);
    (void)snprintf(text, sizeof text, "a value %u", number);
    if (codes[field][number] == UINT32_MAX) codes[field][number] = n[field]++;
    assert_int_equal(code_of(values, 0, field, text, false), codes[field][number]);
    values_count(values, 0, field, codes[field][number], PS_ALL_COPIES, 1);
    counts[field][number]++;
  }
  for (unsigned field = 0; field < FIELDS; field++) {
    const struct values_table *table = values_table(values, 0, field);
    assert_int_equal(table->n, n[field]);
    for (unsigned number = 0; number < TEXTS; number++) {
      if (codes[field][number] == UINT32_MAX) continue;
      const struct values_entry *entry = &table->entries[codes[field][number]];
      (void)snprintf(text, sizeof text, "a value %u", number);
      assert_string_equal((const char *)entry->text, text);
      assert_int_equal(entry->count[PS_ALL_COPIES], counts[field][number]);
    }
  }
  values_free(values);
}

/* ---- the fleet ---- */

static void hash_of(unsigned field, uint64_t value, uint8_t hash[FLEET_HASH]) {
  char text[32];
  const int len = snprintf(text, sizeof text, "%llu", (unsigned long long)value);
  fleet_hash(field, (const uint8_t *)text, (size_t)len, hash);
}

static void a_small_fleet_is_exact(void **state) {
  (void)state;
  struct fleet *fleet;
  uint8_t hash[FLEET_HASH];
  assert_ok(fleet_create(&fleet, err));
  for (unsigned field = 0; field < 2; field++)
    for (uint64_t value = 0; value < 100; value++)
      for (uint64_t i = 0; i < value + field; i++) {
        hash_of(field, value, hash);
        assert_ok(fleet_add(fleet, hash, err));
      }
  for (unsigned field = 0; field < 3; field++)
    for (uint64_t value = 0; value < 100; value++) {
      hash_of(field, value, hash);
      const struct ps_bounded figure = fleet_get(fleet, hash);
      assert_int_equal(figure.count, field < 2 ? value + field : 0);
      assert_int_equal(figure.error, 0);
    }
  fleet_free(fleet);
  fleet_free(NULL);
}

static void a_large_fleet_is_within_its_error(void **state) {
  (void)state;
  const uint64_t values = scale_count(2 * (uint64_t)FLEET_SLOTS), common = 20, times = 1000;
  struct fleet *fleet;
  uint8_t hash[FLEET_HASH];
  assert_ok(fleet_create(&fleet, err));
  for (uint64_t i = 0; i < values; i++) {
    hash_of(0, common + i, hash);
    assert_ok(fleet_add(fleet, hash, err));
    if (i >= common * times) continue;
    hash_of(0, i % common, hash);
    assert_ok(fleet_add(fleet, hash, err));
  }
  for (uint64_t i = 0; values > common * times && i < common + 1000; i++) {
    const uint64_t truth = i < common ? times : 1;
    hash_of(0, i, hash);
    const struct ps_bounded figure = fleet_get(fleet, hash);
    assert_in_range(truth, figure.count, figure.count + figure.error);
    assert_true(figure.error <= values / (FLEET_SLOTS / 3));
  }
  fleet_free(fleet);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(codes_are_in_the_order_of_coming),
      cmocka_unit_test(bytes_of_any_kind_are_told_apart),
      cmocka_unit_test(a_full_table_stays_as_it_is),
      cmocka_unit_test(the_total_ends_all_tables),
      cmocka_unit_test(the_bytes_of_texts_end_all_tables),
      cmocka_unit_test(texts_fill_their_room_to_the_byte),
      cmocka_unit_test(many_values_are_those_of_a_naive_table),
      cmocka_unit_test(a_small_fleet_is_exact),
      cmocka_unit_test(a_large_fleet_is_within_its_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

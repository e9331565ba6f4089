/* Looks at their limits, and the most repeated documents in their order: of evidence and documents
 * made by hand.
 */
#include "profile/look.h"
#include "profile/repeated.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

struct made {
  struct ps_profile_evidence e;
  struct look_data d;
};

static void expect(const struct made *made, enum ps_look look, bool wanted) {
  bool looks[PS_LOOKS];
  look_judge(&made->e, &made->d, looks);
  if (looks[look] != wanted) fail_msg("%s: %d", ps_look_name(look), looks[look]);
}

/* ---- copies of a few documents ---- */

static void copies_have_a_limit_each_way(void **state) {
  (void)state;
  struct made m = {{.pings = 10000, .documents = 1000}, {.with_id = 10000}};
  expect(&m, PS_LOOK_COPIES, true); /* just a tenth, just a thousand */
  m.d.with_id = 9999;
  expect(&m, PS_LOOK_COPIES, false);
  m.d.with_id = 20000;
  m.e.documents = 1001;
  expect(&m, PS_LOOK_COPIES, false);
  m = (struct made){{.pings = 100, .documents = 1}, {.with_id = 100}};
  expect(&m, PS_LOOK_COPIES, true);
  m.d.with_id = 99;
  expect(&m, PS_LOOK_COPIES, false);
  m = (struct made){{.pings = 100}, {.with_id = 100}};
  expect(&m, PS_LOOK_COPIES, false); /* none has an id */
}

/* ---- a shared profile: two signs of four ---- */

static void shared_wants_two_signs(void **state) {
  (void)state;
  const struct made none = {{.pings = 5000, .documents = 5000, .days = 3}, {.speeds_of = 1000}};
  static const struct {
    uint64_t cities, speeds, one_speed, sessions, busiest;
    bool wanted;
  } rows[] = {{30, 0, 0, 0, 0, false},        {30, 10, 949, 0, 0, true},
              {29, 10, 949, 0, 0, false},     {30, 9, 949, 0, 0, false},
              {30, 10, 950, 0, 0, false}, /* 95 of a hundred are one machine's */
              {30, 0, 0, 300, 0, true},       {30, 0, 0, 299, 0, false},
              {30, 0, 0, 0, 14401, true},     {30, 0, 0, 0, 14400, false},
              {0, 10, 0, 300, 0, true},       {0, 0, 0, 300, 14401, true},
              {30, 10, 949, 300, 14401, true}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct made m = none;
    m.e.cities = rows[i].cities;
    m.e.speeds = rows[i].speeds;
    m.d.one_speed = rows[i].one_speed;
    m.e.sessions = rows[i].sessions;
    m.e.busiest_documents = rows[i].busiest;
    expect(&m, PS_LOOK_SHARED, rows[i].wanted);
  }
  struct made m = none;
  m.e.cities = 30;
  m.e.sessions = 300;
  m.e.days = 0; /* no day is known: sessions a day are not */
  expect(&m, PS_LOOK_SHARED, false);
}

/* ---- one chatty client ---- */

static void chatty_is_lost_by_any_doubt(void **state) {
  (void)state;
  const struct made clear = {{.pings = 1000,
                              .documents = 900,
                              .busiest_pings = 25,
                              .busiest_documents = 14400,
                              .cities = 3,
                              .speeds = 3},
                             {.cities_of = 810, .speeds_of = 810}};
  struct made m = clear;
  expect(&m, PS_LOOK_CHATTY, true);
  m.e.documents = 899;
  expect(&m, PS_LOOK_CHATTY, false);
  m = clear;
  m.e.busiest_pings = 24;
  expect(&m, PS_LOOK_CHATTY, false);
  m = clear;
  m.e.busiest_documents = 14401;
  expect(&m, PS_LOOK_CHATTY, false);
  m = clear;
  m.e.cities = 4;
  expect(&m, PS_LOOK_CHATTY, false);
  m = clear;
  m.e.speeds = 4;
  expect(&m, PS_LOOK_CHATTY, false);
  m = clear;
  m.d.cities_of = 809;
  expect(&m, PS_LOOK_CHATTY, false);
  m = clear;
  m.d.speeds_of = 809;
  expect(&m, PS_LOOK_CHATTY, false);
}

/* ---- the most repeated documents ---- */

struct one {
  const char *id;
  uint64_t count, first_ns, lo;
};

static void add(struct repeated *repeated, size_t top, const struct one *one) {
  const struct document_day days[] = {{true, 11, 1}, {true, 13, 1}, {false, 0, 1}};
  const struct document document = {.key = {.hi = 1, .lo = one->lo},
                                    .id = (const uint8_t *)one->id,
                                    .id_len = strlen(one->id),
                                    .count = one->count,
                                    .ndays = 3,
                                    .days = days,
                                    .has_time = true,
                                    .first_ns = one->first_ns,
                                    .last_ns = one->first_ns + 5};
  assert_int_equal(repeated_add(repeated, top, &document, NULL), PS_OK);
}

static void the_most_repeated_are_kept_in_their_order(void **state) {
  (void)state;
  static const struct one rows[] = {{"m", 5, 1, 1}, {"b", 7, 1, 2}, {"a", 7, 1, 3},
                                    {"z", 9, 1, 4}, {"x", 1, 1, 5}, {"ab", 7, 1, 6},
                                    {"c", 2, 1, 7}, {"b", 7, 0, 8}, {"b", 7, 1, 0}};
  static const char *const order[] = {"z", "a", "ab", "b", "b", "b", "m", "c"};
  static const uint64_t los[] = {4, 3, 6, 8, 0, 2, 1, 7};
  for (size_t top = 1; top <= 8; top++) {
    struct repeated repeated = {.n = 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) add(&repeated, top, &rows[i]);
    repeated_sort(&repeated);
    assert_int_equal(repeated.n, top);
    for (size_t i = 0; i < top; i++) {
      const struct repeated_document *d = &repeated.at[i];
      assert_string_equal((const char *)d->id, order[i]);
      assert_int_equal(d->key.lo, los[i]);
      assert_int_equal(d->days, 2);
      assert_true(d->has_day && d->first_day == 11 && d->last_day == 13);
      assert_int_equal(d->last_ns, d->first_ns + 5);
    }
    repeated_release(&repeated);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(copies_have_a_limit_each_way),
      cmocka_unit_test(shared_wants_two_signs),
      cmocka_unit_test(chatty_is_lost_by_any_doubt),
      cmocka_unit_test(the_most_repeated_are_kept_in_their_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "accounts/registers.h"

#include "clients.h"

#include <math.h>
#include <string.h>

static void count_clients(uint8_t registers[PS_REGISTERS], uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; i++) {
    const struct ps_client client = client_numbered(i);
    (void)registers_add(registers, &client);
  }
}

static void assert_near(const uint8_t registers[PS_REGISTERS], double clients) {
  const double estimate = ps_registers_estimate(registers);
  if (fabs(estimate - clients) > 5 * PS_REGISTERS_ERROR * clients)
    fail_msg("%.0f clients are estimated as %.0f", clients, estimate);
}

static void nobody_and_few_are_counted_nearly_exactly(void **state) {
  (void)state;
  uint8_t registers[PS_REGISTERS] = {0};
  assert_true(ps_registers_estimate(registers) == 0);
  count_clients(registers, 0, 1);
  assert_true(lround(ps_registers_estimate(registers)) == 1);
  count_clients(registers, 1, 10);
  assert_true(lround(ps_registers_estimate(registers)) == 10);
}

static void estimates_are_within_five_standard_errors(void **state) {
  (void)state;
  /* around the seams of the estimators of old: 2.5 and 5 times the registers */
  static const uint32_t counts[] = {100,   1000,  4096,  8000,   10000,  12000,
                                    20000, 40000, 62423, 200000, 1000000};
  uint8_t registers[PS_REGISTERS] = {0};
  uint32_t counted = 0;
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    count_clients(registers, counted, counts[i]);
    counted = counts[i];
    assert_near(registers, counted);
  }
  assert_true(registers_sound(registers));
}

static void a_client_is_counted_once(void **state) {
  (void)state;
  uint8_t registers[PS_REGISTERS] = {0}, before[PS_REGISTERS];
  const struct ps_client client = client_numbered(7);
  assert_true(registers_add(registers, &client));
  assert_false(registers_add(registers, &client));
  count_clients(registers, 0, 5000);
  memcpy(before, registers, sizeof before);
  count_clients(registers, 0, 5000);
  assert_memory_equal(registers, before, sizeof before);
}

static void merging_is_counting_both(void **state) {
  (void)state;
  uint8_t one[PS_REGISTERS] = {0}, other[PS_REGISTERS] = {0}, both[PS_REGISTERS] = {0};
  count_clients(one, 0, 60000);
  count_clients(other, 40000, 90000);
  count_clients(both, 0, 90000);
  registers_merge(one, other);
  assert_memory_equal(one, both, sizeof both);
}

static void registers_out_of_range_are_unsound(void **state) {
  (void)state;
  uint8_t registers[PS_REGISTERS] = {0};
  assert_true(registers_sound(registers));
  registers[PS_REGISTERS - 1] = 53;
  assert_true(registers_sound(registers));
  registers[PS_REGISTERS - 1] = 54;
  assert_false(registers_sound(registers));
  memset(registers, 255, sizeof registers); /* estimated nevertheless */
  assert_true(ps_registers_estimate(registers) > 1e18);
}

/* Registers are stored: these must never change. */
static void known_answers(void **state) {
  (void)state;
  uint8_t registers[PS_REGISTERS] = {0};
  count_clients(registers, 0, 3);
  uint32_t at[3] = {0}, n = 0; /* index and rank */
  for (uint32_t i = 0; i < PS_REGISTERS; i++)
    if (registers[i] && n < 3) at[n++] = i << 8 | registers[i];
  assert_int_equal(n, 3);
  assert_int_equal(at[0], 0x07202);
  assert_int_equal(at[1], 0x87001);
  assert_int_equal(at[2], 0xf0b02);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_and_few_are_counted_nearly_exactly),
      cmocka_unit_test(estimates_are_within_five_standard_errors),
      cmocka_unit_test(a_client_is_counted_once),
      cmocka_unit_test(merging_is_counting_both),
      cmocka_unit_test(registers_out_of_range_are_unsound),
      cmocka_unit_test(known_answers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

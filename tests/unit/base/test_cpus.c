/* The processors of machines that this one is not. */
#include "base/cpus.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct {
  size_t bytes; /* of the system's set */
  unsigned allowed;
  int error;
} machine;

int __wrap_sched_getaffinity(pid_t process, size_t bytes, cpu_set_t *set);

/* A set that is too small is refused as the system does it. */
int __wrap_sched_getaffinity(pid_t process, size_t bytes, cpu_set_t *set) {
  (void)process;
  errno = machine.error ? machine.error : EINVAL;
  if (machine.error || bytes < machine.bytes) return -1;
  memset(set, 0, bytes);
  for (unsigned i = 0; i < machine.allowed; i++) CPU_SET_S(i, bytes, set);
  return 0;
}

static void counts_the_processors_of_every_machine(void **state) {
  (void)state;
  static const unsigned processors[] = {1, 2, 64, 1024, 1025, 4096, CPUS_MAX};
  for (size_t i = 0; i < sizeof processors / sizeof *processors; i++) {
    machine.bytes = processors[i] <= 64 ? 8 : processors[i] / 8;
    machine.allowed = processors[i];
    assert_int_equal(cpus_count(), processors[i]);
  }
  machine.allowed = 3;
  assert_int_equal(cpus_count(), 3);
}

static void is_one_where_the_system_does_not_tell(void **state) {
  (void)state;
  machine.error = EPERM;
  assert_int_equal(cpus_count(), 1);
  machine.error = 0;
  machine.allowed = 0;
  assert_int_equal(cpus_count(), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_the_processors_of_every_machine),
      cmocka_unit_test(is_one_where_the_system_does_not_tell),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/cpus.h"

#include <sched.h>

unsigned cpus_count(void) {
  cpu_set_t sets[CPUS_MAX / CPU_SETSIZE];
  if (sched_getaffinity(0, sizeof sets, sets)) return 1;
  const int n = CPU_COUNT_S(sizeof sets, sets);
  return n > 1 ? (unsigned)n : 1;
}

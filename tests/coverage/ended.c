/* Linked into every program of the build that scripts/coverage makes, with -Wl,--wrap for the calls
 * below: what was executed is written before the program ends by _exit() or its own signal, where
 * the run-time of gcov would not write it. SIGKILL loses it all the same. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void __gcov_dump(void);
int __real_raise(int number);
int __wrap_raise(int number);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

/* Of the injector of faults (tests/fault), if it is there: gcov has no answer to a lack of memory.
 */
__attribute__((weak)) void pingsieve_fault_end(void);

static void end_faults(void) {
  if (pingsieve_fault_end) pingsieve_fault_end();
}

__attribute__((constructor)) static void begin(void) {
  (void)atexit(end_faults); /* before gcov's own, which is a destructor */
}

int __wrap_raise(int number) {
  end_faults();
  __gcov_dump();
  return __real_raise(number);
}

void __wrap__exit(int status) {
  end_faults();
  __gcov_dump();
  __real__exit(status);
}

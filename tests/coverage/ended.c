/* Linked into every program of the build that scripts/coverage makes, with -Wl,--wrap for the calls
 * below: what was executed is written before the program ends by _exit() or its own signal, where
 * the run-time of gcov would not write it. SIGKILL loses it all the same. */
#include <signal.h>
#include <unistd.h>

void __gcov_dump(void);
int __real_raise(int number);
int __wrap_raise(int number);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

int __wrap_raise(int number) {
  __gcov_dump();
  return __real_raise(number);
}

void __wrap__exit(int status) {
  __gcov_dump();
  __real__exit(status);
}

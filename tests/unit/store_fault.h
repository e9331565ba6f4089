/* The n-th call of LMDB fails, on purpose, as if its file could not be read or written: to see that
 * the error is passed on by all that stand above it.
 *
 * store_fault.c stands in for the calls of LMDB of the code that is linked with it
 * (ps_store_fault() in CMakeLists.txt). */
#ifndef TESTS_UNIT_STORE_FAULT_H
#define TESTS_UNIT_STORE_FAULT_H

#include <stdbool.h>

/* The n-th call from now on fails with EIO, and no other; 0: none. */
void store_fail(unsigned long n);
/* Whether it came to that. Afterwards none fails. */
bool store_failed(void);

#endif

/* A ledger of what a program holds: allocations and descriptors. And the n-th allocation fails, on
 * purpose, to see that a call says so, leaves nothing behind, and that all goes on without it.
 *
 * ledger.c stands in for malloc, calloc, realloc, strdup, strndup and free of the code that is
 * linked with it (ps_ledger() in CMakeLists.txt); allocations of shared libraries are not seen. Any
 * thread may allocate. */
#ifndef TESTS_UNIT_LEDGER_H
#define TESTS_UNIT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now on fails, and no other; 0: none. */
void ledger_fail(unsigned long n);
/* Whether it came to that. Afterwards none fails. */
bool ledger_failed(void);

size_t ledger_allocations(void); /* that were not freed */
size_t ledger_descriptors(void); /* that are open */

#endif

/* The interface of libFuzzer that targets implement: never crashes, returns 0. Anything that must
 * hold is checked with FUZZ_CHECK. */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define FUZZ_CHECK(what)                                                                           \
  do {                                                                                             \
    if (!(what)) {                                                                                 \
      (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);              \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

#endif

/* For targets whose inputs are parts, each ended by a NUL, the last one a ping: 15 times of
 * 16 only the ping is mutated, so that what was compiled of the parts before it (compiled.h)
 * serves again. */
#include "fuzz.h"

#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size); /* of libFuzzer */
__attribute__((visibility("default"))) size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  const uint8_t *nul = size ? memrchr(data, 0, size) : NULL;
  const size_t before = nul ? (size_t)(nul + 1 - data) : 0;
  if (seed % 16 == 0 || before >= max_size) return LLVMFuzzerMutate(data, size, max_size);
  return before + LLVMFuzzerMutate(data + before, size - before, max_size - before);
}

/* Every kernel that is built and runs here: those of scan_kernels(), and the AVX2 one for machines
 * on which PEXT is slow, which no machine with a quick one would choose. The CPU is asked once:
 * under a hypervisor every CPUID is a trap, some 50 times as slow as a short line.
 */
#ifndef TEST_FUZZ_KERNELS_H
#define TEST_FUZZ_KERNELS_H

#include "scan/kernels.h"

#include <stdbool.h>
#include <string.h>

#define FUZZ_KERNELS 5u

/* Best first, ended by one without a name; the last one is the portable one or a variant of AVX2.
 */
static inline const struct scan_kernel *fuzz_kernels(void) {
  static struct scan_kernel list[FUZZ_KERNELS + 1];
  if (list[0].name) return list;
  unsigned n = 0;
#if defined(__x86_64__)
  bool avx2 = false;
#endif
  for (const struct scan_kernel *k = scan_kernels(); k->name && n < FUZZ_KERNELS - 1; k++) {
#if defined(__x86_64__)
    avx2 |= !strcmp(k->name, "avx2");
#endif
    list[n++] = *k;
  }
#if defined(__x86_64__)
  if (avx2) list[n] = (struct scan_kernel){"avx2 without pext", avx2_slow_pext_scan};
#endif
  return list;
}

#endif

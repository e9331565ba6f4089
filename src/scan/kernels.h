/* The SIMD kernels, as far as they are built for this processor family; see kernel.inc. */
#ifndef SCAN_KERNELS_H
#define SCAN_KERNELS_H

#include "scan/scan.h"

#if defined(__x86_64__)
scan_function avx512_scan;         /* AVX-512 F, BW, VL; PCLMUL, BMI, BMI2 */
scan_function avx2_scan;           /* AVX2, PCLMUL, BMI, BMI2 */
scan_function avx2_slow_pext_scan; /* the same for machines on which PEXT and PDEP take long */
#elif defined(__aarch64__)
scan_function neon_scan;
#endif

#endif

/* The portable scanner: a byte-wise state machine without SIMD, iterative.
 *
 * It is a kernel like the others, and their oracle: a kernel that rejects a line has it scanned
 * once more here, which tells code and offset, and hands lines over that are not for it (deep
 * nesting, no container at the top).
 */
#ifndef SCAN_PORTABLE_H
#define SCAN_PORTABLE_H

#include "scan/scan.h"

scan_function portable_scan;

/* For a kernel that has rejected the line: as portable_scan(), but SCAN_INTERNAL if that accepts.
 */
scan_function portable_explain;

#endif

/* The bracket table: what up to four brackets in a row do to the stack of containers.
 *
 * Looked up by which of them open (with a 1 above the last one), which are curly, and the types of
 * the five innermost containers (bit 0: the innermost; 1: an object). An entry tells how many
 * containers of before are closed, how many new ones stay open and their types, at which brackets
 * the innermost container's type changes, and whether a closing bracket does not fit. 64 KiB, of
 * which a few dozen entries are hot; brackets_table.c is made by brackets_generate.c when building.
 */
#ifndef SCAN_BRACKETS_H
#define SCAN_BRACKETS_H

#include <stdint.h>

#define BRACKETS_AT_ONCE 4
#define BRACKETS_TABLE   (32 * 16 * 32)

extern const uint32_t brackets_table[BRACKETS_TABLE];

static inline unsigned brackets_index(unsigned open, unsigned curly, unsigned stack) {
  return open << 9 | curly << 5 | stack;
}

static inline uint32_t brackets_entry(unsigned pops, unsigned pushes, unsigned pushed,
                                      unsigned toggles, unsigned mismatch) {
  return pops | pushes << 3 | pushed << 6 | toggles << 10 | mismatch << 14;
}
static inline unsigned brackets_pops(uint32_t entry) { return entry & 7; }
static inline unsigned brackets_pushes(uint32_t entry) { return entry >> 3 & 7; }
static inline unsigned brackets_pushed(uint32_t entry) { return entry >> 6 & 15; }
static inline unsigned brackets_toggles(uint32_t entry) { return entry >> 10 & 15; }
static inline unsigned brackets_mismatch(uint32_t entry) { return entry >> 14; }

#endif

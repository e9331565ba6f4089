/* The bracket tables: the effect of up to four brackets in a row on the stack of containers.
 *
 * Both are looked up by which of the brackets open (with a 1 above the last one) and which are
 * curly. brackets_moves tells how many containers of before are closed, how many new ones stay open
 * and their types, and how far above the depth after the pops the lowest closing bracket leads (1
 * when there is none to that depth). brackets_types is also looked up by the types of the five
 * innermost containers (bit 0: the innermost; 1: an object) and tells at which brackets the
 * innermost container's type changes, and whether a closing bracket does not fit. Apart, because
 * then the stack goes from one four to the next without waiting for a table. brackets_tables.c is
 * made by brackets_generate.c when building.
 */
#ifndef SCAN_BRACKETS_H
#define SCAN_BRACKETS_H

#include <stdint.h>

#define BRACKETS_STACK 32 /* states of the five innermost containers */
#define BRACKETS_MOVES (32 * 16)

extern const uint16_t brackets_moves[BRACKETS_MOVES];
extern const uint8_t brackets_types[BRACKETS_MOVES * BRACKETS_STACK];

/* Index into brackets_moves; times BRACKETS_STACK and plus the stack's low bits into the other. */
static inline unsigned brackets_index(unsigned open, unsigned curly) { return open << 4 | curly; }

static inline unsigned brackets_move(unsigned pops, unsigned pushes, unsigned pushed,
                                     unsigned above) {
  return pops | pushes << 3 | pushed << 6 | above << 10;
}
static inline unsigned brackets_pops(unsigned move) { return move & 7; }
static inline unsigned brackets_pushes(unsigned move) { return move >> 3 & 7; }
static inline unsigned brackets_pushed(unsigned move) { return move >> 6 & 15; }
static inline unsigned brackets_above(unsigned move) { return move >> 10; }

static inline unsigned brackets_type(unsigned toggles, unsigned mismatch) {
  return toggles | mismatch << 4;
}
static inline unsigned brackets_toggles(unsigned type) { return type & 15; }
static inline unsigned brackets_mismatch(unsigned type) { return type >> 4; }

#endif

/* Writes brackets_tables.c to standard output; run by the build. */
#include "scan/brackets.h"

#include <stdio.h>

struct entry {
  unsigned move, type;
};

static struct entry entry_of(unsigned open, unsigned curly, unsigned stack) {
  unsigned n = 0, pops = 0, pushes = 0, pushed = 0, toggles = 0, mismatch = 0, above = 1;
  if (!open) return (struct entry){0, 0};
  while (open >> (n + 1)) n++;
  for (unsigned i = 0; i < n; i++) {
    unsigned top = pushes ? pushed & 1 : stack >> pops & 1, object = curly >> i & 1;
    if (open >> i & 1) {
      pushed = pushed << 1 | object;
      pushes++;
    } else {
      mismatch |= top ^ object;
      if (pushes) {
        pushes--;
        pushed >>= 1;
      } else pops++;
      if (!pushes) above = 0;
    }
    unsigned now = pushes ? pushed & 1 : stack >> pops & 1;
    toggles |= (top ^ now) << i;
  }
  return (struct entry){brackets_move(pops, pushes, pushed, above),
                        brackets_type(toggles, mismatch)};
}

static void number(unsigned i, unsigned value) {
  (void)printf("%s%u,", i % 16 ? " " : "\n    ", value);
}

int main(void) {
  (void)printf("#include \"scan/brackets.h\"\n\nconst uint16_t brackets_moves[BRACKETS_MOVES] = {");
  for (unsigned i = 0; i < BRACKETS_MOVES; i++) number(i, entry_of(i >> 4, i & 15, 0).move);
  (void)printf("\n};\n\nconst uint8_t brackets_types[BRACKETS_MOVES * BRACKETS_STACK] = {");
  for (unsigned i = 0; i < BRACKETS_MOVES * BRACKETS_STACK; i++)
    number(i, entry_of(i >> 9, i >> 5 & 15, i & 31).type);
  (void)printf("\n};\n");
  return ferror(stdout) || fflush(stdout) ? 1 : 0;
}

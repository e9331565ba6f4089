/* Writes brackets_table.c to standard output; run by the build. */
#include "scan/brackets.h"

#include <stdio.h>

static uint32_t entry_at(unsigned open, unsigned curly, unsigned stack) {
  unsigned n = 0, pops = 0, pushes = 0, pushed = 0, toggles = 0, mismatch = 0;
  if (!open) return 0;
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
    }
    unsigned now = pushes ? pushed & 1 : stack >> pops & 1;
    toggles |= (top ^ now) << i;
  }
  return brackets_entry(pops, pushes, pushed, toggles, mismatch);
}

int main(void) {
  (void)printf("#include \"scan/brackets.h\"\n\nconst uint32_t brackets_table[BRACKETS_TABLE] = {");
  for (unsigned i = 0; i < BRACKETS_TABLE; i++)
    (void)printf("%s%u,", i % 16 ? " " : "\n    ", entry_at(i >> 9, i >> 5 & 15, i & 31));
  (void)printf("\n};\n");
  return ferror(stdout) || fflush(stdout) ? 1 : 0;
}

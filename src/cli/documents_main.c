/* pingsieve-documents: prints the manual page or a shell's completions. The build runs it; it is
 * not installed. */
#include "cli/completion.h"
#include "cli/manual.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*print)(FILE *out);
  } documents[] = {{"man", manual_print},
                   {"bash", completion_print_bash},
                   {"zsh", completion_print_zsh},
                   {"fish", completion_print_fish}};
  for (size_t i = 0; argc == 2 && i < sizeof documents / sizeof documents[0]; i++) {
    if (strcmp(argv[1], documents[i].name) != 0) continue;
    documents[i].print(stdout);
    return fflush(stdout) || ferror(stdout) ? 1 : 0;
  }
  (void)fputs("usage: pingsieve-documents man|bash|zsh|fish\n", stderr);
  return 2;
}

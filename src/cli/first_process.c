#include "cli/first_process.h"

#include "cli/child.h"
#include <unistd.h>

void first_process_leave(void) {
  struct parent parent;
  if (getpid() != 1) return;
  parent_begin(&parent);
  const pid_t child = fork();
  if (child > 0) _exit(parent_wait(&parent, child));
  if (!child) child_tie(&parent);
  parent_end(&parent);
}

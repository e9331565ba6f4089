#include "cli/bus_error.h"
#include "cli/command.h"
#include "cli/first_process.h"
#include "cli/standard_files.h"
#include <malloc.h>
#include <signal.h>

int main(int argc, char **argv) {
  standard_files_fill();
  /* LMDB frees its dirty pages at every commit; without these glibc would give them back to the
   * system each time, at the price of a page fault for each in the next batch. */
  (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
  (void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
  /* A file that may not grow further (ulimit -f) is then a failed write, with a sentence. */
  (void)signal(SIGXFSZ, SIG_IGN);
  bus_error_tell();
  first_process_leave();
  return standard_files_finish(command_main(argc, argv));
}

#include "cli/standard_files.h"

#include "cli/exit_code.h"
#include "cli/message.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void standard_files_fill(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
      (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* takes number fd */
}

bool standard_files_was_closed(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return errno == EBADF;
  return (flags & O_ACCMODE) == (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int standard_files_finish(int code) {
  bool failed = ferror(stdout) != 0;
  failed |= fflush(stdout) != 0;
  if (!failed) return code;
  message(MESSAGE_ERROR, "standard output cannot be written: %s",
          standard_files_was_closed(STDOUT_FILENO) ? "it is closed" : strerrordesc_np(errno));
  return code == EXIT_DONE ? EXIT_OUTPUT : code;
}

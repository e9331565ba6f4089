/* The three standard descriptors. One that was closed when the program started is filled with
 * /dev/null, opened the wrong way round so that its use fails, lest a file of the store becomes
 * descriptor 1 and receives pings. */
#ifndef CLI_STANDARD_FILES_H
#define CLI_STANDARD_FILES_H

#include <stdbool.h>

void standard_files_fill(void); /* first thing in main */
bool standard_files_was_closed(int fd);

/* Flushes stdout and says so when that fails; the exit code that follows from `code`. */
int standard_files_finish(int code);

#endif

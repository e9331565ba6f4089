/* Paths that name a descriptor of the process itself: /dev/stdin, /dev/stdout, /dev/stderr,
 * /dev/fd/N, /proc/self/fd/N.
 *
 * Opened by such a path a file would get an offset of its own, and what both descriptors write
 * would overwrite each other; a socket (a service's standard error) cannot be opened by it at all
 * (proc(5)). A duplicate of the descriptor has neither fault.
 */
#ifndef IO_DEVFD_H
#define IO_DEVFD_H

#include <stdbool.h>

/* The descriptor that the path names, whether it is open or not; -1: it names none. */
int devfd_number(const char *path);

/* A duplicate to write to, closed on exec. -1 with errno: EBADF when it is not open for that. */
int devfd_open(int number);

/* Whether two descriptors that are open on the same regular file, the first for writing, were
 * opened at once, as by `2>&1`, and have one offset: a lock of the open file description
 * (fcntl(2)), far behind any file's end, does not exclude its own. False where the file system has
 * no locks. */
bool devfd_share(int a, int b);

#endif

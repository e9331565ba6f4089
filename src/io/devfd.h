/* Paths that name a descriptor of the process itself: /dev/stdin, /dev/stdout, /dev/stderr,
 * /dev/fd/N, /proc/self/fd/N.
 *
 * Opened by such a path a file would get an offset of its own, and what both descriptors write
 * would overwrite each other; a socket (a service's standard error) cannot be opened by it at all
 * (proc(5)). A duplicate of the descriptor has neither fault.
 */
#ifndef IO_DEVFD_H
#define IO_DEVFD_H

/* The descriptor that the path names, whether it is open or not; -1: it names none. */
int devfd_number(const char *path);

/* A duplicate to write to, closed on exec. -1 with errno: EBADF when it is not open for that. */
int devfd_open(int number);

#endif

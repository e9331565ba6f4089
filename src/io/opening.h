/* Opening files by names that may be of anything: without waiting for the other end of a pipe,
 * without becoming a terminal's process, and again after a signal.
 *
 * O_NONBLOCK has an effect on regular files, too: while another program has a lease on one (file
 * servers take them), open(2) fails with EWOULDBLOCK instead of waiting until the lease is given
 * back, which the kernel enforces after /proc/sys/fs/lease-break-time, 45 s. Such a file is tried
 * again.
 */
#ifndef IO_OPENING_H
#define IO_OPENING_H

#include <sys/types.h>

/* A descriptor, or -1 with errno; EAGAIN when stop_fd (-1: none) became readable meanwhile, or the
 * lease was kept for a minute. Flags are O_RDONLY or O_WRONLY, O_APPEND and O_CREAT. */
int opening(const char *path, int flags, mode_t mode, int stop_fd);

#endif

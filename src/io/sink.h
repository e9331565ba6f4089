/* Sinks: where bytes go. Every write, flush, sync and close is checked; an error names the sink.
 *
 * A closed pipe is PS_E_PIPE (the program must ignore SIGPIPE), anything else PS_E_OUTPUT. A sink
 * writes what it is given before it returns; non-blocking descriptors are waited for. After an
 * error every later call returns the same one. One thread at a time.
 */
#ifndef IO_SINK_H
#define IO_SINK_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct sink;

/* `name` is for messages, copied. When it fails, fd stays open, owned or not. */
int sink_open_fd(int fd, const char *name, bool owned, struct sink **sink, struct ps_error *err);

/* Appends to path, creating it with mode 0600 (and syncing its directory, so that the file outlives
 * a power loss). When the file exists and does not end in '\n', one is written first, so that
 * records of an earlier, interrupted run stay apart. Pipes, /dev/stdout and /dev/null are fine;
 * opening a named pipe waits for its reader. */
int sink_open_append(const char *path, struct sink **sink, struct ps_error *err);
int sink_open_null(struct sink **sink, struct ps_error *err); /* takes everything, keeps nothing */

/* Closes and opens again by its name what sink_open_append() opened, so that a file that was
 * renamed is let go of. NULL and anything but a regular file stay as they are. After an error *sink
 * is NULL. */
int sink_reopen(struct sink **sink, struct ps_error *err);

/* Writes all of it; vectors may be changed by the call. Partial writes are continued. Big files are
 * handed to the disk early, so that sink_sync() is short. */
int sink_writev(struct sink *sink, struct iovec *vectors, size_t n, struct ps_error *err);
int sink_write(struct sink *sink, const void *data, size_t len, struct ps_error *err);

/* What was written has left: fdatasync() on regular files and block devices, nothing on pipes,
 * terminals and other devices. */
int sink_sync(struct sink *sink, struct ps_error *err);

/* Bytes given to sink_write() and sink_writev() that left, and the size of the file now (no regular
 * file: the same as sink_bytes()). */
uint64_t sink_bytes(const struct sink *sink);
uint64_t sink_position(const struct sink *sink);
const char *sink_name(const struct sink *sink);

/* Syncs, closes (an owned descriptor) and frees, also after errors; the first error is returned.
 * NULL is fine. */
int sink_close(struct sink *sink, struct ps_error *err);

#endif

/* Sinks: where bytes go. Every write, flush, sync and close is checked; an error names the sink.
 *
 * A closed pipe is PS_E_PIPE (the program must ignore SIGPIPE), anything else PS_E_OUTPUT. A sink
 * writes what it is given before it returns; non-blocking descriptors are waited for. One thread at
 * a time.
 */
#ifndef IO_SINK_H
#define IO_SINK_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct sink;

int sink_open_fd(int fd, const char *name, bool owned, struct sink **sink, struct ps_error *err);
/* Appends to path, creating it with mode 0600 or the like. When the file exists and does not end in
 * '\n', one is written first, so that records of an earlier, interrupted run stay apart. */
int sink_open_append(const char *path, struct sink **sink, struct ps_error *err);
int sink_open_null(struct sink **sink, struct ps_error *err); /* takes everything, keeps nothing */

/* Writes all of it; vectors may be changed by the call. Partial writes are continued. */
int sink_writev(struct sink *sink, struct iovec *vectors, size_t n, struct ps_error *err);
int sink_write(struct sink *sink, const void *data, size_t len, struct ps_error *err);

/* What was written has left: fdatasync() on regular files, nothing on pipes and terminals. */
int sink_sync(struct sink *sink, struct ps_error *err);

/* Bytes since the sink was opened, and (files) the size of the file now. */
uint64_t sink_bytes(const struct sink *sink);
uint64_t sink_position(const struct sink *sink);
const char *sink_name(const struct sink *sink);

/* Syncs, closes and frees, also after errors; the first error is returned. NULL is fine. */
int sink_close(struct sink *sink, struct ps_error *err);

#endif

/* Sinks: where bytes go. Every write, flush, sync and close is checked; an error names the sink.
 *
 * A closed pipe is PS_E_PIPE (the program must ignore SIGPIPE), anything else PS_E_OUTPUT. A sink
 * writes what it is given before it returns; non-blocking descriptors are waited for, and pipes are
 * opened again as such. After an error every later call returns the same one; but after
 * PS_E_STOPPED only writes do. One thread at a time.
 *
 * A regular file that ends in the middle of a line, as an interrupted run leaves one, gets a
 * newline before the first byte, so that records stay apart. It is not counted.
 */
#ifndef IO_SINK_H
#define IO_SINK_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct sink;

/* `name` is for messages, copied. When it fails, fd stays open, owned or not. A regular file is
 * claimed (io/claim.h): PS_E_OUTPUT when another process writes it at the same time. */
int sink_open_fd(int fd, const char *name, bool owned, struct sink **sink, struct ps_error *err);

/* Appends to path, creating it with mode 0600 (and syncing its directory, so that the file outlives
 * a power loss). The newline that an unfinished last line lacks is written at once. Pipes and
 * devices are fine, and /dev/stderr and its like mean the descriptor (io/devfd.h). A named pipe
 * that has no reader yet is opened by sink_await(); until then writing to it fails. */
int sink_open_append(const char *path, struct sink **sink, struct ps_error *err);
int sink_open_null(struct sink **sink, struct ps_error *err); /* takes everything, keeps nothing */

bool sink_awaits(const struct sink *sink); /* a reader; NULL does not */
/* Waits for it. PS_E_STOPPED once stop_fd is readable. Nothing to wait for is fine, NULL too. */
int sink_await(struct sink *sink, int stop_fd, struct ps_error *err);

/* Writing to a pipe may wait for its reader for ever: once stop_fd is readable no longer than two
 * seconds, then PS_E_STOPPED. stop_fd must outlive the sink's last write. NULL is fine. */
void sink_stop_by(struct sink *sink, int stop_fd);

/* While a write waits for the reader, `blocked` is called every 20 ms: the owner may do what others
 * wait for, but not write. Its error ends the write. NULL for sink is fine. */
void sink_while_blocked(struct sink *sink, int (*blocked)(void *context, struct ps_error *err),
                        void *context);

/* It is a regular file that was opened by its own name: it is there when the run is over. */
bool sink_is_file(const struct sink *sink);

/* Closes and opens again by its name what sink_open_append() opened, so that a file that was
 * renamed is let go of. NULL and anything but a regular file stay as they are. After an error *sink
 * is NULL. */
int sink_reopen(struct sink **sink, struct ps_error *err);

/* Writes all of it; vectors may be changed by the call. Partial writes are continued. Big files are
 * handed to the disk early, so that sink_sync() is short. */
int sink_writev(struct sink *sink, struct iovec *vectors, size_t n, struct ps_error *err);
int sink_write(struct sink *sink, const void *data, size_t len, struct ps_error *err);

/* Takes back what was written behind `position`, `len` bytes, when the sink is a file that nobody
 * else has appended to since. *done: it was. */
int sink_take_back(struct sink *sink, uint64_t position, uint64_t len, bool *done,
                   struct ps_error *err);

/* Brings the written bytes to the disk: fdatasync() on regular files and block devices, nothing on
 * pipes, terminals and other devices. PS_E_OUTPUT too when a file that is not appended to has
 * become shorter than the bytes written to it. */
int sink_sync(struct sink *sink, struct ps_error *err);

/* Bytes given to sink_write() and sink_writev() that left, and the size of the file now (no regular
 * file: the same as sink_bytes()). */
uint64_t sink_bytes(const struct sink *sink);
/* How many of these bytes, from the first on, are with the reader or on the disk: of a file those
 * that were synced; of a pipe those that are not in it any more (FIONREAD works on the end that is
 * written to; bytes of other writers in it make this less, never more; PS_E_PIPE: some are in it,
 * and have no reader); of a socket all once its queue is empty, PS_E_PIPE when it is hung up before
 * that was seen; of a terminal and other devices all. */
int sink_taken(struct sink *sink, uint64_t *bytes, struct ps_error *err);
uint64_t sink_position(const struct sink *sink);
/* Where the file ended in the middle of a line: the position of the newline that such a line gets;
 * 0: nowhere. NULL is fine. */
uint64_t sink_torn(const struct sink *sink);
const char *sink_name(const struct sink *sink);

/* Syncs, closes (an owned descriptor) and frees, also after errors; the first error is returned.
 * NULL is fine. */
int sink_close(struct sink *sink, struct ps_error *err);

#endif

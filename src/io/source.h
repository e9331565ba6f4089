/* Sources: where bytes come from, behind one small table of operations, so that a new transport is
 * a new file.
 *
 * source_open_fd() looks at the first bytes: gzip is inflated on the way (RFC 1952; several
 * members, zero padding after the last one as tar leaves it); zstd, xz and bzip2 are refused with
 * the command that unpacks them. Data that only begins like one of them, but has no such
 * header, is plain: a line of it must not stop the stream it is in. A gzip header whose data is
 * damaged is a damaged input; so are data that begin with the magic where the name ends in .gz.
 *
 * A named pipe without a writer is waited for by source_read(), never by opening it.
 */
#ifndef IO_SOURCE_H
#define IO_SOURCE_H

#include "base/digest.h"
#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

struct source_options {
  const char *name; /* for messages: a path, or "standard input"; copied */
  int stop_fd; /* source_read() returns PS_E_STOPPED once this descriptor is readable; -1: none */
  bool owned;  /* close the descriptor with the source */
  bool digest; /* hash what is taken from the descriptor, for source_digest() */
};

/* Nothing is read before the first source_read(). Pipes are enlarged to 1 MiB where the system
 * allows (F_SETPIPE_SZ). When it fails, fd stays open, owned or not. */
int source_open_fd(int fd, const struct source_options *options, struct source **source,
                   struct ps_error *err);
/* The same over a source that the caller brings. */
struct ps_source;
int source_open_given(const struct ps_source *given, int stop_fd, struct source **source,
                      struct ps_error *err);
int source_open_file(const char *path, int stop_fd, struct source **source, struct ps_error *err);

/* Reads what is there, at least one byte, at most cap; waits if there is nothing. *got = 0 with
 * PS_OK is the end. PS_E_INPUT_DAMAGED: the gzip stream is truncated, corrupt or followed by
 * something else (the sentence has the name and the byte offset in the compressed input);
 * everything that could be inflated was delivered by the calls before. PS_E_INPUT: the system did
 * not read (the sentence has the name and the byte), or the format is not known; see
 * error_is_passing(). An error is repeated by every later call. */
int source_read(struct source *source, void *data, size_t cap, size_t *got, struct ps_error *err);

/* The same without ever waiting: *idle = true (and *got = 0) when nothing is there now, or when
 * stop_fd is readable, which the next source_read() reports. */
int source_try(struct source *source, void *data, size_t cap, size_t *got, bool *idle,
               struct ps_error *err);

/* Bytes taken from the descriptor so far (compressed ones for gzip); of a source that the caller
 * brings, what it counts. */
uint64_t source_bytes(const struct source *source);
/* Of these, how many are behind what was delivered; after damage, where it is. */
uint64_t source_position(const struct source *source);

/* The digest of everything the descriptor delivers: reads what is left of it (after damage, for
 * example) and ends the source. A file that grows meanwhile: of what was there when its end was
 * first met. PS_E_ARGUMENT without options.digest; PS_E_INPUT and PS_E_STOPPED as source_read(). */
#define SOURCE_DIGEST DIGEST_BYTES
int source_digest(struct source *source, uint8_t digest[SOURCE_DIGEST], struct ps_error *err);
const char *source_name(const struct source *source);
bool source_is_gzip(const struct source *source); /* known after the first read */
void source_close(struct source *source);         /* NULL is fine */

#endif

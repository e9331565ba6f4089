/* Help for the tests of src/io: scripted transports, byte strings, gzip files, places to write. */
#ifndef TEST_IO_SUPPORT_H
#define TEST_IO_SUPPORT_H

#include "io/inflate.h"
#include "io/source.h"
#include "io/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct bytes {
  uint8_t *data;
  size_t len, cap;
};
void bytes_append(struct bytes *b, const void *data, size_t len);
void bytes_text(struct bytes *b, const char *text);
void bytes_repeat(struct bytes *b, char c, size_t n);
void bytes_release(struct bytes *b);
void bytes_equal(const struct bytes *a, const struct bytes *b);

/* n, scaled by PINGSIEVE_TEST_SCALE percent, at least 1. */
size_t scaled(size_t n);

/* Whether to do the i-th of many equal cases: all at 100 percent, each tenth at 10, and so on. */
bool sampled(size_t i);

uint64_t random_next(uint64_t *state); /* splitmix64 */

/* A transport that delivers `data` in pieces. */
struct script {
  struct transport transport;
  const uint8_t *data;
  size_t len;
  size_t piece;         /* bytes a read at most */
  bool idle;            /* nothing is there for a TRY until a WAIT made the next piece come */
  const size_t *pauses; /* or: ascending positions, ended by SIZE_MAX, at which the stream pauses */
  enum ps_status end;   /* the last result: PS_OK, or an error */
  void (*waits)(void *context, size_t at); /* called when a WAIT comes; may be NULL */
  void *context;
  size_t at, allowed; /* its state */
};
/* Opens a source on it; the script must outlive the source. */
struct source *script_open(struct script *script, const struct inflate_backend *backend);
struct source *script_open_as(struct script *script, const char *name,
                              const struct inflate_backend *backend);

/* Reads to the end, `cap` bytes a call; returns the last status. */
int source_read_all(struct source *source, size_t cap, struct bytes *out, struct ps_error *err);

struct gzip_style {
  int level;
  bool extra, name, comment, checksum; /* optional header fields */
  size_t flush;                        /* Z_SYNC_FLUSH after so many bytes; 0: never */
};
void gzip_member(struct bytes *out, const void *data, size_t len, const struct gzip_style *style);

/* The verdict of zlib's own gzip reader: 0 fine, -1 damaged; `out` gets all it can inflate. Not for
 * padding or trailing bytes. */
int gzip_oracle(const uint8_t *data, size_t len, struct bytes *out);

/* Something like a stream of pings, `len` bytes about. */
void ping_stream(struct bytes *out, size_t len, uint64_t seed);

/* A new directory; temp_remove() removes it with all that is in it. */
char *temp_make(void);
void temp_remove(char *directory);
char *temp_path(const char *directory, const char *name); /* malloc'ed */

/* A sink of the descriptor, called "the output"; the file has these bytes and no others. */
struct sink;
struct sink *sink_of(int fd, bool owned);
void file_has(const char *path, const void *want, size_t len);

#endif

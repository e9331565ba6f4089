/* The invalid sink: the bytes of malformed pings, unchanged, and beside it PATH.reasons, one NDJSON
 * line about each.
 *
 * A reasons line:
 * {"input":NAME,"line":N,"offset":BYTES,"at":BYTES,"bytes":BYTES,"position":BYTES,"reason":TEXT}:
 * where the line began in the (inflated) input, which byte of it is at fault, its length with the
 * newline, and where its bytes begin in PATH.
 */
#ifndef SIEVE_INVALID_H
#define SIEVE_INVALID_H

#include "base/buffer.h"
#include "io/sink.h"

struct invalid {
  char *path, *reasons_path;
  struct sink *bytes, *reasons; /* NULL until opened */
  struct buffer text;
};

struct invalid_place {
  const char *input;
  uint64_t line, offset, at, bytes;
  uint64_t position; /* sink position before the first byte was written */
  const char *reason;
};

/* The files are opened by the first write, or at once when `now`. path is copied. */
int invalid_init(struct invalid *invalid, const char *path, bool now, struct ps_error *err);
int invalid_position(struct invalid *invalid, uint64_t *position, struct ps_error *err);
int invalid_write(struct invalid *invalid, const void *data, size_t len, struct ps_error *err);
int invalid_tell(struct invalid *invalid, const struct invalid_place *place, struct ps_error *err);
int invalid_sync(struct invalid *invalid, struct ps_error *err);
int invalid_release(struct invalid *invalid, struct ps_error *err); /* closes; the first error */

#endif

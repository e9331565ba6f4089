/* The invalid sink: the bytes of malformed pings, unchanged, and beside it PATH.reasons, one NDJSON
 * line about each. A pipe or a device has no reasons beside it.
 *
 * A reasons line:
 * {"input":NAME,"line":N,"offset":BYTES,"at":BYTES,"bytes":BYTES,"position":BYTES,"reason":TEXT}:
 * where the line began in the (inflated) input, which byte of it is at fault, its length with the
 * newline, and where its bytes begin in PATH. An over-long line that was cut has "kept":BYTES
 * before the reason.
 *
 * Neither file grows over a limit, with the lines of all runs: those that are there at the next run
 * count, so that a producer gone wrong cannot fill the disk from run to run. A line that does not
 * fit is not written, and no line about it; an over-long one, whose length shows only at its end,
 * is cut. Lines that fit are written also when the reasons are at their limit.
 */
#ifndef SIEVE_INVALID_H
#define SIEVE_INVALID_H

#include "base/buffer.h"
#include "io/sink.h"

#define INVALID_REASONS ".reasons" /* ends the name of the file beside it */

struct invalid {
  bool in_store; /* all filters on the store share them */
  char *path, *reasons_path;
  struct sink *bytes, *reasons; /* NULL until opened; reasons only beside a regular file */
  bool torn;                    /* the last byte written is no newline */
  uint64_t limit;
  struct buffer text;
};

struct invalid_place {
  const char *input;
  uint64_t line, offset, at, bytes;
  uint64_t position; /* sink position before the first byte was written */
  uint64_t kept;     /* of a line that was cut: so many bytes are in PATH */
  bool cut;
  bool untold; /* the file of reasons had no room */
  const char *reason;
};

/* The files are opened by the first write, or at once when `now`. path is copied. */
int invalid_init(struct invalid *invalid, const char *path, uint64_t limit, bool now,
                 struct ps_error *err);

/* A whole line, and what is to be told of it; its position is set. *kept: it had room. */
int invalid_put(struct invalid *invalid, const void *data, struct invalid_place *place, bool *kept,
                struct ps_error *err);

/* An over-long line: begun, taken piece by piece, ended. *kept: the whole of it. */
int invalid_begin(struct invalid *invalid, struct invalid_place *place, struct ps_error *err);
int invalid_piece(struct invalid *invalid, struct invalid_place *place, const void *data,
                  size_t len, struct ps_error *err);
int invalid_end(struct invalid *invalid, struct invalid_place *place, bool *kept,
                struct ps_error *err);

/* An over-long line whose end will not come now: its written part is taken back, where that can be,
 * since the whole of it comes again. */
int invalid_drop(struct invalid *invalid, const struct invalid_place *place, struct ps_error *err);

int invalid_sync(struct invalid *invalid, struct ps_error *err);
int invalid_reopen(struct invalid *invalid, struct ps_error *err);
int invalid_release(struct invalid *invalid, struct ps_error *err); /* closes; the first error */

#endif

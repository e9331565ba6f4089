/* Framings: the ways in which the pings of a stream follow one another. A new one is a new file and
 * a row of framing.c.
 *
 * A frame is what stands for one ping in the stream, and what leaves if the ping does; the text is
 * the JSON in it. In every framing that is here a frame is a line with its '\n', and the text is
 * the end of it.
 */
#ifndef RECORD_FRAMING_H
#define RECORD_FRAMING_H

#include "scan/scan.h"

struct framing {
  const char *name;    /* "ndjson" */
  const char *summary; /* for help texts: of a frame, without a period */
  /* How many bytes of the frame stand before its text. [frame, frame + avail) has its '\n'.
   * SCAN_OK, or why there is no text: the frame is malformed then, and *before is where. Any
   * thread. NULL: the frame is the text. */
  enum scan_code (*text)(const uint8_t *frame, size_t avail, size_t *before);
};

/* The rows, ended by a NULL name; the first is the default. Static storage. */
const struct framing *framings(void);
/* NULL: the first. PS_E_ARGUMENT names the possible ones. */
int framing_choose(const char *name, const struct framing **framing, struct ps_error *err);

#endif

/* Messages on standard error, and texts from outside made safe to print.
 *
 * Paths, ids, reasons and arguments may hold control bytes or terminal escapes: every message is
 * cleaned as a whole, so that no text can forge a second line or steer the terminal. A message is
 * one write. Nothing here allocates or fails.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a message, with room for several paths of the greatest length; longer ones are cut. */
#define MESSAGE_TEXT 16384

enum message_kind {
  MESSAGE_ERROR,   /* "pingsieve: error: ..." */
  MESSAGE_WARNING, /* "pingsieve: warning: ..." */
  MESSAGE_NOTE,    /* "pingsieve: ..." */
  MESSAGE_PLAIN    /* "..." */
};

void message(enum message_kind kind, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies text into out[cap] in the visible form of base/utf8.h; cut at a character when it does not
 * fit. Returns out, always NUL-terminated. */
char *message_safe(const char *text, char *out, size_t cap);

/* Whether descriptor fd is a terminal, and one that takes colour (NO_COLOR is unset or empty, TERM
 * is set and not "dumb"). */
bool terminal_is(int fd);
bool terminal_has_colour(int fd);
bool terminal_has_escapes(int fd); /* can rewrite a line */
unsigned terminal_width(int fd);   /* columns, 80 if unknown */

#endif

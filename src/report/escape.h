/* Escaping: texts from outside (docTypes, channels, client ids, values, paths) made harmless for
 * one format each. One function a format; no renderer prints such a text any other way.
 *
 * Terminal, HTML and CSV show control characters, bidi controls and bytes that are no UTF-8 in the
 * visible form of base/utf8.h; JSON keeps every character, escaped where it could steer a terminal.
 * Errors: memory only.
 */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include "base/buffer.h"
#include <stdbool.h>

/* For a terminal: at most `columns` characters, the last of them U+2026 (or "~" with ascii) when
 * the text is longer. With ascii, characters beyond ASCII become "?", U+2026 "~". *used (may be
 * NULL): how many it took. A character counts as one column. */
int escape_terminal(struct buffer *out, const char *text, size_t len, size_t columns, bool ascii,
                    size_t *used, struct ps_error *err);

/* The columns it takes when there is room. */
size_t escape_terminal_columns(const char *text, size_t len);

/* For HTML text and for attribute values in single or double quotes. */
int escape_html(struct buffer *out, const char *text, size_t len, struct ps_error *err);

/* As one CSV cell (RFC 4180), quoted where need be. One that begins with = + - @ TAB or CR, which a
 * spreadsheet would take for a formula, gets a ' before it
 * (https://owasp.org/www-community/attacks/CSV_Injection). */
int escape_csv(struct buffer *out, const char *text, size_t len, struct ps_error *err);

/* As a JSON string, quotes included; C1 and bidi controls become \uNNNN as well, bytes that are no
 * UTF-8 U+FFFD. */
int escape_json(struct buffer *out, const char *text, size_t len, struct ps_error *err);

#endif

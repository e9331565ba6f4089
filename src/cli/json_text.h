/* Between texts and jansson's values. Texts from outside become JSON strings, in which bytes that
 * are no UTF-8 are written as \xNN, since JSON has no place for them; values become text. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <jansson.h>

json_t *json_text(const char *text); /* null for NULL; NULL when memory runs out */

/* A value as text, to be freed; flags are those of json_dumps(). NULL for NULL and when memory runs
 * out: json_dumps() then gives a text that lacks some names of members (2.14, do_dump()). */
char *json_text_of(const json_t *value, size_t flags);

#endif

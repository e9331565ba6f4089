/* Texts from outside as JSON strings: bytes that are no UTF-8 are written as \xNN, since JSON has
 * no place for them. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <jansson.h>

json_t *json_text(const char *text); /* null for NULL; NULL when memory runs out */

#endif

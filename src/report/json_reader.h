/* Reads members of a JSON text with checks: each call wants a member of one kind and within its
 * bounds. The first that is not as wanted sets `status` and a sentence that names the file and the
 * member; the calls after it return zeros. */
#ifndef REPORT_JSON_READER_H
#define REPORT_JSON_READER_H

#include "base/day.h"
#include <jansson.h>
#include <pingsieve/error.h>
#include <stdbool.h>
#include <stdint.h>

struct json_reader {
  const char *path;
  struct ps_error *err;
  int status;
  char where[64]; /* the owner of the members: "the accounts of 2017-03-12" */
};

/* Parses a file of at most `most` bytes; NULL and status on error. Repeated names are refused. */
json_t *json_read_file(struct json_reader *r, size_t most);

/* Says what is wrong with a member. */
void json_wrong(struct json_reader *r, const char *member, const char *what);

json_t *json_want_object(struct json_reader *r, const json_t *object, const char *member,
                         size_t members); /* exactly so many; 0: any number */
json_t *json_want_array(struct json_reader *r, const json_t *object, const char *member,
                        size_t least, size_t most);
uint64_t json_want_count(struct json_reader *r, const json_t *object, const char *member);
bool json_want_bool(struct json_reader *r, const json_t *object, const char *member);
/* Into text[cap]; "" with null where that is allowed. */
void json_want_text(struct json_reader *r, const json_t *object, const char *member, bool or_null,
                    char *text, size_t cap);
bool json_want_day(struct json_reader *r, const json_t *object, const char *member, bool or_null,
                   day_t *day); /* false: null or an error */
void json_want_base64(struct json_reader *r, const json_t *object, const char *member,
                      uint8_t *data, size_t len); /* exactly len bytes */

/* An element of an array as an object of so many members. */
json_t *json_element(struct json_reader *r, const json_t *array, size_t i, const char *member,
                     size_t members);
uint64_t json_element_count(struct json_reader *r, const json_t *array, size_t i,
                            const char *member);

#endif

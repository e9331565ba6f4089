/* A text under construction, for a generator that copies fragments at the speed of memory.
 *
 * text_reserve() ends the program when memory is short; the put functions check nothing: their
 * caller reserves TEXT_PING_MAX for a ping beforehand.
 */
#ifndef GEN_TEXT_H
#define GEN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TEXT_PING_MAX ((size_t)1 << 20) /* no ping is longer */

struct text {
  char *data;
  size_t len, cap;
};

void text_reserve(struct text *t, size_t more);
void text_number(struct text *t, uint64_t n);
void text_digits(struct text *t, uint32_t n, unsigned width); /* with leading zeros */
void text_hex(struct text *t, uint64_t n, unsigned digits);
void text_uuid(struct text *t, uint64_t hi, uint64_t lo); /* version 4, variant 1 */
void text_date(struct text *t, uint32_t day);             /* YYYYMMDD; days since 1970 */
bool text_write(struct text *t, int fd);                  /* all of it, and empties it; errno */

static inline void text_put(struct text *t, const char *data, size_t len) {
  memcpy(t->data + t->len, data, len);
  t->len += len;
}
static inline void text_string(struct text *t, const char *s) { text_put(t, s, strlen(s)); }
static inline void text_char(struct text *t, char c) { t->data[t->len++] = c; }

#define TEXT_LITERAL(t, literal) text_put((t), "" literal, sizeof(literal) - 1)

#endif

#include "scan/extent.h"
#include "scan/token.h"

/* The next quote or bracket: eight bytes at a time, as token_string_end() does it. Brackets are the
 * bytes that OR-ed with 0x26 are 0x7F; outside strings the others of that kind do not occur. */
static const uint8_t *next_mark(const uint8_t *p) {
  const uint64_t ones = 0x0101010101010101u;
  for (;; p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    const uint64_t quote = word ^ ones * '"', bracket = (word | ones * 0x26) ^ ones * 0x7F;
    uint64_t stop = ((quote - ones) & ~quote) | ((bracket - ones) & ~bracket);
    stop &= ones * 0x80;
    if (stop) return p + (__builtin_ctzll(stop) >> 3); /* the lowest one is exact */
  }
}

const uint8_t *extent_container(const uint8_t *p) {
  for (size_t depth = 0;;) {
    bool escaped;
    p = next_mark(p);
    switch (*p) {
    case '"': p = token_string_end(p + 1, &escaped); break;
    case '{':
    case '[': depth++; break;
    default: depth--;
    }
    p++;
    if (!depth) return p;
  }
}

#include "scan/token.h"

#define BLANK  (BYTE_BLANK | BYTE_ENDS_SCALAR)
#define ENDS   BYTE_ENDS_SCALAR
#define ESCAPE BYTE_ESCAPE
#define HEX    BYTE_HEX

const uint8_t token_classes[256] = {
    ['\t'] = BLANK,        ['\n'] = ENDS,        ['\r'] = BLANK, [' '] = BLANK,  [','] = ENDS,
    [':'] = ENDS,          ['{'] = ENDS,         ['}'] = ENDS,   ['['] = ENDS,   [']'] = ENDS,
    ['"'] = ENDS | ESCAPE, ['\\'] = ESCAPE,      ['/'] = ESCAPE, ['n'] = ESCAPE, ['r'] = ESCAPE,
    ['b'] = ESCAPE | HEX,  ['f'] = ESCAPE | HEX, ['t'] = ESCAPE, ['0'] = HEX,    ['1'] = HEX,
    ['2'] = HEX,           ['3'] = HEX,          ['4'] = HEX,    ['5'] = HEX,    ['6'] = HEX,
    ['7'] = HEX,           ['8'] = HEX,          ['9'] = HEX,    ['a'] = HEX,    ['c'] = HEX,
    ['d'] = HEX,           ['e'] = HEX,          ['A'] = HEX,    ['B'] = HEX,    ['C'] = HEX,
    ['D'] = HEX,           ['E'] = HEX,          ['F'] = HEX,
};

/* At least five bytes are readable: the line's '\n' and SCAN_PAD come after. */
static inline size_t literal(const uint8_t *p, const char *text, size_t len) {
  return !memcmp(p, text, len) && token_is(p[len], BYTE_ENDS_SCALAR) ? len : 0;
}

static const uint8_t *digits(const uint8_t *p) {
  while (token_is_digit(*p)) p++;
  return p;
}

size_t token_scalar(const uint8_t *p) {
  const uint8_t *start = p;
  if (*p == 't') return literal(p, "true", 4);
  if (*p == 'f') return literal(p, "false", 5);
  if (*p == 'n') return literal(p, "null", 4);
  if (*p == '-') p++;
  if (!token_is_digit(*p)) return 0;
  p = *p == '0' ? p + 1 : digits(p);
  if (*p == '.') {
    if (!token_is_digit(*++p)) return 0;
    p = digits(p);
  }
  if ((*p | 0x20) == 'e') {
    p++;
    if (*p == '+' || *p == '-') p++;
    if (!token_is_digit(*p)) return 0;
    p = digits(p);
  }
  return token_is(*p, BYTE_ENDS_SCALAR) ? (size_t)(p - start) : 0;
}

const uint8_t *token_string_end(const uint8_t *p, bool *escaped) {
  const uint64_t ones = 0x0101010101010101u;
  for (;;) {
    uint64_t word;
    memcpy(&word, p, 8);
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\', newline = word ^ ones * '\n';
    uint64_t stop = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
                    ((newline - ones) & ~newline); /* its lowest byte is exact */
    stop &= ones * 0x80;
    if (!stop) {
      p += 8;
      continue;
    }
    p += __builtin_ctzll(stop) >> 3;
    if (*p != '\\') return p;
    *escaped = true;
    p += p[1] == '\n' ? 1 : 2;
  }
}

/* ---- escapes ---- */

static unsigned hex4(const uint8_t *p) {
  unsigned value = 0;
  for (int i = 0; i < 4; i++)
    value = value << 4 | (p[i] <= '9' ? p[i] - (unsigned)'0' : (p[i] | 0x20u) - 'a' + 10);
  return value;
}

static size_t utf8_encode(unsigned c, uint8_t out[4]) {
  if (c < 0x80) {
    out[0] = (uint8_t)c;
    return 1;
  }
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
  out[0] = (uint8_t)(0xF00u >> n | c); /* 2: 110xxxxx, 3: 1110xxxx, 4: 11110xxx */
  return n;
}

/* \uXXXX at p, with the one after it if the two are a surrogate pair. */
static const uint8_t *decode_unicode(const uint8_t *p, const uint8_t *end, unsigned *c) {
  *c = hex4(p + 2);
  p += 6;
  if (*c < 0xD800 || *c > 0xDFFF) return p;
  unsigned low = *c < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2) : 0;
  if (low < 0xDC00 || low > 0xDFFF) {
    *c = 0xFFFD;
    return p;
  }
  *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
  return p + 6;
}

const uint8_t *token_decode(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *written) {
  *written = 1;
  if (*p != '\\') {
    *out = *p;
    return p + 1;
  }
  if (end - p < 2 || (p[1] == 'u' && end - p < 6)) {
    *written = 0;
    return end;
  }
  unsigned c;
  switch (p[1]) {
  case 'b': *out = '\b'; break;
  case 'f': *out = '\f'; break;
  case 'n': *out = '\n'; break;
  case 'r': *out = '\r'; break;
  case 't': *out = '\t'; break;
  case 'u':
    p = decode_unicode(p, end, &c);
    *written = utf8_encode(c, out);
    return p;
  default: *out = p[1];
  }
  return p + 2;
}

size_t scan_unescape(const uint8_t *line, const struct scan_span *span, uint8_t *out) {
  const uint8_t *p = line + span->offset, *end = p + span->len;
  uint8_t *start = out;
  while (p < end) {
    size_t written;
    uint8_t character[4];
    p = token_decode(p, end, character, &written);
    memcpy(out, character, written);
    out += written;
  }
  return (size_t)(out - start);
}

#include "scan/portable.h"
#include "base/utf8.h"
#include "scan/gather.h"
#include "scan/token.h"

/* The state of one scan. Steps return where to go on, or NULL after fail(). */
struct portable {
  struct gather gather;
  const uint8_t *line, *newline;
  unsigned depth;                        /* containers around p */
  unsigned wanted;                       /* depth of the innermost one on a wanted path; 0: none */
  unsigned pending;                      /* node of the value to come; 0: not wanted */
  uint8_t nodes[SCAN_NODES + 1];         /* nodes[d]: node of the wanted container at depth d */
  uint64_t objects[SCAN_DEPTH / 64 + 1]; /* bit d: the container at depth d is an object */
};

static const uint8_t *fail(struct portable *s, enum scan_code code, const uint8_t *at) {
  s->gather.result->code = code;
  s->gather.result->error_offset = (uint32_t)(at - s->line);
  return NULL;
}

static const uint8_t *fail_token(struct portable *s, const uint8_t *at) {
  return fail(s, *at == '\n' ? SCAN_TRUNCATED : SCAN_TOKEN, at);
}

static bool in_object(const struct portable *s) {
  return s->objects[s->depth >> 6] >> (s->depth & 63) & 1;
}

/* ---- strings ---- */

static const uint8_t *escape(struct portable *s, const uint8_t *p) {
  if (token_escape_ok(p)) return p + (p[1] == 'u' ? 6 : 2);
  unsigned bad = 1;
  if (p[1] == 'u')
    for (bad = 2; token_is(p[bad], BYTE_HEX);) bad++;
  return fail(s, p[bad] == '\n' ? SCAN_TRUNCATED : SCAN_ESCAPE, p);
}

/* Eight bytes at a time up to one that may be special: a quote, a backslash, a control byte or
 * one of a longer character. (A borrow may also stop at a plain one.) */
static const uint8_t *plain_bytes(const uint8_t *p) {
  const uint64_t ones = 0x0101010101010101u;
  for (;; p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    uint64_t stop = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
                    ((word - ones * 0x20) & ~word) | word;
    stop &= ones * 0x80;
    if (stop) return p + (__builtin_ctzll(stop) >> 3);
  }
}

/* p: after the opening quote. Returns what follows the closing one. */
static const uint8_t *string(struct portable *s, const uint8_t *p) {
  while (p) {
    p = plain_bytes(p);
    if (*p == '"') return p + 1;
    if (*p == '\\') p = escape(s, p);
    else if (*p < 0x20) return fail(s, *p == '\n' ? SCAN_TRUNCATED : SCAN_CONTROL, p);
    else {
      size_t len = utf8_length(p, (size_t)(s->newline - p));
      if (!len) return fail(s, SCAN_UTF8, p);
      p += len;
    }
  }
  return NULL;
}

/* ---- containers, keys, values ---- */

static const uint8_t *open_container(struct portable *s, const uint8_t *p) {
  if (s->depth == SCAN_DEPTH) return fail(s, SCAN_TOO_DEEP, p);
  bool object = *p == '{', wanted = object && s->depth == s->wanted && (!s->depth || s->pending);
  if (wanted && path_node_has_children(&s->gather.paths->nodes[s->pending]))
    s->nodes[++s->wanted] = (uint8_t)s->pending;
  s->pending = 0;
  s->depth++;
  uint64_t bit = 1ull << (s->depth & 63), *word = &s->objects[s->depth >> 6];
  *word = object ? *word | bit : *word & ~bit;
  return p + 1;
}

static const uint8_t *close_container(struct portable *s, const uint8_t *p) {
  if ((*p == '}') != in_object(s)) return fail(s, SCAN_MISMATCH, p);
  if (s->depth == s->wanted) s->wanted--;
  s->depth--;
  return p + 1;
}

/* The key at q, up to `end`, in a wanted container; its value begins at p. */
static void wanted_key(struct portable *s, const uint8_t *q, const uint8_t *end, const uint8_t *p) {
  const struct path_node *node = &s->gather.paths->nodes[s->nodes[s->wanted]];
  if (node->sums_members) {
    if (token_is_digit(*p) || *p == '-') gather_number(&s->gather, p, node->member_sums);
    else if (*p != '\n') gather_implausible(&s->gather, 1, node->member_sums);
    return;
  }
  unsigned child = path_find(node, q);
  if (!child && node->nedges && memchr(q, '\\', (size_t)(end - q)))
    child = path_find_escaped(node, q);
  if (!child) child = node->wildcard;
  if (child) gather_value(&s->gather, child, p, -1);
  s->pending = child;
}

/* A member's key and colon. Returns where its value begins. */
static const uint8_t *key(struct portable *s, const uint8_t *p) {
  if (*p != '"') return fail_token(s, p);
  const uint8_t *q = p, *end = string(s, p + 1);
  if (!end) return NULL;
  p = token_skip_blanks(end);
  if (*p != ':') return fail_token(s, p);
  p = token_skip_blanks(p + 1);
  if (s->depth == s->wanted) wanted_key(s, q, end, p);
  return p;
}

static const uint8_t *scalar(struct portable *s, const uint8_t *p) {
  if (*p == '"') return string(s, p + 1);
  bool number = *p == '-' || token_is_digit(*p);
  if (!number && *p != 't' && *p != 'f' && *p != 'n') return fail_token(s, p);
  size_t len = token_scalar(p);
  return len ? p + len : fail(s, number ? SCAN_NUMBER : SCAN_LITERAL, p);
}

/* The value at p, whole if it is a scalar or empty; else up to its first member. *inside tells. */
static const uint8_t *value(struct portable *s, const uint8_t *p, bool *inside) {
  bool object = *p == '{';
  *inside = false;
  if (!object && *p != '[') return scalar(s, p);
  p = open_container(s, p);
  if (!p) return NULL;
  p = token_skip_blanks(p);
  if (*p == (object ? '}' : ']')) return close_container(s, p);
  *inside = true;
  return object ? key(s, p) : p;
}

/* After a value: closes what ends here. Returns where the next value begins, or the byte after the
 * top-level value. */
static const uint8_t *next_value(struct portable *s, const uint8_t *p) {
  while (s->depth) {
    s->pending = 0;
    p = token_skip_blanks(p);
    if (*p == ',') {
      p = token_skip_blanks(p + 1);
      return in_object(s) ? key(s, p) : p;
    }
    if (*p != '}' && *p != ']') return fail_token(s, p);
    p = close_container(s, p);
    if (!p) return NULL;
  }
  return p;
}

static enum scan_code document(struct portable *s, const uint8_t *p) {
  bool inside;
  do {
    p = value(s, p, &inside);
    if (p && !inside) p = next_value(s, p);
  } while (p && s->depth);
  if (p) {
    p = token_skip_blanks(p);
    if (p != s->newline) fail(s, SCAN_TRAILING, p);
  }
  return s->gather.result->code;
}

enum scan_code portable_scan(const struct scan_paths *paths, const uint8_t *line, size_t avail,
                             struct scan_result *result) {
  struct portable s;
  s.line = line;
  s.newline = memchr(line, '\n', avail);
  s.depth = s.wanted = s.pending = 0;
  gather_begin(&s.gather, paths, line, result);
  if (!s.newline) return result->code = SCAN_NO_NEWLINE;
  result->len = (uint32_t)(s.newline - line);
  const uint8_t *p = token_skip_blanks(line);
  if (p == s.newline) return result->code = SCAN_BLANK;
  return document(&s, p);
}

enum scan_code portable_explain(const struct scan_paths *paths, const uint8_t *line, size_t avail,
                                struct scan_result *result) {
  if (portable_scan(paths, line, avail, result) == SCAN_OK) result->code = SCAN_INTERNAL;
  return result->code;
}

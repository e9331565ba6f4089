#include "scan/gather.h"
#include "scan/token.h"

#include <assert.h>

static_assert(SCAN_MAX_LINE / 2 <= UINT32_MAX, "no line overflows a count of its values");

void gather_begin(struct gather *gather, const struct scan_paths *paths, const uint8_t *line,
                  struct scan_result *result) {
  gather->paths = paths;
  gather->line = line;
  gather->result = result;
  gather->seen = (struct path_set){{0}};
  result->code = SCAN_OK;
  result->error_offset = 0;
  result->present = result->repeated = 0;
  result->sum_repeated = 0;
  memset(result->sum, 0, sizeof result->sum);
  memset(result->implausible, 0, sizeof result->implausible);
}

/* ---- sums ---- */

void gather_add(struct gather *gather, uint64_t value, uint32_t sums) {
  for (; sums; sums &= sums - 1) {
    uint64_t *sum = &gather->result->sum[__builtin_ctz(sums)];
    if (__builtin_add_overflow(*sum, value, sum)) *sum = UINT64_MAX;
  }
}

void gather_implausible(struct gather *gather, uint32_t n, uint32_t sums) {
  for (; sums; sums &= sums - 1) gather->result->implausible[__builtin_ctz(sums)] += n;
}

/* The plausible count that is all of a number's `len` bytes; false if it is none. */
static bool plausible(const uint8_t *p, size_t len, uint64_t *count) {
  *count = 0;
  for (size_t i = 0; i < len; i++) {
    if (!token_is_digit(p[i])) return false;
    *count = *count * 10 + (p[i] - (uint64_t)'0');
    if (*count > SCAN_COUNT_MAX) return false;
  }
  return true;
}

size_t gather_number(struct gather *gather, const uint8_t *p, uint32_t sums) {
  size_t len = token_scalar(p);
  uint64_t count;
  if (!len) return 0; /* the line is rejected anyway */
  if (plausible(p, len, &count)) gather_add(gather, count, sums);
  else gather_implausible(gather, 1, sums);
  return len;
}

/* ---- values ---- */

static void drop_earlier(struct gather *gather, const struct path_node *node) {
  struct scan_result *result = gather->result;
  for (unsigned i = 0; i < PATHS_WORDS; i++) gather->seen.words[i] &= ~node->below.words[i];
  result->repeated |= node->drop_spans;
  result->present &= ~node->drop_spans;
  result->sum_repeated |= node->drop_sums;
  for (uint32_t left = node->drop_sums; left; left &= left - 1)
    result->sum[__builtin_ctz(left)] = result->implausible[__builtin_ctz(left)] = 0;
}

static struct scan_span span_of(const uint8_t *line, const uint8_t *value, int plain_len) {
  struct scan_span span = {.offset = (uint32_t)(value - line)};
  if (plain_len >= 0 || *value == '"') {
    bool escaped = false;
    span.type = SCAN_STRING;
    span.offset++;
    if (plain_len < 0) plain_len = (int)(token_string_end(value + 1, &escaped) - (value + 1));
    span.len = (uint32_t)plain_len;
    span.escaped = escaped;
    return span;
  }
  span.len = 1;
  switch (*value) {
  case '{': span.type = SCAN_OBJECT; return span;
  case '[': span.type = SCAN_ARRAY; return span;
  case 't': span.type = SCAN_TRUE; break;
  case 'f': span.type = SCAN_FALSE; break;
  case 'n': span.type = SCAN_NULL; break;
  default: span.type = SCAN_INTEGER_OR_REAL;
  }
  const uint8_t *end = value;
  while (!token_is(*end, BYTE_ENDS_SCALAR)) end++;
  span.len = (uint32_t)(end - value);
  return span;
}

/* Captures a value in slots that it shares with paths that may come first. */
static void yield(struct scan_result *result, const struct path_node *node, struct scan_span span) {
  span.rank = node->rank;
  for (uint64_t left = node->yields; left; left &= left - 1) {
    struct scan_span *there = &result->span[__builtin_ctzll(left)];
    if (result->present & left & -left && there->rank < span.rank) continue;
    *there = span;
    result->present |= left & -left;
  }
}

void gather_value(struct gather *gather, unsigned index, const uint8_t *value, int plain_len) {
  const struct path_node *node = &gather->paths->nodes[index];
  if (unlikely(path_set_has(&gather->seen, index)) && node->once) drop_earlier(gather, node);
  path_set_add(&gather->seen, index);
  if (node->sums) {
    if (*value == '"' || *value == '{' || *value == '[') gather_implausible(gather, 1, node->sums);
    else gather_number(gather, value, node->sums);
  }
  if (!node->spans) return;
  struct scan_result *result = gather->result;
  struct scan_span span = span_of(gather->line, value, plain_len);
  for (uint64_t left = node->spans & ~node->yields; left; left &= left - 1)
    result->span[__builtin_ctzll(left)] = span;
  result->present |= node->spans & ~node->yields;
  if (unlikely(node->yields)) yield(result, node, span);
}

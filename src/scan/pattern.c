#include "scan/pattern.h"

#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MANY PATTERN_MANY /* more than any bound */

/* ---- the size of an expression when all repetitions are written out ---- */

struct level {
  uint32_t places; /* of the group so far */
  uint32_t atom;   /* of these, the last atom's: what a repetition multiplies */
};

struct sum {
  struct level level[PATTERN_DEPTH + 1];
  size_t depth;
  size_t signs; /* of repetition, behind one another */
  bool plain;   /* the part before takes a byte, or begins a branch */
  bool crowded; /* there were anchors where it did not */
};

static uint32_t add(uint32_t a, uint32_t b) { return a > MANY - b ? MANY : a + b; }

static uint32_t multiply(uint32_t a, uint32_t b) {
  uint64_t product = (uint64_t)a * b;
  return product > MANY ? MANY : (uint32_t)product;
}

static void put_atom(struct sum *sum, uint32_t places) {
  struct level *l = &sum->level[sum->depth];
  l->places = add(l->places, places);
  l->atom = places;
}

/* A * or ? is a node of its own in each copy of its atom. */
static void add_sign(struct sum *sum) {
  struct level *l = &sum->level[sum->depth];
  l->places = add(l->places, 1);
  l->atom = add(l->atom, 1);
}

static void repeat(struct sum *sum, uint32_t times) {
  struct level *l = &sum->level[sum->depth];
  if (l->places == MANY || times < 2) return;
  uint32_t more = multiply(l->atom, times - 1);
  l->places = add(l->places, more);
  l->atom = add(l->atom, more);
}

/* From `least` to `most` times. One that may be missing, as * and ?, is a node of its own, which
 * the product does not show when there is one at most. */
static void repeat_interval(struct sum *sum, uint32_t least, uint32_t most) {
  const uint32_t times = most == MANY ? add(least, 1) : most; /* a{3,} is aaaa* */
  if (!least && times == 1) add_sign(sum);
  repeat(sum, times);
}

/* Anchors next to one another are what compiling takes most time for: forty \b took a second. */
static void put_anchor(struct sum *sum) {
  put_atom(sum, sum->plain ? 1 : PATTERN_ANCHOR);
  sum->crowded |= !sum->plain;
}

static bool open_group(struct sum *sum) {
  if (sum->depth == PATTERN_DEPTH) return false;
  sum->level[++sum->depth] = (struct level){0};
  return true;
}

/* One that nothing has opened is a character. */
static void close_group(struct sum *sum) {
  if (!sum->depth) {
    put_atom(sum, 1);
    return;
  }
  uint32_t places = sum->level[sum->depth--].places;
  put_atom(sum, places ? places : 1);
}

/* ---- its parts ---- */

const char *pattern_after_bracket(const char *p) {
  p++;
  if (*p == '^') p++;
  if (*p == ']') p++;
  for (; *p && *p != ']'; p++) {
    char kind = p[1];
    if (*p != '[' || !kind || !strchr(":.=", kind)) continue;
    const char *end = p + 2;
    while (*end && !(end[0] == kind && end[1] == ']')) end++;
    if (!*end) return end;
    p = end + 1;
  }
  return *p ? p + 1 : p;
}

static uint32_t number_at(const char **p) {
  uint32_t n = 0;
  for (; **p >= '0' && **p <= '9'; (*p)++) n = add(multiply(n, 10), (uint32_t)(**p - '0'));
  return n;
}

const char *pattern_interval(const char *p, uint32_t *least, uint32_t *most) {
  const char *at = p + 1;
  *least = *most = number_at(&at);
  if (*at == ',') {
    at++;
    *most = *at == '}' ? PATTERN_MANY : number_at(&at);
  }
  return *at == '}' ? at + 1 : p;
}

static bool is_anchor(const char *p) {
  return *p == '^' || *p == '$' || (*p == '\\' && p[1] && strchr("bB<>`'", p[1]));
}

enum verdict { FINE, BACK_REFERENCE, TOO_DEEP, TOO_LARGE, TOO_CROWDED };

/* Takes the part that begins at *p. */
static enum verdict take(struct sum *sum, const char **p) {
  const char *at = *p;
  sum->signs = strchr("*+?{", *at) ? sum->signs + 1 : 0;
  if (sum->signs > PATTERN_DEPTH) return TOO_DEEP;
  uint32_t least, most;
  *p = at + 1;
  switch (*at) {
  case '\\':
    if (at[1] >= '1' && at[1] <= '9') return BACK_REFERENCE;
    if (at[1]) *p = at + 2;
    if (is_anchor(at)) put_anchor(sum);
    else put_atom(sum, 1);
    return FINE;
  case '^':
  case '$': put_anchor(sum); return FINE;
  case '[':
    *p = pattern_after_bracket(at);
    put_atom(sum, 1);
    return FINE;
  case '(': return open_group(sum) ? FINE : TOO_DEEP;
  case ')': close_group(sum); return FINE;
  case '+': repeat(sum, 2); return FINE; /* a+ is aa* */
  case '*':
  case '?': add_sign(sum); return FINE;
  case '{': {
    const char *end = pattern_interval(at, &least, &most);
    if (end == at) put_atom(sum, 1);
    else *p = end;
    if (end != at) repeat_interval(sum, least, most);
    return FINE;
  }
  default: put_atom(sum, 1); return FINE;
  }
}

static enum verdict judge(const char *text) {
  struct sum sum = {.plain = true};
  enum verdict verdict = FINE;
  for (const char *p = text; *p && verdict == FINE;) {
    const bool plain = !is_anchor(p) && !strchr("()*+?{", *p);
    verdict = take(&sum, &p);
    sum.plain = plain;
  }
  for (size_t i = 0; i <= sum.depth && verdict == FINE; i++)
    if (sum.level[i].places > PATTERN_PLACES) verdict = sum.crowded ? TOO_CROWDED : TOO_LARGE;
  return verdict;
}

static int refuse(enum verdict verdict, struct ps_error *err) {
  switch (verdict) {
  case BACK_REFERENCE:
    return error_set(err, PS_E_ARGUMENT,
                     "back references (\\1 to \\9) are none of its means, and finding them can "
                     "take for ever");
  case TOO_DEEP:
    return error_set(err, PS_E_ARGUMENT,
                     "more than %u parentheses or repetitions are inside one another",
                     PATTERN_DEPTH);
  case TOO_CROWDED:
    return error_set(err, PS_E_ARGUMENT,
                     "with its repetitions written out it has more than %u characters, where "
                     "anchors next to one another count as %u",
                     PATTERN_PLACES, PATTERN_ANCHOR);
  default:
    return error_set(err, PS_E_ARGUMENT,
                     "with its repetitions written out it has more than %u characters",
                     PATTERN_PLACES);
  }
}

int pattern_compile(const char *text, int flags, regex_t *regex, struct ps_error *why) {
  char reason[128];
  if (strlen(text) > PATTERN_BYTES)
    return error_set(why, PS_E_ARGUMENT, "it has over %u bytes", PATTERN_BYTES);
  enum verdict verdict = judge(text);
  if (verdict != FINE) return refuse(verdict, why);
  int code = regcomp(regex, text, REG_EXTENDED | flags);
  if (!code) return PS_OK;
  if (code == REG_ESPACE) return error_memory(why, strlen(text));
  (void)regerror(code, regex, reason, sizeof reason);
  return error_set(why, PS_E_ARGUMENT, "%s", reason);
}

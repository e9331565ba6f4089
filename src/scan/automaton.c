#include "scan/automaton.h"

#include "base/error.h"
#include "scan/pattern.h"
#include <stdlib.h>
#include <string.h>

/* A place that takes a byte, or a step that takes none. Each place of an expression brings at most
 * two steps, each sign of its text one (PATTERN_PLACES, PATTERN_BYTES). */
#define STEPS_MAX 8192u
#define SETS_MAX  1024u

enum kind { TAKE, FORK, GO, HERE, FOUND };
/* The conditions on the place of a step of kind HERE. */
enum { AT_BEGIN, AT_END, AT_BORDER, AT_NO_BORDER, AT_WORD_BEGIN, AT_WORD_END };

struct step {
  uint8_t kind;
  uint16_t one, other; /* TAKE: the set; FORK: both ways; GO: where to; HERE: what holds */
};

struct set {
  uint8_t bit[32];
};

struct automaton {
  size_t nsteps, nsets;
  struct set word; /* \w */
  struct set *sets;
  struct step steps[];
};

static bool set_has(const struct set *set, uint8_t byte) {
  return set->bit[byte / 8] >> (byte % 8) & 1;
}

/* ---- making it ---- */

struct maker {
  struct automaton *automaton;
  struct set sets[SETS_MAX];
  struct ps_error *why;
  int status;
};

static int too_large(struct maker *m) {
  if (!m->status)
    m->status = error_set(m->why, PS_E_ARGUMENT, "it is too large when it is written out");
  return m->status;
}

static uint16_t put(struct maker *m, enum kind kind, size_t one, size_t other) {
  struct automaton *a = m->automaton;
  if (a->nsteps == STEPS_MAX) {
    (void)too_large(m);
    return 0;
  }
  a->steps[a->nsteps] = (struct step){(uint8_t)kind, (uint16_t)one, (uint16_t)other};
  return (uint16_t)a->nsteps++;
}

/* The bytes that an expression of one place stands for. */
static bool set_of(struct maker *m, const char *text, size_t len, struct set *set) {
  char whole[PATTERN_BYTES + 4];
  regex_t regex;
  *set = (struct set){{0}};
  if (len > PATTERN_BYTES) return false;
  whole[0] = '^';
  memcpy(whole + 1, text, len);
  memcpy(whole + 1 + len, "$", 2);
  int code = regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB);
  if (code) {
    if (!m->status) m->status = error_memory(m->why, len); /* nothing else: the whole is right */
    return false;
  }
  for (unsigned byte = 0; byte < 256; byte++) {
    char one[2] = {(char)byte, '\0'};
    regmatch_t range = {.rm_so = 0, .rm_eo = 1};
    if (!regexec(&regex, one, 1, &range, REG_STARTEND))
      set->bit[byte / 8] |= (uint8_t)(1u << (byte % 8));
  }
  regfree(&regex);
  return true;
}

static void put_set(struct maker *m, const char *text, size_t len) {
  struct set set;
  struct automaton *a = m->automaton;
  size_t i = 0;
  if (len == 1 && *text != '.') { /* a character, or one that only here is none: ')' */
    set = (struct set){{0}};
    set.bit[(uint8_t)*text / 8] |= (uint8_t)(1u << ((uint8_t)*text % 8));
  } else if (!set_of(m, text, len, &set)) {
    return;
  }
  while (i < a->nsets && memcmp(&m->sets[i], &set, sizeof set) != 0) i++;
  if (i == SETS_MAX) {
    (void)too_large(m);
    return;
  }
  if (i == a->nsets) m->sets[a->nsets++] = set;
  (void)put(m, TAKE, i, 0);
}

/* The assertion at p, -1: none. */
static int assertion_at(const char *p) {
  static const char letters[] = "`'bB<>";
  static const int asserted[] = {AT_BEGIN,     AT_END,        AT_BORDER,
                                 AT_NO_BORDER, AT_WORD_BEGIN, AT_WORD_END};
  if (*p == '^') return AT_BEGIN;
  if (*p == '$') return AT_END;
  const char *at = *p == '\\' && p[1] ? strchr(letters, p[1]) : NULL;
  return at ? asserted[at - letters] : -1;
}

static bool is_repetition(char c) { return c == '*' || c == '+' || c == '?' || c == '{'; }

/* Behind the atom at p: of a group, behind its closing parenthesis. */
static const char *after_atom(const char *p) {
  size_t depth = 0;
  do {
    if (*p == '[') p = pattern_after_bracket(p);
    else if (*p == '\\') p += 2;
    else {
      depth += *p == '(';
      depth -= *p == ')' && depth;
      p++;
    }
  } while (depth);
  return p;
}

/* Recursion is as deep as parentheses and signs of repetition lie in one another, which
 * PATTERN_DEPTH and PATTERN_BYTES bound. */
// NOLINTBEGIN(misc-no-recursion)
static const char *put_choices(struct maker *m, const char *p, size_t depth);

static void put_atom(struct maker *m, const char *p, size_t depth) {
  int asserted = assertion_at(p);
  if (asserted >= 0) (void)put(m, HERE, (size_t)asserted, 0);
  else if (*p == '(') (void)put_choices(m, p + 1, depth + 1);
  else put_set(m, p, (size_t)(after_atom(p) - p));
}

/* An atom at p, repeated by the n repetitions that stand behind it, the last one outermost. */
struct repeated {
  const char *atom;
  size_t n, depth;
  const char *sign[PATTERN_DEPTH];
};

static void put_repeated(struct maker *m, const struct repeated *r, size_t n);

/* From `least` to `most` of them; PATTERN_MANY: without an end. */
static void put_times(struct maker *m, const struct repeated *r, size_t n, uint32_t least,
                      uint32_t most) {
  struct step *steps = m->automaton->steps;
  size_t begin = m->automaton->nsteps;
  for (uint32_t i = 0; i < least && !m->status; i++) {
    begin = m->automaton->nsteps;
    put_repeated(m, r, n);
  }
  if (most == PATTERN_MANY && least) { /* the last one again and again */
    (void)put(m, FORK, begin, m->automaton->nsteps + 1);
    return;
  }
  if (most == PATTERN_MANY) {
    uint16_t fork = put(m, FORK, begin + 1, 0);
    put_repeated(m, r, n);
    (void)put(m, GO, fork, 0);
    steps[fork].other = (uint16_t)m->automaton->nsteps;
    return;
  }
  /* Each fork skips what is left; the ways out are chained till their end is known. */
  uint16_t last = UINT16_MAX;
  for (uint32_t i = least; i < most && !m->status; i++) {
    uint16_t fork = put(m, FORK, m->automaton->nsteps + 1, last);
    last = fork;
    put_repeated(m, r, n);
  }
  while (last != UINT16_MAX && !m->status) {
    uint16_t next = steps[last].other;
    steps[last].other = (uint16_t)m->automaton->nsteps;
    last = next;
  }
}

static void put_repeated(struct maker *m, const struct repeated *r, size_t n) {
  uint32_t least, most;
  if (m->status) return;
  if (!n) {
    put_atom(m, r->atom, r->depth);
    return;
  }
  switch (*r->sign[n - 1]) {
  case '*': put_times(m, r, n - 1, 0, PATTERN_MANY); return;
  case '+': put_times(m, r, n - 1, 1, PATTERN_MANY); return;
  case '?': put_times(m, r, n - 1, 0, 1); return;
  default: (void)pattern_interval(r->sign[n - 1], &least, &most);
  }
  put_times(m, r, n - 1, least, most);
}

static const char *put_piece(struct maker *m, const char *p, size_t depth) {
  struct repeated r = {.atom = p, .depth = depth};
  uint32_t least, most;
  bool repeatable = assertion_at(p) < 0;
  p = after_atom(p);
  while (repeatable && is_repetition(*p)) {
    if (r.n == PATTERN_DEPTH) {
      (void)too_large(m);
      return p;
    }
    r.sign[r.n++] = p;
    p = *p == '{' ? pattern_interval(p, &least, &most) : p + 1;
  }
  put_repeated(m, &r, r.n);
  return p;
}

/* Behind the branch at p: where its '|', the group's ')' or the end is. */
static const char *after_branch(const char *p, size_t depth) {
  while (*p && *p != '|' && !(*p == ')' && depth)) p = after_atom(p);
  return p;
}

/* Branches up to the end of the group or of all. Returns what is behind the group. */
static const char *put_choices(struct maker *m, const char *p, size_t depth) {
  struct step *steps = m->automaton->steps;
  uint16_t last = UINT16_MAX; /* the ends of branches, chained */
  for (;;) {
    const char *end = after_branch(p, depth);
    bool more = *end == '|';
    uint16_t fork = more ? put(m, FORK, m->automaton->nsteps + 1, 0) : 0;
    while (p < end && !m->status) p = put_piece(m, p, depth);
    if (m->status) return end;
    p = end;
    if (!more) break;
    last = put(m, GO, last, 0);
    steps[fork].other = (uint16_t)m->automaton->nsteps;
    p++;
  }
  while (last != UINT16_MAX && !m->status) {
    uint16_t next = steps[last].one;
    steps[last].one = (uint16_t)m->automaton->nsteps;
    last = next;
  }
  return *p ? p + 1 : p;
}

// NOLINTEND(misc-no-recursion)

static int make(struct maker *m, const char *text, struct automaton **automaton) {
  struct automaton *a = m->automaton;
  if (set_of(m, "\\w", 2, &a->word)) (void)put_choices(m, text, 0);
  (void)put(m, FOUND, 0, 0);
  if (m->status) return m->status;
  size_t bytes = sizeof *a + a->nsteps * sizeof a->steps[0];
  struct automaton *fit = malloc(bytes);
  struct set *sets = malloc((a->nsets ? a->nsets : 1) * sizeof *sets);
  if (!fit || !sets) {
    free(fit);
    free(sets);
    return error_memory(m->why, bytes);
  }
  memcpy(fit, a, bytes);
  memcpy(sets, m->sets, a->nsets * sizeof *sets);
  fit->sets = sets;
  *automaton = fit;
  return PS_OK;
}

int automaton_create(const char *text, struct automaton **automaton, struct ps_error *why) {
  regex_t regex;
  int r = pattern_compile(text, REG_NOSUB, &regex, why);
  if (r) return r;
  regfree(&regex);
  struct maker *m = calloc(1, sizeof *m);
  size_t bytes = sizeof(struct automaton) + STEPS_MAX * sizeof(struct step);
  struct automaton *a = calloc(1, bytes);
  if (m && a) {
    m->automaton = a;
    m->why = why;
    r = make(m, text, automaton);
  } else {
    r = error_memory(why, bytes);
  }
  free(m);
  free(a);
  return r;
}

void automaton_free(struct automaton *a) {
  if (!a) return;
  free(a->sets);
  free(a);
}

/* ---- finding ---- */

struct place {
  const struct automaton *automaton;
  const uint8_t *text;
  size_t len, at;
};

static bool is_word(const struct place *p, size_t at) {
  return at < p->len && set_has(&p->automaton->word, p->text[at]);
}

static bool holds(const struct place *p, uint16_t asserted) {
  bool before = p->at && is_word(p, p->at - 1), behind = is_word(p, p->at);
  switch (asserted) {
  case AT_BEGIN: return p->at == 0;
  case AT_END: return p->at == p->len;
  case AT_BORDER: return before != behind;
  case AT_NO_BORDER: return before == behind;
  case AT_WORD_BEGIN: return !before && behind;
  default: return before && !behind;
  }
}

/* Steps that take a byte, reached at one place of the text; and which steps were. */
struct reached {
  size_t n;
  uint16_t taking[STEPS_MAX];
};

/* Follows all ways from a step that take no byte. True: one of them is at the end. */
static bool follow(const struct place *p, uint16_t step, struct reached *to,
                   uint8_t seen[STEPS_MAX / 8]) {
  uint16_t waiting[STEPS_MAX];
  size_t n = 0;
  waiting[n++] = step;
  while (n) {
    uint16_t at = waiting[--n];
    if (seen[at / 8] >> (at % 8) & 1) continue;
    seen[at / 8] |= (uint8_t)(1u << (at % 8));
    const struct step *s = &p->automaton->steps[at];
    switch (s->kind) {
    case FOUND: return true;
    case TAKE: to->taking[to->n++] = at; break;
    case GO: waiting[n++] = s->one; break;
    case HERE:
      if (holds(p, s->one)) waiting[n++] = (uint16_t)(at + 1);
      break;
    default: waiting[n++] = s->other; waiting[n++] = s->one;
    }
  }
  return false;
}

bool automaton_finds(const struct automaton *a, const uint8_t *text, size_t len) {
  struct reached lists[2], *now = &lists[0], *next = &lists[1];
  uint8_t seen[STEPS_MAX / 8];
  struct place p = {.automaton = a, .text = text, .len = len};
  now->n = 0;
  for (;; p.at++) {
    /* Those that came here by a byte are in `now` already; a match may begin here as well. */
    if (follow(&p, 0, now, p.at ? seen : memset(seen, 0, (a->nsteps + 7) / 8))) return true;
    if (p.at == len) return false;
    next->n = 0;
    memset(seen, 0, (a->nsteps + 7) / 8);
    p.at++; /* from here on: conditions behind the byte */
    for (size_t i = 0; i < now->n; i++) {
      const struct step *s = &a->steps[now->taking[i]];
      if (set_has(&a->sets[s->one], text[p.at - 1]) &&
          follow(&p, (uint16_t)(now->taking[i] + 1), next, seen))
        return true;
    }
    p.at--;
    struct reached *other = now;
    now = next;
    next = other;
  }
}

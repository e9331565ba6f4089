/* The values of fields in a ping. */
#include "profile/field_parts.h"
#include "scan/selection.h"
#include "scan/token.h"
#include "scan/uuid.h"

#include <assert.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define CUT_MARK     "\xE2\x80\xA6#" /* between the beginning of a long value and its hash */
#define CUT_HEX      16
#define ROOM         (PS_PROFILE_TEXT + 8) /* in the scratch memory, for a value */
#define JOIN_AT      (2 * FIELD_PARTS * ROOM)
#define CHUNK        1024
#define EXPONENT_MAX 308 /* of numbers that a double can hold; beyond, they are texts */

static_assert(FIELD_CUT + sizeof CUT_MARK - 1 + CUT_HEX <= PS_PROFILE_TEXT, "a cut value fits");
static_assert(JOIN_AT + FIELD_PARTS * ROOM <= sizeof((struct field_values *)0)->scratch,
              "so does a join");

/* ---- texts ---- */

/* A value that is too long: its beginning and its hash. */
static __attribute__((noinline)) void put_cut(const uint8_t *text, uint64_t hash,
                                              struct field_values *values, struct field_value *v) {
  uint8_t *out = values->scratch + values->used;
  size_t len = FIELD_CUT;
  while ((text[len] & 0xC0) == 0x80) len--; /* not in the midst of a character */
  memmove(out, text, len);
  memcpy(out + len, CUT_MARK, sizeof CUT_MARK - 1);
  len += sizeof CUT_MARK - 1;
  for (unsigned i = 0; i < CUT_HEX; i++, hash <<= 4)
    out[len++] = (uint8_t) "0123456789abcdef"[hash >> 60];
  values->used += len;
  v->text = out;
  v->len = (uint32_t)len;
  v->number = false;
}

static inline void put_text(const uint8_t *text, size_t len, struct field_values *values,
                            struct field_value *v) {
  if (unlikely(len > FIELD_CUT)) {
    put_cut(text, XXH3_64bits(text, len), values, v);
    return;
  }
  v->text = text;
  v->len = (uint32_t)len;
}

/* The length of the first components. */
static size_t components_end(const uint8_t *text, size_t len, unsigned components) {
  for (size_t i = 0; i < len; i++)
    if (text[i] == '.' && !--components) return i;
  return len;
}

/* ---- strings that stand escaped ---- */

struct decoder {
  const uint8_t *p, *end;
  unsigned dots; /* the text ends before so many; 0: wherever */
};

/* The next character; 0: the text is at its end. */
static size_t decode(struct decoder *d, uint8_t out[4]) {
  size_t written;
  if (d->p >= d->end) return 0;
  d->p = token_decode(d->p, d->end, out, &written);
  if (written == 1 && *out == '.' && d->dots && !--d->dots) return 0;
  if (written == 1 && !*out) {
    memcpy(out, "\xEF\xBF\xBD", 3);
    return 3;
  }
  return written;
}

/* The hash of all of a text. */
static uint64_t decoded_hash(struct decoder d) {
  uint8_t chunk[CHUNK];
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  (void)XXH3_64bits_reset(&state);
  for (size_t len = 0, n;; len += n) {
    n = decode(&d, chunk + len);
    if (n && len + n <= CHUNK - 4) continue;
    (void)XXH3_64bits_update(&state, chunk, len + n);
    if (!n) return XXH3_64bits_digest(&state);
    len = 0;
    n = 0;
  }
}

static __attribute__((noinline)) void put_escaped(const struct field_part *part,
                                                  const uint8_t *line, const struct scan_span *span,
                                                  struct field_values *values,
                                                  struct field_value *v) {
  const struct decoder all = {
      .p = line + span->offset, .end = line + span->offset + span->len, .dots = part->components};
  struct decoder d = all;
  uint8_t *out = values->scratch + values->used;
  size_t len = 0, n;
  while (len <= FIELD_CUT && (n = decode(&d, out + len))) len += n;
  if (len > FIELD_CUT) {
    put_cut(out, decoded_hash(all), values, v);
    return;
  }
  values->used += len;
  v->text = out;
  v->len = (uint32_t)len;
}

static void put_string(const struct field_part *part, const uint8_t *line,
                       const struct scan_span *span, struct field_values *values,
                       struct field_value *v) {
  const uint8_t *text = line + span->offset;
  if (unlikely(span->escaped)) put_escaped(part, line, span, values, v);
  else
    put_text(text, part->components ? components_end(text, span->len, part->components) : span->len,
             values, v);
  uint8_t *folded = values->scratch + values->used;
  if (part->subject.is_id && uuid_in(v->text, v->len, folded)) {
    values->used += UUID_TEXT;
    v->text = folded;
    v->len = UUID_TEXT;
  }
}

/* ---- numbers ---- */

/* The limit that the number is beyond; NULL: none. */
static const struct field_limit *limit_beyond(const struct field_part *part,
                                              const struct decimal *number) {
  if (part->max.set && decimal_compare(number, &part->max.number) > 0) return &part->max;
  if (part->min.set && decimal_compare(number, &part->min.number) < 0) return &part->min;
  return NULL;
}

static const struct field_limit *limit_beyond_integer(const struct field_part *part,
                                                      int64_t integer) {
  if (part->max.set && integer > part->max.integer) return &part->max;
  if (part->min.set && integer < part->min.integer) return &part->min;
  return NULL;
}

static void put_limit(const struct field_limit *limit, struct field_value *v) {
  v->text = limit->text;
  v->len = limit->len;
  v->clamped = true;
}

/* Other than small integers: brought into their shortest form, but for integers, which have it. */
static __attribute__((noinline)) void put_decimal(const struct field_part *part, const uint8_t *p,
                                                  size_t len, struct field_values *values,
                                                  struct field_value *v) {
  struct decimal number;
  uint8_t *out = values->scratch + values->used;
  (void)decimal_parse(p, len, &number);
  const struct field_limit *limit = limit_beyond(part, &number);
  if (limit) {
    put_limit(limit, v);
    return;
  }
  size_t digits = *p == '-';
  while (digits < len && token_is_digit(p[digits])) digits++;
  v->number = !number.len || (number.exponent <= EXPONENT_MAX && number.exponent >= -EXPONENT_MAX);
  if ((digits == len && number.len) || !field_number_format(&number, out, &v->len)) {
    put_text(p, len, values, v);
    return;
  }
  values->used += v->len;
  v->text = out;
}

static void put_number(const struct field_part *part, const uint8_t *p, size_t len,
                       struct field_values *values, struct field_value *v) {
  int64_t integer;
  v->number = true;
  if (unlikely(!field_number_integer(p, len, &integer) || (*p == '-' && !integer) ||
               !part->plain_limits)) {
    put_decimal(part, p, len, values, v);
  } else {
    const struct field_limit *limit = limit_beyond_integer(part, integer);
    v->text = p;
    v->len = (uint32_t)len;
    if (limit) put_limit(limit, v);
  }
  if (part->components) v->len = (uint32_t)components_end(v->text, v->len, part->components);
}

/* ---- values ---- */

/* False: there is none. */
static bool span_value(const struct field_part *part, const uint8_t *line,
                       const struct scan_span *span, struct field_values *values,
                       struct field_value *v) {
  v->number = v->clamped = false;
  switch (span->type) {
  case SCAN_STRING: put_string(part, line, span, values, v); return true;
  case SCAN_INTEGER_OR_REAL:
    put_number(part, line + span->offset, span->len, values, v);
    return true;
  case SCAN_TRUE:
  case SCAN_FALSE:
    v->text = line + span->offset;
    v->len = span->len;
    return true;
  default: return false;
  }
}

static bool part_value(const struct field_part *part, const struct scan_result *result,
                       const uint8_t *line, const struct ping *ping, struct field_values *values,
                       struct field_value *v) {
  if (unlikely(part->subject.is_day)) {
    if (!ping->has_day) return false;
    uint8_t *out = values->scratch + values->used;
    selection_day(ping->day, out);
    values->used += SELECTION_DAY;
    *v = (struct field_value){.text = out, .len = SELECTION_DAY};
    if (part->components) v->len = (uint32_t)components_end(out, v->len, part->components);
    return true;
  }
  const struct scan_span span = subject_span(&part->subject, result, line, false);
  return span_value(part, line, &span, values, v);
}

static void join_find(const struct field *field, const struct scan_result *result,
                      const uint8_t *line, const struct ping *ping, struct field_values *values) {
  struct field_value *joined = &values->at[0];
  uint8_t *out = values->scratch + JOIN_AT;
  size_t len = 0;
  bool any = false, clamped = false;
  for (unsigned i = 0; i < field->nparts; i++) {
    static const uint8_t absent[] = "??";
    struct field_value v;
    if (part_value(&field->parts[i], result, line, ping, values, &v)) {
      any = true;
      clamped |= v.clamped;
    } else {
      v.text = absent;
      v.len = 2;
    }
    if (i) out[len++] = ' ';
    memcpy(out + len, v.text, v.len);
    len += v.len;
  }
  if (!any) return;
  joined->number = false;
  joined->clamped = clamped;
  put_text(out, len, values, joined);
  values->n = 1;
}

/* ---- walks ---- */

#define FEW   16 /* values that are compared with one another; more are hashed */
#define TABLE (2 * FIELD_VALUES)

static_assert((TABLE & (TABLE - 1)) == 0 && FIELD_VALUES < UINT16_MAX, "a hash table of 16 bits");

static bool value_is(const struct field_value *a, const struct field_value *b) {
  return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

/* The values so far, by their hashes: 1 + where they are; made when there are more than a few. */
struct table {
  bool made;
  uint16_t places[TABLE];
};

/* The value's place in the table: that of the same one, or a free one. */
static uint16_t *table_find(struct table *table, struct field_values *values,
                            const struct field_value *v) {
  uint64_t at = XXH3_64bits(v->text, v->len);
  for (;; at++) {
    uint16_t *place = &table->places[at % TABLE];
    if (!*place || value_is(&values->at[*place - 1], v)) return place;
  }
}

/* The same one among the values before; NULL: none. */
static struct field_value *same_before(struct table *table, struct field_values *values,
                                       const struct field_value *v) {
  const size_t n = values->n;
  if (n < FEW) {
    for (size_t i = 0; i < n; i++)
      if (value_is(&values->at[i], v)) return &values->at[i];
    return NULL;
  }
  if (!table->made) {
    *table = (struct table){.made = true};
    for (size_t i = 0; i < n; i++) *table_find(table, values, &values->at[i]) = (uint16_t)(i + 1);
  }
  uint16_t *place = table_find(table, values, v);
  if (*place) return &values->at[*place - 1];
  *place = (uint16_t)(n + 1);
  return NULL;
}

static bool walk_wants(const struct field_walk *walk, const uint8_t *line,
                       const struct scan_span *span) {
  switch ((enum field_where)walk->where) {
  case FIELD_TRUE: return span->type == SCAN_TRUE;
  case FIELD_NOT_TRUE: return span->type != SCAN_TRUE;
  case FIELD_CONDITION: return condition_holds(&walk->condition, line, span);
  default: return true;
  }
}

static void walk_find(const struct field *field, const struct scan_result *result,
                      const uint8_t *line, struct field_values *values) {
  const struct field_walk *walk = field->walk;
  struct table table;
  struct scan_span member, found[2];
  struct members members;
  table.made = false; /* nothing else of it matters then */
  if (!(result->present >> walk->slot & 1)) return;
  members_open(&members, line, &result->span[walk->slot]);
  while (members_next(&members, &member)) {
    if (values->n == FIELD_VALUES) {
      values->more++;
      continue;
    }
    members_find(&members, &member, walk->paths, walk->npaths, found);
    if (!walk_wants(walk, line, &found[1])) continue;
    const size_t used = values->used;
    struct field_value *v = &values->at[values->n];
    if (!span_value(&field->parts[0], line, &found[0], values, v)) continue;
    struct field_value *same = same_before(&table, values, v);
    if (same) {
      same->clamped |= v->clamped;
      values->used = used;
    } else values->n++;
  }
}

void field_find(const struct fields *fields, unsigned field, const struct scan_result *result,
                const uint8_t *line, const struct ping *ping, struct field_values *values) {
  const struct field *asked = &fields->list[field];
  values->n = values->used = 0;
  values->more = 0;
  if (asked->walk) walk_find(asked, result, line, values);
  else if (asked->nparts > 1) join_find(asked, result, line, ping, values);
  else values->n = part_value(&asked->parts[0], result, line, ping, values, &values->at[0]);
}

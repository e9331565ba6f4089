#include "profile/repeated.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
  const int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
  return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* < 0: a is listed before b. Keys are different in every run; they tell apart what reads the same,
 * so that the order does not depend on them. */
static int by_count(const void *one, const void *two) {
  const struct repeated_document *a = one, *b = two;
  if (a->count != b->count) return a->count > b->count ? -1 : 1;
  const int order = by_text(a->id, a->id_len, b->id, b->id_len);
  if (order) return order;
  if (a->first_ns != b->first_ns) return a->first_ns < b->first_ns ? -1 : 1;
  if (a->key.hi != b->key.hi) return a->key.hi < b->key.hi ? -1 : 1;
  return (a->key.lo > b->key.lo) - (a->key.lo < b->key.lo);
}

static void swap(struct repeated_document *a, struct repeated_document *b) {
  const struct repeated_document was = *a;
  *a = *b;
  *b = was;
}

static void sift_up(struct repeated *r, size_t i) {
  for (size_t above; i && by_count(&r->at[i], &r->at[above = (i - 1) / 2]) > 0; i = above)
    swap(&r->at[i], &r->at[above]);
}

static void sift_down(struct repeated *r) {
  for (size_t i = 0, below; (below = 2 * i + 1) < r->n; i = below) {
    if (below + 1 < r->n && by_count(&r->at[below + 1], &r->at[below]) > 0) below++;
    if (by_count(&r->at[below], &r->at[i]) <= 0) return;
    swap(&r->at[below], &r->at[i]);
  }
}

static struct repeated_document look(const struct document *document) {
  struct repeated_document made = {.id_len = document->id_len,
                                   .key = document->key,
                                   .count = document->count,
                                   .days = 0,
                                   .has_time = document->has_time,
                                   .first_ns = document->has_time ? document->first_ns : 0,
                                   .last_ns = document->has_time ? document->last_ns : 0};
  for (size_t i = 0; i < document->ndays; i++) {
    if (!document->days[i].has_day) continue;
    if (!made.days++) made.first_day = document->days[i].day;
    made.last_day = document->days[i].day;
    made.has_day = true;
  }
  return made;
}

int repeated_add(struct repeated *r, size_t top, const struct document *document,
                 struct ps_error *err) {
  uint8_t text[DOCUMENT_ID + 1];
  memcpy(text, document->id, document->id_len);
  text[document->id_len] = '\0';
  struct repeated_document made = look(document);
  made.id = text;
  if (document->count < 2) return PS_OK;
  const bool full = r->n == top;
  if (full && by_count(&made, &r->at[0]) > 0) return PS_OK;
  if (!r->at && !(r->at = calloc(top, sizeof *r->at)))
    return error_memory(err, top * sizeof *r->at);
  if (!(made.id = malloc(made.id_len + 1))) return error_memory(err, made.id_len + 1);
  memcpy(made.id, text, made.id_len + 1);
  if (full) {
    free(r->at[0].id);
    r->at[0] = made;
    sift_down(r);
    return PS_OK;
  }
  r->at[r->n++] = made;
  sift_up(r, r->n - 1);
  return PS_OK;
}

void repeated_sort(struct repeated *r) {
  if (r->n) qsort(r->at, r->n, sizeof *r->at, by_count);
}

void repeated_release(struct repeated *r) {
  for (size_t i = 0; i < r->n; i++) free(r->at[i].id);
  free(r->at);
  *r = (struct repeated){0};
}

#include "profile/spill_merge.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static inline bool key_less(const uint64_t *a, const uint64_t *b, unsigned words, bool if_equal) {
  for (unsigned i = 0; i < words; i++)
    if (a[i] != b[i]) return a[i] < b[i];
  return if_equal;
}

/* Puts a reader where it belongs below `hole`, which is free. */
static void heap_sift(struct spill_merge *merge, unsigned hole, unsigned reader) {
  const struct spill_reader *readers = merge->readers;
  const unsigned words = merge->kind->key_words;
  for (;;) {
    unsigned child = 2 * hole + 1;
    if (child >= merge->n) break;
    if (child + 1 < merge->n) {
      const unsigned left = merge->heap[child], right = merge->heap[child + 1];
      child += key_less(readers[right].key, readers[left].key, words, right < left);
    }
    const unsigned least = merge->heap[child];
    if (!key_less(readers[least].key, readers[reader].key, words, least < reader)) break;
    merge->heap[hole] = least;
    hole = child;
  }
  merge->heap[hole] = reader;
}

int spill_merge_init(struct spill_merge *merge, const struct spill_kind *kind,
                     const struct spill_file *file, const struct spill_run *runs, unsigned n,
                     size_t largest, struct ps_error *err) {
  *merge = (struct spill_merge){.kind = kind};
  merge->blocks = malloc(n * largest);
  if (!merge->blocks) return error_memory(err, n * largest);
  for (unsigned i = 0; i < n; i++) {
    struct spill_reader *reader = &merge->readers[i];
    bool got;
    spill_reader_init(reader, kind, file, &runs[i], merge->blocks + i * largest, largest);
    const int r = spill_reader_next(reader, &got, err);
    if (r) {
      spill_merge_release(merge);
      return r;
    }
    if (got) merge->heap[merge->n++] = i;
  }
  for (unsigned i = merge->n / 2; i-- > 0;) heap_sift(merge, i, merge->heap[i]);
  return PS_OK;
}

void spill_merge_release(struct spill_merge *merge) {
  free(merge->blocks);
  free(merge->tail);
  merge->blocks = merge->tail = NULL;
}

/* The block of a tail may be overwritten before the entry is taken. */
static int tail_keep(struct spill_merge *merge, const struct spill_reader *reader,
                     struct ps_error *err) {
  const size_t len = reader->tail_len;
  if (len > merge->tail_room) {
    const size_t room = len < merge->kind->tail / 2 ? 2 * len : merge->kind->tail;
    uint8_t *tail = realloc(merge->tail, room);
    if (!tail) return error_memory(err, room);
    merge->tail = tail;
    merge->tail_room = room;
  }
  if (len) memcpy(merge->tail, reader->tail, len);
  return PS_OK;
}

static int first_advance(struct spill_merge *merge, struct ps_error *err) {
  unsigned reader = merge->heap[0];
  bool got;
  const int r = spill_reader_next(&merge->readers[reader], &got, err);
  if (r) return r;
  if (!got) {
    if (!--merge->n) return PS_OK;
    reader = merge->heap[merge->n];
  }
  heap_sift(merge, 0, reader);
  return PS_OK;
}

int spill_merge_next(struct spill_merge *merge, struct spill_entry *entry, bool *got,
                     struct ps_error *err) {
  const struct spill_kind *kind = merge->kind;
  *got = merge->n > 0;
  if (!*got) return PS_OK;
  const struct spill_reader *first = &merge->readers[merge->heap[0]];
  memcpy(merge->key, first->key, sizeof merge->key);
  memcpy(merge->head, first->head, sizeof merge->head);
  *entry = (struct spill_entry){merge->key, merge->head, NULL, first->tail_len};
  int r = tail_keep(merge, first, err);
  if (!r) r = first_advance(merge, err);
  while (!r && merge->n) {
    const struct spill_reader *next = &merge->readers[merge->heap[0]];
    if (memcmp(next->key, merge->key, kind->key_words * sizeof *merge->key) != 0) break;
    kind->combine(merge->head, next->head);
    r = first_advance(merge, err);
  }
  entry->tail = merge->tail;
  return r;
}

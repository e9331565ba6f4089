#include "profile/frequencies.h"

#include "base/arith.h"
#include "base/error.h"
#include "profile/spill.h"

#include <stdlib.h>

/* An entry's key is the group and the number, its head the counts. */
static void combine(uint64_t *head, const uint64_t *later) {
  for (unsigned p = 0; p < PS_POPULATIONS; p++) count_raise(&head[p], later[p]);
}

static const struct spill_kind kind = {
    .key_words = 2, .head_words = PS_POPULATIONS, .tail = 0, .combine = combine};

struct frequencies {
  struct spill *spill;
};

int frequencies_open(const char *directory, size_t memory, struct frequencies **frequencies,
                     struct ps_error *err) {
  *frequencies = NULL;
  struct frequencies *f = calloc(1, sizeof *f);
  if (!f) return error_memory(err, sizeof *f);
  const int r = spill_open(&kind, directory, memory, &f->spill, err);
  if (r) free(f);
  else *frequencies = f;
  return r;
}

void frequencies_close(struct frequencies *frequencies) {
  if (!frequencies) return;
  spill_close(frequencies->spill);
  free(frequencies);
}

int frequencies_add(struct frequencies *frequencies, uint32_t group, uint64_t value,
                    const uint64_t count[PS_POPULATIONS], struct ps_error *err) {
  const uint64_t key[] = {group, value};
  uint64_t *head = spill_find(frequencies->spill, key);
  if (head) {
    combine(head, count);
    return PS_OK;
  }
  const struct spill_entry entry = {.key = key, .head = count};
  return spill_insert(frequencies->spill, &entry, err);
}

int frequencies_finish(struct frequencies *frequencies, struct ps_error *err) {
  return spill_finish(frequencies->spill, err);
}

struct visit {
  frequencies_visit *visit;
  void *context;
};

static int entry_visit(void *context, const struct spill_entry *entry, struct ps_error *err) {
  const struct visit *v = context;
  return v->visit(v->context, (uint32_t)entry->key[0], entry->key[1], entry->head, err);
}

int frequencies_each(struct frequencies *frequencies, frequencies_visit *visit, void *context,
                     struct ps_error *err) {
  struct visit v = {visit, context};
  return spill_each(frequencies->spill, entry_visit, &v, err);
}

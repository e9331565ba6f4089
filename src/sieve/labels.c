#include "sieve/labels.h"

#include "accounts/label.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_SLOTS 4096u /* a power of two, well over the entries */
#define ENTRIES     (PS_LABELS_MAX + 1)
#define OTHER       PS_LABELS_MAX /* index of the entry for what does not fit */

struct entry {
  struct ps_label_figures committed;
  uint64_t count[PS_CLASSES], bytes_in, bytes_out; /* of the open batch */
  bool touched;
};

struct labels {
  uint16_t table[TABLE_SLOTS]; /* entry + 1; 0: free */
  struct entry entries[ENTRIES];
  size_t n, ntouched;
  uint16_t touched[ENTRIES];
};

struct label {
  char type[PS_LABEL_BYTES], channel[PS_LABEL_BYTES];
};

int labels_create(struct labels **labels, struct ps_error *err) {
  struct labels *l = calloc(1, sizeof *l);
  if (!l) return error_memory(err, sizeof *l);
  memcpy(l->entries[OTHER].committed.type, "other", sizeof "other");
  memcpy(l->entries[OTHER].committed.channel, "other", sizeof "other");
  *labels = l;
  return PS_OK;
}

void labels_free(struct labels *labels) { free(labels); }

static struct entry *entry_find(struct labels *labels, const struct label *label) {
  size_t slot = hash_checksum(label, sizeof *label) % TABLE_SLOTS;
  for (; labels->table[slot]; slot = (slot + 1) % TABLE_SLOTS) {
    struct entry *e = &labels->entries[labels->table[slot] - 1];
    if (!memcmp(e->committed.type, label->type, sizeof label->type) &&
        !memcmp(e->committed.channel, label->channel, sizeof label->channel))
      return e;
  }
  if (labels->n == PS_LABELS_MAX) return &labels->entries[OTHER];
  struct entry *e = &labels->entries[labels->n++];
  labels->table[slot] = (uint16_t)labels->n;
  memcpy(e->committed.type, label->type, sizeof label->type);
  memcpy(e->committed.channel, label->channel, sizeof label->channel);
  return e;
}

void labels_count(struct labels *labels, const uint8_t *line, const struct ping *ping,
                  enum ps_class class, uint64_t bytes_in, uint64_t bytes_out) {
  struct label label;
  label_text(line, &ping->type, label.type);
  label_text(line, &ping->channel, label.channel);
  struct entry *e = entry_find(labels, &label);
  if (!e->touched) {
    e->touched = true;
    labels->touched[labels->ntouched++] = (uint16_t)(e - labels->entries);
  }
  e->count[class]++;
  e->bytes_in += bytes_in;
  e->bytes_out += bytes_out;
}

static void add(struct ps_label_figures *to, const struct entry *e) {
  for (size_t c = 0; c < PS_CLASSES; c++) to->count[c] += e->count[c];
  to->bytes_in += e->bytes_in;
  to->bytes_out += e->bytes_out;
}

static void batch_end(struct labels *labels, bool keep) {
  for (size_t i = 0; i < labels->ntouched; i++) {
    struct entry *e = &labels->entries[labels->touched[i]];
    if (keep) add(&e->committed, e);
    memset(e->count, 0, sizeof e->count);
    e->bytes_in = e->bytes_out = 0;
    e->touched = false;
  }
  labels->ntouched = 0;
}

void labels_commit(struct labels *labels) { batch_end(labels, true); }
void labels_abort(struct labels *labels) { batch_end(labels, false); }

static bool is_empty(const struct ps_label_figures *f) {
  for (size_t c = 0; c < PS_CLASSES; c++)
    if (f->count[c]) return false;
  return true;
}

int labels_copy(const struct labels *labels, struct ps_label_figures **copy, size_t *n,
                struct ps_error *err) {
  struct ps_label_figures *out = malloc((labels->n + 1) * sizeof *out);
  if (!out) return error_memory(err, (labels->n + 1) * sizeof *out);
  *n = 0;
  for (size_t i = 0; i <= labels->n; i++) {
    const struct entry *e = &labels->entries[i < labels->n ? i : OTHER];
    out[*n] = e->committed;
    add(&out[*n], e);
    if (!is_empty(&out[*n])) ++*n;
  }
  *copy = out;
  return PS_OK;
}

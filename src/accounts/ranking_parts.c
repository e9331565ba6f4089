/* A ranking as bytes, in parts. */
#include "accounts/ranking_slot.h"
#include "base/buffer.h"

#include <endian.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "slots are written as they stand");

static uint64_t word(const uint8_t *id) {
  uint64_t w;
  memcpy(&w, id, sizeof w);
  return w;
}

/* Multilinear (Lemire and Kaser, "Strongly universal string hashing is fast", 2014): a few parts
 * are looked for in whole tables, and nothing depends on their being of one size. */
static inline unsigned part_of(const uint8_t id[16]) {
  const uint64_t hash =
      word(id) * UINT64_C(0x9e3779b97f4a7c15) + word(id + 8) * UINT64_C(0xc2b2ae3d27d4eb4f);
  static_assert(RANKING_PARTS == 16, "four bits");
  return (unsigned)(hash >> 60);
}

unsigned ranking_part(const struct ps_client *client) { return part_of(client->id); }

static bool is_before(const struct ranking_slot *a, const struct ranking_slot *b) {
  const int order = memcmp(a->id, b->id, sizeof a->id);
  return order ? order < 0 : kind_of(a) < kind_of(b);
}

/* Entries as they are sorted: the id as two numbers. */
struct sortable {
  uint64_t high, low, bits;
};
static_assert(sizeof(struct sortable) == sizeof(struct ranking_slot), "sorted where they stand");

static inline bool sortable_before(const struct sortable *a, const struct sortable *b) {
  if (a->high != b->high) return a->high < b->high;
  if (a->low != b->low) return a->low < b->low;
  return a->bits >> KIND_SHIFT < b->bits >> KIND_SHIFT;
}

static void merge_runs(const struct sortable *from, struct sortable *to, size_t left, size_t middle,
                       size_t end) {
  size_t right = middle;
  for (size_t at = left; at < end; at++) {
    const bool take_right =
        left >= middle || (right < end && sortable_before(&from[right], &from[left]));
    to[at] = from[take_right ? right++ : left++];
  }
}

/* A merge sort, as ids may be chosen to be slow. Returns which of the two arrays is sorted. */
static struct sortable *merge_sort(struct sortable *entries, struct sortable *spare, size_t n) {
  for (size_t run = 1; run < n; run *= 2) {
    for (size_t left = 0; left < n; left += 2 * run) {
      const size_t middle = n - left < run ? n : left + run;
      merge_runs(entries, spare, left, middle, n - middle < run ? n : middle + run);
    }
    struct sortable *sorted = spare;
    spare = entries;
    entries = sorted;
  }
  return entries;
}

/* Sorts `entries`: into buckets by their first bits, which does nearly all of it for UUIDs. Several
 * times as fast as qsort(). */
static void sort(struct sortable *entries, struct sortable *spare, size_t n) {
  enum { BUCKETS = 4096 };
  size_t ends[BUCKETS + 1] = {0}; /* of the bucket before */
  for (size_t i = 0; i < n; i++) ends[(entries[i].high >> 52) + 1]++;
  for (size_t bucket = 1; bucket <= BUCKETS; bucket++) ends[bucket] += ends[bucket - 1];
  for (size_t i = 0; i < n; i++) spare[ends[entries[i].high >> 52]++] = entries[i];
  for (size_t bucket = 0, start = 0; bucket < BUCKETS; start = ends[bucket++]) {
    const size_t size = ends[bucket] - start;
    if (!size) continue;
    const struct sortable *sorted = merge_sort(spare + start, entries + start, size);
    if (sorted != entries + start) memcpy(entries + start, sorted, size * sizeof *sorted);
  }
}

/* Without a branch on what is random: a table is looked through for every part. */
static int part_gather(const struct ranking *ranking, unsigned part, struct buffer *out,
                       struct ps_error *err) {
  uint32_t found[RANKING_SLOTS_MIN];
  for (uint32_t from = 0; from < ranking->nslots; from += RANKING_SLOTS_MIN) {
    uint32_t n = 0;
    for (uint32_t i = from; i < from + RANKING_SLOTS_MIN; i++) {
      found[n] = i;
      n += (ranking->slots[i].bits != 0) & (part_of(ranking->slots[i].id) == part);
    }
    struct sortable entries[RANKING_SLOTS_MIN];
    for (uint32_t i = 0; i < n; i++) {
      const struct ranking_slot *slot = &ranking->slots[found[i]];
      entries[i] =
          (struct sortable){be64toh(word(slot->id)), be64toh(word(slot->id + 8)), slot->bits};
    }
    const int r = buffer_append(out, entries, n * sizeof *entries, err);
    if (r) return r;
  }
  return PS_OK;
}

int ranking_write_part(const struct ranking *ranking, unsigned part, struct buffer *out,
                       struct ps_error *err) {
  struct buffer gathered = BUFFER_INIT, spare = BUFFER_INIT;
  int r = part_gather(ranking, part, &gathered, err);
  if (!r) r = buffer_reserve(&spare, gathered.len, err);
  if (!r && gathered.len) {
    struct sortable *entries = (struct sortable *)(void *)gathered.data;
    const size_t n = gathered.len / sizeof *entries;
    sort(entries, (struct sortable *)(void *)spare.data, n);
    for (size_t i = 0; i < n; i++) {
      entries[i].high = htobe64(entries[i].high);
      entries[i].low = htobe64(entries[i].low);
    }
    r = buffer_append(out, entries, gathered.len, err);
  }
  buffer_release(&gathered);
  buffer_release(&spare);
  return r;
}

static bool entry_is_sound(const struct ranking_slot *entry, unsigned part) {
  return kind_of(entry) <= PS_CLIENT_HASH && counter_of(entry) &&
         counter_of(entry) <= RANKING_COUNT_MAX && part_of(entry->id) == part;
}

int ranking_read_part(struct ranking *ranking, unsigned part, const void *data, size_t len,
                      uint32_t limit, bool *sound, struct ps_error *err) {
  const uint8_t *bytes = data;
  struct ranking_slot entry, before;
  *sound = len % sizeof entry == 0;
  for (size_t at = 0; *sound && at < len; at += sizeof entry) {
    memcpy(&entry, bytes + at, sizeof entry);
    *sound = entry_is_sound(&entry, part) && (!at || is_before(&before, &entry));
    if (!*sound) break;
    const int r = ranking_insert(ranking, &entry, limit, sound, err);
    if (r) return r;
    before = entry;
  }
  return PS_OK;
}

#include "seen/flush.h"

#include "base/error.h"
#include "seen/log.h"
#include <stdlib.h>
#include <string.h>

#define DAYS        ((size_t)DAY_MAX + 1)
#define RUN_SHARE   32u /* a day with this share of the log is worth a run */
#define STAYS_SHARE 4u  /* at most this share stays in the log */

struct day_count {
  uint32_t keys;
  day_t day;
};

/* How the table's slots are sorted: into buckets, one for each chunk of each new run, and a last
 * one for the keys that stay. */
struct flush {
  struct day_count *days; /* most keys first; the first nruns become runs */
  uint32_t ndays, nruns, nbuckets, stay;
  uint32_t *first; /* [DAYS] first bucket of a day */
  uint8_t *bits;   /* [DAYS] of a day's run */
  uint32_t *ends;  /* [nbuckets + 1] */
  uint32_t *order; /* slots by bucket */
  struct ps_key *keys;
  day_t *key_days;
};

static int day_count_compare(const void *x, const void *y) {
  const struct day_count *a = x, *b = y;
  if (a->keys != b->keys) return a->keys < b->keys ? 1 : -1;
  return (int)b->day - (int)a->day;
}

static void flush_release(struct flush *flush) {
  free(flush->days);
  free(flush->first);
  free(flush->bits);
  free(flush->ends);
  free(flush->order);
  free(flush->keys);
  free(flush->key_days);
}

static void days_choose(struct flush *flush, const struct ps_seen *seen) {
  for (uint32_t d = 0; d < DAYS; d++)
    if (seen->table.day_keys[d])
      flush->days[flush->ndays++] = (struct day_count){seen->table.day_keys[d], (day_t)d};
  qsort(flush->days, flush->ndays, sizeof *flush->days, day_count_compare);
  flush->stay = seen->table.n;
  for (uint32_t i = 0; i < flush->ndays; i++) {
    const struct day_count *count = &flush->days[i];
    if (i && count->keys < seen->log_keys / RUN_SHARE &&
        flush->stay <= seen->log_keys / STAYS_SHARE)
      break;
    flush->bits[count->day] = (uint8_t)run_bits_for(count->keys, seen->chunk_keys);
    flush->first[count->day] = flush->nbuckets;
    flush->nbuckets += 1u << flush->bits[count->day];
    flush->stay -= count->keys;
    flush->nruns++;
  }
  for (uint32_t i = flush->nruns; i < flush->ndays; i++)
    flush->first[flush->days[i].day] = flush->nbuckets; /* bits are 0: all into this one */
}

static uint32_t bucket_of(const struct flush *flush, struct ps_key key, day_t day) {
  return flush->first[day] + key_chunk(key.hi, flush->bits[day]);
}

/* A counting sort of the slots. */
static void slots_sort(struct flush *flush, const struct table *table) {
  const size_t slots = table_slots(table);
  for (size_t i = 0; i < slots; i++)
    if (!key_empty(table->slots[i]))
      flush->ends[bucket_of(flush, table->slots[i], table->days[i]) + 1]++;
  for (uint32_t b = 0; b <= flush->nbuckets; b++) flush->ends[b + 1] += flush->ends[b];
  for (size_t i = 0; i < slots; i++)
    if (!key_empty(table->slots[i]))
      flush->order[flush->ends[bucket_of(flush, table->slots[i], table->days[i])]++] = (uint32_t)i;
}

static int flush_init(struct flush *flush, const struct ps_seen *seen, struct ps_error *err) {
  const size_t n = seen->table.n;
  flush->days = calloc(n < DAYS ? n : DAYS, sizeof *flush->days);
  flush->first = malloc(DAYS * sizeof *flush->first);
  flush->bits = calloc(DAYS, 1);
  flush->order = calloc(n, sizeof *flush->order);
  if (!flush->days || !flush->first || !flush->bits || !flush->order)
    return error_memory(err, n * sizeof *flush->order);
  days_choose(flush, seen);
  flush->ends = calloc((size_t)flush->nbuckets + 2, sizeof *flush->ends);
  flush->keys = malloc(((size_t)flush->stay + 1) * sizeof *flush->keys);
  flush->key_days = malloc(((size_t)flush->stay + 1) * sizeof *flush->key_days);
  if (!flush->ends || !flush->keys || !flush->key_days)
    return error_memory(err, flush->nbuckets * sizeof *flush->ends);
  slots_sort(flush, &seen->table);
  return PS_OK;
}

/* Writes the run of one day, whose buckets begin at `bucket` and its slots at `at` in the order. */
static int run_write(struct ps_seen *seen, const struct flush *flush, const struct day_count *day,
                     uint32_t *bucket, uint32_t *at, struct ps_error *err) {
  const struct run_record record = {.id = (uint32_t)seen->state.next_run++,
                                    .day = day->day,
                                    .bits = flush->bits[day->day],
                                    .count = day->keys};
  for (uint32_t chunk = 0; chunk < 1u << record.bits; chunk++, (*bucket)++) {
    uint32_t n = 0;
    while (*at < flush->ends[*bucket] && n <= CHUNK_MAX)
      seen->keys[n++] = seen->table.slots[flush->order[(*at)++]];
    int r = run_write_chunk(seen, record.id, record.bits, chunk, seen->keys, n, err);
    if (r) return r;
  }
  return runs_add(&seen->runs, &record, err);
}

int flush_log(struct ps_seen *seen, struct ps_error *err) {
  struct flush flush = {.ndays = 0};
  uint32_t bucket = 0, at = 0;
  if (!seen->table.n) return PS_OK;
  int r = store_scratch(seen, err);
  if (!r) r = flush_init(&flush, seen, err);
  for (uint32_t i = 0; i < flush.nruns && !r; i++)
    r = run_write(seen, &flush, &flush.days[i], &bucket, &at, err);
  if (!r) {
    seen->state.open_day = flush.days[0].day;
    for (uint32_t i = 0; i < flush.stay; i++) {
      flush.keys[i] = seen->table.slots[flush.order[at + i]];
      flush.key_days[i] = seen->table.days[flush.order[at + i]];
    }
    r = log_rewrite(seen, flush.keys, flush.key_days, flush.stay, err);
  }
  flush_release(&flush);
  return r;
}

#include "seen/probe.h"

#include "base/clock.h"
#include "seen/group.h"
#include <string.h>
#include <sys/resource.h>
#ifdef __SSE2__
#  include <emmintrin.h>
#endif

/* The three stages of a probe are these many keys apart: prefetch the directory, read it and
 * prefetch the fingerprints, compare. 12 to 96 measure within 2 % on batches of 65,536 keys; a
 * stream of small pings looks some 500 up at a time, and is 7 % faster with 16 than with 48. */
#define STAGE_COMPARE   16u
#define STAGE_DIRECTORY 8u
#define RING            32u
#define LANES           32u /* fingerprints compared at once; HOT_PAD bytes allow it */

#define SLOW_MATCH_NS 5000u /* a cold entry that takes longer came from the disk */
#define SLOW_BASE_NS  20000u
/* A look-up that waits for so many pages one by one makes the next ones ask for them ahead: memory
 * does not hold the hot values, and reading them in order is several times as fast. */
#define WAITED_MANY 500
#define ASKING_FOR  16u
#define DROP_SHARE  16u /* of a batch found: then it is worth a pass to drop them */

static_assert(STAGE_DIRECTORY < STAGE_COMPARE && STAGE_COMPARE < RING,
              "an entry is read before it is reused");
static_assert(LANES * sizeof(uint16_t) <= HOT_PAD, "comparing may read beyond the last key");

/* Settles the collected matches exactly; returns how many keys were found. Cold pages are read
 * rarely and at random: when that was slow of late, all are asked for before the first is read. */
static uint32_t settle(struct ps_seen *seen, uint8_t *verdict) {
  const uint32_t n = seen->batch.nmatches;
  uint32_t found = 0;
  if (!n) return 0;
  if (seen->cold_slow)
    for (uint32_t i = 0; i < n; i++)
      env_will_need(seen->batch.matches[i].cold, 8 + seen->batch.matches[i].rest_bytes);
  const uint64_t begin = clock_monotonic_ns();
  for (uint32_t i = 0; i < n; i++) {
    const struct match *match = &seen->batch.matches[i];
    const unsigned rest = match->rest_bytes;
    uint64_t lo, low;
    memcpy(&lo, match->cold + rest, sizeof lo);
    memcpy(&low, match->cold, sizeof low); /* an entry has more than 8 bytes */
    const bool same =
        lo == match->key.lo && !((low ^ match->key.hi) & (((uint64_t)1 << (8 * rest)) - 1));
    found += same && !verdict[match->at];
    verdict[match->at] |= same;
  }
  seen->cold_slow = clock_monotonic_ns() - begin > (uint64_t)n * SLOW_MATCH_NS + SLOW_BASE_NS;
  seen->batch.nmatches = 0;
  return found;
}

/* Bit i: fingerprints[i] is `wanted`, for the first LANES of them. */
static inline uint32_t compare(const uint16_t *fingerprints, uint16_t wanted) {
#ifdef __SSE2__
  const __m128i v = _mm_set1_epi16((short)wanted);
  const __m128i *f = (const __m128i *)(const void *)fingerprints;
  const __m128i low = _mm_packs_epi16(_mm_cmpeq_epi16(_mm_loadu_si128(f), v),
                                      _mm_cmpeq_epi16(_mm_loadu_si128(f + 1), v));
  const __m128i high = _mm_packs_epi16(_mm_cmpeq_epi16(_mm_loadu_si128(f + 2), v),
                                       _mm_cmpeq_epi16(_mm_loadu_si128(f + 3), v));
  return (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16;
#else
  uint32_t mask = 0;
  for (unsigned i = 0; i < LANES; i++) mask |= (uint32_t)(fingerprints[i] == wanted) << i;
  return mask;
#endif
}

/* Notes the equal ones of n fingerprints. Rare: a match, or an overfull sub-bucket. */
static void matches_note(struct ps_seen *seen, const struct run *run, const struct entry *entry,
                         const uint16_t *fingerprints, uint32_t n, uint8_t *verdict) {
  const unsigned bits = run->record.bits;
  const uint32_t chunk = key_chunk(entry->key.hi, bits);
  const size_t first = (size_t)(fingerprints - chunk_fingerprints(run->hot[chunk]));
  const uint16_t wanted = key_fingerprint(entry->key.hi, bits);
  for (uint32_t i = 0; i < n; i++) {
    if (fingerprints[i] != wanted) continue;
    if (seen->batch.nmatches == seen->batch.cap) settle(seen, verdict);
    seen->batch.matches[seen->batch.nmatches++] =
        (struct match){run->cold[chunk] + (first + i) * chunk_entry_bytes(bits), entry->key,
                       entry->at, key_rest_bytes(bits)};
  }
}

/* Looks n entries, sorted, up in one run, and notes what matches in seen->batch. */
static int probe_run(struct ps_seen *seen, MDB_txn *txn, struct run *run,
                     const struct entry *entries, uint32_t n, uint8_t *verdict,
                     struct ps_error *err) {
  const unsigned bits = run->record.bits;
  const uint16_t *directories[RING], *fingerprints[RING];
  uint32_t counts[RING];
  if (seen->asking && n >= run_chunks(run))
    run_ask(run, chunk_hot_bytes((uint32_t)(run->record.count >> bits)));
  for (uint32_t j = 0; j < n + STAGE_COMPARE; j++) {
    if (j < n) {
      const uint64_t hi = entries[j].key.hi;
      const uint32_t chunk = key_chunk(hi, bits);
      if (__builtin_expect(!run->hot[chunk], 0)) {
        int r = run_resolve(seen, txn, run, chunk, n, err);
        if (r) return r;
      }
      const uint8_t *hot = run->hot[chunk];
      directories[j % RING] = chunk_directory(hot) + key_sub(hi, bits);
      fingerprints[j % RING] = chunk_fingerprints(hot);
      __builtin_prefetch(directories[j % RING]);
    }
    if (j >= STAGE_DIRECTORY && j - STAGE_DIRECTORY < n) {
      const uint32_t slot = (j - STAGE_DIRECTORY) % RING;
      const uint32_t first = directories[slot][0];
      counts[slot] = directories[slot][1] - first;
      fingerprints[slot] += first;
      __builtin_prefetch(fingerprints[slot]);
      if (((uintptr_t)fingerprints[slot] & 63) + 2 * counts[slot] > 64)
        __builtin_prefetch(fingerprints[slot] + LANES - 1);
    }
    if (j < STAGE_COMPARE) continue;
    const struct entry *entry = &entries[j - STAGE_COMPARE];
    const uint32_t slot = (j - STAGE_COMPARE) % RING, count = counts[slot];
    /* No branch on the number of fingerprints: 24 ns a probe instead of 32 at 33 M keys. */
    uint32_t mask = compare(fingerprints[slot], key_fingerprint(entry->key.hi, bits));
    mask &= (uint32_t)(((uint64_t)1 << (count < LANES ? count : LANES)) - 1);
    if (__builtin_expect(mask || count > LANES, 0))
      matches_note(seen, run, entry, fingerprints[slot], count, verdict);
  }
  return PS_OK;
}

/* Looks the batch up in a complete filter and in the runs it cannot exclude. */
static int probe_group(struct ps_seen *seen, MDB_txn *txn, struct run *group, uint8_t *verdict,
                       struct ps_error *err) {
  struct batch *batch = &seen->batch;
  uint32_t maybe;
  int r = group_filter(seen, txn, group, &maybe, err);
  for (uint32_t i = 0; i < seen->runs.n && !r; i++) {
    struct run *run = &seen->runs.at[i];
    if (run->record.group != group->record.id) continue;
    uint32_t n = 0;
    for (uint32_t j = 0; j < maybe; j++)
      if (batch->masks[j] >> run->record.bit & 1)
        batch->part[n++] = batch->entries[batch->places[j]];
    if (n) r = probe_run(seen, txn, run, batch->part, n, verdict, err);
  }
  return r;
}

static void drop_from_table(struct ps_seen *seen, uint8_t *verdict) {
  struct batch *batch = &seen->batch;
  uint32_t n = 0;
  for (uint32_t i = 0; i < batch->n; i++) {
    if (table_has(&seen->table, batch->entries[i].key)) verdict[batch->entries[i].at] = 1;
    else batch->entries[n++] = batch->entries[i];
  }
  batch->n = n;
}

/* Looks the batch up in one member of the directory, as far as it is responsible. */
static int probe_member(struct ps_seen *seen, MDB_txn *txn, struct run *run, uint8_t *verdict,
                        struct ps_error *err) {
  struct batch *batch = &seen->batch;
  uint32_t from = 0, to = batch->n;
  switch (run->record.kind) {
  case RUN_GROUP: return run_complete(run) ? probe_group(seen, txn, run, verdict, err) : PS_OK;
  case RUN_BUILDING:
    if (run_bound(run) != UINT64_MAX) to = batch_below(batch, run_bound(run));
    break;
  case RUN_LIVE:
    if (run->record.group && run_complete(runs_find(&seen->runs, run->record.group))) return PS_OK;
    if (run->record.job)
      from = batch_below(batch, run_bound(runs_find(&seen->runs, run->record.job)));
    break;
  default: return PS_OK;
  }
  if (from >= to) return PS_OK;
  return probe_run(seen, txn, run, batch->entries + from, to - from, verdict, err);
}

/* Pages this thread had to wait for. */
static long pages_waited(void) {
  struct rusage usage;
  return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_majflt;
}

int probe_batch(struct ps_seen *seen, MDB_txn *txn, uint8_t *verdict, struct ps_error *err) {
  struct batch *batch = &seen->batch;
  const long waited = pages_waited();
  uint32_t found = 0;
  drop_from_table(seen, verdict);
  for (uint32_t i = seen->runs.n; i-- > 0 && batch->n;) {
    int r = probe_member(seen, txn, &seen->runs.at[i], verdict, err);
    if (r) return r;
    /* Warm: settle run by run, so that keys found are probed no further. Cold: all together. */
    if (seen->cold_slow) continue;
    found += settle(seen, verdict);
    if (found > batch->n / DROP_SHARE) {
      batch_drop(batch, verdict);
      found = 0;
    }
  }
  settle(seen, verdict);
  batch_drop(batch, verdict);
  if (pages_waited() - waited > WAITED_MANY) seen->asking = ASKING_FOR;
  else if (seen->asking) seen->asking--;
  return PS_OK;
}

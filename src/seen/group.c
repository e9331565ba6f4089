#include "seen/group.h"

#include "base/error.h"
#include "base/hash.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 64u
#define KEY_BITS   12u        /* of the filter, a key */
#define BIG_RUN    (1u << 20) /* smaller runs share filters of their own: they come and go faster */
#define FEW_RUNS   3u         /* left in a filter: it is dropped */
#define AHEAD      12u
#define RING       16u

uint64_t group_lines(const struct run_record *group) {
  return ((group->count >> group->bits) / GROUP_RUNS) * KEY_BITS / LINE_BYTES + 1;
}

static uint64_t part_checksum(const uint8_t *value, size_t bytes) {
  return hash_checksum(value + sizeof(uint64_t), bytes - sizeof(uint64_t));
}

static size_t line_at(const struct run_record *group, uint64_t lines, uint64_t hi) {
  __extension__ typedef unsigned __int128 wide;
  return sizeof(struct group_header) +
         LINE_BYTES * (size_t)(((wide)(hi << group->bits) * lines) >> 64);
}

static inline uint8_t line_mask(const uint8_t *line, uint64_t lo) {
  uint8_t mask = UINT8_MAX;
  for (unsigned i = 0; i < GROUP_ROWS; i++, lo >>= 6) mask &= line[lo & 63];
  return mask;
}

uint8_t group_mask(const struct run_record *group, const uint8_t *part, struct ps_key key) {
  return line_mask(part + line_at(group, group_lines(group), key.hi), key.lo);
}

const char *group_part_fault(const struct run_record *group, uint32_t part, const uint8_t *value,
                             size_t bytes) {
  struct group_header header;
  if (bytes < sizeof header) return "it is too short";
  memcpy(&header, value, sizeof header);
  if (header.checksum != part_checksum(value, bytes)) return "its checksum does not match";
  if (header.group != group->id || header.part != part) return "it belongs elsewhere";
  if (header.lines != group_lines(group) || (bytes - sizeof header) / LINE_BYTES < header.lines)
    return "it has the wrong length";
  return NULL;
}

static bool is_big(const struct run_record *r) { return r->count >= BIG_RUN; }

/* Quiet runs of like size without a filter. */
static uint32_t runs_alone(const struct ps_seen *seen, bool big, struct run *members[GROUP_RUNS]) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < seen->runs.n && n < GROUP_RUNS; i++) {
    const struct run_record *r = &seen->runs.at[i].record;
    if (r->kind == RUN_LIVE && r->day != seen->state.open_day && !r->group && !r->job &&
        is_big(r) == big)
      members[n++] = &seen->runs.at[i];
  }
  return n;
}

/* How many members a filter has; stores them unless members is NULL. */
static uint32_t runs_of(const struct ps_seen *seen, uint32_t group, struct run **members) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < seen->runs.n; i++) {
    if (seen->runs.at[i].record.group != group) continue;
    if (members) members[n] = &seen->runs.at[i];
    n++;
  }
  return n;
}

/* The small runs of two filters that have room for one another. */
static uint32_t runs_of_two(const struct ps_seen *seen, struct run *members[GROUP_RUNS]) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < seen->runs.n; i++) {
    const struct run_record *group = &seen->runs.at[i].record;
    if (group->kind != RUN_GROUP) continue;
    const uint32_t found = runs_of(seen, group->id, NULL);
    if (!found || found > GROUP_RUNS / 2) continue;
    (void)runs_of(seen, group->id, members + n);
    if (is_big(&members[n]->record)) continue;
    if (n) return n + found;
    n = found;
  }
  return 0;
}

static int group_start(struct ps_seen *seen, struct run *const *members, uint32_t n,
                       struct ps_error *err) {
  struct run_record group = {.id = (uint32_t)seen->state.next_run++, .kind = RUN_GROUP};
  for (uint32_t i = 0; i < n; i++) {
    struct run_record *r = &members[i]->record;
    r->group = group.id;
    r->bit = (uint8_t)i;
    group.count += r->count;
    if (r->bits > group.bits) group.bits = r->bits;
  }
  group.count = group.count * GROUP_RUNS / n; /* as if full: each run has its bits per key */
  return runs_add(&seen->runs, &group, err);
}

int group_plan(struct ps_seen *seen, bool *started, struct ps_error *err) {
  struct run *members[GROUP_RUNS];
  uint32_t n = runs_alone(seen, true, members);
  if (n < GROUP_RUNS) n = runs_alone(seen, false, members);
  if (n < GROUP_RUNS) {
    n = runs_of_two(seen, members);
    if (!n) n = runs_alone(seen, false, members);
    if (n <= FEW_RUNS) n = 0;
  }
  *started = n > 0;
  return n ? group_start(seen, members, n, err) : PS_OK;
}

void group_retire(struct ps_seen *seen) {
  struct runs *runs = &seen->runs;
  for (uint32_t i = 0; i < runs->n; i++) {
    struct run_record *group = &runs->at[i].record;
    if (group->kind != RUN_GROUP) continue;
    uint32_t used = 0;
    for (uint32_t j = 0; j < runs->n; j++) used += runs->at[j].record.group == group->id;
    if (used > FEW_RUNS) continue;
    for (uint32_t j = 0; j < runs->n; j++)
      if (runs->at[j].record.group == group->id) runs->at[j].record.group = 0;
    group->kind = RUN_DEAD;
    group->done = 0;
  }
}

/* Sets the bits of one run's keys in a part. */
static int part_add(struct ps_seen *seen, const struct run_record *group, struct run *run,
                    uint64_t lines, uint8_t *part, struct ps_error *err) {
  uint32_t n = 0;
  int r = run_read_range(seen, run, group->bits, group->done, &n, err);
  if (r) return r;
  for (uint32_t i = 0; i < n; i++) {
    uint8_t *line = part + line_at(group, lines, seen->keys[i].hi);
    uint64_t lo = seen->keys[i].lo;
    for (unsigned row = 0; row < GROUP_ROWS; row++, lo >>= 6)
      line[lo & 63] |= (uint8_t)(1u << run->record.bit);
  }
  return PS_OK;
}

int group_step(struct ps_seen *seen, uint32_t id, struct ps_error *err) {
  struct run_record *group = &runs_find(&seen->runs, id)->record;
  const uint64_t lines = group_lines(group);
  struct group_header header = {.lines = lines, .group = id, .part = group->done};
  size_t bytes = sizeof header + lines * LINE_BYTES;
  if (bytes < seen->env.big) bytes = seen->env.big;
  uint8_t *part = calloc(1, bytes);
  if (!part) return error_memory(err, bytes);
  int r = PS_OK;
  for (uint32_t i = 0; i < seen->runs.n && !r; i++) {
    struct run *run = &seen->runs.at[i];
    if (run->record.group == id) r = part_add(seen, group, run, lines, part, err);
  }
  memcpy(part, &header, sizeof header);
  header.checksum = part_checksum(part, bytes);
  memcpy(part, &header, sizeof header);
  uint64_t name = key_of_chunk(id, group->done);
  MDB_val key = {sizeof name, &name};
  uint8_t *value;
  if (!r) r = env_reserve(&seen->env, seen->write, seen->env.hot, &key, bytes, 0, &value, err);
  if (!r) {
    memcpy(value, part, bytes);
    group->done++;
  }
  free(part);
  return r;
}

static int part_resolve(struct ps_seen *seen, MDB_txn *txn, struct run *group, uint32_t part,
                        struct ps_error *err) {
  uint64_t name = key_of_chunk(group->record.id, part);
  MDB_val key = {sizeof name, &name}, value;
  int r = mdb_get(txn, seen->env.hot, &key, &value);
  if (r && r != MDB_NOTFOUND) return env_error(&seen->env, r, "reading", err);
  const char *fault = "it is missing";
  if (!r && value.mv_size < seen->env.big) {
    fault = "it has no pages of its own";
  } else if (!r) {
    env_will_need(value.mv_data, value.mv_size);
    fault = group_part_fault(&group->record, part, value.mv_data, value.mv_size);
  }
  if (fault)
    return env_damaged(&seen->env, err, "group filter %u, part %u: %s", group->record.id, part,
                       fault);
  group->hot[part] = value.mv_data;
  return PS_OK;
}

static_assert(AHEAD < RING, "an entry is read before it is reused");

int group_filter(struct ps_seen *seen, MDB_txn *txn, struct run *group, uint32_t *maybe,
                 struct ps_error *err) {
  const struct batch *batch = &seen->batch;
  const uint64_t lines = group_lines(&group->record);
  const uint8_t *ring[RING];
  const size_t bytes = sizeof(struct group_header) + lines * LINE_BYTES;
  uint32_t m = 0;
  if (seen->asking && batch->n >= run_chunks(group)) run_ask(group, bytes);
  for (uint32_t j = 0; j < batch->n + AHEAD; j++) {
    if (j < batch->n) {
      const uint64_t hi = batch->entries[j].key.hi;
      const uint32_t part = key_chunk(hi, group->record.bits);
      int r;
      if (__builtin_expect(!group->hot[part], 0) && (r = part_resolve(seen, txn, group, part, err)))
        return r;
      ring[j % RING] = group->hot[part] + line_at(&group->record, lines, hi);
      __builtin_prefetch(ring[j % RING]);
    }
    if (j < AHEAD) continue;
    const uint8_t mask = line_mask(ring[(j - AHEAD) % RING], batch->entries[j - AHEAD].key.lo);
    batch->places[m] = j - AHEAD;
    batch->masks[m] = mask;
    m += mask != 0;
  }
  *maybe = m;
  return PS_OK;
}

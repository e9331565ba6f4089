#include "base/clock.h"
#include "base/error.h"
#include "sieve/batch_state.h"
#include "sieve/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PREFETCH_AHEAD 12u /* pings whose accounts are on their way while one is counted */

#define READER_NS       UINT64_C(20000000) /* that a reader gets at a commit ... */
#define READER_FIRST_NS UINT64_C(100000)   /* ... to begin with; each pause is twice as long */

static uint64_t now_ns(const struct batch *b) {
  return b->clock ? b->clock->monotonic_ns(b->clock->context) : clock_monotonic_ns();
}

/* ---- opening ---- */

int batch_open(const struct batch_options *options, struct batch **batch, struct ps_error *err) {
  struct batch *b = calloc(1, sizeof *b);
  if (!b) return error_memory(err, sizeof *b);
  b->seen = options->seen;
  b->accounts = options->accounts;
  b->outputs = options->outputs;
  b->figures = options->figures;
  b->outlet = *options->outlet;
  b->flagged = options->flagged;
  b->limits = options->limits;
  b->keep_days = ps_seen_keep_days(options->seen);
  int r = options->one_per_client ? one_per_client_create(&b->one_per_client, err) : PS_OK;
  if (r) batch_close(b);
  else *batch = b;
  return r;
}

void batch_close(struct batch *b) {
  if (!b) return;
  one_per_client_free(b->one_per_client);
  carried_release(&b->carried);
  counted_release(&b->counted);
  free(b);
}

void batch_tell_commits(struct batch *b, void (*tell)(void *context, bool committing),
                        void *context) {
  b->tell = tell;
  b->tell_context = context;
}

void batch_set_clock(struct batch *b, const struct batch_clock *clock) { b->clock = clock; }

void batch_set_input(struct batch *b, const char *name, uint64_t lines) {
  b->input_name = name;
  b->lines = lines;
}

uint64_t batch_lines(const struct batch *b) { return b->lines; }
uint16_t batch_watermark(const struct batch *b) { return b->watermark; }
day_t batch_today(const struct batch *b) { return b->today; }

/* ---- the transaction ---- */

/* Forgets what the watermark has left behind; legal only before the transaction's first mark. */
static int expire(struct batch *b, struct ps_error *err) {
  uint16_t oldest;
  uint32_t bound = judge_bound(b, b->watermark);
  if (!ps_seen_oldest(b->seen, &oldest) || oldest >= bound) return PS_OK;
  return ps_seen_forget(b->seen, 0, bound, NULL, err);
}

int batch_begin(struct batch *b, struct ps_error *err) {
  if (b->open) return PS_OK;
  figures_set_waiting(b->figures, true);
  int r = ps_seen_begin(b->seen, err);
  figures_set_waiting(b->figures, false);
  if (r) return r;
  b->open = true;
  b->marked = b->carried_marked = false;
  b->pings = 0;
  b->bytes = 0;
  b->begun_ns = b->touched_ns = now_ns(b);
  uint16_t stored = ps_seen_watermark(b->seen); /* another process may have moved it */
  if (stored > b->watermark) b->watermark = stored;
  r = b->accounts ? accounts_begin(b->accounts, err) : PS_OK;
  if (!r && b->accounts && b->outlet.taken) r = counted_open(&b->counted, b->seen, err);
  return r ? r : expire(b, err);
}

static int safe(const struct batch *b, struct ps_error *err) {
  const struct outlet_ops *outlet = &b->outlet;
  int r = outlet->before_commit ? outlet->before_commit(outlet->context, err) : PS_OK;
  if (!r && outlet->sync) r = outlet->sync(outlet->context, err);
  return r ? r : outputs_sync(b->outputs, err);
}

/* Gives the reader some time for what this batch has put into its pipe. */
static int await_reader(const struct batch *b, uint64_t *taken, struct ps_error *err) {
  uint64_t waited = 0, pause = READER_FIRST_NS;
  for (;;) {
    int r = b->outlet.taken(b->outlet.context, taken, err);
    if (r || *taken >= b->given || waited >= READER_NS || !b->pings) return r;
    (void)nanosleep(&(struct timespec){.tv_nsec = (long)pause}, NULL);
    waited += pause;
    if (pause < READER_NS / 4) pause *= 2;
  }
}

/* Pings that the reader has not taken are not marked yet. */
static int hold_back(struct batch *b, struct ps_error *err) {
  uint64_t taken;
  struct tally tally = {0};
  if (!b->outlet.taken) return PS_OK;
  int r = judge_carried(b, err);
  if (!r && b->carried.n) r = await_reader(b, &taken, err);
  if (!r && b->carried.n) r = carried_cut(&b->carried, b->seen, taken, &tally.passed_twice, err);
  if (!r && b->counted.opened)
    r = counted_store(&b->counted, &b->carried, judge_bound(b, b->watermark), b->seen, err);
  if (r || !tally.passed_twice) return r;
  figures_lock(b->figures);
  figures_add(b->figures, &tally);
  figures_unlock(b->figures);
  return PS_OK;
}

int batch_commit(struct batch *b, struct ps_error *err) {
  if (!b->open) return PS_OK;
  if (b->tell) b->tell(b->tell_context, true);
  int r = safe(b, err);
  if (!r) r = hold_back(b, err);
  uint64_t before = now_ns(b);
  if (!r) {
    ps_seen_set_watermark(b->seen, b->watermark);
    r = b->accounts ? accounts_store(b->accounts, err) : PS_OK;
    if (!r) r = ps_seen_commit(b->seen, err);
    if (!r) b->open = false;
  }
  if (!r && b->accounts) accounts_committed(b->accounts);
  if (b->tell) b->tell(b->tell_context, false);
  if (r) return r;
  b->committed_ns = now_ns(b);
  figures_commit(b->figures, b->committed_ns - before, b->watermark);
  return b->outlet.after_commit ? b->outlet.after_commit(b->outlet.context, err) : PS_OK;
}

void batch_abort(struct batch *b) {
  if (b->open && b->accounts) accounts_abort(b->accounts);
  if (b->open) ps_seen_abort(b->seen);
  b->open = false;
  carried_abort(&b->carried);
  figures_abort(b->figures);
}

int batch_settle(struct batch *b, struct ps_error *err) {
  int r = batch_begin(b, err);
  return r ? r : batch_commit(b, err);
}

bool batch_carries(const struct batch *b) { return b->carried.n > 0; }

int batch_reader(const struct batch *b, bool *some, bool *all, struct ps_error *err) {
  uint64_t taken;
  *some = *all = true;
  if (!b->carried.n) return PS_OK;
  int r = b->outlet.taken(b->outlet.context, &taken, err);
  *some = r || taken >= b->carried.pings[0].end;
  *all = r || taken >= b->given;
  return r;
}

int batch_while_blocked(void *context, struct ps_error *err) {
  struct batch *b = context;
  if (!b->open) return PS_OK;
  const bool aged = now_ns(b) - b->begun_ns >= b->limits.age_ns;
  return aged || ps_seen_turn_wanted(b->seen) ? batch_commit(b, err) : PS_OK;
}

size_t batch_pings(const struct batch *b) { return b->open ? b->pings : 0; }
bool batch_has_marked(const struct batch *b) { return b->open && b->marked; }
bool batch_is_within_line(const struct batch *b) { return b->overlong.line != 0; }
size_t batch_room(const struct batch *b) { return b->limits.pings - batch_pings(b); }

uint64_t batch_age_deadline(const struct batch *b) {
  return b->open ? b->begun_ns + b->limits.age_ns : 0;
}

uint64_t batch_deadline(const struct batch *b) {
  if (!b->open) return 0;
  uint64_t idle = b->touched_ns + b->limits.idle_ns, age = batch_age_deadline(b);
  return idle < age ? idle : age;
}

/* An open batch that others wait for; without a ping it would be given up for nothing. */
static bool is_wanted(const struct batch *b, uint64_t now) {
  return (b->pings || b->bytes) && now - b->begun_ns >= b->limits.share_ns &&
         ps_seen_turn_wanted(b->seen);
}

uint64_t batch_next_look(const struct batch *b) {
  if (!b->open && b->carried.n) return now_ns(b) + READER_NS;
  const uint64_t end = batch_deadline(b), look = now_ns(b) + b->limits.share_ns;
  return look < end ? look : end;
}

/* The reader has everything by now, or has gone on since a batch's age ago: a slow one is no reason
 * for a commit at each look. An error is told by the next one. */
static bool reader_went_on(const struct batch *b) {
  bool some = false, all = false;
  if (b->carried.n) (void)batch_reader(b, &some, &all, NULL);
  return all || (some && now_ns(b) - b->committed_ns >= b->limits.age_ns);
}

bool batch_has_rested(const struct batch *b) {
  if (!b->open) return reader_went_on(b);
  const uint64_t now = now_ns(b);
  return now >= batch_deadline(b) || (!b->overlong.line && is_wanted(b, now));
}

bool batch_is_due(const struct batch *b) {
  if (!b->open) return false;
  if (b->pings >= b->limits.pings || b->bytes >= b->limits.bytes) return true;
  const uint64_t now = now_ns(b);
  return now - b->begun_ns >= b->limits.age_ns || is_wanted(b, now);
}

/* ---- writing ---- */

struct line {
  const struct ping *ping;
  struct slot_record record;
  enum ps_class class;
  day_t day; /* of the accounts */
  bool withheld;
};

/* A malformed line of which so many bytes were not written. */
static void tally_unkept(struct tally *tally, uint64_t bytes) {
  tally->unkept += bytes > 0;
  tally->unkept_bytes += bytes;
}

static int put_malformed(struct batch *b, const struct line *line, struct tally *tally,
                         struct ps_error *err) {
  struct invalid *invalid = &b->outputs->invalid;
  struct invalid_place place = {.input = b->input_name,
                                .line = b->lines + tally->lines,
                                .offset = line->record.position,
                                .at = line->ping->error_offset,
                                .bytes = line->record.whole_len,
                                .reason = scan_code_text((enum scan_code)line->ping->code)};
  bool kept;
  int r = invalid_put(invalid, line->record.bytes, &place, &kept, err);
  tally_unkept(tally, kept ? 0 : line->record.len);
  tally->untold += place.untold;
  if (!tally->first_malformed.line) {
    struct ps_malformed_place *first = &tally->first_malformed;
    first->line = place.line;
    first->offset = place.offset + place.at;
    (void)snprintf(first->reason, sizeof first->reason, "%s", place.reason);
  }
  return r;
}

/* Does a line of this class go to the output, if there is one? */
static bool leaves(const struct batch *b, enum ps_class class) {
  return b->outlet.leave && class != PS_DUPLICATE && class != PS_MALFORMED &&
         class != PS_NOT_SELECTED;
}

/* Of the pings judged one a client: this one is its client's. */
static bool is_chosen(enum ps_class class) {
  return class == PS_UNIQUE || class == PS_NO_ID || class == PS_LATE;
}

/* Its keys are marked when its reader has it. */
static int carry(struct batch *b, const struct line *line, struct ps_error *err) {
  struct carried_ping ping = {
      .key = line->ping->key, .end = b->given, .day = line->day, .is_id = true};
  int r = line->class == PS_UNIQUE ? carried_add(&b->carried, &ping, err) : PS_OK;
  if (r || !b->one_per_client || !is_chosen(line->class)) return r;
  ping.is_id = false;
  ping.key = one_per_client_key(&line->ping->client_id, ps_seen_secret(b->seen));
  return carried_add(&b->carried, &ping, err);
}

static int put_clean(struct batch *b, struct slot *slot, const struct line *line,
                     struct tally *tally, struct ps_error *err) {
  if (!line->record.out_len || !leaves(b, line->class)) return PS_OK;
  tally->bytes_out += line->record.out_len;
  b->given += line->record.out_len;
  int r = b->outlet.taken ? carry(b, line, err) : PS_OK;
  return r ? r : b->outlet.leave(b->outlet.context, slot, &line->record, err);
}

static int put_line(struct batch *b, struct slot *slot, const struct line *line,
                    struct tally *tally, struct ps_error *err) {
  tally->lines++;
  tally->internal_errors += line->ping->code == SCAN_INTERNAL;
  tally->count[line->class]++;
  tally->bytes[line->class] += line->record.len;
  tally->bytes_in += line->record.len;
  if (line->withheld) {
    tally->withheld++;
    tally->withheld_bytes += line->record.len;
    return gather_put(&b->outputs->flagged, line->record.bytes, line->record.whole_len, err);
  }
  if (line->class == PS_DUPLICATE)
    return gather_put(&b->outputs->duplicates, line->record.bytes, line->record.whole_len, err);
  if (line->class == PS_MALFORMED) return put_malformed(b, line, tally, err);
  return put_clean(b, slot, line, tally, err);
}

/* ---- counting ---- */

static bool is_withheld(const struct batch *b, const struct line *line) {
  return b->flagged != PS_FLAGGED_PASS && b->accounts && line->class != PS_BLANK &&
         leaves(b, line->class) && accounts_is_flagged(b->accounts, line->day, line->ping);
}

static int count_line(struct batch *b, const struct line *line, struct ps_error *err) {
  if (!b->accounts || line->class >= PS_PING_CLASSES) return PS_OK;
  if (line->class == PS_UNIQUE && counted_take(&b->counted, &line->ping->key)) return PS_OK;
  bool out = leaves(b, line->class) && !line->withheld;
  const struct account_ping ping = {.line = line->record.bytes,
                                    .ping = line->ping,
                                    .class = line->class,
                                    .day = line->day,
                                    .withheld = line->withheld,
                                    .client_marked = b->one_per_client && is_chosen(line->class),
                                    .bytes_in = line->record.len,
                                    .bytes_out = out ? line->record.out_len : 0};
  return accounts_count(b->accounts, &ping, err);
}

/* Tells the flags that the last segment raised. */
static int tell_flags(struct batch *b, struct tally *tally, struct ps_error *err) {
  const struct account_event *events;
  size_t n = b->accounts ? accounts_take_events(b->accounts, &events) : 0;
  if (!n) return PS_OK;
  for (size_t i = 0; i < n; i++)
    if (flag_is_advisory(&events[i].flag)) tally->advisories++;
    else tally->flags++;
  return flag_file_write(&b->outputs->flags, b->accounts, events, n, err);
}

static void count_labels(struct batch *b, const struct slot *slot, size_t first, size_t n,
                         struct slot_cursor cursor) {
  for (size_t i = 0; i < n; i++) {
    const struct slot_record record = slot_record(slot, first + i, &cursor);
    enum ps_class class = (enum ps_class)b->classes[i];
    if (class == PS_BLANK) continue;
    labels_count(b->figures->labels, record.bytes, &slot->pings[first + i], class, record.len,
                 leaves(b, class) && !b->withheld[i] ? record.out_len : 0);
  }
}

/* Ping i of the segment that begins with record `first` of the slot, as a line. */
static struct line line_at(const struct batch *b, const struct slot *slot, size_t first, size_t i,
                           struct slot_cursor *cursor) {
  return (struct line){.ping = &slot->pings[first + i],
                       .record = slot_record(slot, first + i, cursor),
                       .class = (enum ps_class)b->classes[i],
                       .day = b->account_days[i]};
}

/* Tells the batch and its owner what was counted of the current input. */
static void tell_tally(struct batch *b, const struct tally *tally) {
  b->lines += tally->lines;
  b->pings += (uint32_t)tally->lines;
  if (b->outlet.counted) b->outlet.counted(b->outlet.context, tally);
}

/* Looks the n judged pings up that are next in the slot, writes and counts them. */
static int segment(struct batch *b, struct slot *slot, size_t n, struct ps_error *err) {
  const size_t first = slot->taken;
  const struct ping *pings = &slot->pings[first];
  struct tally tally = {0};
  const struct slot_cursor begin = slot->cursor;
  b->torn = true;
  int r = judge_look_up(b, pings, n, &tally, err);
  for (size_t i = 0; i < n && !r; i++) {
    size_t next = i + PREFETCH_AHEAD;
    if (b->accounts && next < n)
      accounts_prefetch(b->accounts, b->account_days[next], &pings[next]);
    struct line line = line_at(b, slot, first, i, &slot->cursor);
    b->withheld[i] = line.withheld = is_withheld(b, &line);
    r = put_line(b, slot, &line, &tally, err);
    if (!r) r = count_line(b, &line, err);
  }
  if (!r) r = outputs_flush(b->outputs, err);
  if (!r) r = tell_flags(b, &tally, err);
  if (r) return r;
  slot->taken += n;
  b->bytes += slot->cursor.at - begin.at;
  figures_lock(b->figures);
  figures_add(b->figures, &tally);
  if (b->figures->labels) count_labels(b, slot, first, n, begin);
  figures_unlock(b->figures);
  tell_tally(b, &tally);
  b->torn = false;
  /* At last, as the batch may have to be committed amid it (batch_while_blocked()). */
  return b->outlet.flush ? b->outlet.flush(b->outlet.context, err) : PS_OK;
}

/* ---- over-long lines ---- */

static int overlong_end(struct batch *b, struct ps_error *err) {
  struct tally tally = {.lines = 1};
  tally.count[PS_MALFORMED] = 1;
  tally.bytes[PS_MALFORMED] = tally.bytes_in = b->overlong.bytes;
  tally.first_malformed.line = b->overlong.line;
  tally.first_malformed.offset = b->overlong.offset;
  (void)snprintf(tally.first_malformed.reason, sizeof tally.first_malformed.reason, "%s",
                 b->overlong.reason);
  const struct ping ping = {.state = PING_MALFORMED};
  const struct line line = {.ping = &ping,
                            .record.len = b->overlong.bytes,
                            .class = PS_MALFORMED,
                            .day = b->overlong_day};
  bool kept;
  int r = invalid_end(&b->outputs->invalid, &b->overlong, &kept, err);
  tally_unkept(&tally, kept ? 0 : b->overlong.bytes - b->overlong.kept);
  tally.untold += b->overlong.untold;
  if (!r) r = count_line(b, &line, err);
  b->overlong = (struct invalid_place){0};
  figures_lock(b->figures);
  figures_add(b->figures, &tally);
  figures_unlock(b->figures);
  tell_tally(b, &tally);
  return r;
}

static int take_overlong(struct batch *b, const struct slot *slot, struct ps_error *err) {
  const struct chunk *chunk = &slot->chunk;
  size_t len = chunk_taken(chunk);
  int r = PS_OK;
  if (chunk->line_begins) {
    b->overlong = (struct invalid_place){.input = b->input_name,
                                         .line = b->lines + 1,
                                         .offset = chunk->offset,
                                         .reason = "longer than the longest line allowed"};
    b->overlong_day = judge_day_without_key(b, &(struct ping){.state = PING_MALFORMED,
                                                              .has_day = chunk->has_given_day,
                                                              .day = chunk->given_day});
    r = invalid_begin(&b->outputs->invalid, &b->overlong, err);
  }
  if (!r) r = invalid_piece(&b->outputs->invalid, &b->overlong, chunk->data, len, err);
  b->bytes += len;
  if (!r && chunk->line_ends) r = overlong_end(b, err);
  return r;
}

/* ---- one piece ---- */

static void read_clock(struct batch *b) {
  b->touched_ns = now_ns(b);
  int64_t seconds = b->clock ? b->clock->unix_seconds(b->clock->context) : clock_unix_seconds();
  if (!day_from_seconds(seconds, &b->today)) b->today = 0;
}

int batch_expire(struct batch *b, struct ps_error *err) {
  if (batch_has_marked(b))
    return error_set(err, PS_E_INTERNAL, "days cannot expire amid a batch that has marks");
  int r = batch_begin(b, err);
  if (r) return r;
  if (b->expires > b->watermark) b->watermark = b->expires;
  b->expires = 0;
  return expire(b, err);
}

static int take_lines(struct batch *b, struct slot *slot, size_t most, enum batch_pause *pause,
                      struct ps_error *err) {
  const size_t left = slot->npings - slot->taken;
  size_t n = judge(b, &slot->pings[slot->taken], left < most ? left : most, &b->expires);
  if (b->expires) {
    *pause = BATCH_EXPIRES;
    return PS_OK;
  }
  if (n < left) *pause = BATCH_PART;
  return segment(b, slot, n, err);
}

int batch_take(struct batch *b, struct slot *slot, size_t most, enum batch_pause *pause,
               struct ps_error *err) {
  const bool lines = slot->chunk.kind == CHUNK_LINES;
  *pause = BATCH_WHOLE;
  if (slot->scan_status) {
    if (err) *err = slot->scan_error;
    return slot->scan_status;
  }
  if (!slot->taken) read_clock(b);
  if (lines && slot->taken == slot->npings) return PS_OK;
  int r = batch_begin(b, err);
  if (r) return r;
  return lines ? take_lines(b, slot, most, pause, err) : take_overlong(b, slot, err);
}

int batch_drop_line(struct batch *b, struct ps_error *err) {
  if (!b->overlong.line) return PS_OK;
  int r = invalid_drop(&b->outputs->invalid, &b->overlong, err);
  b->overlong = (struct invalid_place){0};
  return r;
}

int batch_stop(struct batch *b, struct ps_error *err) {
  int r = PS_OK;
  if (b->torn) return PS_OK;
  if (b->overlong.line) {
    r = batch_begin(b, err);
    if (!r) r = batch_drop_line(b, err);
  }
  if (!r && b->carried.n) r = batch_begin(b, err);
  return r ? r : batch_commit(b, err);
}

int batch_finish(struct batch *b, struct ps_error *err) {
  int r = PS_OK;
  if (b->overlong.line) {
    r = batch_begin(b, err);
    if (!r) r = overlong_end(b, err);
  }
  return r ? r : batch_commit(b, err);
}

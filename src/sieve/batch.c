#include "sieve/batch.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define PREFETCH_AHEAD 12u /* pings whose accounts are on their way while one is counted */

static uint64_t now_ns(const struct batch *b) {
  return b->clock ? b->clock->monotonic_ns(b->clock->context) : clock_monotonic_ns();
}

/* ---- the transaction ---- */

static uint32_t bound_of(const struct batch *b, uint16_t watermark) {
  return b->keep_days && watermark > b->keep_days ? watermark - b->keep_days : 0;
}

/* Forgets what the watermark has left behind; legal only before the transaction's first mark. */
static int expire(struct batch *b, struct ps_error *err) {
  uint16_t oldest;
  uint32_t bound = bound_of(b, b->watermark);
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
  b->marked = false;
  b->pings = 0;
  b->bytes = 0;
  b->begun_ns = b->touched_ns = now_ns(b);
  uint16_t stored = ps_seen_watermark(b->seen); /* another process may have moved it */
  if (stored > b->watermark) b->watermark = stored;
  r = b->accounts ? accounts_begin(b->accounts, err) : PS_OK;
  return r ? r : expire(b, err);
}

int batch_commit(struct batch *b, struct ps_error *err) {
  const struct batch_hooks *hooks = b->hooks;
  if (!b->open) return PS_OK;
  if (b->ring) ring_set_committing(b->ring, true);
  int r = hooks && hooks->before_commit ? hooks->before_commit(hooks->context, err) : PS_OK;
  if (!r) r = outputs_sync(b->outputs, err);
  uint64_t before = now_ns(b);
  if (!r) {
    ps_seen_set_watermark(b->seen, b->watermark);
    r = b->accounts ? accounts_store(b->accounts, err) : PS_OK;
    if (!r) r = ps_seen_commit(b->seen, err);
    if (!r) b->open = false;
  }
  if (!r && b->accounts) accounts_committed(b->accounts);
  if (b->ring) ring_set_committing(b->ring, false);
  if (r) return r;
  figures_commit(b->figures, now_ns(b) - before, b->watermark);
  return hooks && hooks->after_commit ? hooks->after_commit(hooks->context, err) : PS_OK;
}

void batch_abort(struct batch *b) {
  if (b->open && b->accounts) accounts_abort(b->accounts);
  if (b->open) ps_seen_abort(b->seen);
  b->open = false;
  figures_abort(b->figures);
}

uint64_t batch_deadline(const struct batch *b) {
  if (!b->open) return 0;
  uint64_t idle = b->touched_ns + b->limits.idle_ns, age = b->begun_ns + b->limits.age_ns;
  return idle < age ? idle : age;
}

/* An open batch that others wait for; without a ping it would be given up for nothing. */
static bool is_wanted(const struct batch *b, uint64_t now) {
  return (b->pings || b->bytes) && now - b->begun_ns >= b->limits.share_ns &&
         ps_seen_turn_wanted(b->seen);
}

uint64_t batch_next_look(const struct batch *b) {
  const uint64_t end = batch_deadline(b), look = now_ns(b) + b->limits.share_ns;
  return look < end ? look : end;
}

bool batch_has_rested(const struct batch *b) {
  if (!b->open) return false;
  const uint64_t now = now_ns(b);
  return now >= batch_deadline(b) || (!b->overlong.line && is_wanted(b, now));
}

bool batch_is_due(const struct batch *b) {
  if (!b->open || (b->whole_slots && b->overlong.line)) return false;
  if (b->pings >= b->limits.pings || b->bytes >= b->limits.bytes) return true;
  const uint64_t now = now_ns(b);
  return now - b->begun_ns >= b->limits.age_ns || is_wanted(b, now);
}

/* ---- judging ---- */

/* The watermark as this ping's day moves it. Tomorrow is the limit: one ping from 2099 must expire
 * nothing. */
static uint16_t watermark_after(const struct batch *b, day_t day) {
  uint32_t limit = b->today < DAY_MAX ? b->today + 1u : DAY_MAX;
  uint32_t capped = day < limit ? day : limit;
  return capped > b->watermark ? (uint16_t)capped : b->watermark;
}

/* The accounts' day of what came on no day of its own: the watermark's. */
static day_t day_of_arrival(const struct batch *b) {
  return b->watermark ? b->watermark : b->today;
}

/* The accounts' day of a ping that has no key. A malformed one has a day of its own when the input
 * is of one day. */
static day_t day_without_key(const struct batch *b, const struct ping *ping) {
  if (!ping->has_day || ping->day < bound_of(b, b->watermark)) return day_of_arrival(b);
  uint16_t newest = watermark_after(b, ping->day);
  return ping->day < newest ? ping->day : newest;
}

/* Would this watermark leave keys behind that the set holds? */
static bool leaves_keys_behind(const struct batch *b, uint16_t watermark) {
  uint16_t oldest;
  return ps_seen_oldest(b->seen, &oldest) && oldest < bound_of(b, watermark);
}

/* Is the ping left out by what it is itself? */
static bool is_left_out(const struct batch *b, const struct ping *ping) {
  if (ping->state != PING_KEYED && ping->state != PING_WITHOUT_ID) return false;
  return ping->not_selected || (b->one_per_client && ping->client_id.kind == PS_CLIENT_NONE);
}

/* Classifies pings from the first on, as far as one look-up may go, and collects their keys and
 * days, those of the accounts as well. It stops short of a ping that moves the retention while keys
 * are still to be looked up, or past days that the set holds; *expires is the watermark by which
 * the first ping did the latter, which has then to be seen to before anything else, else 0. */
static size_t judge(struct batch *b, const struct ping *pings, size_t n, uint16_t *expires) {
  static const uint8_t plain[] = {[PING_KEYED] = PS_UNIQUE,
                                  [PING_WITHOUT_ID] = PS_NO_ID,
                                  [PING_MALFORMED] = PS_MALFORMED,
                                  [PING_BLANK] = PS_BLANK};
  size_t i;
  bool marks = false; /* something is to be looked up and marked */
  b->nkeys = 0;
  *expires = 0;
  for (i = 0; i < n; i++) {
    const struct ping *ping = &pings[i];
    b->classes[i] = plain[ping->state];
    if (is_left_out(b, ping)) {
      b->classes[i] = PS_NOT_SELECTED;
      b->account_days[i] = day_of_arrival(b);
      continue;
    }
    if (ping->state != PING_KEYED) {
      b->account_days[i] = day_without_key(b, ping);
      marks |= b->one_per_client && ping->state == PING_WITHOUT_ID;
      continue;
    }
    day_t day = ping->has_day ? ping->day : b->today;
    uint16_t moved = watermark_after(b, day);
    if (bound_of(b, moved) > bound_of(b, b->watermark)) {
      bool behind = leaves_keys_behind(b, moved);
      if (marks || (behind && i)) break;
      if (behind) {
        *expires = moved;
        return 0;
      }
    }
    b->watermark = moved;
    if (day < bound_of(b, moved)) {
      b->classes[i] = PS_LATE;
      b->account_days[i] = day_of_arrival(b);
      marks |= b->one_per_client != NULL;
      continue;
    }
    marks = true;
    b->account_days[i] = day < moved ? day : moved;
    b->keys[b->nkeys] = ping->key;
    b->days[b->nkeys++] = b->account_days[i];
  }
  return i;
}

static void classes_from_verdicts(struct batch *b, size_t n, struct tally *tally) {
  size_t key = 0;
  for (size_t i = 0; i < n; i++) {
    if (b->classes[i] != PS_UNIQUE) continue;
    if (b->verdicts[key]) b->classes[i] = PS_DUPLICATE;
    else tally_mark(tally, b->days[key]);
    key++;
  }
}

/* Looks up what judge() has let pass of these n pings, and marks it. */
static int look_up(struct batch *b, const struct ping *pings, size_t n, struct tally *tally,
                   struct ps_error *err) {
  if (b->one_per_client) {
    b->marked = true;
    return one_per_client_judge(b->one_per_client, b->seen, pings, b->account_days, b->classes, n,
                                tally, err);
  }
  if (!b->nkeys) return PS_OK;
  b->marked = true;
  int r = ps_seen_mark(b->seen, b->days, b->keys, b->nkeys, b->verdicts, err);
  if (!r) classes_from_verdicts(b, n, tally);
  return r;
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
                                .bytes = line->record.len,
                                .reason = scan_code_text((enum scan_code)line->ping->code)};
  bool kept;
  int r = invalid_put(invalid, line->record.bytes, &place, &kept, err);
  tally_unkept(tally, kept ? 0 : place.bytes);
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
  bool output = b->hooks ? b->hooks->leave != NULL : b->outputs->clean.sink != NULL;
  return output && class != PS_DUPLICATE && class != PS_MALFORMED && class != PS_NOT_SELECTED;
}

static int put_clean(struct batch *b, struct slot *slot, const struct line *line,
                     struct tally *tally, struct ps_error *err) {
  if (!line->record.out_len || !leaves(b, line->class)) return PS_OK;
  tally->bytes_out += line->record.out_len;
  if (!b->hooks)
    return outputs_put(&b->outputs->clean, line->record.out, line->record.out_len, err);
  return b->hooks->leave(b->hooks->context, slot, line->record.out, line->record.out_len, err);
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
    return outputs_put(&b->outputs->flagged, line->record.bytes, line->record.len, err);
  }
  if (line->class == PS_DUPLICATE)
    return outputs_put(&b->outputs->duplicates, line->record.bytes, line->record.len, err);
  if (line->class == PS_MALFORMED) return put_malformed(b, line, tally, err);
  return put_clean(b, slot, line, tally, err);
}

/* ---- counting ---- */

static bool is_withheld(const struct batch *b, const struct line *line) {
  return b->flagged != PS_FLAGGED_PASS && b->accounts && line->class != PS_BLANK &&
         leaves(b, line->class) && accounts_is_flagged(b->accounts, line->day, line->ping);
}

/* Of the pings judged one a client: this one is its client's. */
static bool is_chosen(enum ps_class class) {
  return class == PS_UNIQUE || class == PS_NO_ID || class == PS_LATE;
}

static int count_line(struct batch *b, const struct line *line, struct ps_error *err) {
  if (!b->accounts || line->class >= PS_PING_CLASSES) return PS_OK;
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
  if (b->hooks && b->hooks->counted) b->hooks->counted(b->hooks->context, tally);
}

/* Looks the judged pings up, writes and counts them: pings [first, first + n) of the slot, which
 * begin at the cursor. */
static int segment(struct batch *b, struct slot *slot, size_t first, size_t n,
                   struct slot_cursor *cursor, struct ps_error *err) {
  const struct ping *pings = &slot->pings[first];
  struct tally tally = {0};
  const struct slot_cursor begin = *cursor;
  int r = look_up(b, pings, n, &tally, err);
  for (size_t i = 0; i < n && !r; i++) {
    size_t next = i + PREFETCH_AHEAD;
    if (b->accounts && next < n)
      accounts_prefetch(b->accounts, b->account_days[next], &pings[next]);
    struct line line = line_at(b, slot, first, i, cursor);
    b->withheld[i] = line.withheld = is_withheld(b, &line);
    r = put_line(b, slot, &line, &tally, err);
    if (!r) r = count_line(b, &line, err);
  }
  if (!r) r = outputs_flush(b->outputs, err);
  if (!r) r = tell_flags(b, &tally, err);
  if (r) return r;
  b->bytes += cursor->at - begin.at;
  figures_lock(b->figures);
  figures_add(b->figures, &tally);
  if (b->figures->labels) count_labels(b, slot, first, n, begin);
  figures_unlock(b->figures);
  tell_tally(b, &tally);
  return PS_OK;
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
    b->overlong_day = day_without_key(b, &(struct ping){.state = PING_MALFORMED,
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

/* The next ping, at `line` in the slot, moves the watermark past days that the set holds: what came
 * before it is committed without that. Where slots are whole, this depends on the slot alone and
 * not on how long ago the batch began. */
static int batch_expire(struct batch *b, size_t line, uint16_t watermark, struct ps_error *err) {
  bool before = b->marked || (b->whole_slots && line && b->pings);
  int r = before ? batch_commit(b, err) : PS_OK;
  if (!r) r = batch_begin(b, err);
  if (r) return r;
  if (watermark > b->watermark) b->watermark = watermark;
  return expire(b, err);
}

/* How many pings may be judged at once, of n. */
static size_t room_for(const struct batch *b, size_t n) {
  size_t room = b->limits.pings - b->pings;
  return b->whole_slots || n < room ? n : room;
}

static int take_lines(struct batch *b, struct slot *slot, struct ps_error *err) {
  struct slot_cursor cursor = slot_cursor(slot);
  for (size_t i = 0; i < slot->npings;) {
    uint16_t expires;
    int r = batch_begin(b, err);
    if (r) return r;
    size_t n = judge(b, &slot->pings[i], room_for(b, slot->npings - i), &expires);
    if (expires) {
      if ((r = batch_expire(b, cursor.at, expires, err))) return r;
      continue; /* with that ping, in the same batch */
    }
    r = segment(b, slot, i, n, &cursor, err);
    i += n;
    if (!r && !b->whole_slots && batch_is_due(b)) r = batch_commit(b, err);
    if (r) return r;
  }
  return PS_OK;
}

int batch_take(struct batch *b, struct slot *slot, struct ps_error *err) {
  if (slot->scan_status) {
    if (err) *err = slot->scan_error;
    return slot->scan_status;
  }
  read_clock(b);
  if (slot->chunk.kind == CHUNK_LINES) return take_lines(b, slot, err);
  int r = batch_begin(b, err);
  if (!r) r = take_overlong(b, slot, err);
  return !r && !b->whole_slots && batch_is_due(b) ? batch_commit(b, err) : r;
}

int batch_stop(struct batch *b, struct ps_error *err) {
  int r = PS_OK;
  if (b->overlong.line) {
    r = batch_begin(b, err);
    if (!r) r = invalid_drop(&b->outputs->invalid, &b->overlong, err);
    b->overlong = (struct invalid_place){0};
  }
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

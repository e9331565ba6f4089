#include "sieve/judge.h"

uint32_t judge_bound(const struct batch *b, uint16_t watermark) {
  return b->keep_days && watermark > b->keep_days ? watermark - b->keep_days : 0;
}

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

day_t judge_day_without_key(const struct batch *b, const struct ping *ping) {
  if (!ping->has_day || ping->day < judge_bound(b, b->watermark)) return day_of_arrival(b);
  uint16_t newest = watermark_after(b, ping->day);
  return ping->day < newest ? ping->day : newest;
}

/* Would this watermark leave keys behind that the set holds? */
static bool leaves_keys_behind(const struct batch *b, uint16_t watermark) {
  uint16_t oldest;
  return ps_seen_oldest(b->seen, &oldest) && oldest < judge_bound(b, watermark);
}

/* Is the ping left out by what it is itself? */
static bool is_left_out(const struct batch *b, const struct ping *ping) {
  if (ping->state != PING_KEYED && ping->state != PING_WITHOUT_ID) return false;
  return ping->not_selected || (b->one_per_client && ping->client_id.kind == PS_CLIENT_NONE);
}

size_t judge(struct batch *b, const struct ping *pings, size_t n, uint16_t *expires) {
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
      b->account_days[i] = judge_day_without_key(b, ping);
      marks |= b->one_per_client && ping->state == PING_WITHOUT_ID;
      continue;
    }
    day_t day = ping->has_day ? ping->day : b->today;
    uint16_t moved = watermark_after(b, day);
    if (judge_bound(b, moved) > judge_bound(b, b->watermark)) {
      bool behind = leaves_keys_behind(b, moved);
      if (marks || (behind && i)) break;
      if (behind) {
        *expires = moved;
        return 0;
      }
    }
    b->watermark = moved;
    if (day < judge_bound(b, moved)) {
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

int judge_carried(struct batch *b, struct ps_error *err) {
  if (b->carried_marked) return PS_OK;
  b->carried_marked = true;
  if (!b->carried.n) return PS_OK;
  b->marked = true;
  return carried_mark(&b->carried, b->seen, judge_bound(b, b->watermark), err);
}

int judge_look_up(struct batch *b, const struct ping *pings, size_t n, struct tally *tally,
                  struct ps_error *err) {
  int r = b->one_per_client || b->nkeys ? judge_carried(b, err) : PS_OK;
  if (r) return r;
  if (b->one_per_client) {
    b->marked = true;
    return one_per_client_judge(b->one_per_client, b->seen, pings, b->account_days, b->classes, n,
                                tally, err);
  }
  if (!b->nkeys) return PS_OK;
  b->marked = true;
  r = ps_seen_mark(b->seen, b->days, b->keys, b->nkeys, b->verdicts, err);
  if (!r) classes_from_verdicts(b, n, tally);
  return r;
}

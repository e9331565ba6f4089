#include "sieve/flag_file.h"

#include "base/error.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* Appends `head` (keys and all) and then text as a JSON string. */
static int put_text(struct buffer *b, const char *head, const char *text, struct ps_error *err) {
  int r = buffer_append(b, head, strlen(head), err);
  return r ? r : buffer_json_string(b, text, strlen(text), err);
}

static int put_bounded(struct buffer *b, const char *name, const struct ps_bounded *figure,
                       struct ps_error *err) {
  return buffer_printf(b, err, ",\"%s\":%" PRIu64 ",\"%s_error\":%" PRIu64, name, figure->count,
                       name, figure->error);
}

static int put_count(struct buffer *b, const char *name, uint64_t count, struct ps_error *err) {
  return buffer_printf(b, err, ",\"%s\":%" PRIu64, name, count);
}

static int put_head(struct buffer *b, const struct account_event *event, struct ps_error *err) {
  const struct ps_flag *flag = &event->flag;
  char day[DAY_TEXT], text[32] = "";
  time_t seconds = (time_t)flag->time;
  struct tm utc;
  if (gmtime_r(&seconds, &utc)) (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  day_format(flag->day, day);
  int r = buffer_printf(b, err, "{\"time\":\"%s\",\"day\":\"%s\",\"rule\":\"%s\",\"advisory\":%s",
                        text, day, ps_rule_name((enum ps_rule)flag->rule),
                        flag_is_advisory(flag) ? "true" : "false");
  return r ? r : put_text(b, ",\"client\":", event->id, err);
}

static int put_figures(struct buffer *b, const struct ps_flag *flag, struct ps_error *err) {
  uint64_t most = flag->pings.count + flag->pings.error;
  int r = put_bounded(b, "pings", &flag->pings, err);
  if (!r) r = put_bounded(b, "duplicates", &flag->duplicates, err);
  if (!r)
    r = put_count(b, "distinct_at_most",
                  most > flag->duplicates.count ? most - flag->duplicates.count : 0, err);
  return r;
}

static int put_spike(struct buffer *b, const struct ps_flag *flag, const char *measure,
                     struct ps_error *err) {
  int r = put_text(b, ",\"measure\":", measure, err);
  if (!r) r = put_bounded(b, "measurements", &flag->measurements, err);
  if (!r) r = put_count(b, "limit", flag->limit, err);
  return r || !flag->evidence ? r : put_count(b, "in_one_ping", flag->evidence, err);
}

static int put_shared(struct buffer *b, const struct ps_flag *flag, struct ps_error *err) {
  int r = put_count(b, "limit", flag->limit, err);
  if (r) return r;
  if (!flag->of) return put_count(b, "cities", flag->evidence, err);
  r = put_count(b, "watched_pings", flag->of, err);
  if (!r) r = put_text(b, ",\"value\":", flag->value, err);
  return r ? r : put_count(b, "value_pings", flag->evidence, err);
}

static int put_evidence(struct buffer *b, const struct ps_flag *flag, const char *measure,
                        struct ps_error *err) {
  switch (flag->rule) {
  case PS_MEASUREMENT_SPIKE: return put_spike(b, flag, measure, err);
  case PS_SHARED_PROFILE: return put_shared(b, flag, err);
  default: return put_count(b, "limit", flag->limit, err);
  }
}

int flag_file_write(struct flag_file *file, const struct accounts *accounts,
                    const struct account_event *events, size_t n, struct ps_error *err) {
  struct buffer *b = &file->text;
  int r = PS_OK;
  if (!file->sink || !n) return PS_OK;
  buffer_clear(b);
  for (size_t i = 0; i < n && !r; i++) {
    const struct ps_flag *flag = &events[i].flag;
    r = put_head(b, &events[i], err);
    if (!r) r = put_figures(b, flag, err);
    if (!r) r = put_evidence(b, flag, accounts_measure_name(accounts, flag->measure), err);
    if (!r) r = buffer_append(b, "}\n", 2, err);
  }
  return r ? r : sink_write(file->sink, b->data, b->len, err);
}

int flag_file_release(struct flag_file *file, struct ps_error *err) {
  int r = sink_close(file->sink, err);
  buffer_release(&file->text);
  *file = (struct flag_file){0};
  return r;
}

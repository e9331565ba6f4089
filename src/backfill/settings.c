#include "backfill/settings.h"

#include "base/digest.h"
#include "base/error.h"
#include "io/deflate.h"
#include "record/framing.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int put_text(struct buffer *b, const char *key, const char *value, struct ps_error *err) {
  int r = buffer_printf(b, err, "%s=", key);
  if (!r && !value) r = buffer_printf(b, err, "default");
  if (!r && value) r = buffer_json_string(b, value, strlen(value), err);
  return r ? r : buffer_append(b, "\n", 1, err);
}

static int put_list(struct buffer *b, const char *key, const char *const *values,
                    struct ps_error *err) {
  int r = buffer_printf(b, err, "%s=%s", key, values ? "" : "default");
  for (size_t i = 0; values && values[i] && !r; i++) {
    if (i) r = buffer_append(b, ",", 1, err);
    if (!r) r = buffer_json_string(b, values[i], strlen(values[i]), err);
  }
  return r ? r : buffer_append(b, "\n", 1, err);
}

static int put_selection(struct buffer *b, const struct ps_selection *selection,
                         struct ps_error *err) {
  int r = put_list(b, "where", selection->where, err);
  if (!r) r = put_text(b, "sample-id", selection->sample_ids, err);
  if (!r) r = buffer_printf(b, err, "one-per-client=%d\n", selection->one_per_client);
  return r ? r : put_list(b, "select", selection->select, err);
}

/* The same level gives other bytes with another library. */
static int put_compression(struct buffer *b, unsigned level, struct ps_error *err) {
  struct deflate *deflate = NULL;
  if (!level) level = PS_LEVEL_DEFAULT;
  int r = deflate_open(level, &deflate, err);
  if (!r) r = buffer_printf(b, err, "level=%u\n", level);
  if (!r) r = put_text(b, "compression", deflate_backend(deflate), err);
  deflate_close(deflate);
  return r;
}

/* Which fields' paths are remembered: always, or only where flagged clients' pings are withheld. */
static const struct {
  const char *key;
  enum ps_field field;
  bool flagged;
} fields[] = {
#define PS_SETTING(id, key)         {key, PS_FIELD_##id, false},
#define PS_SETTING_FLAGGED(id, key) {key, PS_FIELD_##id, true},
#define PS_NO_SETTING
#define PS_FIELD(id, name, short, kind, uri, setting, ...) setting
#define PS_NAME(...)
#include <pingsieve/fields.def>
};

static int put_fields(struct buffer *b, const struct ps_sieve_options *o, bool flagged,
                      struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < sizeof fields / sizeof *fields && !r; i++)
    if (fields[i].flagged == flagged)
      r = put_list(b, fields[i].key, o->read.paths[fields[i].field], err);
  return r;
}

/* The rules matter where flagged clients' pings are withheld. */
static int put_flagged(struct buffer *b, const struct ps_sieve_options *o, struct ps_error *err) {
  static const char *const names[] = {"pass", "drop", "file"};
  struct ps_rules rules;
  int r = put_text(b, "flagged", names[o->flagged <= PS_FLAGGED_FILE ? o->flagged : 0], err);
  if (r || o->flagged == PS_FLAGGED_PASS) return r;
  ps_rules_default(&rules);
  const struct ps_rules *given = o->rules ? o->rules : &rules;
  r = buffer_printf(
      b, err, "rules=%" PRIu64 ",%" PRIu64 ",%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%u,%u\n",
      given->ping_flood, given->duplicate_flood, given->duplicate_flood_percent,
      given->measurement_spike, given->measurement_spike_ping, given->shared_profile,
      given->shared_profile_percent, given->shared_profile_fleet_percent,
      given->shared_profile_cities);
  if (!r) r = buffer_printf(b, err, "measure=%s", o->read.measures ? "" : "default");
  for (size_t i = 0; o->read.measures && i < o->read.nmeasures && !r; i++) {
    const char *path = o->read.measures[i].path;
    if (i) r = buffer_append(b, ",", 1, err);
    if (!r) r = buffer_json_string(b, path, strlen(path), err);
  }
  if (!r) r = buffer_printf(b, err, "\nclient-slots=%" PRIu32 "\n", o->client_slots);
  return r ? r : put_fields(b, o, true, err);
}

/* Settings that decide which pings are in the outputs, and which parts of them. The days of files
 * are looked at one by one. */
static int put_content(struct buffer *b, const struct ps_sieve_options *o,
                       const struct ps_seen *seen, struct ps_error *err) {
  int r = put_selection(b, &o->read.selection, err);
  if (!r)
    r = buffer_printf(b, err, "max-line=%zu\n", o->read.max_line ? o->read.max_line : PS_MAX_LINE);
  if (!r && o->read.framing && strcmp(o->read.framing, framings()->name) != 0)
    r = put_text(b, "framing", o->read.framing, err);
  if (!r) r = put_fields(b, o, false, err);
  if (!r) r = put_list(b, "scope", ps_seen_scope(seen), err);
  return r ? r : put_flagged(b, o, err);
}

int settings_fill(struct job *job, const struct ps_backfill_options *options,
                  const struct ps_seen *seen, const char *out, struct ps_error *err) {
  struct buffer *b = &job->settings;
  struct digest *digest = digest_create();
  if (!digest) return error_memory(err, 0);
  buffer_clear(b);
  int r = put_content(b, &options->sieve, seen, err);
  const size_t content = b->len;
  if (!r) r = put_text(b, "out", out, err);
  if (!r) r = put_text(b, "day-from", options->inputs.day_from, err);
  if (!r) r = put_compression(b, options->level, err);
  if (!r) r = buffer_printf(b, err, "accounts=%d\n", !options->sieve.no_accounts);
  if (!r) {
    digest_update(digest, b->data, content);
    digest_value(digest, job->content);
    digest_update(digest, b->data + content, b->len - content);
    digest_value(digest, job->fingerprint);
  }
  digest_free(digest);
  return r;
}

/* The line of the key that begins at `key`, in another text; NULL: there is none. */
static const char *same_key(const struct job *job, const char *key) {
  const size_t len = (size_t)(strchr(key, '=') - key) + 1;
  const char *line = (const char *)job->settings.data;
  while (line && *line && strncmp(line, key, len) != 0) {
    line = strchr(line, '\n');
    if (line) line++;
  }
  return line && *line ? line : NULL;
}

void settings_difference(const struct job *was, const struct job *is,
                         char text[SETTINGS_DIFFERENCE]) {
  size_t used = 0;
  text[0] = '\0';
  for (const char *line = (const char *)is->settings.data; line && *line;) {
    const char *end = strchr(line, '\n'), *value = strchr(line, '=');
    if (!end || !value || value > end) return;
    const char *before = same_key(was, line);
    const int len = (int)(end - line);
    if (!before || strncmp(before, line, (size_t)len + 1) != 0) {
      const char *old = before ? strchr(before, '=') + 1 : "not set\n";
      const int n = snprintf(text + used, SETTINGS_DIFFERENCE - used, "%s%.*s was %.*s, is %.*s",
                             used ? "; " : "", (int)(value - line), line,
                             (int)(strcspn(old, "\n") < 60 ? strcspn(old, "\n") : 60), old,
                             (int)(end - value - 1 < 60 ? end - value - 1 : 60), value + 1);
      if (n < 0 || (size_t)n >= SETTINGS_DIFFERENCE - used) return;
      used += (size_t)n;
    }
    line = end + 1;
  }
}

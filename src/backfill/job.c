#include "backfill/checkpoint.h"
#include "base/error.h"
#include "seen/store.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME         "backfill/job"
#define MAGIC        "pingjob\n" /* 8 bytes, no NUL */
#define VERSION      1u
#define SETTINGS_MAX ((size_t)1 << 20)

/* A job as it lies in the store; nagain days of 32 bits and the settings' text follow. */
struct stored {
  char magic[8];
  uint32_t version, nagain;
  uint8_t fingerprint[16];
};
static_assert(sizeof(struct stored) == 32, "on-disk format");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "jobs are written as they stand");

int job_put(struct ps_seen *seen, const struct job *job, struct ps_error *err) {
  struct stored stored = {.version = VERSION, .nagain = (uint32_t)job->nagain};
  struct buffer value = BUFFER_INIT;
  if (job->nagain > INPUT_NO_DAY || job->settings.len > SETTINGS_MAX)
    return error_set(err, PS_E_ARGUMENT, "the settings of a backfill have more than %zu bytes",
                     SETTINGS_MAX);
  memcpy(stored.magic, MAGIC, sizeof stored.magic);
  memcpy(stored.fingerprint, job->fingerprint, sizeof stored.fingerprint);
  int r = buffer_append(&value, &stored, sizeof stored, err);
  if (!r && job->nagain)
    r = buffer_append(&value, job->again, job->nagain * sizeof *job->again, err);
  if (!r && job->settings.len)
    r = buffer_append(&value, job->settings.data, job->settings.len, err);
  if (!r) r = ps_seen_put_value(seen, NAME, value.data, value.len, err);
  buffer_release(&value);
  return r;
}

static int damaged(const struct ps_seen *seen, struct ps_error *err) {
  return env_damaged(&seen->env, err, "what it knows of an unfinished backfill is wrong");
}

static int take(const struct ps_seen *seen, struct job *job, const struct buffer *value,
                struct ps_error *err) {
  struct stored stored;
  if (value->len < sizeof stored || memcmp(value->data, MAGIC, sizeof stored.magic) != 0)
    return damaged(seen, err);
  memcpy(&stored, value->data, sizeof stored);
  if (stored.version > VERSION)
    return error_set(err, PS_E_STORE_VERSION,
                     "the store in %s has an unfinished backfill of version %" PRIu32
                     ", this program knows them up to version %u: use a newer pingsieve",
                     seen->env.dir, stored.version, VERSION);
  const size_t days = (size_t)stored.nagain * sizeof *job->again;
  if (!stored.version || stored.nagain > INPUT_NO_DAY || value->len - sizeof stored < days)
    return damaged(seen, err);
  memcpy(job->fingerprint, stored.fingerprint, sizeof job->fingerprint);
  if (stored.nagain) {
    job->again = malloc(days);
    if (!job->again) return error_memory(err, days);
    memcpy(job->again, value->data + sizeof stored, days);
    job->nagain = stored.nagain;
  }
  for (size_t i = 0; i < job->nagain; i++)
    if (job->again[i] > DAY_MAX || (i && job->again[i] <= job->again[i - 1]))
      return damaged(seen, err);
  const uint8_t *text = value->data + sizeof stored + days;
  return buffer_append(&job->settings, text, value->len - sizeof stored - days, err);
}

int job_get(struct ps_seen *seen, struct job *job, bool *found, struct ps_error *err) {
  struct buffer value = BUFFER_INIT;
  size_t len = 0;
  *found = false;
  *job = (struct job){.nagain = 0};
  int r = ps_seen_get_value(seen, NAME, NULL, 0, &len, err);
  if (r || !len) return r;
  r = buffer_reserve(&value, len, err);
  if (!r) r = ps_seen_get_value(seen, NAME, value.data, len, &value.len, err);
  if (!r && value.len != len) r = damaged(seen, err);
  if (!r) r = take(seen, job, &value, err);
  if (r) job_release(job);
  *found = !r;
  buffer_release(&value);
  return r;
}

int job_delete(struct ps_seen *seen, struct ps_error *err) {
  return ps_seen_delete_value(seen, NAME, err);
}

void job_release(struct job *job) {
  buffer_release(&job->settings);
  free(job->again);
  *job = (struct job){.nagain = 0};
}

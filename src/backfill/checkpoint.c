#include "backfill/checkpoint.h"

#include "base/error.h"
#include "seen/store.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define MAGIC      "pingfile" /* 8 bytes, no NUL */
#define VERSION    1u
#define NAMES      "backfill/file/"
#define NAMES_END  "backfill/file0" /* '0' follows '/' */
#define NAME_BYTES sizeof("backfill/file/12345/0123456789abcdef0123456789abcdef")

/* A record as it lies in the store; the texts follow: path, output, problem, without NULs. */
struct stored {
  char magic[8];
  uint32_t version, day, first_day, last_day;
  uint32_t out_crc;
  uint16_t path_len, output_len, problem_len;
  uint8_t state, gzip, zero[4]; /* zero: else the compiler would leave there what it likes */
  uint64_t device, inode, size;
  int64_t modified_ns, changed_ns;
  uint8_t digest[SOURCE_DIGEST], prefix[SOURCE_DIGEST], content[16];
  uint64_t offset, lines_done, out_length, out_plain, problem_offset;
  uint64_t lines, bytes_in, bytes_out, file_bytes_in, file_bytes_out;
  uint64_t count[PS_CLASSES];
};
static_assert(sizeof(struct stored) == 8 + 20 + 8 + 4 + 40 + 48 + 40 + 40 + 56, "on-disk format");
static_assert(offsetof(struct stored, device) == 40 && PS_CLASSES == 7, "on-disk format");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are written as they stand");

#define STORED_MAX                                                                                 \
  (sizeof(struct stored) + 2 * (size_t)INPUT_PATH + sizeof((struct checkpoint){0}.problem))

static void name_from(uint32_t day, char name[NAME_BYTES]) {
  if (day > INPUT_NO_DAY) (void)snprintf(name, NAME_BYTES, "%s", NAMES_END);
  else (void)snprintf(name, NAME_BYTES, NAMES "%05" PRIu32 "/", day);
}

static void name_of(uint32_t day, const char *path, char name[NAME_BYTES]) {
  const XXH128_hash_t hash = XXH3_128bits(path, strlen(path));
  (void)snprintf(name, NAME_BYTES, NAMES "%05" PRIu32 "/%016" PRIx64 "%016" PRIx64,
                 day % (INPUT_NO_DAY + 1), (uint64_t)hash.high64, (uint64_t)hash.low64);
}

/* ---- writing ---- */

void checkpoint_prefix(const uint8_t before[SOURCE_DIGEST], const void *data, size_t len,
                       uint8_t prefix[SOURCE_DIGEST]) {
  struct {
    uint8_t before[SOURCE_DIGEST];
    XXH128_canonical_t lines;
  } both;
  XXH128_canonical_t digest;
  static_assert(sizeof digest == SOURCE_DIGEST && sizeof both == 2 * sizeof digest, "no gaps");
  memcpy(both.before, before, sizeof both.before);
  XXH128_canonicalFromHash(&both.lines, XXH3_128bits(data, len));
  XXH128_canonicalFromHash(&digest, XXH3_128bits(&both, sizeof both));
  memcpy(prefix, &digest, sizeof digest);
}

int checkpoint_put(struct ps_seen *seen, const struct checkpoint *record, struct ps_error *err) {
  uint8_t value[STORED_MAX];
  char name[NAME_BYTES];
  const size_t path_len = strnlen(record->path, sizeof record->path);
  const size_t output_len = strnlen(record->output, sizeof record->output);
  const size_t problem_len = strnlen(record->problem, sizeof record->problem);
  if (!path_len || path_len == sizeof record->path || output_len == sizeof record->output ||
      problem_len == sizeof record->problem || record->day > INPUT_NO_DAY)
    return error_set(err, PS_E_INTERNAL,
                     "a record's path, output, problem or day is out of bounds");
  struct stored stored = {
      .magic = {'p', 'i', 'n', 'g', 'f', 'i', 'l', 'e'},
      .version = VERSION,
      .day = record->day,
      .first_day = record->first_day,
      .last_day = record->last_day,
      .out_crc = record->out_crc,
      .path_len = (uint16_t)path_len,
      .output_len = (uint16_t)output_len,
      .problem_len = (uint16_t)problem_len,
      .state = (uint8_t)record->state,
      .gzip = record->gzip,
      .device = record->identity.device,
      .inode = record->identity.inode,
      .size = record->identity.size,
      .modified_ns = record->identity.modified_ns,
      .changed_ns = record->identity.changed_ns,
      .offset = record->offset,
      .lines_done = record->lines_done,
      .out_length = record->out_length,
      .out_plain = record->out_plain,
      .problem_offset = record->problem_offset,
      .lines = record->counts.lines,
      .bytes_in = record->counts.bytes_in,
      .bytes_out = record->counts.bytes_out,
      .file_bytes_in = record->counts.file_bytes_in,
      .file_bytes_out = record->counts.file_bytes_out,
  };
  memcpy(stored.digest, record->identity.digest, sizeof stored.digest);
  memcpy(stored.prefix, record->prefix, sizeof stored.prefix);
  memcpy(stored.content, record->content, sizeof stored.content);
  memcpy(stored.count, record->counts.count, sizeof stored.count);
  uint8_t *to = value;
  to = mempcpy(to, &stored, sizeof stored);
  to = mempcpy(to, record->path, path_len);
  to = mempcpy(to, record->output, output_len);
  to = mempcpy(to, record->problem, problem_len);
  name_of(record->day, record->path, name);
  return ps_seen_put_value(seen, name, value, (size_t)(to - value), err);
}

/* ---- reading ---- */

static int damaged(const struct ps_seen *seen, const char *name, struct ps_error *err) {
  return env_damaged(&seen->env, err, "the record %s of a backfill is wrong", name);
}

/* Takes a text of len bytes at *from, which has no NUL in it. */
static bool take_text(const uint8_t **from, size_t len, char *text) {
  if (memchr(*from, '\0', len)) return false;
  memcpy(text, *from, len);
  text[len] = '\0';
  *from += len;
  return true;
}

static bool day_is_sound(uint32_t day) { return day <= DAY_MAX || day == INPUT_NO_DAY; }

static bool is_sound(const struct stored *s, size_t len) {
  return s->version && s->state <= CHECKPOINT_WHOLE && s->gzip <= 1 && s->path_len &&
         s->path_len < INPUT_PATH && s->output_len < INPUT_PATH &&
         s->problem_len < sizeof((struct checkpoint){0}.problem) && day_is_sound(s->day) &&
         day_is_sound(s->first_day) && day_is_sound(s->last_day) && s->first_day <= s->last_day &&
         len == sizeof *s + s->path_len + s->output_len + s->problem_len;
}

static void take_numbers(const struct stored *s, struct checkpoint *record) {
  record->state = (enum checkpoint_state)s->state;
  record->day = s->day;
  record->gzip = s->gzip;
  record->identity = (struct identity){.device = s->device,
                                       .inode = s->inode,
                                       .size = s->size,
                                       .modified_ns = s->modified_ns,
                                       .changed_ns = s->changed_ns};
  memcpy(record->identity.digest, s->digest, sizeof s->digest);
  record->offset = s->offset;
  record->lines_done = s->lines_done;
  memcpy(record->prefix, s->prefix, sizeof s->prefix);
  memcpy(record->content, s->content, sizeof s->content);
  record->out_length = s->out_length;
  record->out_plain = s->out_plain;
  record->out_crc = s->out_crc;
  record->first_day = s->first_day;
  record->last_day = s->last_day;
  record->counts = (struct ps_backfill_counts){.lines = s->lines,
                                               .bytes_in = s->bytes_in,
                                               .bytes_out = s->bytes_out,
                                               .file_bytes_in = s->file_bytes_in,
                                               .file_bytes_out = s->file_bytes_out};
  memcpy(record->counts.count, s->count, sizeof s->count);
  record->problem_offset = s->problem_offset;
}

static int take(const struct ps_seen *seen, const char *name, const void *value, size_t len,
                struct checkpoint *record, struct ps_error *err) {
  struct stored stored;
  char wanted[NAME_BYTES];
  if (len < offsetof(struct stored, day) || memcmp(value, MAGIC, sizeof stored.magic) != 0)
    return damaged(seen, name, err);
  memcpy(&stored, value, len < sizeof stored ? len : sizeof stored);
  if (stored.version > VERSION)
    return error_set(err, PS_E_STORE_VERSION,
                     "the backfill records of the store in %s are of version %" PRIu32
                     ", this program knows them up to version %u: use a newer pingsieve",
                     seen->env.dir, stored.version, VERSION);
  if (len < sizeof stored || !is_sound(&stored, len)) return damaged(seen, name, err);
  const uint8_t *texts = (const uint8_t *)value + sizeof stored;
  if (!take_text(&texts, stored.path_len, record->path) ||
      !take_text(&texts, stored.output_len, record->output) ||
      !take_text(&texts, stored.problem_len, record->problem))
    return damaged(seen, name, err);
  take_numbers(&stored, record);
  name_of(record->day, record->path, wanted);
  return strcmp(name, wanted) == 0 ? PS_OK : damaged(seen, name, err);
}

int checkpoint_get(struct ps_seen *seen, uint32_t day, const char *path, struct checkpoint *record,
                   bool *found, struct ps_error *err) {
  uint8_t value[STORED_MAX];
  char name[NAME_BYTES];
  size_t len;
  *found = false;
  name_of(day, path, name);
  int r = ps_seen_get_value(seen, name, value, sizeof value, &len, err);
  if (r || !len) return r;
  if (len > sizeof value) return damaged(seen, name, err);
  r = take(seen, name, value, len, record, err);
  *found = !r;
  return r;
}

struct visiting {
  struct ps_seen *seen;
  checkpoint_visit *visit;
  void *context;
  struct checkpoint record;
};

static int visit_value(void *context, const char *name, const void *value, size_t len,
                       struct ps_error *err) {
  struct visiting *v = context;
  const int r = take(v->seen, name, value, len, &v->record, err);
  return r ? r : v->visit(v->context, &v->record, err);
}

int checkpoint_each(struct ps_seen *seen, uint32_t from_day, uint32_t to_day,
                    checkpoint_visit *visit, void *context, struct ps_error *err) {
  struct visiting visiting;
  char from[NAME_BYTES], to[NAME_BYTES];
  visiting.seen = seen;
  visiting.visit = visit;
  visiting.context = context;
  name_from(from_day, from);
  name_from(to_day, to);
  return ps_seen_each_value(seen, from, to, visit_value, &visiting, err);
}

int checkpoint_delete(struct ps_seen *seen, uint32_t day, const char *path, struct ps_error *err) {
  char name[NAME_BYTES];
  name_of(day, path, name);
  return ps_seen_delete_value(seen, name, err);
}

/* ---- forgetting ---- */

/* The records that a range of days concerns: visiting must not change them. */
struct touched {
  uint32_t from, to;
  struct buffer gone, less; /* of each: its day and path, with the NUL */
};

static bool inside(const struct touched *t, uint32_t day) { return day >= t->from && day < t->to; }

static int find_touched(void *context, const struct checkpoint *record, struct ps_error *err) {
  struct touched *t = context;
  const bool keys = record->first_day != INPUT_NO_DAY;
  const bool first = inside(t, keys ? record->first_day : record->day);
  const bool last = inside(t, keys ? record->last_day : record->day);
  if (!first && !last) return PS_OK;
  struct buffer *list = first && last ? &t->gone : &t->less;
  const int r = buffer_append(list, &record->day, sizeof record->day, err);
  return r ? r : buffer_append(list, record->path, strlen(record->path) + 1, err);
}

static int shorten(struct ps_seen *seen, const struct touched *t, uint32_t day, const char *path,
                   struct ps_error *err) {
  struct checkpoint record;
  bool found;
  memset(&record, 0, sizeof record);
  const int r = checkpoint_get(seen, day, path, &record, &found, err);
  if (r || !found) return r;
  if (inside(t, record.first_day)) record.first_day = t->to;
  if (inside(t, record.last_day)) record.last_day = t->from - 1;
  return checkpoint_put(seen, &record, err);
}

static int forget_touched(struct ps_seen *seen, const struct touched *t, struct ps_error *err) {
  int r = PS_OK;
  for (unsigned i = 0; i < 2 && !r; i++) {
    const struct buffer *list = i ? &t->less : &t->gone;
    for (size_t at = 0, len; at < list->len && !r; at += sizeof(uint32_t) + len + 1) {
      uint32_t day;
      memcpy(&day, list->data + at, sizeof day);
      const char *path = (const char *)list->data + at + sizeof day;
      len = strlen(path);
      r = i ? shorten(seen, t, day, path, err) : checkpoint_delete(seen, day, path, err);
    }
  }
  return r;
}

int ps_backfill_forget(struct ps_seen *seen, uint32_t from, uint32_t to, struct ps_error *err) {
  struct touched touched = {from, to, BUFFER_INIT, BUFFER_INIT};
  int r = PS_OK;
  if (from < to) r = checkpoint_each(seen, 0, INPUT_NO_DAY + 1, find_touched, &touched, err);
  if (!r) r = forget_touched(seen, &touched, err);
  buffer_release(&touched.gone);
  buffer_release(&touched.less);
  return r;
}

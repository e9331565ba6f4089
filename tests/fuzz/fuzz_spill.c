/* Any bytes as the file of a profile's spill, and any entries through a spill.
 *
 * The first byte of the input chooses:
 *   0  the rest is the entries of blocks, each with its length and the checksum it should have, so
 *      that what lies behind the checksum is reached: { u16 length, entries }, in up to 4 runs
 *   1  the same without mending: { run's bytes as they stand }
 *   2  entries, { u8 key, u8 head, u8 tail }: a spill with the smallest memory visits each key
 * once, in order, combined as a plain array combines them 3  a payload: all readers of payloads,
 * then what they read written and read again
 */
#include "fuzz.h"

#include "base/hash.h"
#include "profile/payload.h"
#include "profile/spill.h"
#include "profile/spill_merge.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RUNS 4u

static void combine(uint64_t *head, const uint64_t *later) { head[0] += later[0]; /* may wrap */ }

static const struct spill_kind with_tail = {
    .key_words = 2, .head_words = 2, .tail = 64, .combine = combine};
static const struct spill_kind without_tail = {
    .key_words = 3, .head_words = 5, .tail = 0, .combine = combine};

/* ---- 0, 1: what lies in a file ---- */

static struct spill_file *file_open(void) {
  static struct spill_file file = {.fd = -1};
  static char directory[] = "(memory)";
  if (file.fd < 0) {
    FUZZ_CHECK((file.fd = memfd_create("spill", MFD_CLOEXEC)) >= 0);
    file.directory = directory;
  }
  FUZZ_CHECK(!ftruncate(file.fd, 0));
  file.size = 0;
  return &file;
}

static void block_append(struct spill_file *file, const uint8_t *entries, uint64_t len) {
  const uint64_t head[2] = {len, hash_checksum(entries, len)};
  FUZZ_CHECK(!spill_file_append(file, head, sizeof head, NULL));
  if (len) FUZZ_CHECK(!spill_file_append(file, entries, len, NULL));
}

static unsigned runs_mended(struct spill_file *file, const uint8_t *data, size_t len,
                            struct spill_run *runs) {
  unsigned n = 0;
  while (len > 2 && n < RUNS) {
    const size_t asked = (data[0] | (size_t)data[1] << 8) & 0xFFF;
    const size_t entries = asked < len - 2 ? asked : len - 2;
    const bool joined = n && data[1] & 0x80; /* one more block of the same run */
    const uint64_t from = file->size;
    block_append(file, data + 2, entries);
    if (joined) runs[n - 1].to = file->size;
    else runs[n++] = (struct spill_run){from, file->size};
    data += 2 + entries;
    len -= 2 + entries;
  }
  return n;
}

static void merge_runs(const struct spill_kind *kind, struct spill_file *file,
                       const struct spill_run *runs, unsigned n) {
  static struct spill_merge merge;
  struct spill_entry entry;
  struct ps_error err = {.status = PS_OK};
  bool got = true;
  int r = spill_merge_init(&merge, kind, file, runs, n, 4096, &err);
  if (!r) {
    while (!r && got) {
      r = spill_merge_next(&merge, &entry, &got, &err);
      if (r || !got) break;
      FUZZ_CHECK(entry.tail_len <= kind->tail);
      for (size_t i = 0; i < entry.tail_len; i++) merge.key[0] += entry.tail[i]; /* all is there */
    }
    spill_merge_release(&merge);
  }
  FUZZ_CHECK(!r || (r == PS_E_OUTPUT && err.status == r && *err.text));
}

static void check_file(const uint8_t *data, size_t len, bool mended) {
  struct spill_run runs[RUNS] = {{0, len}};
  struct spill_file *file = file_open();
  unsigned n = 1;
  if (mended) n = runs_mended(file, data, len, runs);
  else if (len) FUZZ_CHECK(!spill_file_append(file, data, len, NULL));
  merge_runs(&with_tail, file, runs, n);
  merge_runs(&without_tail, file, runs, n);
}

/* ---- 2: what comes out is what went in ---- */

struct expected {
  uint64_t head[256][2];
  uint8_t tail[256], tail_len[256];
  bool there[256];
  unsigned next;
};

static int visit(void *context, const struct spill_entry *entry, struct ps_error *err) {
  struct expected *expected = context;
  (void)err;
  while (expected->next < 256 && !expected->there[expected->next]) expected->next++;
  const unsigned key = expected->next++;
  FUZZ_CHECK(key < 256 && entry->key[0] == key >> 4 && entry->key[1] == (key & 15));
  FUZZ_CHECK(entry->head[0] == expected->head[key][0] && entry->head[1] == expected->head[key][1]);
  FUZZ_CHECK(entry->tail_len == expected->tail_len[key]);
  for (size_t i = 0; i < entry->tail_len; i++) FUZZ_CHECK(entry->tail[i] == expected->tail[key]);
  return PS_OK;
}

static void add(struct spill *spill, struct expected *expected, const uint8_t *data, unsigned n) {
  const unsigned key = data[0];
  const uint64_t words[2] = {key >> 4, key & 15}, head[2] = {data[1], n};
  uint8_t tail[64];
  memset(tail, data[2], sizeof tail);
  if (!expected->there[key]) {
    expected->there[key] = true;
    expected->head[key][1] = n; /* the first one's stays */
    expected->tail[key] = data[2];
    expected->tail_len[key] = data[2] & 63;
  }
  expected->head[key][0] += data[1];
  uint64_t *has = spill_find(spill, words);
  if (has) combine(has, head);
  else
    FUZZ_CHECK(!spill_insert(
        spill, &(struct spill_entry){words, head, tail, (size_t)(data[2] & 63)}, NULL));
}

static void check_spill(const uint8_t *data, size_t len) {
  static struct expected expected;
  struct spill *spill;
  const bool memory = !access("/dev/shm", W_OK);
  memset(&expected, 0, sizeof expected);
  FUZZ_CHECK(!spill_open(&with_tail, memory ? "/dev/shm" : "/tmp", 0, &spill, NULL));
  for (unsigned n = 0; len >= 3; data += 3, len -= 3) add(spill, &expected, data, n++);
  FUZZ_CHECK(!spill_finish(spill, NULL));
  for (unsigned round = 0; round < 2; round++) {
    expected.next = 0;
    FUZZ_CHECK(!spill_each(spill, visit, &expected, NULL));
    while (expected.next < 256 && !expected.there[expected.next]) expected.next++;
    FUZZ_CHECK(expected.next == 256);
  }
  spill_close(spill);
}

/* ---- 3: payloads ---- */

static void check_payload(const uint8_t *data, size_t len) {
  static struct payload payload;
  static struct payload_field field, again;
  struct trace_measure measure, same;
  struct cursor cursor = cursor_of(data, len);
  while (cursor.sound && cursor.at < cursor.end) {
    payload_take_field(&cursor, &field);
    payload_take_measure(&cursor, &measure);
    FUZZ_CHECK(field.ncodes <= FIELD_VALUES);
    if (!cursor.sound) break;
    for (size_t i = 0; i < field.ncodes; i++)
      if (field.code[i] >= 1u << 7 * PAYLOAD_CODE) return; /* longer than any that is written */
    if (field.ncodes > PAYLOAD_CODES || measure.state > MEMBER_ODD) return;
    payload_clear(&payload);
    payload_put_field(&payload, &field);
    payload_put_measure(&payload, &measure);
    struct cursor written = cursor_of(payload.data, payload.len);
    payload_take_field(&written, &again);
    payload_take_measure(&written, &same);
    FUZZ_CHECK(cursor_ended(&written) && again.ncodes == field.ncodes);
    FUZZ_CHECK(!memcmp(again.code, field.code, field.ncodes * sizeof *field.code));
    FUZZ_CHECK(again.other == field.other && again.clamped == field.clamped);
    FUZZ_CHECK(same.sum == measure.sum && same.implausible == measure.implausible);
    FUZZ_CHECK(same.state == measure.state && same.member == measure.member);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  if (!len) return 0;
  switch (*data & 3) {
  case 0: check_file(data + 1, len - 1, true); break;
  case 1: check_file(data + 1, len - 1, false); break;
  case 2: check_spill(data + 1, len - 1); break;
  default: check_payload(data + 1, len - 1);
  }
  return 0;
}

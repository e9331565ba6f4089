#include "profile/documents.h"

#include "base/arith.h"
#include "base/error.h"
#include "profile/spill.h"
#include "scan/uuid.h"

#include <assert.h>
#include <stdlib.h>

/* An entry is a documentId of a client on a day. Its key: */
#define KEY_WORDS 3u /* client (32 bits), key (128), day (32, NO_DAY the last) */
#define NO_DAY    ((uint32_t)DAY_MAX + 1)
/* Its head: */
enum {
  HEAD_COUNT,
  HEAD_ORDINAL, /* of its first ping, among all */
  HEAD_TIMED,   /* 1: some ping has a time */
  HEAD_FIRST,   /* the least time */
  HEAD_SPAN,    /* the greatest, less the least: it takes fewer bytes in a file */
  HEAD_WORDS
};
static_assert(KEY_WORDS <= SPILL_KEY && HEAD_WORDS <= SPILL_HEAD, "they fit");
/* Its tail: the length of the id and its text, or TAIL_UUID and the bytes of a UUID whose text is
 * the usual one, in lower case; then the payload. */
#define ID_LEN_BYTES 2u
#define TAIL_UUID    0xFFFFu

#define TAIL_MAX ((size_t)ID_LEN_BYTES + DOCUMENT_ID + DOCUMENT_PAYLOAD)
#define DAYS_MIN 16u

static void times_combine(uint64_t *head, uint64_t first, uint64_t last) {
  if (head[HEAD_TIMED]) {
    const uint64_t until = head[HEAD_FIRST] + head[HEAD_SPAN];
    if (head[HEAD_FIRST] < first) first = head[HEAD_FIRST];
    if (until > last) last = until;
  }
  head[HEAD_TIMED] = 1;
  head[HEAD_FIRST] = first;
  head[HEAD_SPAN] = last - first;
}

/* The ordinal stays: what is combined comes later. */
static void combine(uint64_t *head, const uint64_t *later) {
  count_raise(&head[HEAD_COUNT], later[HEAD_COUNT]);
  if (later[HEAD_TIMED])
    times_combine(head, later[HEAD_FIRST], later[HEAD_FIRST] + later[HEAD_SPAN]);
}

static const struct spill_kind kind = {
    .key_words = KEY_WORDS, .head_words = HEAD_WORDS, .tail = TAIL_MAX, .combine = combine};

/* The document that is put together from the entries of its days. */
struct group {
  struct document document; /* but id, days and payload */
  uint64_t ordinal;         /* of the first copy so far */
  struct document_day *days;
  size_t room;
  uint8_t id[DOCUMENT_ID], *payload; /* of the first copy so far */
  size_t payload_room;
};

struct documents {
  struct spill *spill;
  uint64_t pings; /* until now */
  uint8_t *tail;  /* of TAIL_MAX bytes, for adding */
};

int documents_open(const char *directory, size_t memory, struct documents **documents,
                   struct ps_error *err) {
  *documents = NULL;
  struct documents *d = calloc(1, sizeof *d);
  if (!d) return error_memory(err, sizeof *d);
  d->tail = malloc(TAIL_MAX);
  int r = d->tail ? PS_OK : error_memory(err, TAIL_MAX);
  if (!r) r = spill_open(&kind, directory, memory, &d->spill, err);
  if (r) documents_close(d);
  else *documents = d;
  return r;
}

void documents_close(struct documents *documents) {
  if (!documents) return;
  spill_close(documents->spill);
  free(documents->tail);
  free(documents);
}

/* ---- adding ---- */

static void key_make(const struct document_ping *ping, uint64_t key[KEY_WORDS]) {
  key[0] = (uint64_t)ping->client << 32 | ping->key.hi >> 32;
  key[1] = ping->key.hi << 32 | ping->key.lo >> 32;
  key[2] = ping->key.lo << 32 | (ping->has_day ? ping->day : NO_DAY);
}

/* Cut where a character begins. */
static size_t id_cut(const uint8_t *id, size_t len) {
  if (len <= DOCUMENT_ID) return len;
  size_t cut = DOCUMENT_ID;
  while (cut > DOCUMENT_ID - 3 && (id[cut] & 0xC0) == 0x80) cut--;
  return cut;
}

static size_t id_put(uint8_t *to, const uint8_t *id, size_t len) {
  uint8_t text[UUID_TEXT];
  uint16_t put = TAIL_UUID;
  if (len == UUID_TEXT && uuid_parse(id, len, to + ID_LEN_BYTES) && uuid_in(id, len, text) &&
      !memcmp(id, text, UUID_TEXT)) {
    memcpy(to, &put, ID_LEN_BYTES);
    return ID_LEN_BYTES + UUID_BYTES;
  }
  len = id_cut(id, len);
  put = (uint16_t)len;
  memcpy(to, &put, ID_LEN_BYTES);
  if (len) memcpy(to + ID_LEN_BYTES, id, len);
  return ID_LEN_BYTES + len;
}

int documents_add(struct documents *documents, const struct document_ping *ping,
                  struct ps_error *err) {
  if (ping->payload_len > DOCUMENT_PAYLOAD)
    return error_set(err, PS_E_INTERNAL, "a document's payload of %zu bytes is too large",
                     ping->payload_len);
  const uint64_t ordinal = documents->pings++;
  uint64_t key[KEY_WORDS];
  key_make(ping, key);
  uint64_t *head = spill_find(documents->spill, key);
  if (head) {
    head[HEAD_COUNT]++;
    if (ping->has_time) times_combine(head, ping->time_ns, ping->time_ns);
    return PS_OK;
  }
  const uint64_t first[HEAD_WORDS] = {[HEAD_COUNT] = 1,
                                      [HEAD_ORDINAL] = ordinal,
                                      [HEAD_TIMED] = ping->has_time,
                                      [HEAD_FIRST] = ping->has_time ? ping->time_ns : 0};
  size_t len = id_put(documents->tail, ping->id, ping->id_len);
  if (ping->payload_len) memcpy(documents->tail + len, ping->payload, ping->payload_len);
  len += ping->payload_len;
  const struct spill_entry entry = {key, first, documents->tail, len};
  return spill_insert(documents->spill, &entry, err);
}

int documents_finish(struct documents *documents, struct ps_error *err) {
  return spill_finish(documents->spill, err);
}

uint64_t documents_spilled(const struct documents *documents) {
  return spill_written(documents->spill);
}

/* ---- visiting ---- */

struct visit {
  document_visit *visit;
  void *context;
  struct group group; /* has a document when its count is not 0 */
};

static size_t uuid_format(const uint8_t bytes[UUID_BYTES], uint8_t *text) {
  static const char digits[] = "0123456789abcdef";
  size_t n = 0;
  for (size_t i = 0; i < UUID_BYTES; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text[n++] = '-';
    text[n++] = (uint8_t)digits[bytes[i] >> 4];
    text[n++] = (uint8_t)digits[bytes[i] & 15];
  }
  return n;
}

/* Id and payload of the entry, which came before those so far. */
static int tail_take(struct group *group, const struct spill_entry *entry, struct ps_error *err) {
  const uint8_t *tail = entry->tail + ID_LEN_BYTES;
  uint16_t id_len;
  memcpy(&id_len, entry->tail, ID_LEN_BYTES);
  const size_t put = id_len == TAIL_UUID ? UUID_BYTES : id_len;
  const size_t len = entry->tail_len - ID_LEN_BYTES - put;
  if (len > group->payload_room) {
    const size_t room = len < DOCUMENT_PAYLOAD / 2 ? 2 * len : DOCUMENT_PAYLOAD;
    uint8_t *payload = realloc(group->payload, room);
    if (!payload) return error_memory(err, room);
    group->payload = payload;
    group->payload_room = room;
  }
  if (id_len != TAIL_UUID && id_len) memcpy(group->id, tail, id_len);
  group->document.id_len = id_len == TAIL_UUID ? uuid_format(tail, group->id) : id_len;
  if (len) memcpy(group->payload, tail + put, len);
  group->document.payload_len = len;
  return PS_OK;
}

static int day_add(struct group *group, const struct document_day *day, struct ps_error *err) {
  if (group->document.ndays == group->room) { /* there are no more than NO_DAY + 1 days */
    const size_t room = group->room ? 2 * group->room : DAYS_MIN;
    struct document_day *days = realloc(group->days, room * sizeof *days);
    if (!days) return error_memory(err, room * sizeof *days);
    group->days = days;
    group->room = room;
  }
  group->days[group->document.ndays++] = *day;
  return PS_OK;
}

static void group_begin(struct group *group, const uint64_t *key) {
  group->document = (struct document){
      .client = (uint32_t)(key[0] >> 32),
      .key = {key[0] << 32 | key[1] >> 32, key[1] << 32 | key[2] >> 32},
  };
}

static bool group_has(const struct group *group, const uint64_t *key) {
  const struct document *document = &group->document;
  return document->client == key[0] >> 32 && document->key.hi == (key[0] << 32 | key[1] >> 32) &&
         document->key.lo == (key[1] << 32 | key[2] >> 32);
}

static int group_add(struct group *group, const struct spill_entry *entry, struct ps_error *err) {
  struct document *document = &group->document;
  const uint64_t *head = entry->head;
  const uint32_t date = (uint32_t)entry->key[KEY_WORDS - 1];
  const struct document_day day = {
      .has_day = date != NO_DAY,
      .day = (day_t)(date != NO_DAY ? date : 0),
      .count = head[HEAD_COUNT],
  };
  int r = day_add(group, &day, err);
  if (r) return r;
  if (!document->count || head[HEAD_ORDINAL] < group->ordinal) {
    r = tail_take(group, entry, err);
    if (r) return r;
    group->ordinal = head[HEAD_ORDINAL];
    document->first_day = document->ndays - 1;
  }
  if (head[HEAD_TIMED]) {
    const uint64_t last = head[HEAD_FIRST] + head[HEAD_SPAN];
    if (!document->has_time || head[HEAD_FIRST] < document->first_ns)
      document->first_ns = head[HEAD_FIRST];
    if (!document->has_time || last > document->last_ns) document->last_ns = last;
    document->has_time = true;
  }
  count_raise(&document->count, head[HEAD_COUNT]);
  return PS_OK;
}

static int group_visit(struct visit *v, struct ps_error *err) {
  struct document *document = &v->group.document;
  if (!document->count) return PS_OK;
  document->id = v->group.id;
  document->days = v->group.days;
  document->payload = v->group.payload;
  return v->visit(v->context, document, err);
}

static int entry_visit(void *context, const struct spill_entry *entry, struct ps_error *err) {
  struct visit *v = context;
  if (!v->group.document.count || !group_has(&v->group, entry->key)) {
    const int r = group_visit(v, err);
    if (r) return r;
    group_begin(&v->group, entry->key);
  }
  return group_add(&v->group, entry, err);
}

int documents_each(struct documents *documents, document_visit *visit, void *context,
                   struct ps_error *err) {
  struct visit v = {.visit = visit, .context = context};
  int r = spill_each(documents->spill, entry_visit, &v, err);
  if (!r) r = group_visit(&v, err);
  free(v.group.days);
  free(v.group.payload);
  return r;
}

#include "profile/spill_run.h"

#include "base/error.h"
#include "base/hash.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define WORD sizeof(uint64_t)

struct block_head { /* host order */
  uint64_t len;     /* of the entries that follow */
  uint64_t checksum;
};
static_assert(sizeof(struct block_head) == 16, "a block's head has no padding");

static size_t entry_most(const struct spill_kind *kind) {
  return 1 + kind->key_words * WORD + (size_t)kind->head_words * BYTES_NUMBER +
         (kind->tail ? BYTES_NUMBER + kind->tail : 0);
}

size_t spill_run_block(const struct spill_kind *kind, size_t target) {
  return sizeof(struct block_head) + target + entry_most(kind);
}

/* ---- writing ---- */

static void block_begin(struct spill_writer *writer) {
  writer->at = writer->block + sizeof(struct block_head);
  memset(writer->key, 0, sizeof writer->key);
}

int spill_writer_init(struct spill_writer *writer, const struct spill_kind *kind,
                      struct spill_file *file, size_t target, struct ps_error *err) {
  const size_t bytes = spill_run_block(kind, target);
  *writer = (struct spill_writer){.kind = kind, .file = file, .target = target};
  writer->block = malloc(bytes);
  if (!writer->block) return error_memory(err, bytes);
  block_begin(writer);
  return PS_OK;
}

void spill_writer_release(struct spill_writer *writer) {
  free(writer->block);
  writer->block = NULL;
}

static int block_write(struct spill_writer *writer, struct ps_error *err) {
  const uint8_t *entries = writer->block + sizeof(struct block_head);
  const size_t len = (size_t)(writer->at - entries), bytes = sizeof(struct block_head) + len;
  const struct block_head head = {len, hash_checksum(entries, len)};
  memcpy(writer->block, &head, sizeof head);
  if (bytes > writer->largest) writer->largest = bytes;
  block_begin(writer);
  return spill_file_append(writer->file, writer->block, bytes, err);
}

/* The bytes at the beginning of two keys that are the same. */
static size_t key_shared(const uint64_t *a, const uint64_t *b, unsigned words) {
  for (unsigned i = 0; i < words; i++)
    if (a[i] != b[i]) return i * WORD + (unsigned)__builtin_clzll(a[i] ^ b[i]) / 8;
  return words * WORD;
}

int spill_writer_put(struct spill_writer *writer, const struct spill_entry *entry,
                     struct ps_error *err) {
  const struct spill_kind *kind = writer->kind;
  const size_t shared = key_shared(entry->key, writer->key, kind->key_words);
  const size_t rest = kind->key_words * WORD - shared;
  uint64_t bytes[SPILL_KEY];
  for (unsigned i = 0; i < kind->key_words; i++) {
    writer->key[i] = entry->key[i];
    bytes[i] = htobe64(entry->key[i]);
  }
  uint8_t *to = writer->at;
  *to++ = (uint8_t)shared;
  memcpy(to, (const uint8_t *)bytes + shared, rest);
  to += rest;
  for (unsigned i = 0; i < kind->head_words; i++) to = bytes_number(to, entry->head[i]);
  if (kind->tail) {
    to = bytes_number(to, entry->tail_len);
    if (entry->tail_len) memcpy(to, entry->tail, entry->tail_len);
    to += entry->tail_len;
  }
  writer->at = to;
  if ((size_t)(to - writer->block) < sizeof(struct block_head) + writer->target) return PS_OK;
  return block_write(writer, err);
}

int spill_writer_end(struct spill_writer *writer, struct spill_run *run, struct ps_error *err) {
  if (writer->at > writer->block + sizeof(struct block_head)) {
    const int r = block_write(writer, err);
    if (r) return r;
  }
  *run = (struct spill_run){writer->from, writer->file->size};
  writer->from = writer->file->size;
  return PS_OK;
}

/* ---- reading ---- */

void spill_reader_init(struct spill_reader *reader, const struct spill_kind *kind,
                       const struct spill_file *file, const struct spill_run *run, uint8_t *block,
                       size_t room) {
  *reader = (struct spill_reader){.kind = kind,
                                  .file = file,
                                  .rest = *run,
                                  .block = block,
                                  .room = room,
                                  .cursor = cursor_of(block, 0)};
}

static int block_read(struct spill_reader *reader, struct ps_error *err) {
  struct block_head head;
  struct spill_run *rest = &reader->rest;
  int r = spill_file_read(reader->file, &head, sizeof head, rest->from, err);
  if (r) return r;
  rest->from += sizeof head;
  if (!head.len || head.len > reader->room || head.len > rest->to - rest->from)
    return spill_file_damaged(reader->file, err);
  r = spill_file_read(reader->file, reader->block, head.len, rest->from, err);
  if (r) return r;
  rest->from += head.len;
  if (hash_checksum(reader->block, head.len) != head.checksum)
    return spill_file_damaged(reader->file, err);
  reader->cursor = cursor_of(reader->block, head.len);
  memset(reader->key, 0, sizeof reader->key);
  return PS_OK;
}

static inline uint64_t number_take(struct cursor *cursor) {
  return cursor->at < cursor->end && *cursor->at < 0x80 ? *cursor->at++ : cursor_number(cursor);
}

static void key_take(struct spill_reader *reader) {
  const size_t bytes = reader->kind->key_words * WORD;
  const uint8_t *at = cursor_take(&reader->cursor, 1);
  const size_t shared = at ? *at : 0;
  const uint8_t *rest = shared <= bytes ? cursor_take(&reader->cursor, bytes - shared) : NULL;
  if (!rest) {
    reader->cursor.sound = false;
    return;
  }
  uint64_t key[SPILL_KEY];
  for (size_t i = 0; i < bytes / WORD; i++) key[i] = htobe64(reader->key[i]);
  memcpy((uint8_t *)key + shared, rest, bytes - shared);
  for (size_t i = 0; i < bytes / WORD; i++) reader->key[i] = be64toh(key[i]);
}

int spill_reader_next(struct spill_reader *reader, bool *got, struct ps_error *err) {
  const struct spill_kind *kind = reader->kind;
  struct cursor *cursor = &reader->cursor;
  *got = false;
  if (cursor->at == cursor->end) {
    if (reader->rest.from == reader->rest.to) return PS_OK;
    const int r = block_read(reader, err);
    if (r) return r;
  }
  key_take(reader);
  for (unsigned i = 0; i < kind->head_words; i++) reader->head[i] = number_take(cursor);
  if (kind->tail) {
    reader->tail_len = number_take(cursor);
    reader->tail = reader->tail_len <= kind->tail ? cursor_take(cursor, reader->tail_len) : NULL;
    if (!reader->tail) cursor->sound = false;
  }
  if (!cursor->sound) return spill_file_damaged(reader->file, err);
  *got = true;
  return PS_OK;
}

#include "accounts/journal.h"

#include "accounts/ranking.h"
#include <string.h>

#define ENTRY_MAX (JOURNAL_ENTRY_MIN + PS_MEASURES_MAX * BYTES_NUMBER)

enum { KIND_BITS = 3, DUPLICATE_BIT = 4, MEASURE_BIT = 8 };
static_assert(MEASURE_BIT << PS_MEASURES_MAX <= 256, "the bits of an entry fit a byte");

int journal_add(struct buffer *journal, const struct ps_client *client, bool duplicate,
                const uint64_t weight[PS_MEASURES_MAX], struct ps_error *err) {
  const int r = buffer_reserve(journal, ENTRY_MAX, err);
  if (r) return r;
  uint8_t *head = journal->data + journal->len, *at = head + 1;
  *head = (uint8_t)(client->kind - PS_CLIENT_UUID);
  if (duplicate) *head |= DUPLICATE_BIT;
  memcpy(at, client->id, sizeof client->id);
  at += sizeof client->id;
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) {
    if (!weight[m]) continue;
    *head |= (uint8_t)(MEASURE_BIT << m);
    at = bytes_number(at, weight[m]);
  }
  journal->len = (size_t)(at - journal->data);
  return PS_OK;
}

bool journal_next(struct cursor *cursor, struct journal_entry *entry) {
  if (cursor->at == cursor->end) return false;
  const uint8_t *head = cursor_take(cursor, JOURNAL_ENTRY_MIN);
  if (!head) return false;
  entry->client.kind = (uint8_t)((*head & KIND_BITS) + PS_CLIENT_UUID);
  entry->duplicate = *head & DUPLICATE_BIT;
  memcpy(entry->client.id, head + 1, sizeof entry->client.id);
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) {
    entry->weight[m] = 0;
    if (!(*head & MEASURE_BIT << m)) continue;
    entry->weight[m] = cursor_below(cursor, RANKING_COUNT_MAX + 1);
    if (!entry->weight[m]) cursor->sound = false;
  }
  if (entry->client.kind > PS_CLIENT_HASH || *head >= MEASURE_BIT << PS_MEASURES_MAX)
    cursor->sound = false;
  return cursor->sound;
}

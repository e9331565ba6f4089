#include "accounts/ranking.h"

#include "base/buffer.h"
#include "clients.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT 4096u
#define SLOT  sizeof(struct ranking_slot)

static void add(struct ranking *ranking, const struct ps_client *client, uint64_t weight) {
  assert_int_equal(ranking_add(ranking, client, weight, LIMIT, NULL, NULL, NULL), PS_OK);
}

static void write_part(const struct ranking *ranking, unsigned part, struct buffer *out) {
  buffer_clear(out);
  assert_int_equal(ranking_write_part(ranking, part, out, NULL), PS_OK);
}

/* Reads from memory of just that length, so that a sanitizer sees a read past it. */
static bool read_part(struct ranking *ranking, unsigned part, const void *data, size_t len,
                      uint32_t limit) {
  bool sound;
  uint8_t *copy = malloc(len + 1);
  assert_non_null(copy);
  if (len) memcpy(copy + 1, data, len); /* at an odd address */
  assert_int_equal(ranking_read_part(ranking, part, copy + 1, len, limit, &sound, NULL), PS_OK);
  free(copy);
  return sound;
}

static bool alone_is_sound(unsigned part, const void *data, size_t len) {
  struct ranking ranking = {0};
  const bool sound = read_part(&ranking, part, data, len, LIMIT);
  ranking_release(&ranking);
  return sound;
}

static void fill(struct ranking *ranking, uint32_t clients, uint64_t seed) {
  for (uint32_t i = 0; i < clients; i++) {
    const struct ps_client client = client_numbered(i);
    add(ranking, &client, 1 + random_below(&seed, 1000));
  }
}

static void a_ranking_comes_back_from_its_parts(void **state) {
  (void)state;
  struct ranking ranking = {0}, back = {0};
  struct buffer bytes = BUFFER_INIT, again = BUFFER_INIT;
  fill(&ranking, 5000, 1); /* purges */
  assert_int_equal(ranking_seal(&ranking, 1500, NULL), PS_OK);
  for (uint32_t i = 0; i < 300; i++) { /* not kept */
    const struct ps_client client = client_numbered(10000 + i);
    add(&ranking, &client, 3);
  }
  back.total = ranking.total;
  back.error_new = ranking.error_new;
  back.error_kept = ranking.error_kept;
  for (unsigned part = 0; part < RANKING_PARTS; part++) {
    write_part(&ranking, part, &bytes);
    assert_true(bytes.len > 0 && bytes.len % SLOT == 0);
    assert_true(read_part(&back, part, bytes.data, bytes.len, LIMIT));
    write_part(&back, part, &again);
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.data, bytes.data, bytes.len);
    assert_false(read_part(&back, part, bytes.data, bytes.len, LIMIT)); /* they are there */
  }
  assert_int_equal(back.used, ranking.used);
  for (uint32_t i = 0; i < 11000; i++) {
    const struct ps_client client = client_numbered(i);
    const struct ps_bounded a = ranking_get(&ranking, &client), b = ranking_get(&back, &client);
    assert_true(a.count == b.count && a.error == b.error);
  }
  buffer_release(&bytes);
  buffer_release(&again);
  ranking_release(&ranking);
  ranking_release(&back);
}

static void a_part_that_does_not_fit_is_purged_soundly(void **state) {
  (void)state;
  struct ranking ranking = {0}, back = {.error_new = 0};
  struct buffer bytes = BUFFER_INIT;
  fill(&ranking, 3000, 2);
  for (unsigned part = 0; part < RANKING_PARTS; part++) {
    write_part(&ranking, part, &bytes);
    assert_true(read_part(&back, part, bytes.data, bytes.len, 256));
  }
  assert_int_equal(back.nslots, 256);
  for (uint32_t i = 0; i < 3000; i++) {
    const struct ps_client client = client_numbered(i);
    const struct ps_bounded exact = ranking_get(&ranking, &client),
                            told = ranking_get(&back, &client);
    assert_true(told.count <= exact.count && exact.count <= told.count + told.error);
  }
  buffer_release(&bytes);
  ranking_release(&ranking);
  ranking_release(&back);
}

/* Appends after what is there, at whatever address. */
static void parts_are_appended(void **state) {
  (void)state;
  struct ranking ranking = {0};
  struct buffer bytes = BUFFER_INIT, alone = BUFFER_INIT;
  fill(&ranking, 500, 3);
  write_part(&ranking, 4, &alone);
  assert_int_equal(buffer_append(&bytes, "abc", 3, NULL), PS_OK);
  assert_int_equal(ranking_write_part(&ranking, 4, &bytes, NULL), PS_OK);
  assert_int_equal(bytes.len, alone.len + 3);
  assert_memory_equal(bytes.data, "abc", 3);
  assert_memory_equal(bytes.data + 3, alone.data, alone.len);
  buffer_release(&bytes);
  buffer_release(&alone);
  ranking_release(&ranking);
}

static struct ps_client text_client(uint64_t number) {
  struct ps_client client = {.kind = PS_CLIENT_TEXT};
  memcpy(client.id, "client-", 7);
  for (size_t at = 16; at > 7; number /= 10) client.id[--at] = (uint8_t)('0' + number % 10);
  return client;
}

/* Ids that begin with the same bytes, that count up, that are all of one part. */
static void ids_of_any_kind_are_sorted(void **state) {
  (void)state;
  struct ranking ranking = {0};
  struct buffer bytes = BUFFER_INIT;
  uint32_t written = 0;
  for (uint64_t i = 0; i < 1000; i++) {
    struct ps_client client = text_client(i * 3);
    add(&ranking, &client, 1 + i);
    client.kind = PS_CLIENT_HASH;
    if (i % 2) add(&ranking, &client, 1);
  }
  for (uint64_t i = 0, found = 0; found < 1000; i++) {
    struct ps_client client = {.kind = PS_CLIENT_UUID};
    memcpy(client.id + 8, &i, sizeof i);
    if (ranking_part(&client) != 6) continue;
    add(&ranking, &client, 1);
    found++;
  }
  for (unsigned part = 0; part < RANKING_PARTS; part++) {
    write_part(&ranking, part, &bytes);
    assert_true(alone_is_sound(part, bytes.data, bytes.len));
    written += (uint32_t)(bytes.len / SLOT);
  }
  assert_int_equal(written, ranking.used);
  assert_int_equal(written, 2500);
  buffer_release(&bytes);
  ranking_release(&ranking);
}

/* Parts are stored: these must never change. */
static void known_answers(void **state) {
  (void)state;
  static const unsigned parts[] = {1, 0, 6, 1, 1, 0, 5, 5, 14, 9, 4, 6, 7, 5, 12, 15};
  for (uint32_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    const struct ps_client client = client_numbered(3 * i);
    assert_int_equal(ranking_part(&client), parts[i]);
  }
  struct ps_client client = {.kind = PS_CLIENT_TEXT, .id = "someone"};
  struct ranking ranking = {0};
  struct buffer bytes = BUFFER_INIT;
  add(&ranking, &client, 0x1234);
  write_part(&ranking, ranking_part(&client), &bytes);
  assert_int_equal(bytes.len, SLOT);
  assert_memory_equal(bytes.data, "someone\0\0\0\0\0\0\0\0\0\x34\x12\0\0\0\0\0\x40", SLOT);
  buffer_release(&bytes);
  ranking_release(&ranking);
}

static void hostile_entries_are_unsound(void **state) {
  (void)state;
  struct ranking ranking = {0};
  struct buffer bytes = BUFFER_INIT;
  fill(&ranking, 400, 4);
  write_part(&ranking, 9, &bytes);
  struct ranking_slot *entries = (struct ranking_slot *)(void *)bytes.data;
  const size_t n = bytes.len / SLOT;
  assert_true(n > 3);
  assert_true(alone_is_sound(9, bytes.data, 0));
  for (size_t len = 0; len <= bytes.len; len++)
    assert_int_equal(alone_is_sound(9, bytes.data, len), len % SLOT == 0);
  for (unsigned part = 0; part < RANKING_PARTS; part++)
    assert_int_equal(alone_is_sound(part, bytes.data, bytes.len), part == 9);

  struct ranking_slot *last = &entries[n - 1];
  const struct ranking_slot good = *last;
  const uint64_t kind_and_kept = good.bits >> 61 << 61;
  last->bits = good.bits | UINT64_C(3) << 62; /* a kind that there is not */
  assert_false(alone_is_sound(9, bytes.data, bytes.len));
  last->bits = kind_and_kept; /* a counter of 0 */
  assert_false(alone_is_sound(9, bytes.data, bytes.len));
  last->bits = kind_and_kept | (RANKING_COUNT_MAX + 1);
  assert_false(alone_is_sound(9, bytes.data, bytes.len));
  last->bits = kind_and_kept | RANKING_COUNT_MAX;
  assert_true(alone_is_sound(9, bytes.data, bytes.len));
  *last = entries[n - 2]; /* twice */
  assert_false(alone_is_sound(9, bytes.data, bytes.len));
  *last = entries[0]; /* in the wrong order */
  entries[0] = good;
  assert_false(alone_is_sound(9, bytes.data, bytes.len));
  buffer_release(&bytes);
  ranking_release(&ranking);
}

static void random_bytes_never_break_it(void **state) {
  (void)state;
  struct ranking ranking = {0};
  struct buffer bytes = BUFFER_INIT;
  uint64_t random = 1;
  fill(&ranking, 400, 5);
  for (uint32_t round = 0; round < scaled(5000); round++) {
    const unsigned part = (unsigned)random_below(&random, RANKING_PARTS);
    write_part(&ranking, part, &bytes);
    for (uint32_t flips = 0; flips < 1 + round % 4; flips++) {
      const uint64_t bit = random_below(&random, bytes.len * 8);
      bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    struct ranking back = {0};
    if (read_part(&back, part, bytes.data, bytes.len, LIMIT))
      assert_int_equal(back.used, bytes.len / SLOT);
    ranking_release(&back);
  }
  buffer_release(&bytes);
  ranking_release(&ranking);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_ranking_comes_back_from_its_parts),
      cmocka_unit_test(a_part_that_does_not_fit_is_purged_soundly),
      cmocka_unit_test(parts_are_appended),
      cmocka_unit_test(ids_of_any_kind_are_sorted),
      cmocka_unit_test(known_answers),
      cmocka_unit_test(hostile_entries_are_unsound),
      cmocka_unit_test(random_bytes_never_break_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

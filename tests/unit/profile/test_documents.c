/* Documents and frequencies against naive tables, with memory for a thousand of them. */
#include "profile/documents.h"
#include "profile/frequencies.h"

#include "scratch.h"

/* ---- documents ---- */

#define DAYS   12u /* the last one is none */
#define FIRST  17000u
#define ID_MAX 300u

struct truth {
  uint64_t count, day[DAYS], first_ordinal, first_ns, last_ns;
  unsigned first_day;
  bool has_time;
};

struct trial {
  struct documents *documents;
  uint64_t ids, random, ordinal, seen, rare; /* one payload in `rare` is of the longest */
  uint32_t last_client;
  struct ps_key last_key;
  struct truth *truth; /* by id */
};

static uint32_t client_of(uint64_t id) { return (uint32_t)(id % 3 ? id % 3 - 1 : UINT32_MAX); }
static struct ps_key key_of(uint64_t id) {
  /* neighbours in all words, and the greatest ones */
  return (struct ps_key){id % 5 ? id / 100 : UINT64_MAX, id % 7 ? scratch_mix(id) : ~id};
}

/* Ids in all their forms: UUIDs as usual, in capitals, nearly; texts of any length. */
static size_t id_make(uint64_t id, uint64_t ordinal, char text[ID_MAX]) {
  const uint64_t a = scratch_mix(id), b = scratch_mix(a);
  static const char *const forms[] = {
      "%08x-%04x-%04x-%04x-%04x%08x", "%08X-%04X-%04X-%04X-%04X%08X",
      "{%08x-%04x-%04x-%04x-%04x%08x}", "%08x-%04x-%04x-%04x-%04x%07xg"};
  const unsigned kind = (unsigned)(id % 8);
  if (kind < 5)
    return (size_t)snprintf(text, ID_MAX, forms[kind < 2 ? 0 : kind - 1], (unsigned)(a >> 32),
                            (unsigned)(a >> 16 & 0xFFFF), (unsigned)(a & 0xFFFF),
                            (unsigned)(b >> 48), (unsigned)(b & 0xFFFF),
                            (unsigned)(b >> 32 & 0xFFFFFFF));
  if (kind == 5) return 0;
  const size_t len = kind == 6 ? a % 60 : ID_MAX - a % 60;
  for (size_t i = 0; i < len; i++) text[i] = (char)('a' + (ordinal + i) % 26);
  return len;
}

static uint8_t *payload_make(uint64_t ordinal, uint64_t rare, uint8_t *payload, size_t *len) {
  const uint64_t random = scratch_mix(ordinal);
  *len = rare && random % rare == 0 ? DOCUMENT_PAYLOAD : random % 90;
  for (size_t i = 0; i < *len; i++) payload[i] = (uint8_t)(random >> i % 8 * 7);
  return payload;
}

static void trial_add(struct trial *t, uint8_t *payload) {
  const uint64_t id = scratch_below(&t->random, t->ids), ordinal = t->ordinal++;
  const unsigned day = (unsigned)scratch_below(&t->random, 10)
                           ? (unsigned)scratch_mix(id) % DAYS
                           : (unsigned)scratch_below(&t->random, DAYS);
  struct truth *truth = &t->truth[id];
  char text[ID_MAX];
  struct document_ping ping = {.client = client_of(id),
                               .key = key_of(id),
                               .id = (const uint8_t *)text,
                               .id_len = id_make(id, ordinal, text),
                               .has_day = day + 1 < DAYS,
                               .day = (day_t)(day + 1 < DAYS ? FIRST + day : 7),
                               .has_time = scratch_below(&t->random, 4) != 0,
                               .time_ns = scratch_random(&t->random)};
  if (scratch_below(&t->random, 100) == 0) ping.time_ns = ping.time_ns & 1 ? UINT64_MAX : 0;
  ping.payload = payload_make(ordinal, t->rare, payload, &ping.payload_len);
  assert_ok(documents_add(t->documents, &ping, err));
  if (!truth->count++) {
    truth->first_ordinal = ordinal;
    truth->first_day = day;
  }
  truth->day[day]++;
  if (!ping.has_time) return;
  if (!truth->has_time || ping.time_ns < truth->first_ns) truth->first_ns = ping.time_ns;
  if (!truth->has_time || ping.time_ns > truth->last_ns) truth->last_ns = ping.time_ns;
  truth->has_time = true;
}

static uint64_t id_of(const struct trial *t, const struct document *document) {
  /* keys are functions of ids, not the other way round: the few candidates are tried */
  for (uint64_t id = 0; id < t->ids; id++) {
    const struct ps_key key = key_of(id);
    if (key.hi == document->key.hi && key.lo == document->key.lo) return id;
  }
  fail_msg("a document that was never added");
  return 0;
}

static void days_check(const struct truth *truth, const struct document *document) {
  size_t n = 0;
  for (unsigned day = 0; day < DAYS; day++) {
    if (!truth->day[day]) continue;
    assert_true(n < document->ndays);
    const struct document_day *found = &document->days[n];
    assert_int_equal(found->count, truth->day[day]);
    assert_int_equal(found->has_day, day + 1 < DAYS);
    if (found->has_day) assert_int_equal(found->day, FIRST + day);
    if (day == truth->first_day) assert_int_equal(document->first_day, n);
    n++;
  }
  assert_int_equal(document->ndays, n);
}

static int document_check(void *context, const struct document *document, struct ps_error *err) {
  (void)err;
  struct trial *t = context;
  const uint64_t id = id_of(t, document);
  const struct truth *truth = &t->truth[id];
  if (t->seen++) {
    const bool same = document->client == t->last_client;
    assert_true(document->client > t->last_client || same);
    if (same)
      assert_true(document->key.hi > t->last_key.hi ||
                  (document->key.hi == t->last_key.hi && document->key.lo > t->last_key.lo));
  }
  t->last_client = document->client;
  t->last_key = document->key;
  assert_int_equal(document->client, client_of(id));
  assert_int_equal(document->count, truth->count);
  assert_int_equal(document->has_time, truth->has_time);
  if (truth->has_time) {
    assert_int_equal(document->first_ns, truth->first_ns);
    assert_int_equal(document->last_ns, truth->last_ns);
  }
  days_check(truth, document);
  static uint8_t payload[DOCUMENT_PAYLOAD];
  char text[ID_MAX];
  size_t len = id_make(id, truth->first_ordinal, text);
  assert_int_equal(document->id_len, len < DOCUMENT_ID ? len : DOCUMENT_ID);
  assert_memory_equal(document->id, text, document->id_len);
  (void)payload_make(truth->first_ordinal, t->rare, payload, &len);
  assert_int_equal(document->payload_len, len);
  if (len) assert_memory_equal(document->payload, payload, len);
  return PS_OK;
}

static uint64_t trial_run(const char *directory, size_t memory, uint64_t ids, uint64_t rare,
                          uint64_t n) {
  struct trial t = {.ids = ids, .random = ids + rare, .rare = rare};
  uint8_t *payload = malloc(DOCUMENT_PAYLOAD);
  t.truth = calloc(ids, sizeof *t.truth);
  assert_true(t.truth && payload);
  assert_ok(documents_open(directory, memory, &t.documents, err));
  for (uint64_t i = 0; i < n; i++) trial_add(&t, payload);
  assert_ok(documents_finish(t.documents, err));
  uint64_t there = 0;
  for (uint64_t id = 0; id < ids; id++) there += t.truth[id].count != 0;
  for (int again = 0; again < 2; again++) {
    t.seen = 0;
    assert_ok(documents_each(t.documents, document_check, &t, err));
    assert_int_equal(t.seen, there);
  }
  const uint64_t spilled = documents_spilled(t.documents);
  documents_close(t.documents);
  free(t.truth);
  free(payload);
  return spilled;
}

static void documents_are_those_of_a_naive_table(void **state) {
  (void)state;
  char directory[SCRATCH_PATH];
  scratch_make(directory);
  const uint64_t n = scale_count(40000);
  (void)trial_run(directory, 0, 1500, 400, n); /* long payloads: two runs at a time */
  (void)trial_run(directory, 0, 3000, 0, n);
  (void)trial_run(directory, 400000, 3000, 0, n);
  (void)trial_run(directory, 0, 10, 0, n); /* as copies of few documents are */
  scratch_remove(directory);
}

static void few_documents_need_no_directory(void **state) {
  (void)state;
  assert_int_equal(trial_run("/nonexistent", (size_t)16 << 20, 500, 1000, scale_count(5000)), 0);
  assert_int_equal(trial_run("/nonexistent", 0, 1, 0, 0), 0);
  assert_int_equal(trial_run("/nonexistent", 0, 1, 1, 1), 0);
}

static int add_until_refused(struct documents *documents, struct ps_error *err) {
  static const uint8_t payload[DOCUMENT_PAYLOAD];
  int r = PS_OK;
  for (uint64_t i = 0; !r && i < 100; i++) {
    const struct document_ping ping = {
        .key = {i, 1}, .payload = payload, .payload_len = sizeof payload};
    r = documents_add(documents, &ping, err);
  }
  return r;
}

static void a_missing_directory_is_named(void **state) {
  (void)state;
  struct documents *documents;
  assert_ok(documents_open("/nonexistent/there", 0, &documents, err));
  assert_refused(add_until_refused(documents, err), PS_E_OUTPUT, "/nonexistent/there");
  documents_close(documents);
  documents_close(NULL);
}

static int id_check(void *context, const struct document *document, struct ps_error *err) {
  (void)err;
  assert_int_equal(document->id_len, *(size_t *)context);
  return PS_OK;
}

static void long_ids_are_cut_between_characters(void **state) {
  (void)state;
  char text[DOCUMENT_ID + 8];
  for (size_t before = DOCUMENT_ID - 4; before <= DOCUMENT_ID; before++) {
    memset(text, 'x', sizeof text);
    memcpy(text + before, "\xF0\x9F\x90\xA7", 4);
    size_t want = before + 4 <= DOCUMENT_ID ? DOCUMENT_ID : before;
    const struct document_ping ping = {
        .key = {1, 1}, .id = (const uint8_t *)text, .id_len = sizeof text};
    struct documents *documents;
    assert_ok(documents_open("/nonexistent", 0, &documents, err));
    assert_ok(documents_add(documents, &ping, err));
    assert_ok(documents_finish(documents, err));
    assert_ok(documents_each(documents, id_check, &want, err));
    documents_close(documents);
  }
}

static int client_check(void *context, const struct document *document, struct ps_error *err) {
  (void)err;
  uint32_t *client = context;
  assert_int_equal(document->client, (*client)++);
  assert_int_equal(document->count, 1);
  assert_int_equal(document->ndays, 1);
  return PS_OK;
}

static void one_id_of_two_clients_is_two_documents(void **state) {
  (void)state;
  struct documents *documents;
  uint32_t client = 0;
  assert_ok(documents_open("/nonexistent", 0, &documents, err));
  for (uint32_t i = 0; i < 3; i++) {
    const struct document_ping ping = {
        .client = i, .key = {1, 1}, .id = (const uint8_t *)"x", .id_len = 1};
    assert_ok(documents_add(documents, &ping, err));
  }
  assert_ok(documents_finish(documents, err));
  assert_ok(documents_each(documents, client_check, &client, err));
  assert_int_equal(client, 3);
  documents_close(documents);
}

/* ---- frequencies ---- */

#define GROUPS 5u
#define VALUES 4000u

struct counts {
  uint64_t (*at)[VALUES][PS_POPULATIONS];
  uint64_t wide; /* values are so far apart */
  uint64_t seen;
  uint32_t group;
  uint64_t value;
};

static int frequency_check(void *context, uint32_t group, uint64_t value,
                           const uint64_t count[PS_POPULATIONS], struct ps_error *err) {
  (void)err;
  struct counts *counts = context;
  if (counts->seen++)
    assert_true(group > counts->group || (group == counts->group && value > counts->value));
  counts->group = group;
  counts->value = value;
  assert_in_range(group, 0, GROUPS - 1);
  assert_int_equal(value % counts->wide, 0);
  assert_in_range(value / counts->wide, 0, VALUES - 1);
  assert_memory_equal(count, counts->at[group][value / counts->wide],
                      PS_POPULATIONS * sizeof *count);
  return PS_OK;
}

static void frequencies_run(const char *directory, size_t memory, uint64_t wide, uint64_t n) {
  struct counts counts = {.wide = wide};
  struct frequencies *frequencies;
  uint64_t random = wide, there = 0;
  counts.at = calloc(GROUPS, sizeof *counts.at);
  assert_non_null(counts.at);
  assert_ok(frequencies_open(directory, memory, &frequencies, err));
  for (uint64_t i = 0; i < n; i++) {
    const uint32_t group = (uint32_t)scratch_below(&random, GROUPS);
    const uint64_t value = scratch_below(&random, 1 + scratch_below(&random, VALUES));
    uint64_t count[PS_POPULATIONS] = {0};
    count[scratch_below(&random, PS_POPULATIONS)] = 1 + scratch_below(&random, 1000);
    uint64_t *truth = counts.at[group][value];
    there += !(truth[0] | truth[1] | truth[2]);
    for (unsigned p = 0; p < PS_POPULATIONS; p++) truth[p] += count[p];
    assert_ok(frequencies_add(frequencies, group, value * wide, count, err));
  }
  assert_ok(frequencies_finish(frequencies, err));
  for (int again = 0; again < 2; again++) {
    counts.seen = 0;
    assert_ok(frequencies_each(frequencies, frequency_check, &counts, err));
    assert_int_equal(counts.seen, there);
  }
  frequencies_close(frequencies);
  free(counts.at);
}

static void frequencies_are_those_of_a_naive_table(void **state) {
  (void)state;
  char directory[SCRATCH_PATH];
  scratch_make(directory);
  const uint64_t n = scale_count(100000);
  frequencies_run(directory, 0, 1, n);
  frequencies_run(directory, 0, UINT64_MAX / VALUES, n);
  frequencies_run(directory, 200000, UINT32_MAX, n);
  frequencies_run("/nonexistent", (size_t)4 << 20, 1, n);
  frequencies_run("/nonexistent", 0, 1, 0);
  scratch_remove(directory);
  frequencies_close(NULL);
}

static int end_check(void *context, uint32_t group, uint64_t value,
                     const uint64_t count[PS_POPULATIONS], struct ps_error *err) {
  (void)context;
  (void)err;
  assert_int_equal(group, UINT32_MAX);
  assert_true(value == UINT64_MAX && count[0] == UINT64_MAX && count[2] == 1);
  return PS_OK;
}

static void the_greatest_numbers_are_kept_and_counts_do_not_overflow(void **state) {
  (void)state;
  static const uint64_t count[PS_POPULATIONS] = {UINT64_MAX - 1, 0, 0}, more[] = {2, 0, 1};
  struct frequencies *frequencies;
  assert_ok(frequencies_open("/nonexistent", 0, &frequencies, err));
  assert_ok(frequencies_add(frequencies, UINT32_MAX, UINT64_MAX, count, err));
  assert_ok(frequencies_add(frequencies, UINT32_MAX, UINT64_MAX, more, err));
  assert_ok(frequencies_finish(frequencies, err));
  assert_ok(frequencies_each(frequencies, end_check, NULL, err));
  frequencies_close(frequencies);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(documents_are_those_of_a_naive_table),
      cmocka_unit_test(few_documents_need_no_directory),
      cmocka_unit_test(a_missing_directory_is_named),
      cmocka_unit_test(long_ids_are_cut_between_characters),
      cmocka_unit_test(one_id_of_two_clients_is_two_documents),
      cmocka_unit_test(frequencies_are_those_of_a_naive_table),
      cmocka_unit_test(the_greatest_numbers_are_kept_and_counts_do_not_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

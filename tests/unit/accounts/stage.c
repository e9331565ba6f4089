#include "stage.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const sum_paths[] = {"a", "b", NULL};

int stage_setup(void **state) {
  struct stage *stage = calloc(1, sizeof *stage);
  const char *parent = getenv("TMPDIR");
  assert_non_null(stage);
  const int n = snprintf(stage->dir, STAGE_PATH, "%s/pingsieve-accounts-XXXXXX",
                         parent && *parent ? parent : "/tmp");
  assert_in_range(n, 1, STAGE_PATH - 32);
  assert_non_null(mkdtemp(stage->dir));
  const struct ping_schema_options schema = {.sums = sum_paths};
  assert_ok(ping_schema_create(&schema, &stage->schema, err));
  stage->options = (struct accounts_options){
      .nmeasures = 2, .measures = {{.name = "a", .path = "a"}, {.name = "b", .path = "b"}}};
  stage_open(stage);
  *state = stage;
  return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
  (void)st;
  (void)type;
  (void)at;
  return remove(path);
}

int stage_teardown(void **state) {
  struct stage *stage = *state;
  stage_close(stage);
  ping_schema_free(stage->schema);
  assert_int_equal(nftw(stage->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
  free(stage);
  return 0;
}

void stage_open(struct stage *stage) {
  const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                          .create = true,
                                          .keep_given = true,
                                          .log_keys = 4000,
                                          .merge_us = 200,
                                          .no_sync = true};
  stage_close(stage);
  assert_ok(ps_seen_open(stage->dir, &options, &stage->seen, err));
  assert_ok(accounts_open(stage->seen, &stage->options, &stage->accounts, err));
}

void stage_close(struct stage *stage) {
  accounts_close(stage->accounts);
  ps_seen_close(stage->seen);
  stage->accounts = NULL;
  stage->seen = NULL;
}

static void say(struct stage_line *line, const char *format, const char *text) {
  if (!text) return;
  const int n = snprintf(line->text + line->len, STAGE_LINE - line->len, format, text);
  assert_in_range(n, 0, STAGE_LINE - 1 - line->len);
  line->len += (size_t)n;
}

void stage_say(struct stage_line *line, const struct said *said) {
  char sums[64];
  memset(line, 0, sizeof *line);
  (void)snprintf(sums, sizeof sums, "{\"a\":%llu,\"b\":%llu", (unsigned long long)said->a,
                 (unsigned long long)said->b);
  say(line, "%s", sums);
  say(line, ",\"id\":\"%s\"", said->id);
  say(line, ",\"clientId\":\"%s\"", said->client);
  say(line, ",\"type\":\"%s\"", said->type);
  say(line, ",\"normalized_channel\":\"%s\"", said->channel);
  say(line, ",\"payload\":{\"info\":{\"sessionLength\":%s}}", said->watched);
  say(line, ",\"meta\":{\"geoCity\":\"%s\"}", said->city);
  say(line, "%s", "}\n");
}

struct ping stage_scan(const struct stage *stage, const struct stage_line *line) {
  struct scan_result result;
  struct ping ping;
  ping_scan(stage->schema, scan_kernels()->scan, ps_seen_secret(stage->seen),
            &(struct ping_line){.at = (const uint8_t *)line->text, .avail = line->len}, &result,
            &ping);
  return ping;
}

void stage_count(struct stage *stage, const struct said *said, enum ps_class class, day_t day) {
  struct stage_line line;
  stage_say(&line, said);
  const struct ping ping = stage_scan(stage, &line);
  const struct account_ping counted = {.line = (const uint8_t *)line.text,
                                       .ping = &ping,
                                       .class = class,
                                       .day = day,
                                       .bytes_in = line.len,
                                       .bytes_out = class == PS_DUPLICATE ? 0 : line.len};
  accounts_prefetch(stage->accounts, day, &ping);
  assert_ok(accounts_count(stage->accounts, &counted, err));
}

void stage_begin(struct stage *stage) {
  assert_ok(ps_seen_begin(stage->seen, err));
  assert_ok(accounts_begin(stage->accounts, err));
}

void stage_commit(struct stage *stage) {
  assert_ok(accounts_store(stage->accounts, err));
  assert_ok(ps_seen_commit(stage->seen, err));
  accounts_committed(stage->accounts);
}

void stage_abort(struct stage *stage) {
  accounts_abort(stage->accounts);
  ps_seen_abort(stage->seen);
}

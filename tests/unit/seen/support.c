#include "support.h"
#include "../scale.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

uint64_t test_mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

uint64_t test_random(uint64_t *state) { return test_mix((*state)++ ^ 0xabcdef9876543210u); }

uint64_t test_below(uint64_t *state, uint64_t n) { return test_random(state) % n; }

struct ps_key test_key(uint64_t number) {
  return (struct ps_key){test_mix(2 * number), test_mix(2 * number + 1)};
}

uint64_t test_scaled(uint64_t count) { return scale_count(count); }

void test_dir_make(char dir[PATH_BYTES]) {
  const char *parent = getenv("TMPDIR");
  const int n =
      snprintf(dir, PATH_BYTES, "%s/pingsieve-seen-XXXXXX", parent && *parent ? parent : "/tmp");
  assert_in_range(n, 1, PATH_BYTES - 32);
  assert_non_null(mkdtemp(dir));
}

void test_path(const char *dir, const char *name, char path[PATH_BYTES]) {
  const int n = snprintf(path, PATH_BYTES, "%s/%s", dir, name);
  assert_in_range(n, 1, PATH_BYTES - 1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
  (void)st;
  (void)type;
  (void)at;
  return remove(path);
}

void test_dir_remove(const char *dir) {
  assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static bool opens_and_marks(const char *dir, uint64_t from, size_t n, uint16_t day) {
  const struct ps_seen_options impatient = {.size = sizeof(struct ps_seen_options),
                                            .stop_fd = eventfd(1, EFD_CLOEXEC)};
  struct ps_seen *seen;
  uint8_t verdict;
  if (impatient.stop_fd < 0 || ps_seen_open(dir, &impatient, &seen, NULL)) return false;
  bool good = !ps_seen_begin(seen, NULL);
  for (size_t i = 0; i < n && good; i++) {
    const struct ps_key key = test_key(from + i);
    good = !ps_seen_mark(seen, &day, &key, 1, &verdict, NULL) && !verdict;
  }
  good = good && !ps_seen_commit(seen, NULL);
  ps_seen_close(seen);
  return good;
}

void test_mark_elsewhere(const char *dir, uint64_t from, size_t n, uint16_t day) {
  int status;
  const pid_t child = fork();
  if (!child) _exit(!opens_and_marks(dir, from, n, day));
  assert_int_not_equal(child, -1);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

uint64_t test_mark(struct ps_seen *seen, uint64_t from, size_t n, uint16_t day) {
  struct ps_key *keys = malloc((n + 1) * sizeof *keys);
  uint16_t *days = malloc((n + 1) * sizeof *days);
  uint8_t *verdict = malloc(n + 1);
  uint64_t added = 0;
  assert_true(keys && days && verdict);
  for (size_t i = 0; i < n; i++) {
    keys[i] = test_key(from + i);
    days[i] = day;
  }
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_mark(seen, days, keys, n, verdict, err));
  assert_ok(ps_seen_commit(seen, err));
  for (size_t i = 0; i < n; i++) added += !verdict[i];
  free(keys);
  free(days);
  free(verdict);
  return added;
}

uint64_t test_count(struct ps_seen *seen, uint64_t from, size_t n) {
  struct ps_key *keys = malloc((n + 1) * sizeof *keys);
  uint8_t *verdict = malloc(n + 1);
  uint64_t found = 0;
  assert_true(keys && verdict);
  for (size_t i = 0; i < n; i++) keys[i] = test_key(from + i);
  assert_ok(ps_seen_lookup(seen, keys, n, verdict, err));
  for (size_t i = 0; i < n; i++) found += verdict[i];
  free(keys);
  free(verdict);
  return found;
}

static void first_sentence(void *context, const char *sentence) {
  char *text = context;
  if (!*text) (void)snprintf(text, PS_ERROR_TEXT, "%s", sentence);
}

void test_check_clean(struct ps_seen *seen) {
  char text[PS_ERROR_TEXT] = "";
  struct ps_seen_check_result result;
  struct ps_seen_info info;
  assert_ok(ps_seen_check(seen, first_sentence, text, &result, err));
  if (result.broken) fail_msg("%" PRIu64 " broken, the first: %s", result.broken, text);
  assert_ok(ps_seen_info(seen, &info, err));
  assert_int_equal(result.keys, info.keys);
  ps_seen_info_release(&info);
}

void test_file_read(const char *path, uint8_t **data, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  const long end = ftell(file);
  assert_true(end >= 0);
  rewind(file);
  *bytes = (size_t)end;
  *data = malloc(*bytes + 1);
  assert_non_null(*data);
  assert_int_equal(fread(*data, 1, *bytes, file), *bytes);
  assert_int_equal(fclose(file), 0);
}

void test_file_write(const char *path, const void *data, size_t bytes) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, bytes, file), bytes);
  assert_int_equal(fclose(file), 0);
}

/* Spills against a naive table, with memory for some dozens of entries, on disks that fail. */
#include "profile/spill.h"

#include "scratch.h"

#include <errno.h>
#include <fcntl.h>

/* ---- a system that fails: the n-th call from now on, n from 1; 0: none ---- */

static struct {
  unsigned write, read, memory; /* calls until one fails */
  int os_error;                 /* of that one */
  bool nameless;                /* the file system knows files without a name */
  bool restless;                /* writes and reads are interrupted and cut short */
  bool lying;                   /* a read that fails gives a wrong bit instead */
  uint64_t random;
} fault;

static void fault_reset(void) {
  memset(&fault, 0, sizeof fault);
  fault.nameless = true;
}
static bool fault_now(unsigned *calls) { return *calls && !--*calls; }

int __real_open(const char *path, int flags, ...);
ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t offset);
ssize_t __real_pread(int fd, void *data, size_t len, off_t offset);
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *at, size_t bytes);
int __wrap_open(const char *path, int flags, ...);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *data, size_t len, off_t offset);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *at, size_t bytes);

int __wrap_open(const char *path, int flags, ...) {
  if ((flags & O_TMPFILE) == O_TMPFILE && !fault.nameless) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return __real_open(path, flags, 0600);
}

static bool interrupted(size_t *len) {
  if (!fault.restless) return false;
  if (scratch_below(&fault.random, 2)) *len = 1 + scratch_below(&fault.random, *len);
  errno = EINTR;
  return scratch_below(&fault.random, 4) == 0;
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t offset) {
  if (interrupted(&len)) return -1;
  if (!fault_now(&fault.write)) return __real_pwrite(fd, data, len, offset);
  errno = fault.os_error;
  return fault.os_error ? -1 : 0;
}

ssize_t __wrap_pread(int fd, void *data, size_t len, off_t offset) {
  if (interrupted(&len)) return -1;
  const bool now = fault_now(&fault.read);
  errno = fault.os_error;
  if (now && !fault.lying) return fault.os_error ? -1 : 0;
  const ssize_t n = __real_pread(fd, data, len, offset);
  if (now && n > 0) {
    const uint64_t bit = scratch_below(&fault.random, (uint64_t)n * 8);
    ((uint8_t *)data)[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
  return n;
}

void *__wrap_malloc(size_t bytes) { return fault_now(&fault.memory) ? NULL : __real_malloc(bytes); }
void *__wrap_calloc(size_t n, size_t bytes) {
  return fault_now(&fault.memory) ? NULL : __real_calloc(n, bytes);
}
void *__wrap_realloc(void *at, size_t bytes) {
  return fault_now(&fault.memory) ? NULL : __real_realloc(at, bytes);
}

/* ---- a table and the truth ---- */

#define TAIL 700u

/* Entries combine to a hash of their sequence, so that the order is seen: the polynomial and the
 * power of its base. */
#define BASE UINT64_C(0x9E3779B97F4A7C15)
static void combine(uint64_t *head, const uint64_t *later) {
  head[0] = head[0] * later[1] + later[0];
  head[1] *= later[1];
}
static const struct spill_kind kind = {3, 2, TAIL, combine};
static const struct spill_kind bare = {1, 2, 0, combine};

struct truth {
  bool there;
  uint64_t head[2], first; /* its tail is made of it */
};

struct trial {
  const struct spill_kind *kind;
  struct spill *spill;
  uint64_t random, keys;
  struct truth *truth; /* by key */
  uint64_t seen, last[SPILL_KEY];
};

/* Keys that share their beginnings in all ways. */
static void key_make(uint64_t number, unsigned words, uint64_t key[SPILL_KEY]) {
  key[0] = words == 1 ? number : number % 3 << 60;
  key[1] = number / 3 % 50 << 20;
  key[2] = number / 150;
}
static uint64_t key_number(const uint64_t *key, unsigned words) {
  return words == 1 ? key[0] : key[2] * 150 + (key[1] >> 20) * 3 + (key[0] >> 60);
}

static size_t tail_make(uint64_t first, uint8_t tail[TAIL]) {
  const uint64_t random = scratch_mix(first);
  const size_t len = random % 50 == 0 ? TAIL : random % 60;
  for (size_t i = 0; i < len; i++) tail[i] = (uint8_t)(random >> i % 7 * 8);
  return len;
}

static int trial_add(struct trial *t, struct ps_error *err) {
  const uint64_t number = scratch_below(&t->random, t->keys), came = scratch_random(&t->random);
  struct truth *truth = &t->truth[number];
  const uint64_t head[2] = {came, BASE};
  uint64_t key[SPILL_KEY];
  uint8_t tail[TAIL];
  key_make(number, t->kind->key_words, key);
  if (truth->there) combine(truth->head, head);
  else *truth = (struct truth){true, {came, BASE}, came};
  uint64_t *found = spill_find(t->spill, key);
  if (found) {
    combine(found, head);
    return PS_OK;
  }
  const struct spill_entry entry = {key, head, tail, t->kind->tail ? tail_make(came, tail) : 0};
  return spill_insert(t->spill, &entry, err);
}

static int entry_check(void *context, const struct spill_entry *entry, struct ps_error *err) {
  (void)err;
  struct trial *t = context;
  const unsigned words = t->kind->key_words;
  unsigned differ = 0;
  while (t->seen && differ + 1 < words && entry->key[differ] == t->last[differ]) differ++;
  if (t->seen) assert_true(entry->key[differ] > t->last[differ]);
  memcpy(t->last, entry->key, words * sizeof *t->last);
  t->seen++;
  const uint64_t number = key_number(entry->key, words);
  assert_in_range(number, 0, t->keys - 1);
  const struct truth *truth = &t->truth[number];
  assert_true(truth->there);
  assert_int_equal(entry->head[0], truth->head[0]);
  assert_int_equal(entry->head[1], truth->head[1]);
  uint8_t tail[TAIL];
  const size_t len = t->kind->tail ? tail_make(truth->first, tail) : 0;
  assert_int_equal(entry->tail_len, len);
  if (len) assert_memory_equal(entry->tail, tail, len);
  return PS_OK;
}

static struct trial trial_of(const struct spill_kind *what, uint64_t seed, uint64_t keys) {
  struct trial t = {.kind = what, .random = seed, .keys = keys};
  t.truth = calloc(keys, sizeof *t.truth);
  assert_non_null(t.truth);
  return t;
}

static void trial_check(struct trial *t) {
  uint64_t there = 0;
  for (uint64_t i = 0; i < t->keys; i++) there += t->truth[i].there;
  for (int again = 0; again < 2; again++) {
    t->seen = 0;
    assert_ok(spill_each(t->spill, entry_check, t, err));
    assert_int_equal(t->seen, there);
  }
}

static void trial_free(struct trial *t) {
  spill_close(t->spill);
  free(t->truth);
}

/* n additions in a directory, all of which must be there at the end. */
static uint64_t trial_run(struct trial *t, const char *directory, size_t memory, uint64_t n) {
  assert_ok(spill_open(t->kind, directory, memory, &t->spill, err));
  for (uint64_t i = 0; i < n; i++) assert_ok(trial_add(t, err));
  assert_ok(spill_finish(t->spill, err));
  trial_check(t);
  const uint64_t written = spill_written(t->spill);
  trial_free(t);
  return written;
}

/* ---- tests ---- */

static void many_runs_are_as_one_table(void **state) {
  (void)state;
  static const struct {
    const struct spill_kind *kind;
    size_t memory;
    uint64_t keys, n;
  } trials[] = {
      {&kind, 0, 3000, 60000},       /* thousands of runs, few at a time */
      {&kind, 200000, 20000, 60000}, /* all at a time */
      {&kind, 64000, 50, 60000},     /* hardly ever full */
      {&kind, 30000, 1000000, 60000}, {&bare, 0, 4000, 100000}, {&bare, 50000, 300000, 100000},
  };
  char directory[SCRATCH_PATH];
  scratch_make(directory);
  fault_reset();
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
    struct trial t = trial_of(trials[i].kind, i, trials[i].keys);
    const uint64_t written = trial_run(&t, directory, trials[i].memory, scale_count(trials[i].n));
    assert_true(written > 0 || trials[i].keys == 50 || scale_count(100) < 100);
  }
  scratch_remove(directory);
}

static void what_fits_makes_no_file(void **state) {
  (void)state;
  fault_reset();
  for (unsigned i = 0; i < 4; i++) {
    struct trial t = trial_of(i & 1 ? &bare : &kind, i, 5000);
    const uint64_t n = i < 2 ? 1 + scale_count(30000) : i - 2;
    assert_int_equal(trial_run(&t, "/nonexistent", (size_t)4 << 20, n), 0);
  }
}

static void interruptions_and_short_transfers_do_no_harm(void **state) {
  (void)state;
  char directory[SCRATCH_PATH];
  scratch_make(directory);
  fault_reset();
  fault.restless = true;
  struct trial t = trial_of(&kind, 1, 3000);
  assert_true(trial_run(&t, directory, 30000, 5000) > 0);
  scratch_remove(directory);
}

static void a_file_system_with_names_only_is_fine(void **state) {
  (void)state;
  char directory[SCRATCH_PATH];
  scratch_make(directory);
  fault_reset();
  fault.nameless = false;
  struct trial t = trial_of(&kind, 1, 3000);
  assert_true(trial_run(&t, directory, 0, 3000) > 0);
  scratch_remove(directory);
}

static int add_until_refused(struct trial *t, const char *directory, uint64_t n,
                             struct ps_error *err) {
  int r = spill_open(t->kind, directory, 0, &t->spill, err);
  for (uint64_t i = 0; !r && i < n; i++) r = trial_add(t, err);
  if (!r) r = spill_finish(t->spill, err);
  if (!r) {
    t->seen = 0;
    r = spill_each(t->spill, entry_check, t, err);
  }
  return r;
}

static void a_directory_that_cannot_be_used_is_named(void **state) {
  (void)state;
  static const char *const directories[] = {"/nonexistent/there", "/dev/null", "/proc"};
  for (unsigned nameless = 0; nameless < 2; nameless++)
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
      fault_reset();
      fault.nameless = nameless;
      struct trial t = trial_of(&kind, 1, 3000);
      assert_refused(add_until_refused(&t, directories[i], 3000, err), PS_E_OUTPUT, directories[i]);
      trial_free(&t);
    }
}

/* Each n-th call fails until none does; every failure is told. */
static unsigned fail_at_each(unsigned *calls, unsigned step, int os_error, int want,
                             const char *part) {
  char directory[SCRATCH_PATH];
  scratch_make(directory);
  unsigned refused = 0;
  for (unsigned n = 1;; n += step) {
    fault_reset();
    fault.os_error = os_error;
    struct trial t = trial_of(&kind, 1, 500);
    struct ps_error error = {.status = PS_OK};
    *calls = n;
    const int r = add_until_refused(&t, directory, 800, &error);
    const bool came = !*calls;
    *calls = 0;
    trial_free(&t);
    if (!came) {
      assert_int_equal(r, PS_OK);
      break;
    }
    assert_int_equal(r, want);
    assert_int_equal(error.status, want);
    assert_int_equal(error.os_error, want == PS_E_MEMORY ? 0 : os_error);
    if (!strstr(error.text, part)) fail_msg("\"%s\" lacks \"%s\"", error.text, part);
    refused++;
  }
  scratch_remove(directory);
  return refused;
}

static void a_full_disk_is_told_with_the_way_out(void **state) {
  (void)state;
  assert_in_range(fail_at_each(&fault.write, 3, ENOSPC, PS_E_OUTPUT, "make room"), 5, 1000);
  (void)fail_at_each(&fault.write, 20, EIO, PS_E_OUTPUT, "another directory for temporary files");
}

static void what_cannot_be_read_is_told(void **state) {
  (void)state;
  assert_in_range(fail_at_each(&fault.read, 7, EIO, PS_E_OUTPUT, "cannot read"), 5, 1000);
  (void)fail_at_each(&fault.read, 20, 0, PS_E_OUTPUT, "does not hold what was written");
}

static void lack_of_memory_is_told(void **state) {
  (void)state;
  assert_in_range(fail_at_each(&fault.memory, 1, 0, PS_E_MEMORY, "memory"), 5, 1000);
}

static void a_wrong_bit_is_found(void **state) {
  (void)state;
  char directory[SCRATCH_PATH];
  scratch_make(directory);
  const uint64_t rounds = scale_count(300);
  for (uint64_t i = 0; i < rounds; i++) {
    fault_reset();
    fault.random = i;
    fault.lying = true;
    fault.read = 1 + (unsigned)(i % 40);
    struct trial t = trial_of(&kind, 1, 500);
    assert_refused(add_until_refused(&t, directory, 800, err), PS_E_OUTPUT, "does not hold");
    assert_int_equal(fault.read, 0);
    trial_free(&t);
  }
  scratch_remove(directory);
}

static int third_refuse(void *context, const struct spill_entry *entry, struct ps_error *err) {
  (void)entry;
  (void)err;
  unsigned *seen = context;
  return ++*seen == 3 ? 42 : PS_OK;
}

static void visits_end_when_asked(void **state) {
  (void)state;
  char directory[SCRATCH_PATH];
  scratch_make(directory);
  fault_reset();
  for (unsigned spilled = 0; spilled < 2; spilled++) {
    struct trial t = trial_of(&kind, 1, 500);
    assert_ok(spill_open(&kind, directory, spilled ? 0 : (size_t)1 << 20, &t.spill, err));
    for (int i = 0; i < 800; i++) assert_ok(trial_add(&t, err));
    assert_ok(spill_finish(t.spill, err));
    unsigned seen = 0;
    assert_int_equal(spill_each(t.spill, third_refuse, &seen, NULL), 42);
    assert_int_equal(seen, 3);
    trial_free(&t);
  }
  scratch_remove(directory);
}

static void too_long_a_tail_is_refused(void **state) {
  (void)state;
  fault_reset();
  static const uint8_t tail[TAIL + 1];
  const uint64_t key[SPILL_KEY] = {1}, head[2] = {1, 1};
  const struct spill_entry entry = {key, head, tail, sizeof tail};
  struct spill *spill;
  assert_ok(spill_open(&kind, "/nonexistent", 0, &spill, err));
  assert_null(spill_find(spill, key));
  assert_refused(spill_insert(spill, &entry, err), PS_E_INTERNAL, "701");
  spill_close(spill);
  spill_close(NULL);
}

static int count_entry(void *context, const struct spill_entry *entry, struct ps_error *err) {
  (void)err;
  assert_int_equal(entry->key[0], ++*(uint64_t *)context);
  return PS_OK;
}

/* Of what comes after a run was written, even one entry is merged with it. */
static void one_entry_behind_a_run_is_not_lost(void **state) {
  (void)state;
  struct spill *spill;
  uint64_t n = 0, seen = 0;
  assert_ok(spill_open(&bare, "/tmp", 1, &spill, err));
  while (!spill_written(spill)) {
    const uint64_t key[SPILL_KEY] = {++n}, head[2] = {n, BASE};
    assert_null(spill_find(spill, key));
    assert_ok(spill_insert(spill, &(struct spill_entry){key, head, NULL, 0}, err));
  }
  assert_ok(spill_finish(spill, err));
  assert_ok(spill_each(spill, count_entry, &seen, err));
  assert_int_equal(seen, n);
  spill_close(spill);
}

int main(void) {
  fault_reset();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_runs_are_as_one_table),
      cmocka_unit_test(what_fits_makes_no_file),
      cmocka_unit_test(interruptions_and_short_transfers_do_no_harm),
      cmocka_unit_test(a_file_system_with_names_only_is_fine),
      cmocka_unit_test(a_directory_that_cannot_be_used_is_named),
      cmocka_unit_test(a_full_disk_is_told_with_the_way_out),
      cmocka_unit_test(what_cannot_be_read_is_told),
      cmocka_unit_test(lack_of_memory_is_told),
      cmocka_unit_test(a_wrong_bit_is_found),
      cmocka_unit_test(visits_end_when_asked),
      cmocka_unit_test(too_long_a_tail_is_refused),
      cmocka_unit_test(one_entry_behind_a_run_is_not_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Damaged meta pages: no bit of them may make the last commit vanish in silence. */
#include "support.h"

#include "../scale.h"
#include "seen/metas.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH 50u

static const struct ps_seen_options options = {
    .size = sizeof(struct ps_seen_options), .create = true, .log_keys = 120, .no_sync = true};

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES], file[PATH_BYTES];
  uint64_t batches; /* committed */
  uint8_t *bytes;
  size_t size, page;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->page = (size_t)sysconf(_SC_PAGESIZE);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  test_path(f->dir, "data.mdb", f->file);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  test_dir_remove(f->top);
  free(f->bytes);
  free(f);
  return 0;
}

/* Commits once more and takes the file as it then is. */
static void commit(struct fixture *f, bool marks) {
  struct ps_seen *seen;
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  if (marks) {
    test_mark(seen, f->batches * BATCH, BATCH, (uint16_t)(f->batches / 2));
    f->batches++;
  }
  test_check_clean(seen);
  ps_seen_close(seen);
  free(f->bytes);
  test_file_read(f->file, &f->bytes, &f->size);
}

static void flip(struct fixture *f, size_t at, unsigned bit) {
  f->bytes[at] ^= (uint8_t)(1u << bit);
  test_file_write(f->file, f->bytes, f->size);
  f->bytes[at] ^= (uint8_t)(1u << bit);
}

static size_t txnid_at(const struct fixture *f, size_t meta) {
  return meta * f->page + sizeof(struct page_header) + offsetof(struct meta, txnid);
}

/* Each bit of both numbers: opening refuses the store. */
static void expect_numbers_guarded(struct fixture *f) {
  struct ps_seen *seen;
  for (size_t meta = 0; meta < META_PAGES; meta++)
    for (unsigned bit = 0; bit < 64; bit++) {
      struct ps_error error = {.status = PS_OK};
      flip(f, txnid_at(f, meta) + bit / 8, bit % 8);
      const int r = ps_seen_open(f->dir, &options, &seen, &error);
      if (r != PS_E_STORE_DAMAGED)
        fail_msg("%llu batches, bit %u of page %zu: %d %s", (unsigned long long)f->batches, bit,
                 meta, r, error.text);
      assert_non_null(strstr(error.text, "the number"));
    }
  test_file_write(f->file, f->bytes, f->size);
}

/* Which bit makes the older page the newer one depends on the number's last two bits. */
static void a_damaged_number_is_told(void **state) {
  struct fixture *f = *state;
  commit(f, false);
  expect_numbers_guarded(f);
  for (unsigned i = 0; i < 5; i++) {
    commit(f, true);
    expect_numbers_guarded(f);
  }
}

static void a_damaged_number_of_a_copy_is_told(void **state) {
  struct fixture *f = *state;
  struct ps_seen *seen;
  commit(f, true);
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  test_path(f->top, "copy", f->dir);
  assert_ok(ps_seen_copy(seen, f->dir, err));
  ps_seen_close(seen);
  test_path(f->dir, "data.mdb", f->file);
  for (unsigned i = 0; i < 4; i++) {
    commit(f, i > 0);
    expect_numbers_guarded(f);
  }
}

/* Each bit (each third one, unless there is much time) of both structures and of their pages'
 * heads: what opens and is called sound has all commits. */
static void damage_of_every_field_is_told(void **state) {
  struct fixture *f = *state;
  const unsigned step = scale_is_small() ? 37 : scale_count(100) > 100 ? 1 : 3;
  unsigned refused = 0;
  for (unsigned i = 0; i < 3; i++) commit(f, true);
  const size_t bits = 8 * (sizeof(struct page_header) + sizeof(struct meta));
  for (size_t meta = 0; meta < META_PAGES; meta++)
    for (size_t bit = 0; bit < bits; bit += step) {
      struct ps_seen *seen;
      flip(f, meta * f->page + bit / 8, bit % 8);
      const int r = ps_seen_open(f->dir, &options, &seen, NULL);
      refused += r != PS_OK;
      if (r) continue;
      assert_int_equal(test_count(seen, 0, f->batches * BATCH), f->batches * BATCH);
      ps_seen_close(seen);
    }
  assert_true(refused > bits / step / 2);
}

/* A damaged tree of the commit before keeps nobody from opening, but the check tells it. */
static void damage_of_the_commit_before_keeps_nobody_out(void **state) {
  struct fixture *f = *state;
  struct ps_seen *seen;
  struct ps_seen_check_result result;
  struct meta metas[META_PAGES];
  for (unsigned i = 0; i < 3; i++) commit(f, true);
  for (size_t i = 0; i < META_PAGES; i++)
    memcpy(&metas[i], f->bytes + i * f->page + sizeof(struct page_header), sizeof *metas);
  const size_t older = metas[0].txnid < metas[1].txnid ? 0 : 1;
  flip(f, older * f->page + sizeof(struct page_header) + offsetof(struct meta, trees[1].root), 5);
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  assert_ok(ps_seen_check(seen, NULL, NULL, &result, err));
  assert_int_equal(result.broken, 1);
  assert_int_equal(test_mark(seen, 1u << 20, BATCH, 3), BATCH);
  test_check_clean(seen); /* it was overwritten */
  ps_seen_close(seen);
}

/* An environment in which nothing was ever committed is no store. */
static void an_empty_environment_is_no_store(void **state) {
  struct fixture *f = *state;
  struct ps_seen *seen;
  struct meta meta;
  commit(f, false);
  for (size_t i = 0; i < META_PAGES; i++) {
    uint8_t *at = f->bytes + i * f->page + sizeof(struct page_header);
    memcpy(&meta, at, sizeof meta);
    meta.trees[0].root = meta.trees[1].root = NO_PAGE;
    meta.txnid = 0;
    meta.last_page = 1;
    memcpy(at, &meta, sizeof meta);
  }
  test_file_write(f->file, f->bytes, 2 * f->page);
  assert_refused(ps_seen_open(f->dir, &options, &seen, err), PS_E_STORE_VERSION, f->file);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_damaged_number_is_told), TEST(a_damaged_number_of_a_copy_is_told),
      TEST(damage_of_every_field_is_told), TEST(damage_of_the_commit_before_keeps_nobody_out),
      TEST(an_empty_environment_is_no_store)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

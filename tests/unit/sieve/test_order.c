/* The order on the disk: the outputs' bytes are synced before the store's commit, and a failure on
 * the way marks nothing. The calls of the sinks and the commit are recorded and made to fail by the
 * linker's --wrap. */
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the recorder ---- */

#define FILES 16u

static struct recorder {
  struct file {
    char name[16]; /* the last part of the path */
    bool unsynced;
    unsigned writes, syncs;
  } files[FILES];
  size_t n;
  unsigned commits, hasty;              /* commits while a file was not synced */
  bool fail_commit, fail_commit_of_run; /* all; all after opening */
  const char *fail_sync, *fail_close;   /* of the file of this name */
} rec;

/* NULL: no regular file. */
static struct file *file_of(int fd) {
  char link[32], path[256];
  struct stat st;
  (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t len = readlink(link, path, sizeof path - 1);
  if (len <= 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) return NULL;
  path[len] = 0;
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  for (size_t i = 0; i < rec.n; i++)
    if (!strncmp(rec.files[i].name, name, sizeof rec.files[i].name - 1)) return &rec.files[i];
  assert_true(rec.n < FILES);
  (void)snprintf(rec.files[rec.n].name, sizeof rec.files[rec.n].name, "%.15s", name);
  return &rec.files[rec.n++];
}

static bool is_named(int fd, const char *name) {
  const struct file *file = name ? file_of(fd) : NULL;
  return file && !strcmp(file->name, name);
}

ssize_t __real_writev(int fd, const struct iovec *vectors, int n);
ssize_t __wrap_writev(int fd, const struct iovec *vectors, int n);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_close(int fd);
int __wrap_close(int fd);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

ssize_t __wrap_writev(int fd, const struct iovec *vectors, int n) {
  struct file *file = file_of(fd);
  if (file) {
    file->unsynced = true;
    file->writes++;
  }
  return __real_writev(fd, vectors, n);
}

int __wrap_fdatasync(int fd) {
  struct file *file = file_of(fd);
  if (is_named(fd, rec.fail_sync)) {
    errno = EIO;
    return -1;
  }
  if (file) {
    file->unsynced = false;
    file->syncs++;
  }
  return __real_fdatasync(fd);
}

int __wrap_close(int fd) {
  const bool fails = is_named(fd, rec.fail_close);
  const int r = __real_close(fd);
  if (fails) errno = EIO;
  return fails ? -1 : r;
}

int __wrap_mdb_txn_commit(MDB_txn *txn) {
  bool unsynced = false;
  for (size_t i = 0; i < rec.n; i++) unsynced |= rec.files[i].unsynced;
  rec.commits++;
  rec.hasty += unsynced;
  if (!rec.fail_commit) return __real_mdb_txn_commit(txn);
  mdb_txn_abort(txn);
  return EIO;
}

/* ---- a run with every output ---- */

#define EVERY 6u
static const char *const outputs[EVERY] = {"out",   "duplicates", "flagged",
                                           "flags", "invalid",    "invalid.reasons"};

/* A run of its own directory, since a sink that failed is not used again. */
struct every {
  char store[128], paths[EVERY][160];
  struct ps_rules rules;
  struct ps_sieve_options options;
};

static void every_init(struct every *e, const struct world *w, const char *name) {
  char dir[96];
  memset(&rec, 0, sizeof rec);
  (void)snprintf(dir, sizeof dir, "%s/%s", w->dir, name);
  assert_int_equal(mkdir(dir, 0700), 0);
  (void)snprintf(e->store, sizeof e->store, "%s/store", dir);
  for (size_t i = 0; i < EVERY; i++)
    (void)snprintf(e->paths[i], sizeof e->paths[i], "%s/%s", dir, outputs[i]);
  e->rules = (struct ps_rules){.ping_flood = 2};
  e->options = world_options(w);
  e->options.store = e->store;
  e->options.rules = &e->rules;
  e->options.duplicates_path = e->paths[1];
  e->options.flagged = PS_FLAGGED_FILE;
  e->options.flagged_path = e->paths[2];
  e->options.flags_path = e->paths[3];
  e->options.invalid_path = e->paths[4];
}

#define OF(id, client) "{\"id\":\"" id "\",\"clientId\":\"" client "\"}\n"

/* Writes to every output. */
static const char input[] =
    OF("a", "x") OF("a", "y") OF("b", "x") OF("c", "x") "broken\n" OF("d", "z");

/* Runs, and notes what closing said. */
static struct outcome every_run(const struct every *e, int *closed, struct ps_error *err) {
  struct outcome result = {.out = BUFFER_INIT};
  struct ps_sieve_options o = e->options;
  struct ps_sieve *sieve;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(write(ends[1], input, sizeof input - 1), sizeof input - 1);
  assert_int_equal(close(ends[1]), 0);
  o.input_fd = ends[0];
  o.output_fd = open(e->paths[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  assert_true(o.output_fd >= 0);
  assert_int_equal(ps_sieve_open(&o, &sieve, NULL), PS_OK);
  rec.fail_commit = rec.fail_commit_of_run;
  result.status = ps_sieve_run(sieve, &result.error);
  rec.fail_commit = false;
  assert_int_equal(ps_sieve_figures(sieve, &result.figures, NULL), PS_OK);
  *closed = ps_sieve_close(sieve, err);
  (void)__real_close(o.output_fd);
  (void)__real_close(ends[0]);
  return result;
}

static void outputs_are_synced_before_the_commit(void **state) {
  struct every e;
  int closed;
  every_init(&e, *state, "order");
  e.options.batch_pings = 2;
  struct outcome r = every_run(&e, &closed, NULL);
  assert_int_equal(r.status, PS_OK);
  assert_int_equal(closed, PS_OK);
  assert_int_equal(r.figures.batches, 3);
  assert_int_equal(rec.n, EVERY);
  assert_true(rec.commits >= 3);
  assert_int_equal(rec.hasty, 0);
  for (size_t i = 0; i < EVERY; i++) {
    assert_true(rec.files[i].writes > 0);
    assert_true(rec.files[i].syncs > 0);
    assert_false(rec.files[i].unsynced);
  }
  outcome_release(&r);
}

/* A sync that fails leaves the whole batch unmarked: the next run lets it through again. */
static void a_failed_sync_marks_nothing(void **state) {
  for (size_t i = 0; i < EVERY; i++) {
    struct every e;
    int closed;
    char name[16];
    (void)snprintf(name, sizeof name, "sync-%zu", i);
    every_init(&e, *state, name);
    rec.fail_sync = outputs[i];
    struct outcome r = every_run(&e, &closed, NULL);
    assert_int_equal(r.status, PS_E_OUTPUT);
    assert_non_null(strstr(r.error.text, i ? e.paths[i] : "standard output"));
    assert_int_equal(r.figures.lines, 0);
    outcome_release(&r);
    rec.fail_sync = NULL;
    r = every_run(&e, &closed, NULL);
    assert_int_equal(r.status, PS_OK);
    assert_int_equal(r.figures.count[PS_UNIQUE], 4);
    assert_int_equal(r.figures.count[PS_DUPLICATE], 1);
    outcome_release(&r);
  }
}

/* So does a commit that fails; closing still ends the outputs well. */
static void a_failed_commit_marks_nothing(void **state) {
  struct every e;
  int closed;
  every_init(&e, *state, "commit");
  rec.fail_commit_of_run = true;
  struct outcome r = every_run(&e, &closed, NULL);
  assert_int_equal(r.status, PS_E_STORE);
  assert_int_equal(closed, PS_OK);
  assert_int_equal(r.figures.lines, 0);
  outcome_release(&r);
  rec.fail_commit_of_run = false;
  r = every_run(&e, &closed, NULL);
  assert_int_equal(r.status, PS_OK);
  assert_int_equal(r.figures.count[PS_UNIQUE], 4);
  outcome_release(&r);
}

/* Every file of its own is closed with a look at what that says. */
static void a_failed_close_is_told(void **state) {
  for (size_t i = 1; i < EVERY; i++) {
    struct every e;
    struct ps_error err = {.status = PS_OK};
    int closed;
    char name[16];
    (void)snprintf(name, sizeof name, "close-%zu", i);
    every_init(&e, *state, name);
    rec.fail_close = outputs[i];
    struct outcome r = every_run(&e, &closed, &err);
    assert_int_equal(r.status, PS_OK);
    assert_int_equal(closed, PS_E_OUTPUT);
    assert_int_equal(err.status, PS_E_OUTPUT);
    assert_non_null(strstr(err.text, e.paths[i]));
    outcome_release(&r);
  }
}

/* ---- a batch that goes on after a commit that failed ---- */

static uint64_t counted_pings; /* by the accounts, of the class that was unique */

static int note_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  (void)context, (void)err;
  counted_pings += day->total.count[PS_UNIQUE];
  return PS_OK;
}

static void a_batch_after_a_failed_commit_is_whole(void **state) {
  struct world *w = *state;
  struct ps_sieve_options options = world_options(w);
  struct ps_seen_options read_only = {.size = sizeof(struct ps_seen_options), .read_only = true};
  struct ps_seen *seen;
  memset(&rec, 0, sizeof rec);
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, "{\"id\":\"a\"}\n"), PS_OK);
  rec.fail_commit = true;
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_E_STORE);
  batch_abort(o->core.batch);
  assert_int_equal(batch_deadline(o->core.batch), 0);
  rec.fail_commit = false;
  o->tally = (struct tally){0};
  batch_set_input(o->core.batch, "input", 0);
  assert_int_equal(owner_take(o, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n"), PS_OK);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  assert_int_equal(o->tally.count[PS_UNIQUE], 2);
  assert_int_equal(owner_take(o, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n"), PS_OK);
  assert_int_equal(o->tally.count[PS_DUPLICATE], 2);
  assert_int_equal(batch_finish(o->core.batch, NULL), PS_OK);
  owner_close(o);
  counted_pings = 0;
  assert_int_equal(ps_seen_open(w->store, &read_only, &seen, NULL), PS_OK);
  assert_int_equal(ps_accounts_read(seen, 0, DAY_MAX, 0, NULL, note_day, NULL, NULL), PS_OK);
  ps_seen_close(seen);
  assert_int_equal(counted_pings, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(outputs_are_synced_before_the_commit, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(a_failed_sync_marks_nothing, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_failed_commit_marks_nothing, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_failed_close_is_told, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_batch_after_a_failed_commit_is_whole, world_setup,
                                      world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

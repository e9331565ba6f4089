/* A store that others use, move and delete: turns, and a store that is not there any more. */
#include "support.h"

#include "seen/state.h"
#include "seen/turn.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES], other[PATH_BYTES];
  struct ps_seen *seen;
};

static const struct ps_seen_options creating = {.size = sizeof(struct ps_seen_options),
                                                .create = true};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  test_path(f->top, "other", f->other);
  assert_ok(ps_seen_open(f->dir, &creating, &f->seen, err));
  assert_int_equal(test_mark(f->seen, 0, 10, 5), 10);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  ps_seen_close(f->seen);
  test_dir_remove(f->top);
  free(f);
  return 0;
}

/* --- a store that is gone --- */

static void begin_and_mark(struct ps_seen *seen, uint64_t key) {
  const struct ps_key k = test_key(key);
  const uint16_t day = 5;
  uint8_t verdict;
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_mark(seen, &day, &k, 1, &verdict, err));
  assert_int_equal(verdict, 0);
}

static uint64_t count_in(const char *dir, size_t keys) {
  struct ps_seen *seen;
  assert_ok(ps_seen_open(dir, NULL, &seen, err));
  const uint64_t n = test_count(seen, 0, keys);
  ps_seen_close(seen);
  return n;
}

static void a_deleted_store_is_told(void **state) {
  struct fixture *f = *state;
  begin_and_mark(f->seen, 10);
  test_dir_remove(f->dir);
  assert_refused(ps_seen_commit(f->seen, err), PS_E_STORE, f->dir);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "deleted or moved away");
}

/* The turn that was refused is given back: when the file comes back, others have it. */
static void a_store_moved_away_and_back_goes_on(void **state) {
  struct fixture *f = *state;
  char data[PATH_BYTES], away[PATH_BYTES];
  test_path(f->dir, "data.mdb", data);
  test_path(f->dir, ".away", away);
  assert_int_equal(rename(data, away), 0);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "deleted or moved away");
  assert_int_equal(rename(away, data), 0);
  test_mark_elsewhere(f->dir, 10, 1, 5);
  assert_int_equal(test_mark(f->seen, 10, 2, 5), 1);
}

/* Opening anew makes no files in the place of those that are gone. */
static void opening_anew_makes_no_deleted_file_again(void **state) {
  struct fixture *f = *state;
  char file[PATH_BYTES];
  static const char *const names[] = {"data.mdb", "lock.mdb"};
  /* A slot of this process's number, as a process of another container would leave it. */
  assert_int_equal(mdb_txn_begin(f->seen->env.lmdb, NULL, MDB_RDONLY, &f->seen->env.reader), 0);
  f->seen->env.tidy_ns = 0;
  for (size_t i = 0; i < 2; i++) {
    test_path(f->dir, names[i], file);
    assert_int_equal(unlink(file), 0);
  }
  for (size_t i = 0; i < 2; i++)
    assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "deleted or moved away");
  assert_int_equal(rmdir(f->dir), 0); /* nothing is in it */
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "deleted or moved away");
}

static void a_replaced_store_is_told(void **state) {
  struct fixture *f = *state;
  struct ps_seen *new_one;
  begin_and_mark(f->seen, 10);
  assert_int_equal(rename(f->dir, f->other), 0);
  assert_ok(ps_seen_open(f->dir, &creating, &new_one, err));
  ps_seen_close(new_one);
  assert_refused(ps_seen_commit(f->seen, err), PS_E_STORE, "holds another store");
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "holds another store");
  assert_int_equal(count_in(f->dir, 20), 0);
  test_dir_remove(f->dir);
  assert_int_equal(rename(f->other, f->dir), 0); /* put back: it goes on, without that key */
  assert_int_equal(test_count(f->seen, 0, 20), 10);
  assert_int_equal(test_mark(f->seen, 10, 1, 5), 1);
}

static struct ps_seen *open_reading(const char *dir) {
  const struct ps_seen_options reading = {.size = sizeof(struct ps_seen_options),
                                          .read_only = true};
  struct ps_seen *seen;
  assert_ok(ps_seen_open(dir, &reading, &seen, err));
  return seen;
}

/* The name that a store was opened by is that of the directory the program was in. */
static void the_current_directory_may_change(void **state) {
  struct fixture *f = *state;
  char before[PATH_BYTES];
  assert_non_null(getcwd(before, sizeof before));
  ps_seen_close(f->seen);
  assert_int_equal(chdir(f->top), 0);
  assert_ok(ps_seen_open("store", NULL, &f->seen, err));
  struct ps_seen *reader = open_reading("./store");
  assert_int_equal(chdir("/"), 0);
  assert_int_equal(test_mark(f->seen, 10, 1, 5), 1);
  assert_int_equal(test_count(reader, 0, 20), 11);
  ps_seen_close(reader);
  assert_int_equal(rename(f->dir, f->other), 0);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "the store in store was deleted");
  assert_int_equal(chdir(before), 0);
}

/* The same file name in the same directory, another file. */
static void replaced_data_are_told(void **state) {
  struct fixture *f = *state;
  char data[PATH_BYTES], copy[PATH_BYTES];
  uint8_t *bytes;
  size_t n;
  test_path(f->dir, "data.mdb", data);
  test_path(f->dir, ".copy", copy);
  test_file_read(data, &bytes, &n);
  test_file_write(copy, bytes, n);
  free(bytes);
  begin_and_mark(f->seen, 10);
  assert_int_equal(rename(copy, data), 0);
  assert_refused(ps_seen_commit(f->seen, err), PS_E_STORE, "replaced meanwhile");
  assert_int_equal(count_in(f->dir, 20), 10);
}

static void a_deleted_lock_is_told(void **state) {
  struct fixture *f = *state;
  char lock[PATH_BYTES];
  test_path(f->dir, "lock.mdb", lock);
  begin_and_mark(f->seen, 10);
  assert_int_equal(unlink(lock), 0);
  assert_refused(ps_seen_commit(f->seen, err), PS_E_STORE, "lock.mdb was deleted");
  assert_int_equal(count_in(f->dir, 20), 10); /* others have a lock.mdb of their own now */
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "lock.mdb was deleted");
}

/* Once lock.mdb is another file, a reader may read pages that others are overwriting. */
static void a_lock_replaced_under_a_reader_is_told(void **state) {
  struct fixture *f = *state;
  const struct ps_seen_options reading = {.size = sizeof(struct ps_seen_options),
                                          .read_only = true};
  struct ps_seen_check_result result;
  struct ps_seen_info info;
  struct ps_seen *seen;
  char lock[PATH_BYTES];
  uint8_t byte;
  size_t len;
  ps_seen_close(f->seen);
  f->seen = NULL;
  assert_ok(ps_seen_open(f->dir, &reading, &seen, err));
  assert_ok(ps_seen_view_begin(seen, err));
  test_path(f->dir, "lock.mdb", lock);
  assert_int_equal(unlink(lock), 0);
  assert_refused(ps_seen_info(seen, &info, err), PS_E_STORE, "lock.mdb was deleted");
  assert_refused(ps_seen_get_value(seen, "x", &byte, 1, &len, err), PS_E_STORE, "lock.mdb");
  ps_seen_view_end(seen);
  assert_refused(ps_seen_check(seen, NULL, NULL, &result, err), PS_E_STORE, "lock.mdb");
  assert_refused(ps_seen_copy(seen, f->other, err), PS_E_STORE, "lock.mdb");
  ps_seen_close(seen);
}

/* --- numbers --- */

/* A process whose number another has, as it happens between containers: a child holds it. */
static void a_process_number_that_is_taken_is_no_trouble(void **state) {
  struct fixture *f = *state;
  char lock[PATH_BYTES];
  int ready[2], number, status;
  uint8_t byte = 0;
  test_path(f->dir, "lock.mdb", lock);
  assert_int_equal(pipe(ready), 0);
  const pid_t parent = getpid(), child = fork();
  assert_true(child >= 0);
  if (!child) {
    struct flock taken = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = parent, .l_len = 1};
    const int fd = open(lock, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fcntl(fd, F_SETLK, &taken) || write(ready[1], &byte, 1) != 1) _exit(1);
    for (;;) (void)pause();
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  ps_seen_close(f->seen);
  f->seen = NULL;
  assert_refused(ps_seen_number_take(f->dir, &number, err), PS_E_STORE_NUMBER, f->dir);
  assert_int_equal(number, -1);
  const struct ps_seen_options reading = {.size = sizeof(struct ps_seen_options),
                                          .read_only = true};
  struct ps_seen *seen;
  assert_refused(ps_seen_open(f->dir, &reading, &seen, err), PS_E_STORE_NUMBER, "containers");
  assert_ok(ps_seen_open(f->dir, &creating, &f->seen, err)); /* a writer needs none */
  assert_int_equal(test_mark(f->seen, 10, 1, 5), 1);
  ps_seen_close(f->seen);
  f->seen = NULL;
  assert_int_equal(kill(child, SIGKILL), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_ok(ps_seen_number_take(f->dir, &number, err));
  assert_true(number >= 0);
  assert_ok(ps_seen_open(f->dir, &reading, &seen, err));
  assert_int_equal(test_count(seen, 0, 20), 11);
  ps_seen_close(seen);
  assert_int_equal(close(number) | close(ready[0]) | close(ready[1]), 0);
  assert_ok(ps_seen_number_take(f->other, &number, err)); /* no store: nothing to take */
  assert_int_equal(number, -1);
}

/* --- the turn --- */

static int lock_file(const struct fixture *f) {
  char path[PATH_BYTES];
  test_path(f->top, "turns", path);
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  return fd;
}

/* Those that can only read the file have their turns together, and never beside one that writes. */
static void readers_have_their_turns_together(void **state) {
  const struct fixture *f = *state;
  struct turn_stop none = {.fd = 0}, over = {.deadline_ns = 1};
  char path[PATH_BYTES];
  test_path(f->top, "turns", path);
  const int writer = lock_file(f), one = open(path, O_RDONLY | O_CLOEXEC),
            two = open(path, O_RDONLY | O_CLOEXEC);
  assert_ok(turn_take(one, "the test", &none, err));
  assert_ok(turn_take(two, "the test", &none, err));
  assert_refused(turn_take(writer, "the test", &over, err), PS_E_STOPPED, "the test");
  turn_give(one);
  assert_refused(turn_take(writer, "the test", &over, err), PS_E_STOPPED, "the test");
  turn_give(two);
  assert_ok(turn_take(writer, "the test", &none, err));
  assert_refused(turn_take(one, "the test", &over, err), PS_E_STOPPED, "the test");
  turn_give(writer);
  assert_ok(turn_take(one, "the test", &none, err));
  assert_int_equal(close(writer) | close(one) | close(two), 0);
}

enum { PLAYERS = 4, TURNS = 40 };

struct player {
  pthread_t thread;
  int fd;
  unsigned turns; /* to take, one after the other */
  char name;
  struct log *log; /* of all */
};

/* One letter a turn. */
struct log {
  atomic_uint n;
  char letters[PLAYERS * TURNS + 1];
};

static void *play(void *argument) {
  struct player *p = argument;
  struct turn_stop stop = {.fd = 0};
  for (unsigned i = 0; i < p->turns; i++) {
    if (turn_take(p->fd, "the test", &stop, NULL)) return NULL;
    p->log->letters[atomic_fetch_add(&p->log->n, 1)] = p->name;
    const struct timespec work = {.tv_nsec = 300000};
    (void)nanosleep(&work, NULL);
    turn_give(p->fd);
  }
  return p;
}

static void start(struct player *p, const struct fixture *f, char name, unsigned turns,
                  struct log *log) {
  *p = (struct player){.fd = lock_file(f), .turns = turns, .name = name, .log = log};
  assert_int_equal(pthread_create(&p->thread, NULL, play, p), 0);
}

static void end(struct player *p) {
  void *result;
  assert_int_equal(pthread_join(p->thread, &result), 0);
  assert_ptr_equal(result, p);
  assert_int_equal(close(p->fd), 0);
}

static void wait_for_waiters(int fd) {
  while (!turn_wanted(fd)) assert_int_equal(usleep(100), 0);
}

static bool place_is_held(int fd, unsigned place) {
  struct flock lock = {
      .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)place, .l_len = 1};
  assert_int_equal(fcntl(fd, F_OFD_GETLK, &lock), 0);
  return lock.l_type != F_UNLCK;
}

/* A process that gives the turn up and wants it again comes after all that wait: while all wait,
 * each has its turn before any has a second one, however busy. */
static void turns_go_round(void **state) {
  const struct fixture *f = *state;
  static struct log all;
  const char *log = all.letters;
  struct player players[PLAYERS];
  const int fd = lock_file(f);
  struct turn_stop stop = {.fd = 0};
  all = (struct log){.n = 0};
  assert_ok(turn_take(fd, "the test", &stop, err));
  assert_false(turn_wanted(fd));
  for (unsigned i = 0; i < PLAYERS; i++) start(&players[i], f, (char)('a' + i), TURNS, &all);
  while (!place_is_held(fd, PLAYERS)) assert_int_equal(usleep(100), 0); /* all of them wait */
  turn_give(fd);
  for (unsigned i = 0; i < PLAYERS; i++) end(&players[i]);
  assert_int_equal(strlen(log), PLAYERS * TURNS);
  for (unsigned i = 0; i < PLAYERS; i++) {
    assert_in_range(strchr(log, 'a' + (int)i) - log, 0, PLAYERS - 1);
  }
  unsigned again = 0; /* turns of the one that had the last, while others were not awake to ask */
  for (size_t at = 1; at < PLAYERS * (TURNS / 2); at++) again += log[at] == log[at - 1];
  assert_in_range(again, 0, TURNS / 2);
  assert_int_equal(close(fd), 0);
}

/* Children wait for the turn; the queue is right when they are killed or stopped. */
static pid_t child_waiting(int fd, const struct fixture *f) {
  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) {
    char path[PATH_BYTES];
    struct turn_stop stop = {.fd = 0};
    (void)snprintf(path, sizeof path, "%.200s/turns", f->top);
    const int own = open(path, O_RDWR | O_CLOEXEC);
    _exit(own < 0 || turn_take(own, "the test", &stop, NULL) ? 1 : 0);
  }
  wait_for_waiters(fd);
  return child;
}

static void killed_waiter_leaves_no_gap(void **state) {
  const struct fixture *f = *state;
  struct turn_stop stop = {.fd = 0};
  const int fd = lock_file(f);
  int status;
  assert_ok(turn_take(fd, "the test", &stop, err));
  const pid_t first = child_waiting(fd, f), second = child_waiting(fd, f);
  assert_int_equal(kill(first, SIGKILL), 0);
  assert_int_equal(waitpid(first, &status, 0), first);
  turn_give(fd);
  assert_int_equal(waitpid(second, &status, 0), second);
  assert_int_equal(status, 0);
  assert_false(turn_wanted(fd));
  assert_int_equal(close(fd), 0);
}

static void stopped_waiter_is_overtaken(void **state) {
  const struct fixture *f = *state;
  struct turn_stop stop = {.fd = 0};
  const int fd = lock_file(f);
  int status;
  assert_ok(turn_take(fd, "the test", &stop, err));
  const pid_t first = child_waiting(fd, f);
  assert_int_equal(kill(first, SIGSTOP), 0);
  assert_int_equal(waitpid(first, &status, WUNTRACED), first);
  turn_give(fd);
  assert_true(turn_wanted(fd));
  assert_ok(turn_take(fd, "the test", &stop, err)); /* ends, although somebody is ahead */
  turn_give(fd);
  assert_int_equal(kill(first, SIGCONT), 0);
  assert_int_equal(waitpid(first, &status, 0), first);
  assert_int_equal(status, 0);
  assert_int_equal(close(fd), 0);
}

/* A descriptor that is readable ends the wait, but not where the turn is to be had. */
static void a_wait_is_ended_by_its_descriptor(void **state) {
  const struct fixture *f = *state;
  struct turn_stop none = {.fd = 0}, stop = {.fd = eventfd(1, EFD_CLOEXEC)};
  const int holder = lock_file(f), waiter = lock_file(f);
  assert_ok(turn_take(holder, "the test", &none, err));
  assert_refused(turn_take(waiter, "the test", &stop, err), PS_E_STOPPED, "the test");
  assert_false(turn_wanted(holder));
  assert_refused(turn_take(waiter, "the test", &stop, err), PS_E_STOPPED, "the test");
  turn_give(holder);
  assert_ok(turn_take(waiter, "the test", &stop, err));
  assert_int_equal(close(holder) | close(waiter) | close(stop.fd), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_deleted_store_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_store_moved_away_and_back_goes_on, setup, teardown),
      cmocka_unit_test_setup_teardown(opening_anew_makes_no_deleted_file_again, setup, teardown),
      cmocka_unit_test_setup_teardown(a_replaced_store_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(replaced_data_are_told, setup, teardown),
      cmocka_unit_test_setup_teardown(the_current_directory_may_change, setup, teardown),
      cmocka_unit_test_setup_teardown(readers_have_their_turns_together, setup, teardown),
      cmocka_unit_test_setup_teardown(a_deleted_lock_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_lock_replaced_under_a_reader_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_process_number_that_is_taken_is_no_trouble, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(turns_go_round, setup, teardown),
      cmocka_unit_test_setup_teardown(killed_waiter_leaves_no_gap, setup, teardown),
      cmocka_unit_test_setup_teardown(stopped_waiter_is_overtaken, setup, teardown),
      cmocka_unit_test_setup_teardown(a_wait_is_ended_by_its_descriptor, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

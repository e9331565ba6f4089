/* Outputs under a disk that forgets: every change of a file or a directory is noted, and every sync
 * of it strikes it off. When a tree is synced, all of it must be on the disk. */
#include "io/part.h"

#include "io/part_tree.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* --- The disk --- */

enum sync_call { SYNC_DATA, SYNC_WHOLE, SYNC_FILE_SYSTEM, SYNC_CALLS };

static struct {
  struct {
    ino_t inode;
    bool dirty;
  } objects[4096]; /* tmpfs gives no number twice */
  size_t n;
  int fails[SYNC_CALLS]; /* with this error; 0: not */
  unsigned interrupted;  /* so many syncs are */
  unsigned calls[SYNC_CALLS];
  struct part_tree *beside; /* is synced just before the next write; NULL: none */
} disk;

static void note(int fd, bool dirty) {
  struct stat st;
  size_t i = 0;
  assert_int_equal(fstat(fd, &st), 0);
  while (i < disk.n && disk.objects[i].inode != st.st_ino) i++;
  assert_true(i < sizeof disk.objects / sizeof disk.objects[0]);
  if (i == disk.n) disk.n++;
  disk.objects[i].inode = st.st_ino;
  disk.objects[i].dirty = dirty;
}

static size_t dirty_objects(void) {
  size_t n = 0;
  for (size_t i = 0; i < disk.n; i++) n += disk.objects[i].dirty;
  return n;
}

int __real_openat(int at, const char *name, int flags, mode_t mode);
int __wrap_openat(int at, const char *name, int flags, mode_t mode);
int __wrap_openat(int at, const char *name, int flags, mode_t mode) {
  const int fd = __real_openat(at, name, flags, mode);
  if (fd >= 0 && flags & O_CREAT) {
    note(at, true);
    note(fd, true);
  }
  return fd;
}

int __real_mkdirat(int at, const char *name, mode_t mode);
int __wrap_mkdirat(int at, const char *name, mode_t mode);
int __wrap_mkdirat(int at, const char *name, mode_t mode) {
  const int r = __real_mkdirat(at, name, mode);
  if (!r) note(at, true);
  return r;
}

/* Of the directories above the tree, whose paths are absolute here. */
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode) {
  const int r = __real_mkdir(path, mode), e = errno;
  char *above = strdup(path);
  if (!r) {
    *strrchr(above, '/') = '\0';
    const int fd = open(above, O_RDONLY | O_DIRECTORY);
    note(fd, true);
    assert_int_equal(close(fd), 0);
  }
  free(above);
  errno = e;
  return r;
}

int __real_renameat(int from, const char *old, int to, const char *new);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __wrap_renameat(int from, const char *old, int to, const char *new) {
  const int r = __real_renameat(from, old, to, new);
  if (!r) note(to, true);
  return r;
}

int __real_renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
  const int r = __real_renameat2(from, old, to, new, flags);
  if (!r) note(to, true);
  return r;
}

int __real_unlinkat(int at, const char *name, int flags);
int __wrap_unlinkat(int at, const char *name, int flags);
int __wrap_unlinkat(int at, const char *name, int flags) {
  const int r = __real_unlinkat(at, name, flags);
  if (!r) note(at, true);
  return r;
}

int __real_ftruncate(int fd, off_t length);
int __wrap_ftruncate(int fd, off_t length);
int __wrap_ftruncate(int fd, off_t length) {
  const int r = __real_ftruncate(fd, length);
  if (!r) note(fd, true);
  return r;
}

ssize_t __real_pwritev(int fd, const struct iovec *vectors, int n, off_t offset);
ssize_t __wrap_pwritev(int fd, const struct iovec *vectors, int n, off_t offset);
ssize_t __wrap_pwritev(int fd, const struct iovec *vectors, int n, off_t offset) {
  if (disk.beside) assert_int_equal(part_tree_sync(disk.beside, NULL), PS_OK);
  disk.beside = NULL;
  note(fd, true);
  return __real_pwritev(fd, vectors, n, offset);
}

/* Whether a sync goes through; if not, errno is set. */
static bool sync_begins(enum sync_call call) {
  disk.calls[call]++;
  errno = disk.interrupted ? EINTR : disk.fails[call];
  if (disk.interrupted) disk.interrupted--;
  return !errno;
}

int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd) {
  if (!sync_begins(SYNC_DATA)) return -1;
  note(fd, false);
  return 0;
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
  if (!sync_begins(SYNC_WHOLE)) return -1;
  note(fd, false);
  return 0;
}

int __wrap_syncfs(int fd);
int __wrap_syncfs(int fd) {
  (void)fd;
  if (!sync_begins(SYNC_FILE_SYSTEM)) return -1;
  for (size_t i = 0; i < disk.n; i++) disk.objects[i].dirty = false;
  return 0;
}

/* --- A tree on it --- */

static char *directory;
static struct part_tree *tree;

static int setup(void **state) {
  (void)state;
  directory = temp_make();
  memset(&disk, 0, sizeof disk);
  char *path = temp_path(directory, "made/out");
  assert_int_equal(part_tree_open(path, &tree, NULL), PS_OK);
  free(path);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  part_tree_close(tree);
  temp_remove(directory);
  return 0;
}

static void sync_is_whole(void) {
  assert_int_equal(part_tree_sync(tree, NULL), PS_OK);
  assert_int_equal(dirty_objects(), 0);
}

static void write_text(struct part *part, const char *text) {
  struct iovec vector = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
  assert_int_equal(part_write(part, &vector, 1, NULL), PS_OK);
}

/* A part of this text, closed; from `length` on when that is not 0. */
static void make_part(const char *name, uint64_t length, const char *text) {
  struct part *part;
  assert_int_equal(part_open(tree, name, length, &part, NULL), PS_OK);
  if (*text) write_text(part, text);
  assert_int_equal(part_close(part, NULL), PS_OK);
}

static void the_way_of_an_output(void **state) {
  (void)state;
  assert_int_equal(part_tree_make(tree, NULL), PS_OK);
  assert_int_equal(dirty_objects(), 0); /* the names of the tree and of what is above it */
  make_part("d/e/a", 0, "text");
  assert_true(dirty_objects() > 0);
  sync_is_whole();
  make_part("d/e/a", 4, " and more");
  sync_is_whole();
  assert_int_equal(part_publish(tree, "d/e/a", false, NULL), PS_OK);
  assert_true(dirty_objects() > 0);
  sync_is_whole();
  make_part("d/e/a", 0, "another");
  assert_int_equal(part_publish(tree, "d/e/a", true, NULL), PS_OK);
  sync_is_whole();
  make_part("b", 0, "x");
  assert_int_equal(part_discard(tree, "b", NULL), PS_OK);
  sync_is_whole();
  assert_int_equal(disk.calls[SYNC_FILE_SYSTEM], 0); /* others' files are not waited for */
}

/* Nothing was written to them, and yet they are not what is on the disk. */
static void empty_and_cut_parts(void **state) {
  (void)state;
  make_part("empty", 0, "");
  assert_true(dirty_objects() > 0);
  sync_is_whole();
  make_part("cut", 0, "too much");
  sync_is_whole();
  make_part("cut", 3, "");
  assert_true(dirty_objects() > 0);
  sync_is_whole();
  make_part("cut", 3, ""); /* as it is already */
  assert_int_equal(dirty_objects(), 0);
}

/* Open and closed ones, so many that all fit and that some do not. */
static void parts_in_any_number(void **state) {
  (void)state;
  struct part *open[2 * TREE_FEW];
  char name[32];
  for (unsigned n = 1; n < 2 * TREE_FEW; n++)
    for (unsigned still = 0; still <= n; still++) {
      for (unsigned i = 0; i < n; i++) {
        (void)snprintf(name, sizeof name, "%u", i);
        if (i >= still) make_part(name, 0, "text");
        else assert_int_equal(part_open(tree, name, 0, &open[i], NULL), PS_OK);
        if (i < still) write_text(open[i], "text");
      }
      sync_is_whole();
      if (still) write_text(open[0], "later");
      sync_is_whole();
      for (unsigned i = 0; i < still; i++) assert_int_equal(part_close(open[i], NULL), PS_OK);
    }
  make_part("few again", 0, "text");
  const unsigned before = disk.calls[SYNC_FILE_SYSTEM];
  assert_true(before > 0);
  sync_is_whole();
  assert_int_equal(disk.calls[SYNC_FILE_SYSTEM], before);
}

/* A directory that is not kept open any more is not forgotten. */
static void more_directories_than_are_kept(void **state) {
  (void)state;
  char name[32];
  enum part_presence whole;
  for (unsigned i = 0; i < TREE_DIRECTORIES + 2; i++) {
    (void)snprintf(name, sizeof name, "%u/a", i);
    make_part(name, 0, "text");
    sync_is_whole();
  }
  assert_int_equal(part_publish(tree, "0/a", false, NULL), PS_OK);
  for (unsigned i = 1; i < TREE_DIRECTORIES + 2; i++) {
    (void)snprintf(name, sizeof name, "%u/a", i);
    assert_int_equal(part_look(tree, name, &whole, NULL, NULL, NULL), PS_OK);
  }
  assert_int_equal(dirty_objects(), 1);
  sync_is_whole();
}

/* A sync by another thread meanwhile may not have it all. */
static void written_while_it_is_synced(void **state) {
  (void)state;
  struct part *part;
  assert_int_equal(part_open(tree, "a", 0, &part, NULL), PS_OK);
  disk.beside = tree;
  write_text(part, "text");
  assert_true(dirty_objects() > 0);
  sync_is_whole();
  disk.beside = tree;
  write_text(part, "text");
  assert_int_equal(part_close(part, NULL), PS_OK);
  assert_true(dirty_objects() > 0);
  sync_is_whole();
}

static void interrupted_syncs_are_made_again(void **state) {
  (void)state;
  make_part("d/a", 0, "text");
  for (unsigned n = 1; n < 4; n++) {
    make_part("d/a", 0, "text");
    disk.interrupted = n;
    sync_is_whole();
    assert_int_equal(disk.interrupted, 0);
  }
}

/* An error stays: the system tells of a lost page once. */
static void fails_for_good(enum sync_call call, int os_error, bool many) {
  struct ps_error err = {.status = PS_OK};
  assert_int_equal(setup(NULL), 0);
  for (unsigned i = 0; i < (many ? TREE_FEW + 1 : 1); i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "d/%u", i);
    make_part(name, 0, "text");
  }
  disk.fails[call] = os_error;
  for (int i = 0; i < 2; i++) {
    err = (struct ps_error){.status = PS_OK};
    assert_int_equal(part_tree_sync(tree, &err), PS_E_OUTPUT);
    assert_int_equal(err.os_error, os_error);
    disk.fails[call] = 0;
  }
  assert_int_equal(teardown(NULL), 0);
}

static void failing_syncs_are_told(void **state) {
  (void)state;
  fails_for_good(SYNC_DATA, EIO, false);
  fails_for_good(SYNC_DATA, EINVAL, false);
  fails_for_good(SYNC_WHOLE, ENOSPC, false);
  fails_for_good(SYNC_FILE_SYSTEM, EIO, true);
  assert_int_equal(setup(NULL), 0);
  make_part("d/a", 0, "text");
  disk.fails[SYNC_WHOLE] = EINVAL; /* directories have no sync there */
  assert_int_equal(part_tree_sync(tree, NULL), PS_OK);
  assert_int_equal(teardown(NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_way_of_an_output, setup, teardown),
      cmocka_unit_test_setup_teardown(empty_and_cut_parts, setup, teardown),
      cmocka_unit_test_setup_teardown(parts_in_any_number, setup, teardown),
      cmocka_unit_test_setup_teardown(more_directories_than_are_kept, setup, teardown),
      cmocka_unit_test_setup_teardown(written_while_it_is_synced, setup, teardown),
      cmocka_unit_test_setup_teardown(interrupted_syncs_are_made_again, setup, teardown),
      cmocka_unit_test(failing_syncs_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "io/part.h"

#include "io/part_tree.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
  char *directory;
  struct part_tree *tree;
};

static struct place place_make(void) {
  struct place p = {.directory = temp_make()};
  assert_int_equal(part_tree_open(p.directory, &p.tree, NULL), PS_OK);
  return p;
}

static void place_remove(struct place *p) {
  part_tree_close(p->tree);
  temp_remove(p->directory);
}

static int write_text(struct part *part, const char *text, struct ps_error *err) {
  struct iovec vector = {.iov_base = (void *)text, .iov_len = strlen(text)};
  return part_write(part, &vector, 1, err);
}

static void make_part(struct part_tree *tree, const char *name, const char *text) {
  struct part *part;
  assert_int_equal(part_open(tree, name, 0, &part, NULL), PS_OK);
  assert_int_equal(write_text(part, text, NULL), PS_OK);
  assert_int_equal(part_length(part), strlen(text));
  assert_int_equal(part_close(part, NULL), PS_OK);
}

/* The file under a name of the tree holds `want`; "-" if there is none. */
static void file_is(const struct place *p, const char *name, const char *want) {
  char *path = temp_path(p->directory, name), data[100] = "-";
  int fd = open(path, O_RDONLY);
  if (fd >= 0) {
    ssize_t n = read(fd, data, sizeof data - 1);
    assert_true(n >= 0);
    data[n] = '\0';
    assert_int_equal(close(fd), 0);
  }
  assert_string_equal(data, want);
  free(path);
}

static void look_is(const struct place *p, const char *name, enum part_presence whole,
                    enum part_presence part, uint64_t bytes) {
  enum part_presence w, b;
  uint64_t n;
  assert_int_equal(part_look(p->tree, name, &w, &b, &n, NULL), PS_OK);
  assert_int_equal(w, whole);
  assert_int_equal(b, part);
  assert_int_equal(n, bytes);
  assert_int_equal(part_look(p->tree, name, &w, NULL, NULL, NULL), PS_OK);
  assert_int_equal(w, whole);
}

static void make_link(const struct place *p, const char *target, const char *name) {
  char *path = temp_path(p->directory, name);
  assert_int_equal(symlink(target, path), 0);
  free(path);
}

/* --- The way of an output --- */

static void a_part_gets_its_name_when_it_is_whole(void **state) {
  (void)state;
  struct place p = place_make();
  look_is(&p, "2017/03/a.gz", PART_NOTHING, PART_NOTHING, 0);
  make_part(p.tree, "2017/03/a.gz", "hello");
  look_is(&p, "2017/03/a.gz", PART_NOTHING, PART_FILE, 5);
  file_is(&p, "2017/03/a.gz", "-");
  assert_int_equal(part_tree_sync(p.tree, NULL), PS_OK);
  assert_int_equal(part_publish(p.tree, "2017/03/a.gz", false, NULL), PS_OK);
  assert_int_equal(part_tree_sync(p.tree, NULL), PS_OK);
  file_is(&p, "2017/03/a.gz", "hello");
  look_is(&p, "2017/03/a.gz", PART_FILE, PART_NOTHING, 0);
  place_remove(&p);
}

static void the_name_of_a_part_is_known(void **state) {
  (void)state;
  assert_true(part_is_name(".pingsieve-0123456789abcdef.part"));
  static const char *const others[] = {
      "",
      ".pingsieve-.part",
      ".pingsieve-0123456789abcde.part",
      ".pingsieve-0123456789abcdeg.part",
      ".pingsieve-0123456789abcdef.parts",
      "xpingsieve-0123456789abcdef.part",
  };
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    assert_false(part_is_name(others[i]));
}

static void a_part_is_continued_at_a_length(void **state) {
  (void)state;
  struct place p = place_make();
  struct part *part;
  struct ps_error err;
  make_part(p.tree, "a", "first and too much");
  assert_int_equal(part_open(p.tree, "a", 5, &part, NULL), PS_OK);
  assert_int_equal(part_length(part), 5);
  assert_int_equal(write_text(part, ", second", NULL), PS_OK);
  assert_int_equal(part_length(part), 13);
  assert_int_equal(part_close(part, NULL), PS_OK);
  look_is(&p, "a", PART_NOTHING, PART_FILE, 13);
  assert_int_equal(part_open(p.tree, "a", 14, &part, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "/a has 13 bytes, but 14 were written"));
  assert_int_equal(part_open(p.tree, "b", 1, &part, &err), PS_E_OUTPUT);
  assert_int_equal(err.os_error, ENOENT);
  assert_int_equal(part_open(p.tree, "a", 13, &part, NULL), PS_OK);
  assert_int_equal(part_close(part, NULL), PS_OK);
  assert_int_equal(part_publish(p.tree, "a", false, NULL), PS_OK);
  file_is(&p, "a", "first, second");
  make_part(p.tree, "a", "left over");
  make_part(p.tree, "a", "anew");
  look_is(&p, "a", PART_FILE, PART_FILE, 4);
  place_remove(&p);
}

static void an_existing_file_stays_unless_it_may_go(void **state) {
  (void)state;
  struct place p = place_make();
  struct ps_error err;
  make_part(p.tree, "d/a", "old");
  assert_int_equal(part_publish(p.tree, "d/a", false, NULL), PS_OK);
  make_part(p.tree, "d/a", "new");
  assert_int_equal(part_publish(p.tree, "d/a", false, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "/d/a is there already"));
  file_is(&p, "d/a", "old");
  assert_int_equal(part_publish(p.tree, "d/a", true, NULL), PS_OK);
  file_is(&p, "d/a", "new");
  assert_int_equal(part_publish(p.tree, "d/a", true, &err), PS_E_OUTPUT);
  assert_int_equal(err.os_error, ENOENT);
  assert_int_equal(part_publish(p.tree, "e/a", true, &err), PS_E_OUTPUT);
  assert_int_equal(err.os_error, ENOENT);
  place_remove(&p);
}

static void a_part_is_discarded(void **state) {
  (void)state;
  struct place p = place_make();
  make_part(p.tree, "x/a", "text");
  assert_int_equal(part_discard(p.tree, "x/a", NULL), PS_OK);
  look_is(&p, "x/a", PART_NOTHING, PART_NOTHING, 0);
  assert_int_equal(part_discard(p.tree, "x/a", NULL), PS_OK);
  assert_int_equal(part_discard(p.tree, "y/z/a", NULL), PS_OK);
  assert_int_equal(part_tree_sync(p.tree, NULL), PS_OK);
  place_remove(&p);
}

/* Outputs in a directory that was moved, deleted or replaced are not where they belong. */
static void a_tree_that_is_gone_is_told(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    struct place p = place_make();
    struct ps_error err;
    char moved[PATH_MAX];
    assert_true(snprintf(moved, sizeof moved, "%s-moved", p.directory) < PATH_MAX);
    make_part(p.tree, "d/a", "text");
    assert_int_equal(part_tree_sync(p.tree, NULL), PS_OK);
    assert_int_equal(rename(p.directory, moved), 0);
    if (i == 1) assert_int_equal(mkdir(p.directory, 0700), 0);
    if (i == 2) {
      int fd = open(p.directory, O_CREAT | O_WRONLY, 0600);
      assert_int_equal(close(fd), 0);
    }
    make_part(p.tree, "d/b", "text");
    assert_int_equal(part_tree_sync(p.tree, &err), PS_E_OUTPUT);
    assert_non_null(strstr(err.text, "was moved or deleted while outputs were written to it"));
    assert_int_equal(part_tree_sync(p.tree, NULL), PS_E_OUTPUT);
    if (i == 1) assert_int_equal(rmdir(p.directory), 0);
    if (i == 2) assert_int_equal(unlink(p.directory), 0);
    assert_int_equal(rename(moved, p.directory), 0);
    place_remove(&p);
  }
}

static void modes_follow_the_umask(void **state) {
  (void)state;
  mode_t old = umask(022);
  struct place p = place_make();
  struct stat st;
  make_part(p.tree, "d/a", "text");
  assert_int_equal(part_publish(p.tree, "d/a", false, NULL), PS_OK);
  char *path = temp_path(p.directory, "d/a");
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0644);
  *strrchr(path, '/') = '\0';
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0755);
  free(path);
  (void)umask(old);
  place_remove(&p);
}

static void the_tree_is_made_with_its_parents(void **state) {
  (void)state;
  char *directory = temp_make(), *deep = temp_path(directory, "a//b/c///"),
       *file = temp_path(directory, "file"), *below = temp_path(directory, "file/x");
  struct part_tree *tree;
  struct ps_error err;
  for (int i = 0; i < 2; i++) {
    enum part_presence whole, part;
    uint64_t bytes;
    assert_int_equal(part_tree_open(deep, &tree, NULL), PS_OK);
    assert_int_equal(part_look(tree, "z", &whole, &part, &bytes, NULL), PS_OK);
    assert_int_equal(part, i ? PART_FILE : PART_NOTHING);
    assert_int_equal(access(deep, F_OK), i ? 0 : -1);
    make_part(tree, "z", "text");
    part_tree_close(tree);
  }
  int fd = open(file, O_CREAT | O_WRONLY, 0600);
  assert_int_equal(close(fd), 0);
  assert_int_equal(part_tree_open(file, &tree, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "file is not a directory"));
  assert_int_equal(part_tree_open(below, &tree, &err), PS_E_OUTPUT);
  assert_int_equal(part_tree_open("", &tree, &err), PS_E_ARGUMENT);
  assert_int_equal(part_tree_open("/proc/none/x", &tree, NULL), PS_OK);
  assert_int_equal(part_tree_make(tree, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "cannot make the directory /proc/none"));
  part_tree_close(tree);
  assert_int_equal(part_tree_open("/", &tree, NULL), PS_OK);
  part_tree_close(tree);
  part_tree_close(NULL);
  assert_int_equal(part_close(NULL, NULL), PS_OK);
  free(deep);
  free(file);
  free(below);
  temp_remove(directory);
}

/* --- Names --- */

static void the_longest_names_work(void **state) {
  (void)state;
  struct place p = place_make();
  char name[PART_NAME + 2], longest[NAME_MAX + 1];
  struct ps_error err;
  struct part *part;
  memset(longest, 'n', NAME_MAX);
  longest[NAME_MAX] = '\0';
  make_part(p.tree, longest, "x");
  assert_int_equal(part_publish(p.tree, longest, false, NULL), PS_OK);
  file_is(&p, longest, "x");
  for (size_t i = 0; i < sizeof name; i++) name[i] = i % 256 == 255 ? '/' : 'd';
  name[3000] = '\0'; /* as long as can be removed again by its path */
  make_part(p.tree, name, "deep");
  assert_int_equal(part_publish(p.tree, name, false, NULL), PS_OK);
  look_is(&p, name, PART_FILE, PART_NOTHING, 0);
  name[3000] = 'd';
  name[PART_NAME + 1] = '\0';
  assert_int_equal(part_open(p.tree, name, 0, &part, &err), PS_E_ARGUMENT);
  memset(name, 'n', NAME_MAX + 1);
  name[NAME_MAX + 1] = '\0';
  assert_int_equal(part_open(p.tree, name, 0, &part, &err), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, "longer than 255 bytes"));
  place_remove(&p);
}

static void names_that_lead_elsewhere_are_refused(void **state) {
  (void)state;
  struct place p = place_make();
  static const char *const names[] = {"",    "/",    "/a",   "a/",     "a//b",  ".",  "..",
                                      "./a", "../a", "a/..", "a/../b", "a/./b", "a/."};
  enum part_presence whole;
  struct part *part;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    assert_int_equal(part_open(p.tree, names[i], 0, &part, NULL), PS_E_ARGUMENT);
    assert_int_equal(part_look(p.tree, names[i], &whole, NULL, NULL, NULL), PS_E_ARGUMENT);
    assert_int_equal(part_publish(p.tree, names[i], true, NULL), PS_E_ARGUMENT);
    assert_int_equal(part_discard(p.tree, names[i], NULL), PS_E_ARGUMENT);
  }
  make_part(p.tree, "...", "dots");
  make_part(p.tree, " \n\xff\xfe/ ", "bytes");
  assert_int_equal(part_publish(p.tree, " \n\xff\xfe/ ", false, NULL), PS_OK);
  file_is(&p, " \n\xff\xfe/ ", "bytes");
  place_remove(&p);
}

static void links_are_not_followed(void **state) {
  (void)state;
  struct place p = place_make();
  char *outside = temp_make();
  enum part_presence whole;
  struct part *part;
  struct ps_error err;
  make_link(&p, outside, "link");
  make_part(p.tree, "d/a", "text");
  make_link(&p, outside, "d/link");
  static const char *const names[] = {"link/a", "d/link/a", "d/link/b/c"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    assert_int_equal(part_open(p.tree, names[i], 0, &part, &err), PS_E_OUTPUT);
    assert_non_null(strstr(err.text, "link is a symbolic link"));
    assert_int_equal(part_look(p.tree, names[i], &whole, NULL, NULL, NULL), PS_E_OUTPUT);
    assert_int_equal(part_publish(p.tree, names[i], true, NULL), PS_E_OUTPUT);
  }
  /* Under the name of an output a link is replaced, not written through. */
  look_is(&p, "link", PART_OTHER, PART_NOTHING, 0);
  make_part(p.tree, "link", "text");
  assert_int_equal(part_publish(p.tree, "link", false, NULL), PS_E_OUTPUT);
  assert_int_equal(part_publish(p.tree, "link", true, NULL), PS_OK);
  file_is(&p, "link", "text");
  assert_int_equal(rmdir(outside), 0); /* nothing came into it */
  free(outside);
  place_remove(&p);
}

/* An attacker or an accident has put a link in the part's place. */
static void a_link_in_place_of_a_part(void **state) {
  (void)state;
  struct place p = place_make();
  struct part *part;
  make_part(p.tree, "victim", "precious");
  assert_int_equal(part_publish(p.tree, "victim", false, NULL), PS_OK);
  make_part(p.tree, "a", "12345678");
  static const char part_name[] = ".pingsieve-e6c632b61e964e1f.part";
  char *all = temp_path(p.directory, part_name);
  assert_int_equal(unlink(all), 0);
  make_link(&p, "victim", part_name);
  look_is(&p, "a", PART_NOTHING, PART_OTHER, 0);
  assert_int_equal(part_open(p.tree, "a", 3, &part, NULL), PS_E_OUTPUT);
  make_part(p.tree, "a", "new");
  file_is(&p, "victim", "precious");
  assert_int_equal(unlink(all), 0);
  assert_int_equal(mkfifo(all, 0600), 0);
  assert_int_equal(part_open(p.tree, "a", 3, &part, NULL), PS_E_OUTPUT);
  free(all);
  place_remove(&p);
}

static void files_and_directories_in_the_way(void **state) {
  (void)state;
  struct place p = place_make();
  struct part *part;
  struct ps_error err;
  make_part(p.tree, "file", "text");
  assert_int_equal(part_publish(p.tree, "file", false, NULL), PS_OK);
  assert_int_equal(part_open(p.tree, "file/a", 0, &part, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "/file is not a directory, but outputs go below it"));
  make_part(p.tree, "d/a", "text");
  look_is(&p, "d", PART_OTHER, PART_NOTHING, 0);
  make_part(p.tree, "d", "text");
  assert_int_equal(part_publish(p.tree, "d", false, &err), PS_E_OUTPUT);
  assert_int_equal(part_publish(p.tree, "d", true, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "/d is a directory"));
  place_remove(&p);
}

/* --- Many --- */

/* More directories than are kept open, more files than are synced one by one. */
static void many_files_in_many_directories(void **state) {
  (void)state;
  struct place p = place_make();
  char name[64], text[64];
  for (unsigned round = 0; round < 2; round++) {
    for (unsigned i = 0; i < 100; i++) {
      (void)snprintf(name, sizeof name, "%u/%u/%u.gz", i % 7, i % 41, i + 100 * round);
      (void)snprintf(text, sizeof text, "text of %u", i);
      make_part(p.tree, name, text);
    }
    assert_int_equal(part_tree_sync(p.tree, NULL), PS_OK);
    for (unsigned i = 0; i < 100; i++) {
      (void)snprintf(name, sizeof name, "%u/%u/%u.gz", i % 7, i % 41, i + 100 * round);
      (void)snprintf(text, sizeof text, "text of %u", i);
      assert_int_equal(part_publish(p.tree, name, false, NULL), PS_OK);
      file_is(&p, name, text);
    }
  }
  place_remove(&p);
}

static void open_parts_are_synced_too(void **state) {
  (void)state;
  struct place p = place_make();
  struct part *parts[TREE_FEW + 3];
  char name[16];
  for (size_t n = 1; n <= sizeof parts / sizeof parts[0]; n++) {
    (void)snprintf(name, sizeof name, "%zu", n);
    assert_int_equal(part_open(p.tree, name, 0, &parts[n - 1], NULL), PS_OK);
    for (size_t i = 0; i < n; i++) assert_int_equal(write_text(parts[i], "x", NULL), PS_OK);
    if (n >= TREE_FEW - 1 || n == 1) assert_int_equal(part_tree_sync(p.tree, NULL), PS_OK);
  }
  /* Closed in another order than opened. */
  assert_int_equal(part_close(parts[3], NULL), PS_OK);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (i != 3) assert_int_equal(part_close(parts[i], NULL), PS_OK);
  assert_int_equal(part_tree_sync(p.tree, NULL), PS_OK);
  place_remove(&p);
}

static void big_parts_and_many_vectors(void **state) {
  (void)state;
  struct place p = place_make();
  struct part *part;
  size_t len = 24 << 20, n = 2 * IOV_MAX + 3;
  char *data = calloc(len, 1);
  struct iovec big = {.iov_base = data, .iov_len = len}, *vectors = calloc(n, sizeof *vectors);
  for (size_t i = 0; i < n; i++) vectors[i] = (struct iovec){.iov_base = "abc", .iov_len = i % 4};
  assert_int_equal(part_open(p.tree, "big", 0, &part, NULL), PS_OK);
  for (int i = 0; i < 3; i++) {
    struct iovec copy = big;
    assert_int_equal(part_write(part, &copy, 1, NULL), PS_OK);
  }
  uint64_t want = 3 * len;
  for (size_t i = 0; i < n; i++) want += i % 4;
  assert_int_equal(part_write(part, vectors, n, NULL), PS_OK);
  assert_int_equal(part_write(part, NULL, 0, NULL), PS_OK);
  assert_int_equal(part_length(part), want);
  assert_int_equal(part_close(part, NULL), PS_OK);
  look_is(&p, "big", PART_NOTHING, PART_FILE, want);
  free(vectors);
  free(data);
  place_remove(&p);
}

/* --- Failing --- */

static void a_part_that_may_not_grow(void **state) {
  (void)state;
  struct place p = place_make();
  struct rlimit old, limit;
  struct part *part;
  struct ps_error err;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  limit = old;
  limit.rlim_cur = 5;
  assert_int_equal(part_open(p.tree, "d/a", 0, &part, NULL), PS_OK);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  int r = write_text(part, "12345678", &err);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_int_equal(r, PS_E_OUTPUT);
  assert_int_equal(err.os_error, EFBIG);
  assert_non_null(strstr(err.text, "/d/a: File too large"));
  assert_int_equal(part_length(part), 5);
  assert_int_equal(write_text(part, "9", NULL), PS_E_OUTPUT);
  err.text[0] = '\0';
  assert_int_equal(part_close(part, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "File too large"));
  /* The file is as long as part_length() said; a later try goes on with it. */
  assert_int_equal(part_open(p.tree, "d/a", 5, &part, NULL), PS_OK);
  assert_int_equal(write_text(part, "678", NULL), PS_OK);
  assert_int_equal(part_close(part, NULL), PS_OK);
  assert_int_equal(part_publish(p.tree, "d/a", false, NULL), PS_OK);
  file_is(&p, "d/a", "12345678");
  place_remove(&p);
}

/* A sync that fails once must not succeed later. */
static void a_sync_that_fails(void **state) {
  (void)state;
  struct place p = place_make();
  struct part *part;
  struct ps_error err;
  assert_int_equal(part_open(p.tree, "d/a", 0, &part, NULL), PS_OK);
  assert_int_equal(write_text(part, "x", NULL), PS_OK);
  int fd = dup(part->fd);
  assert_int_equal(close(part->fd), 0);
  assert_int_equal(part_tree_sync(p.tree, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "/d/a: Bad file descriptor"));
  assert_int_equal(dup2(fd, part->fd), part->fd);
  assert_int_equal(close(fd), 0);
  err.text[0] = '\0';
  assert_int_equal(part_tree_sync(p.tree, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "cannot sync"));
  assert_int_equal(part_close(part, NULL), PS_OK);
  place_remove(&p);
}

/* A small file system of its own in the tree: it gets full, and is synced as well. */
static void a_full_disk_below_the_tree(void **state) {
  (void)state;
  if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, "")) skip();
  struct place p = place_make();
  char *small = temp_path(p.directory, "small");
  assert_int_equal(mkdir(small, 0700), 0);
  if (mount("none", small, "tmpfs", 0, "size=64k")) {
    free(small);
    place_remove(&p);
    skip();
    return;
  }
  struct part *part;
  struct ps_error err;
  static char data[128 << 10];
  struct iovec vector = {.iov_base = data, .iov_len = sizeof data};
  assert_int_equal(part_open(p.tree, "small/d/a", 0, &part, NULL), PS_OK);
  assert_int_equal(part_write(part, &vector, 1, &err), PS_E_OUTPUT);
  assert_int_equal(err.os_error, ENOSPC);
  assert_int_equal(part_close(part, NULL), PS_E_OUTPUT);
  assert_int_equal(p.tree->nmounts, 2);
  p.tree->many = true;
  assert_int_equal(part_tree_sync(p.tree, NULL), PS_OK);
  part_tree_close(p.tree);
  assert_int_equal(umount(small), 0);
  free(small);
  temp_remove(p.directory);
}

int main(void) {
  (void)signal(SIGXFSZ, SIG_IGN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_part_gets_its_name_when_it_is_whole),
      cmocka_unit_test(the_name_of_a_part_is_known),
      cmocka_unit_test(a_part_is_continued_at_a_length),
      cmocka_unit_test(an_existing_file_stays_unless_it_may_go),
      cmocka_unit_test(a_part_is_discarded),
      cmocka_unit_test(a_tree_that_is_gone_is_told),
      cmocka_unit_test(modes_follow_the_umask),
      cmocka_unit_test(the_tree_is_made_with_its_parents),
      cmocka_unit_test(the_longest_names_work),
      cmocka_unit_test(names_that_lead_elsewhere_are_refused),
      cmocka_unit_test(links_are_not_followed),
      cmocka_unit_test(a_link_in_place_of_a_part),
      cmocka_unit_test(files_and_directories_in_the_way),
      cmocka_unit_test(many_files_in_many_directories),
      cmocka_unit_test(open_parts_are_synced_too),
      cmocka_unit_test(big_parts_and_many_vectors),
      cmocka_unit_test(a_part_that_may_not_grow),
      cmocka_unit_test(a_sync_that_fails),
      cmocka_unit_test(a_full_disk_below_the_tree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

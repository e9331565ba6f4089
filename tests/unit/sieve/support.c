#include "support.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st, (void)type, (void)ftw;
  return remove(path);
}

int world_setup(void **state) {
  struct world *w = calloc(1, sizeof *w);
  if (!w) return -1;
  (void)snprintf(w->dir, sizeof w->dir, "%s", "/tmp/pingsieve-sieve-XXXXXX");
  if (!mkdtemp(w->dir)) return -1;
  (void)snprintf(w->store, sizeof w->store, "%s/store", w->dir);
  (void)snprintf(w->invalid, sizeof w->invalid, "%s/invalid", w->dir);
  (void)snprintf(w->reasons, sizeof w->reasons, "%s.reasons", w->invalid);
  *state = w;
  return 0;
}

int world_teardown(void **state) {
  struct world *w = *state;
  (void)nftw(w->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  free(w);
  return 0;
}

static int memory_file(const void *data, size_t len) {
  int fd = memfd_create("pings", MFD_CLOEXEC);
  assert_true(fd >= 0);
  for (size_t at = 0; at < len;) {
    ssize_t n = write(fd, (const char *)data + at, len - at);
    assert_true(n > 0);
    at += (size_t)n;
  }
  assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
  return fd;
}

static void read_all(int fd, struct buffer *b) {
  char part[65536];
  ssize_t n;
  assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
  while ((n = read(fd, part, sizeof part)) > 0)
    assert_int_equal(buffer_append(b, part, (size_t)n, NULL), PS_OK);
}

struct ps_sieve_options world_options(const struct world *w) {
  return (struct ps_sieve_options){.size = sizeof(struct ps_sieve_options),
                                   .store = w->store,
                                   .seen = {.size = sizeof(struct ps_seen_options),
                                            .create = true,
                                            .no_sync = true,
                                            .log_keys = 1024},
                                   .invalid_path = w->invalid};
}

struct outcome run_sieve(struct ps_sieve_options o, const void *input, size_t len) {
  struct outcome result = {.out = BUFFER_INIT};
  struct ps_sieve *sieve;
  int in = memory_file(input, len), out = memory_file("", 0);
  o.input_fd = in;
  if (!o.output_fd) o.output_fd = out;
  result.status = ps_sieve_open(&o, &sieve, &result.error);
  if (!result.status) {
    result.status = ps_sieve_run(sieve, &result.error);
    assert_int_equal(ps_sieve_figures(sieve, &result.figures, NULL), PS_OK);
    int closed = ps_sieve_close(sieve, NULL);
    assert_int_equal(closed,
                     result.status == PS_E_OUTPUT || result.status == PS_E_PIPE ? closed : PS_OK);
    read_all(out, &result.out);
  }
  close(in);
  close(out);
  return result;
}

void outcome_release(struct outcome *o) {
  buffer_release(&o->out);
  ps_sieve_figures_release(&o->figures);
}

void read_file(const char *path, struct buffer *text) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  assert_true(fd >= 0);
  read_all(fd, text);
  close(fd);
}

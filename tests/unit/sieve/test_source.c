/* A sieve whose pings come from a source that the caller of the library brings. */
#include "support.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

/* Text in memory that comes in pieces; its positions are numbers of pieces. */
struct memory {
  const char *text;
  size_t len, piece, at;
  uint64_t pieces;
  int fails; /* at the end, with this status ... */
  const char *says;
  bool hangs; /* ... or waits there */
  unsigned closed;
};

static int read_memory(void *context, void *data, size_t cap, bool wait, int stop_fd, size_t *got,
                       bool *idle, struct ps_error *err) {
  struct memory *m = context;
  size_t n = m->len - m->at;
  *got = 0;
  if (!n && m->fails) {
    (void)snprintf(err->text, sizeof err->text, "%s", m->says);
    return m->fails;
  }
  if (!n && m->hangs && !wait) *idle = true;
  else if (!n && m->hangs) {
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
    assert_int_equal(poll(&stop, 1, -1), 1);
    return PS_E_STOPPED;
  }
  if (n > m->piece) n = m->piece;
  if (n > cap) n = cap;
  memcpy(data, m->text + m->at, n);
  m->at += n;
  m->pieces += n > 0;
  *got = n;
  return PS_OK;
}

static uint64_t position_of(void *context) { return ((struct memory *)context)->pieces; }
static void close_memory(void *context) { ((struct memory *)context)->closed++; }

static struct ps_source source_of(struct memory *m) {
  return (struct ps_source){.size = sizeof(struct ps_source),
                            .context = m,
                            .name = "memory",
                            .read = read_memory,
                            .position = position_of,
                            .close = close_memory};
}

/* A run over the memory, as run_sieve() makes them over a descriptor. */
static struct outcome run_over(const struct world *w, struct memory *m) {
  const struct ps_source source = source_of(m);
  struct ps_sieve_options options = world_options(w);
  struct outcome o = {.out = BUFFER_INIT};
  struct ps_sieve *sieve;
  char text[4096];
  options.source = &source;
  options.input_fd = -1;
  options.output_fd = memfd_create("out", MFD_CLOEXEC);
  o.status = ps_sieve_open(&options, &sieve, &o.error);
  if (!o.status) {
    o.status = ps_sieve_run(sieve, &o.error);
    assert_int_equal(ps_sieve_figures(sieve, &o.figures, NULL), PS_OK);
    (void)ps_sieve_close(sieve, NULL);
  }
  ssize_t n = pread(options.output_fd, text, sizeof text, 0);
  assert_int_equal(buffer_append(&o.out, text, (size_t)n, NULL), PS_OK);
  assert_int_equal(close(options.output_fd), 0);
  return o;
}

#define TWO  "{\"id\":\"a\"}\n{\"id\":\"b\"}\n"
#define SOME TWO "{\"id\":\"a\"}\n[\n"

static void pings_come_from_memory(void **state) {
  struct memory m = {.text = SOME, .len = strlen(SOME), .piece = 7};
  struct outcome o = run_over(*state, &m);
  assert_int_equal(o.status, PS_OK);
  assert_string_equal((const char *)o.out.data, TWO);
  assert_int_equal(o.figures.lines, 4);
  assert_int_equal(o.figures.input_bytes, 5); /* as it counts itself */
  assert_int_equal(m.closed, 1);
  outcome_release(&o);
}

static void gzip_is_inflated(void **state) {
  uint8_t packed[256];
  z_stream z = {.next_in = (uint8_t *)(uintptr_t)SOME,
                .avail_in = strlen(SOME),
                .next_out = packed,
                .avail_out = sizeof packed};
  assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  struct memory m = {.text = (const char *)packed, .len = z.total_out, .piece = 3};
  assert_int_equal(deflateEnd(&z), Z_OK);
  struct outcome o = run_over(*state, &m);
  assert_int_equal(o.status, PS_OK);
  assert_string_equal((const char *)o.out.data, TWO);
  outcome_release(&o);
}

static void its_errors_are_told(void **state) {
  static const struct {
    int fails;
    const char *says;
    int status;
    const char *told;
  } cases[] = {{PS_E_INPUT, "the queue is gone", PS_E_INPUT, "the queue is gone"},
               {PS_E_INPUT, "", PS_E_INPUT, "cannot read memory"},
               {PS_E_INPUT_DAMAGED, "half", PS_E_INPUT_DAMAGED, "half"},
               {42, "no status", PS_E_INPUT, "cannot read memory"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct memory m = {.text = TWO,
                       .len = strlen(TWO),
                       .piece = 100,
                       .fails = cases[i].fails,
                       .says = cases[i].says};
    struct outcome o = run_over(*state, &m);
    assert_int_equal(o.status, cases[i].status);
    assert_string_equal(o.error.text, cases[i].told);
    assert_string_equal((const char *)o.out.data, i ? "" : TWO); /* the pings before it are done */
    assert_int_equal(m.closed, 1);
    outcome_release(&o);
  }
}

static int read_too_much(void *context, void *data, size_t cap, bool wait, int stop_fd, size_t *got,
                         bool *idle, struct ps_error *err) {
  (void)context, (void)data, (void)wait, (void)stop_fd, (void)err;
  *idle = false;
  *got = cap + 1;
  return PS_OK;
}

static void more_than_was_asked_for_is_refused(void **state) {
  const struct ps_source source = {.size = sizeof source, .name = "memory", .read = read_too_much};
  struct ps_sieve_options options = world_options(*state);
  struct ps_sieve *sieve;
  options.source = &source;
  options.output_fd = -1;
  assert_int_equal(ps_sieve_open(&options, &sieve, NULL), PS_OK);
  assert_int_equal(ps_sieve_run(sieve, NULL), PS_E_ARGUMENT);
  assert_int_equal(ps_sieve_close(sieve, NULL), PS_OK);
}

static void half_a_table_is_refused(void **state) {
  struct memory m = {.text = "", .piece = 1};
  struct ps_source whole = source_of(&m), half[3];
  struct ps_sieve_options options = world_options(*state);
  struct ps_sieve *sieve;
  options.output_fd = -1;
  half[0] = half[1] = half[2] = whole;
  half[0].size = 0;
  half[1].read = NULL;
  half[2].name = NULL;
  for (size_t i = 0; i < 3; i++) {
    options.source = &half[i];
    assert_int_equal(ps_sieve_open(&options, &sieve, NULL), PS_E_ARGUMENT);
  }
  assert_int_equal(m.closed, 0);
}

static void *stop_soon(void *sieve) {
  (void)usleep(20000);
  ps_sieve_stop(sieve);
  return NULL;
}

static void a_source_that_waits_is_stopped(void **state) {
  struct memory m = {.text = TWO, .len = strlen(TWO), .piece = 100, .hangs = true};
  const struct ps_source source = source_of(&m);
  struct ps_sieve_options options = world_options(*state);
  struct ps_sieve *sieve;
  struct ps_sieve_figures figures;
  pthread_t thread;
  options.source = &source;
  options.output_fd = -1;
  assert_int_equal(ps_sieve_open(&options, &sieve, NULL), PS_OK);
  assert_int_equal(pthread_create(&thread, NULL, stop_soon, sieve), 0);
  assert_int_equal(ps_sieve_run(sieve, NULL), PS_E_STOPPED);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(ps_sieve_figures(sieve, &figures, NULL), PS_OK);
  assert_int_equal(figures.lines, 2);
  assert_int_equal(ps_sieve_close(sieve, NULL), PS_OK);
}

/* Options that another header has laid out are refused before anything is done. */
static void options_of_another_size_are_refused(void **state) {
  struct ps_sieve_options options = world_options(*state);
  struct ps_sieve *sieve;
  struct ps_error err;
  for (size_t i = 0; i < 3; i++) {
    options.size = i ? sizeof options - 16 + 8 * i * i : 0;
    if (options.size == sizeof options) continue;
    assert_int_equal(ps_sieve_open(&options, &sieve, &err), PS_E_ARGUMENT);
    assert_non_null(strstr(err.text, "sizeof"));
  }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(pings_come_from_memory),
      TEST(gzip_is_inflated),
      TEST(its_errors_are_told),
      TEST(more_than_was_asked_for_is_refused),
      TEST(half_a_table_is_refused),
      TEST(a_source_that_waits_is_stopped),
      TEST(options_of_another_size_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

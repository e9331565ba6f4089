/* Runs that end before their inputs do: while they wait for a pipe, or for the turn on the store;
 * and inputs of which nothing is used. */
#include "../archive.h"
#include "../scale.h"
#include "../writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <pingsieve/backfill.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES = 300, HANG_SECONDS = 60 }; /* LINES: several blocks of the least size */

struct run {
  struct ps_backfill_options options;
  struct ps_backfill *backfill;
  pthread_t thread;
  int status;
};

static void *work(void *context) {
  struct run *run = context;
  run->status = ps_backfill_run(run->backfill, NULL);
  return NULL;
}

static void open_run_with(struct run *run, const char *const *inputs, unsigned threads,
                          size_t max_line) {
  *run = (struct run){
      .options = {.size = sizeof(struct ps_backfill_options),
                  .sieve = {.store = "store",
                            .read.threads = threads,
                            .batch_ms = 10,
                            .read_bytes = 1024,
                            .read.max_line = max_line,
                            .seen = {.create = true, .keep_given = true, .no_sync = true}},
                  .inputs = {.inputs = inputs},
                  .out = "out"}};
  while (inputs[run->options.inputs.ninputs]) run->options.inputs.ninputs++;
  assert_ok(ps_backfill_open(&run->options, -1, &run->backfill, err));
}

static void open_run(struct run *run, const char *const *inputs, unsigned threads) {
  open_run_with(run, inputs, threads, 0);
}

static void start_run(struct run *run) {
  (void)alarm(HANG_SECONDS); /* for ever, that is, if it does not end */
  assert_int_equal(pthread_create(&run->thread, NULL, work, run), 0);
}

static void end_run(struct run *run, int status) {
  assert_int_equal(pthread_join(run->thread, NULL), 0);
  (void)alarm(0);
  assert_int_equal(run->status, status);
}

static struct ps_sieve_figures figures_of(const struct run *run) {
  struct ps_backfill_figures figures;
  assert_ok(ps_backfill_figures(run->backfill, &figures, err));
  return figures.sieve;
}

static void write_lines(int fd, unsigned from) {
  struct text text = {0};
  for (unsigned i = 0; i < LINES; i++) text_print(&text, "{\"id\":\"%u\"}\n", from + i);
  assert_int_equal(write(fd, text.data, text.len), text.len);
  text_release(&text);
}

static int note_state(void *context, const struct ps_backfill_file *file, struct ps_error *err) {
  (void)err;
  *(enum ps_backfill_state *)context = file->state;
  return PS_OK;
}

/* A run over a pipe that has committed something, and waits for more. */
static int begin_with_a_pipe(struct run *run) {
  static const char *const inputs[] = {"pipe", NULL};
  assert_int_equal(mkfifo("pipe", 0600), 0);
  open_run(run, inputs, 2);
  start_run(run);
  const int fd = open("pipe", O_WRONLY | O_CLOEXEC);
  assert_true(fd >= 0);
  write_lines(fd, 0);
  while (!figures_of(run).batches) (void)usleep(1000);
  return fd;
}

static void a_stop_while_a_pipe_is_silent(void **state) {
  struct run run;
  enum ps_backfill_state told = PS_BACKFILL_WAITING;
  (void)state;
  const int fd = begin_with_a_pipe(&run);
  ps_backfill_stop(run.backfill);
  end_run(&run, PS_E_STOPPED);
  assert_ok(ps_backfill_each_file(run.backfill, note_state, &told, err));
  assert_int_equal(told, PS_BACKFILL_PARTLY);
  assert_ok(ps_backfill_close(run.backfill, err));
  assert_int_equal(close(fd), 0);
}

/* The thread that reads the pipe has to end as well. */
static void an_error_while_a_pipe_is_silent(void **state) {
  struct run run;
  (void)state;
  const int fd = begin_with_a_pipe(&run);
  assert_int_equal(rename("store", "elsewhere"), 0);
  write_lines(fd, LINES);
  end_run(&run, PS_E_STORE);
  (void)ps_backfill_close(run.backfill, NULL);
  assert_int_equal(close(fd), 0);
}

/* An over-long line is one line in the place it goes to: nothing is committed amid it, however long
 * its second half takes to come. */
static void a_pause_amid_an_overlong_line(void **state) {
  enum { PIECE = 20000 };
  static const char *const inputs[] = {"pipe", NULL};
  struct run run;
  char piece[PIECE];
  (void)state;
  memset(piece, 'x', sizeof piece);
  assert_int_equal(mkfifo("pipe", 0600), 0);
  open_run_with(&run, inputs, 2, 1000);
  start_run(&run);
  const int fd = open("pipe", O_WRONLY | O_CLOEXEC);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, piece, PIECE), PIECE);
  (void)usleep(100000); /* ten times as long as a batch waits */
  assert_int_equal(figures_of(&run).batches, 0);
  piece[PIECE - 1] = '\n';
  assert_int_equal(write(fd, piece, PIECE), PIECE);
  assert_int_equal(close(fd), 0);
  end_run(&run, PS_OK);
  assert_int_equal(figures_of(&run).count[PS_MALFORMED], 1);
  assert_ok(ps_backfill_close(run.backfill, err));
}

/* ---- many pipes ---- */

static bool is_open(const char *end_of_name) {
  const size_t len = strlen(end_of_name);
  bool found = false;
  for (int fd = 3; fd < 200 && !found; fd++) {
    char link[64], path[1024];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path);
    found = n >= (ssize_t)len && !memcmp(path + n - len, end_of_name, len);
  }
  return found;
}

/* A pipe is not read before its turn, and takes no block until then: a file behind more pipes than
 * there are blocks is read ahead all the same. */
static void a_file_behind_many_pipes_is_read_ahead(void **state) {
  enum { PIPES = 40, LATER = 20000 };
  static char names[PIPES][8];
  static const char *inputs[PIPES + 2] = {[PIPES] = "later"};
  struct text text = {0};
  struct run run;
  (void)state;
  for (unsigned i = 0; i < LATER; i++) text_print(&text, "{\"id\":\"%u\"}\n", i);
  archive_write("later", &text);
  for (unsigned i = 0; i < PIPES; i++) {
    (void)snprintf(names[i], sizeof names[i], "a%02u", i);
    inputs[i] = names[i];
    assert_int_equal(mkfifo(names[i], 0600), 0);
  }
  open_run(&run, inputs, 2);
  start_run(&run);
  for (unsigned tries = 0; !is_open("/later"); tries++) {
    assert_in_range(tries, 0, 10000);
    (void)usleep(1000);
  }
  for (unsigned i = 0; i < PIPES; i++) {
    const int fd = open(names[i], O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
  }
  end_run(&run, PS_OK);
  assert_ok(ps_backfill_close(run.backfill, err));
  archive_expect("out/later", &text);
  text_release(&text);
}

/* ---- the turn on the store ---- */

static void a_stop_while_another_has_the_turn(void **state) {
  static const char *const inputs[] = {"file", NULL};
  struct run run;
  (void)state;
  place_text("file", "{\"id\":\"a\"}\n");
  const struct ps_seen_options options = {
      .size = sizeof(struct ps_seen_options), .create = true, .keep_given = true, .no_sync = true};
  const struct writer writer = writer_start("store", &options);
  open_run(&run, inputs, 2);
  writer_begin(&writer);
  start_run(&run);
  while (figures_of(&run).waiting_seconds == 0) (void)usleep(1000);
  ps_backfill_stop(run.backfill);
  end_run(&run, PS_E_STOPPED);
  writer_kill(&writer);
  assert_ok(ps_backfill_close(run.backfill, err));
}

/* ---- large blocks amid small ones ---- */

/* A large block waits for its turn to be written while those behind it are compressed: none of
 * them may be lost on the way, or the run would wait for it for ever. */
static void long_lines_among_short_ones(void **state) {
  static const char *const inputs[] = {"in", NULL};
  struct text text = {0};
  char filler[5000];
  (void)state;
  memset(filler, 'x', sizeof filler);
  for (unsigned i = 0; i < 40 + scale_count(400); i++) {
    for (unsigned j = 0; j < 40 + i % 37; j++) text_print(&text, "{\"id\":\"%u-%u\"}\n", i, j);
    text_print(&text, "{\"id\":\"%u\",\"x\":\"", i);
    text_add(&text, filler, sizeof filler);
    text_print(&text, "\"}\n");
  }
  archive_write("in/a.gz", &text);
  struct run run;
  open_run(&run, inputs, 4);
  start_run(&run);
  end_run(&run, PS_OK);
  assert_ok(ps_backfill_close(run.backfill, err));
  archive_expect("out/in/a.gz", &text);
  text_release(&text);
}

/* ---- inputs that are not used leave nothing ---- */

static unsigned files_in(const char *path) {
  unsigned n = 0;
  DIR *directory = opendir(path);
  assert_non_null(directory);
  for (struct dirent *entry; (entry = readdir(directory));)
    n += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
  assert_int_equal(closedir(directory), 0);
  return n;
}

static void an_input_of_another_format_leaves_no_part(void **state) {
  static const char *const inputs[] = {"in", NULL};
  static const char zstd[] = "\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00";
  (void)state;
  place_text("in/1/a", "{\"id\":\"a\"}\n");
  place_file("in/1/b", zstd, sizeof zstd);
  place_text("in/2/c", "{\"id\":\"c\"}\n");
  for (unsigned threads = 1; threads <= 2; threads++) {
    struct run run;
    open_run(&run, inputs, threads);
    start_run(&run);
    end_run(&run, PS_E_INPUT);
    assert_ok(ps_backfill_close(run.backfill, err));
    assert_int_equal(files_in("out/in/1"), 1);
    assert_int_equal(files_in("out/in/2"), 1);
  }
}

#define test(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      test(a_stop_while_a_pipe_is_silent),
      test(an_error_while_a_pipe_is_silent),
      test(a_pause_amid_an_overlong_line),
      test(a_file_behind_many_pipes_is_read_ahead),
      test(a_stop_while_another_has_the_turn),
      test(long_lines_among_short_ones),
      test(an_input_of_another_format_leaves_no_part),
  };
  return cmocka_run_group_tests_name("endings", tests, NULL, NULL);
}

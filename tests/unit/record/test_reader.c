#include "record/chunk.h"

#include "../io/support.h"

#include <stdio.h>
#include <string.h>

/* --- One run of a reader, checked against the stream it was given --- */

struct run {
  struct script script;
  size_t normal, max_line;
  size_t taken; /* bytes of the stream delivered so far */
  size_t at;    /* where in the stream the current line begins */
  bool inside;  /* an over-long line */
  size_t grown; /* calls of may_grow */
  int grow_status;
};

/* A line on an idle stream is delivered at once: when the reader waits, none is left behind. */
static void no_line_waits(void *context, size_t at) {
  struct run *run = context;
  const uint8_t *last = at ? memrchr(run->script.data, '\n', at) : NULL;
  if (last) assert_true((size_t)(last - run->script.data) < run->taken);
}

static int may_grow(void *context, struct ps_error *err) {
  struct run *run = context;
  (void)err;
  run->grown++;
  return run->grow_status;
}

static size_t line_length(const struct run *run) { /* without '\n' */
  const uint8_t *from = run->script.data + run->at;
  const uint8_t *newline = memchr(from, '\n', run->script.len - run->at);
  return newline ? (size_t)(newline - from) : run->script.len - run->at;
}

static void check_lines(struct run *run, const struct chunk *chunk) {
  assert_false(run->inside || chunk->line_begins || chunk->line_ends);
  assert_true(chunk->len <= run->max_line + 1);
  if (!chunk->len) return;
  assert_int_equal(chunk->data[chunk->len - 1], '\n');
  size_t end = run->taken;
  while (run->at < end) {
    size_t len = line_length(run);
    assert_true(len <= run->max_line);
    run->at += len + (run->at + len < run->script.len);
  }
  assert_int_equal(run->at, end);
}

static void check_piece(struct run *run, const struct chunk *chunk) {
  if (!chunk->len) return; /* stopped */
  assert_true(chunk->line_begins == !run->inside);
  assert_true(line_length(run) > run->max_line);
  if (chunk->line_begins) assert_int_equal(chunk->len, run->max_line + 1);
  else assert_true(chunk->len <= run->normal || chunk->supplied);
  size_t end = run->at + line_length(run);
  bool newline = end < run->script.len;
  assert_true(chunk->line_ends == (chunk->data[chunk->len - 1] == '\n'));
  assert_true(chunk->line_ends == (run->taken == end + 1 || chunk->supplied));
  if (chunk->supplied) assert_true(run->taken == end && !newline);
  run->inside = !chunk->line_ends;
  if (chunk->line_ends) run->at = run->taken;
}

static void check_chunk(struct run *run, const struct chunk *chunk, bool more) {
  const struct script *s = &run->script;
  size_t len = chunk->len - chunk->supplied;
  assert_int_equal(chunk->offset, run->taken);
  assert_true(run->taken + len <= s->len);
  if (len) assert_memory_equal(chunk->data, s->data + run->taken, len);
  bool mark = run->taken == 0 && len >= 3 && !memcmp(s->data, "\xef\xbb\xbf", 3);
  assert_true(chunk->mark == mark);
  if (chunk->supplied) assert_true(!more && run->taken + len == s->len);
  run->taken += len;
  if (chunk->kind == CHUNK_LINES) check_lines(run, chunk);
  else check_piece(run, chunk);
  assert_true(chunk->touched >= chunk->len && chunk->touched <= chunk->reserved);
  if (more) assert_true(chunk->len > 0);
}

/* Runs a reader over run->script; returns its last status. */
static int run_reader(struct run *run) {
  struct chunk chunks[2];
  struct reader *reader;
  run->script.waits = no_line_waits;
  run->script.context = run;
  struct source *source = script_open(&run->script, &inflate_zlib);
  const struct reader_options options = {
      .normal = run->normal, .max_line = run->max_line, .may_grow = may_grow, .context = run};
  assert_int_equal(reader_open(source, &options, &reader, NULL), PS_OK);
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(chunk_init(&chunks[i], run->normal, run->max_line, NULL), PS_OK);
  bool more = true;
  int r = PS_OK;
  for (size_t i = 0; more; i++) {
    struct chunk *chunk = &chunks[i % 2];
    struct ps_error err = {.status = PS_OK};
    r = reader_fill(reader, chunk, &more, &err);
    assert_int_equal(err.status, r);
    check_chunk(run, chunk, more);
    memset(chunk->data, '\n', chunk->len); /* the reader must not need it any more */
    chunk_trim(chunk, 0);
  }
  bool again = true; /* the end, or the error, stays */
  assert_int_equal(reader_fill(reader, &chunks[0], &again, NULL), r);
  assert_true(!again && chunks[0].len == 0);
  for (size_t i = 0; i < 2; i++) chunk_release(&chunks[i]);
  reader_close(reader);
  source_close(source);
  return r;
}

static const size_t pieces[] = {1, 2, 3, 7, 16, 61, SIZE_MAX};
static const size_t normals[] = {1, 2, 5, 16, 64, 4096};

/* Every delivery size, pausing or not, every chunk size: the same lines. */
static void check_stream(const struct bytes *stream, size_t max_line) {
  for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++)
    for (size_t n = 0; n < sizeof normals / sizeof normals[0]; n++)
      for (int idle = 0; idle < 2; idle++) {
        if (idle && pieces[p] == SIZE_MAX) continue;
        struct run run = {.normal = normals[n], .max_line = max_line};
        run.script = (struct script){
            .data = stream->data, .len = stream->len, .piece = pieces[p], .idle = idle != 0};
        assert_int_equal(run_reader(&run), PS_OK);
        assert_int_equal(run.taken, stream->len);
        assert_false(run.inside);
      }
}

static void check_text(const char *text, size_t max_line) {
  struct bytes stream = {0};
  bytes_text(&stream, text);
  check_stream(&stream, max_line);
  bytes_release(&stream);
}

/* --- The streams --- */

static void plain_streams_are_cut_into_chunks(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "\n",
      "\n\n\n\n\n\n\n\n\n\n",
      "a",
      "a\n",
      "a\nb",
      "a\r\nbb\r\n\r\n",
      "\xef\xbb\xbf{\"a\":1}\n{}\n",
      "\xef\xbb\xbf",
      "\xef\xbb",
      "\n\xef\xbb\xbf\n",
      "{\"documentId\":\"1\"}\n{\"documentId\":\"2\"}\n\n{\"documentId\":\"3\"}",
      "\x1f", /* no magic, but begins like one */
      "BZh\n",
      "BZh91AY\nx",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    check_text(texts[i], 1000);
    check_text(texts[i], 6);
    check_text(texts[i], 1);
  }
}

static void lines_at_the_limit(void **state) {
  (void)state;
  static const size_t max_lines[] = {1, 2, 10, 63, 64, 65};
  for (size_t m = 0; m < sizeof max_lines / sizeof max_lines[0]; m++)
    for (int last = 0; last < 2; last++) {
      struct bytes stream = {0};
      size_t max = max_lines[m];
      const size_t lengths[] = {max - 1, max, max + 1, 0,       max + 1, max + 2, max,
                                2 * max, 5,   max + 1, 7 * max, 1,       max + 1};
      size_t n = sizeof lengths / sizeof lengths[0];
      for (size_t i = 0; i < n; i++) {
        bytes_repeat(&stream, (char)('a' + i), lengths[i]);
        if (i + 1 < n || last) bytes_text(&stream, "\n");
      }
      check_stream(&stream, max);
      bytes_release(&stream);
    }
}

static void random_streams_are_cut_like_the_model(void **state) {
  (void)state;
  uint64_t seed = 1;
  for (size_t i = 0; i < scaled(60); i++) {
    struct bytes stream = {0};
    size_t max_line = 1 + random_next(&seed) % 80, lines = random_next(&seed) % 20;
    for (size_t k = 0; k < lines; k++) {
      size_t near = max_line + random_next(&seed) % 4;
      size_t len = random_next(&seed) % 3 ? random_next(&seed) % (max_line + 1) : near;
      bytes_repeat(&stream, (char)('a' + k % 26), len);
      bytes_text(&stream, "\n");
    }
    if (random_next(&seed) % 2 && stream.len) stream.len--;
    check_stream(&stream, max_line);
    bytes_release(&stream);
  }
}

static void a_busy_stream_fills_its_chunks(void **state) {
  (void)state;
  struct bytes stream = {0};
  ping_stream(&stream, 300000, 1);
  struct run run = {.normal = 65536, .max_line = 1 << 20};
  run.script = (struct script){.data = stream.data, .len = stream.len, .piece = 1000};
  struct source *source = script_open(&run.script, &inflate_zlib);
  const struct reader_options options = {.normal = run.normal, .max_line = run.max_line};
  struct reader *reader;
  struct chunk chunk;
  assert_int_equal(reader_open(source, &options, &reader, NULL), PS_OK);
  assert_int_equal(chunk_init(&chunk, run.normal, run.max_line, NULL), PS_OK);
  bool more = true;
  while (!reader_fill(reader, &chunk, &more, NULL) && more) {
    assert_true(chunk.len <= run.normal);
    assert_true(chunk.len > run.normal - 200);
  }
  assert_false(more);
  chunk_release(&chunk);
  reader_close(reader);
  source_close(source);
  bytes_release(&stream);
}

/* --- Inputs that end early --- */

static void errors_come_after_the_lines(void **state) {
  (void)state;
  static const enum ps_status ends[] = {PS_E_INPUT, PS_E_INPUT_DAMAGED, PS_E_STOPPED};
  static const char *const texts[] = {"", "a", "a\n", "a\nbb", "aaaaaaaaaaaaaaaaaaaaaaa", "\n\n"};
  for (size_t e = 0; e < 3; e++)
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
      for (size_t n = 0; n < sizeof normals / sizeof normals[0]; n++) {
        struct run run = {.normal = normals[n], .max_line = 6};
        size_t len = strlen(texts[t]);
        const char *newline = strrchr(texts[t], '\n');
        run.script = (struct script){
            .data = (const uint8_t *)texts[t], .len = len, .piece = 3, .end = ends[e]};
        assert_int_equal(run_reader(&run), ends[e]);
        const bool final = ends[e] == PS_E_INPUT_DAMAGED; /* else it is there the next time */
        if (ends[e] == PS_E_INPUT && len > 6) assert_in_range(run.taken, 7, len);
        else if (final || len > 6) assert_int_equal(run.taken, len);
        else assert_int_equal(run.taken, newline ? newline - texts[t] + 1 : 0);
        assert_true(run.inside == (!final && len > 6));
      }
}

static void growing_is_asked_for(void **state) {
  (void)state;
  struct bytes stream = {0};
  bytes_repeat(&stream, 'a', 1000);
  bytes_text(&stream, "\nshort\n");
  bytes_repeat(&stream, 'b', 500);
  struct run run = {.normal = 100, .max_line = 5000};
  run.script = (struct script){.data = stream.data, .len = stream.len, .piece = 64};
  assert_int_equal(run_reader(&run), PS_OK);
  assert_int_equal(run.grown, 2);
  run = (struct run){.normal = 100, .max_line = 5000, .grow_status = PS_E_STOPPED};
  run.script = (struct script){.data = stream.data, .len = stream.len, .piece = 64};
  struct reader *reader;
  struct source *source = script_open(&run.script, &inflate_zlib);
  const struct reader_options options = {
      .normal = run.normal, .max_line = run.max_line, .may_grow = may_grow, .context = &run};
  struct chunk chunk;
  bool more = true;
  assert_int_equal(reader_open(source, &options, &reader, NULL), PS_OK);
  assert_int_equal(chunk_init(&chunk, run.normal, run.max_line, NULL), PS_OK);
  assert_int_equal(reader_fill(reader, &chunk, &more, NULL), PS_E_STOPPED);
  assert_true(!more && chunk.len == 0);
  chunk_release(&chunk);
  reader_close(reader);
  source_close(source);
  bytes_release(&stream);
}

/* Where the chunks of a stream begin that comes in pieces of this size. */
static size_t chunk_borders(const struct bytes *stream, size_t piece, uint64_t *offsets,
                            size_t cap) {
  struct script script = {.data = stream->data, .len = stream->len, .piece = piece, .idle = true};
  struct source *source = script_open(&script, &inflate_zlib);
  struct reader *reader;
  struct chunk chunk;
  size_t n = 0;
  const struct reader_options options = {.normal = 300, .max_line = 900, .full = true};
  assert_int_equal(reader_open(source, &options, &reader, NULL), PS_OK);
  assert_int_equal(chunk_init(&chunk, options.normal, options.max_line, NULL), PS_OK);
  for (bool more = true; more;) {
    assert_int_equal(reader_fill(reader, &chunk, &more, NULL), PS_OK);
    assert_true(n < cap);
    offsets[n++] = chunk.offset;
  }
  chunk_release(&chunk);
  reader_close(reader);
  source_close(source);
  return n;
}

static void borders_of_full_chunks_depend_on_the_content(void **state) {
  (void)state;
  struct bytes stream = {0};
  uint64_t seed = 5, expected[1024], offsets[1024];
  for (size_t i = 0; i < 100; i++) {
    bytes_repeat(&stream, 'a', random_next(&seed) % (i % 10 ? 120 : 2000));
    bytes_text(&stream, "\n");
  }
  size_t n = chunk_borders(&stream, SIZE_MAX, expected, 1024);
  for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
    assert_int_equal(chunk_borders(&stream, pieces[p], offsets, 1024), n);
    assert_memory_equal(offsets, expected, n * sizeof *offsets);
  }
  bytes_release(&stream);
}

static void impossible_options_are_refused(void **state) {
  (void)state;
  struct script script = {.piece = 1};
  struct source *source = script_open(&script, &inflate_zlib);
  struct reader *reader = NULL;
  static const struct reader_options bad[] = {{.normal = 0, .max_line = 1},
                                              {.normal = 1, .max_line = 0},
                                              {.normal = 1, .max_line = SIZE_MAX}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(reader_open(source, &bad[i], &reader, NULL), PS_E_ARGUMENT);
  reader_close(NULL);
  source_close(source);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_streams_are_cut_into_chunks),
      cmocka_unit_test(lines_at_the_limit),
      cmocka_unit_test(random_streams_are_cut_like_the_model),
      cmocka_unit_test(a_busy_stream_fills_its_chunks),
      cmocka_unit_test(errors_come_after_the_lines),
      cmocka_unit_test(growing_is_asked_for),
      cmocka_unit_test(borders_of_full_chunks_depend_on_the_content),
      cmocka_unit_test(impossible_options_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

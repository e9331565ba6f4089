#include "io/gzip.h"

#include "io/gzip_frame.h"
#include "record/chunk.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const size_t pieces[] = {1, 3, 17, 1000, SIZE_MAX};
static const size_t caps[] = {1, 7, 300, 65536};
#define PIECES (sizeof pieces / sizeof pieces[0])
#define CAPS   (sizeof caps / sizeof caps[0])

/* Magic, method and no reserved flag, as far as they are there. */
static bool has_header(const struct bytes *file) {
  static const uint8_t magic[] = {0x1f, 0x8b, 8};
  size_t n = file->len < sizeof magic ? file->len : sizeof magic;
  return n >= 2 && !memcmp(file->data, magic, n) && (file->len < 4 || !(file->data[3] & 0xe0));
}

/* Reads `file`, `piece` bytes a delivery and `cap` bytes a call. */
static int inflate_with(const struct inflate_backend *backend, const struct bytes *file,
                        size_t piece, size_t cap, struct bytes *out, struct ps_error *err) {
  struct script script = {.data = file->data, .len = file->len, .piece = piece};
  struct source *source = script_open(&script, backend);
  int r = source_read_all(source, cap, out, err);
  assert_int_equal(source_bytes(source), script.at);
  assert_true(source_is_gzip(source) == has_header(file));
  source_close(source);
  return r;
}

/* Every backend, and one in `thin` pairs of delivery and call size, gives `plain` and `status`. */
static void check_some(const struct bytes *file, const struct bytes *plain, int status,
                       size_t thin) {
  size_t turn = file->len;
  for (const struct inflate_backend *const *b = inflate_backends(); *b; b++)
    for (size_t p = 0; p < PIECES; p++)
      for (size_t c = 0; c < CAPS; c++) {
        if (turn++ % thin) continue;
        if (file->len / pieces[p] + plain->len / caps[c] > 5000) continue; /* slow, adds nothing */
        struct bytes out = {0};
        struct ps_error err = {.status = PS_OK};
        assert_int_equal(inflate_with(*b, file, pieces[p], caps[c], &out, &err), status);
        bytes_equal(&out, plain);
        assert_int_equal(err.status, status);
        bytes_release(&out);
      }
}

static void check_file(const struct bytes *file, const struct bytes *plain, int status) {
  check_some(file, plain, status, 1);
}

static void random_bytes(struct bytes *out, size_t len, uint64_t seed) {
  while (len--) bytes_append(out, &(uint8_t){(uint8_t)random_next(&seed)}, 1);
}

/* --- Whole files --- */

static void every_level_and_size(void **state) {
  (void)state;
  static const int levels[] = {0, 1, 6, 9};
  static const size_t sizes[] = {0, 1, 100, 5000, 32768, 300000};
  for (size_t l = 0; l < 4; l++)
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
      for (int kind = 0; kind < 3; kind++) {
        if (!sampled(18 * l + 3 * s + (size_t)kind)) continue;
        struct bytes plain = {0}, file = {0};
        if (kind == 0) ping_stream(&plain, sizes[s], s);
        else if (kind == 1) random_bytes(&plain, sizes[s], s);
        else bytes_repeat(&plain, 'a', sizes[s]);
        const struct gzip_style style = {.level = levels[l]};
        gzip_member(&file, plain.data, plain.len, &style);
        check_some(&file, &plain, PS_OK, sizes[s] > 5000 ? 3 : 1);
        bytes_release(&plain);
        bytes_release(&file);
      }
}

static void a_bomb_needs_no_memory(void **state) {
  (void)state;
  struct bytes plain = {0}, file = {0};
  plain.len = plain.cap = scaled(64) << 20;
  plain.data = calloc(plain.len, 1);
  const struct gzip_style style = {.level = 9};
  gzip_member(&file, plain.data, plain.len, &style);
  assert_true(file.len < plain.len / 900);
  for (const struct inflate_backend *const *b = inflate_backends(); *b; b++) {
    struct bytes out = {0};
    assert_int_equal(inflate_with(*b, &file, SIZE_MAX, 1 << 20, &out, NULL), PS_OK);
    bytes_equal(&out, &plain);
    bytes_release(&out);
  }
  bytes_release(&plain);
  bytes_release(&file);
}

static void header_fields_and_members(void **state) {
  (void)state;
  struct bytes plain = {0}, file = {0};
  for (unsigned i = 0; i < 16; i++) {
    struct bytes one = {0};
    const struct gzip_style style = {
        .level = 6, .extra = i & 1, .name = i & 2, .comment = i & 4, .checksum = i & 8};
    ping_stream(&one, i == 3 ? 0 : 150, i);
    gzip_member(&file, one.data, one.len, &style);
    bytes_append(&plain, one.data, one.len);
    bytes_release(&one);
    check_file(&file, &plain, PS_OK);
  }
  bytes_repeat(&file, '\0', 1);
  check_file(&file, &plain, PS_OK);
  bytes_repeat(&file, '\0', 2000);
  check_file(&file, &plain, PS_OK);
  bytes_release(&plain);
  bytes_release(&file);
}

static void what_follows_must_be_gzip_or_zeros(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t len;
  } tails[] = {{"x", 1},          {"\x1f", 1},         {"\x1f\x8a", 2},
               {"\0x", 2},        {"\0\x1f\x8b", 3},   {"\n", 1},
               {"\x8b", 1},       {"\x1f\x8b\x07", 3}, {"\x1f\x8b\x08\xe0", 4},
               {"{\"a\":1}\n", 8}};
  const struct gzip_style style = {.level = 6};
  for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
    struct bytes plain = {0}, file = {0};
    ping_stream(&plain, 400, i);
    gzip_member(&file, plain.data, plain.len, &style);
    bytes_append(&file, tails[i].bytes, tails[i].len);
    check_file(&file, &plain, PS_E_INPUT_DAMAGED);
    bytes_release(&plain);
    bytes_release(&file);
  }
  for (size_t i = 0; i < 4; i++) { /* a whole member, but for one byte of its header */
    struct bytes plain = {0}, file = {0};
    ping_stream(&plain, 400, i);
    gzip_member(&file, plain.data, plain.len, &style);
    const size_t second = file.len;
    gzip_member(&file, plain.data, plain.len, &style);
    file.data[second + i] ^= 0x80;
    check_file(&file, &plain, PS_E_INPUT_DAMAGED);
    bytes_release(&plain);
    bytes_release(&file);
  }
}

/* --- Damage --- */

static void small_file(struct bytes *plain, struct bytes *file) {
  const struct gzip_style fancy = {
      .level = 9, .extra = true, .name = true, .comment = true, .checksum = true};
  const struct gzip_style simple = {.level = 0};
  ping_stream(plain, 600, 5);
  gzip_member(file, plain->data, plain->len, &fancy);
  gzip_member(file, plain->data, 80, &simple);
  bytes_append(plain, plain->data, 80);
}

/* Cut at every byte: what zlib can inflate of the rest is delivered, and the damage is told. */
static void truncation_at_every_byte(void **state) {
  (void)state;
  struct bytes plain = {0}, file = {0};
  small_file(&plain, &file);
  for (size_t cut = 0; cut <= file.len; cut++) {
    if (!sampled(cut)) continue;
    struct bytes part = {.data = file.data, .len = cut}, want = {0};
    bool whole = gzip_oracle(file.data, cut, &want) == 0;
    if (cut < 2) check_file(&part, &part, PS_OK); /* shorter than the magic: plain */
    else check_some(&part, &want, whole ? PS_OK : PS_E_INPUT_DAMAGED, 7);
    bytes_release(&want);
  }
  bytes_release(&plain);
  bytes_release(&file);
}

static void the_damage_is_named_and_placed(void **state) {
  (void)state;
  struct bytes plain = {0}, file = {0};
  const struct gzip_style style = {.level = 6};
  ping_stream(&plain, 2000, 5);
  gzip_member(&file, plain.data, plain.len, &style);
  for (const struct inflate_backend *const *b = inflate_backends(); *b; b++) {
    struct bytes out = {0}, part = {.data = file.data, .len = 100};
    struct ps_error err;
    char place[32];
    assert_int_equal(inflate_with(*b, &part, 7, 50, &out, &err), PS_E_INPUT_DAMAGED);
    assert_non_null(strstr(err.text, "script is damaged near byte 100 "));
    assert_non_null(strstr(err.text, "ends in the middle"));
    file.data[file.len - 5] ^= 1;
    assert_int_equal(inflate_with(*b, &file, 7, 50, &out, &err), PS_E_INPUT_DAMAGED);
    (void)snprintf(place, sizeof place, "near byte %zu ", file.len);
    assert_non_null(strstr(err.text, place));
    assert_non_null(strstr(err.text, "checksum of the data is wrong"));
    file.data[file.len - 5] ^= 1;
    file.data[file.len - 1] ^= 1;
    assert_int_equal(inflate_with(*b, &file, 7, 50, &out, &err), PS_E_INPUT_DAMAGED);
    assert_non_null(strstr(err.text, "length of the data is wrong"));
    file.data[file.len - 1] ^= 1;
    bytes_release(&out);
  }
  bytes_release(&plain);
  bytes_release(&file);
}

/* A bit flipped at every position: each backend says what zlib says; fine means the same bytes. */
static void flipped_bits_at_every_byte(void **state) {
  (void)state;
  struct bytes plain = {0}, file = {0};
  small_file(&plain, &file);
  for (size_t at = 0; at < file.len; at++)
    for (unsigned bit = 0; bit < 8; bit++) {
      if (!sampled(8 * at + bit)) continue;
      file.data[at] ^= (uint8_t)(1u << bit);
      struct bytes want = {0};
      bool whole = gzip_oracle(file.data, file.len, &want) == 0;
      for (const struct inflate_backend *const *b = inflate_backends(); *b && has_header(&file);
           b++) {
        struct bytes out = {0};
        int r = inflate_with(*b, &file, pieces[bit % PIECES], 4096, &out, NULL);
        assert_int_equal(r, whole ? PS_OK : PS_E_INPUT_DAMAGED);
        if (whole) bytes_equal(&out, &want);
        bytes_release(&out);
      }
      if (!has_header(&file)) check_file(&file, &file, PS_OK); /* no gzip any more */
      bytes_release(&want);
      file.data[at] ^= (uint8_t)(1u << bit);
    }
  bytes_release(&plain);
  bytes_release(&file);
}

/* --- Growing files --- */

struct trickle {
  const struct bytes *plain;
  size_t flush, delivered, waits;
};

/* When the reader waits, everything flushed so far has been delivered. */
static void everything_flushed_is_out(void *context, size_t at) {
  struct trickle *t = context;
  size_t flushed = t->waits * t->flush;
  (void)at;
  assert_int_equal(t->delivered, flushed < t->plain->len ? flushed : t->plain->len);
  t->waits++;
}

/* Positions in a member at which deflate flushed: behind each empty stored block. */
static size_t flush_points(const struct bytes *file, size_t *points, size_t most) {
  size_t n = 0;
  for (size_t i = 4; i < file->len && n + 1 < most; i++)
    if (!memcmp(file->data + i - 4, "\0\0\xff\xff", 4)) points[n++] = i;
  points[n] = SIZE_MAX;
  return n;
}

static void a_growing_file_is_delivered_as_it_grows(void **state) {
  (void)state;
  static size_t points[64];
  struct bytes plain = {0}, file = {0};
  const struct gzip_style style = {.level = 6, .flush = 100};
  ping_stream(&plain, 4000, 9);
  plain.len = 4000;
  gzip_member(&file, plain.data, plain.len, &style);
  assert_int_equal(flush_points(&file, points, 64), 39);
  for (const struct inflate_backend *const *b = inflate_backends(); *b; b++)
    for (size_t c = 0; c < CAPS; c++) {
      struct trickle trickle = {.plain = &plain, .flush = style.flush};
      struct script script = {.data = file.data,
                              .len = file.len,
                              .piece = SIZE_MAX,
                              .pauses = points,
                              .waits = everything_flushed_is_out,
                              .context = &trickle};
      struct source *source = script_open(&script, *b);
      uint8_t data[65536];
      size_t got;
      do {
        assert_int_equal(source_read(source, data, caps[c], &got, NULL), PS_OK);
        assert_true(!got || !memcmp(data, plain.data + trickle.delivered, got));
        trickle.delivered += got;
      } while (got);
      assert_int_equal(trickle.delivered, plain.len);
      source_close(source);
    }
  bytes_release(&plain);
  bytes_release(&file);
}

/* Input that yields nothing (a name without end, empty blocks) must not keep a TRY. */
static void input_without_output_is_idle(void **state) {
  (void)state;
  struct bytes file = {0};
  uint8_t data[64];
  size_t got;
  bool idle;
  bytes_append(&file, "\x1f\x8b\x08\x08\0\0\0\0\0\3", 10);
  bytes_repeat(&file, 'n', 1 << 20);
  struct script script = {.data = file.data, .len = file.len, .piece = 1000};
  struct source *source = script_open(&script, inflate_backends()[0]);
  assert_int_equal(source_try(source, data, sizeof data, &got, &idle, NULL), PS_OK);
  assert_true(idle && script.at < 10000);
  assert_int_equal(source_read(source, data, sizeof data, &got, NULL), PS_E_INPUT_DAMAGED);
  source_close(source);
  bytes_release(&file);
}

/* --- Through the reader --- */

static void lines_before_the_damage_are_delivered(void **state) {
  (void)state;
  struct bytes plain = {0}, file = {0}, out = {0};
  const struct gzip_style style = {.level = 6};
  ping_stream(&plain, 100000, 3);
  gzip_member(&file, plain.data, plain.len, &style);
  struct script script = {.data = file.data, .len = file.len / 2, .piece = 1000};
  struct source *source = script_open(&script, inflate_backends()[0]);
  const struct reader_options options = {.normal = 4096, .max_line = 100000};
  struct reader *reader;
  struct chunk chunk;
  bool more = true;
  int r = PS_OK;
  assert_int_equal(reader_open(source, &options, &reader, NULL), PS_OK);
  assert_int_equal(chunk_init(&chunk, 4096, 100000, NULL), PS_OK);
  while (more) {
    r = reader_fill(reader, &chunk, &more, NULL);
    bytes_append(&out, chunk.data, chunk.len - chunk.supplied);
  }
  assert_int_equal(r, PS_E_INPUT_DAMAGED);
  assert_true(chunk.supplied); /* the cut is within a line */
  assert_true(out.len > plain.len / 3 && out.len < plain.len);
  assert_memory_equal(out.data, plain.data, out.len);
  chunk_release(&chunk);
  reader_close(reader);
  source_close(source);
  bytes_release(&plain);
  bytes_release(&file);
  bytes_release(&out);
}

/* --- The frame alone --- */

static void headers_in_two_pieces(void **state) {
  (void)state;
  for (unsigned i = 0; i < 16; i++) {
    struct bytes file = {0};
    const char *why = NULL;
    const struct gzip_style style = {
        .level = 6, .extra = i & 1, .name = i & 2, .comment = i & 4, .checksum = i & 8};
    gzip_member(&file, "x", 1, &style);
    size_t header_len = file.len - 8 - 3; /* "x" is three bytes of deflate */
    for (size_t cut = 0; cut <= header_len; cut++) {
      struct gzip_header header = {0};
      size_t used;
      enum gzip_frame r = gzip_header_feed(&header, file.data, cut, &used, &why);
      assert_int_equal(r, cut < header_len ? GZIP_FRAME_MORE : GZIP_FRAME_DONE);
      assert_int_equal(used, cut);
      r = gzip_header_feed(&header, file.data + cut, file.len - cut, &used, &why);
      assert_int_equal(r, GZIP_FRAME_DONE);
      assert_int_equal(used, header_len - cut);
    }
    bytes_release(&file);
  }
}

static void the_build_has_its_backends(void **state) {
  (void)state;
  const struct inflate_backend *const *all = inflate_backends();
  size_t n = 0;
  while (all[n]) n++;
  assert_true(n >= 1);
  assert_string_equal(all[n - 1]->name, "zlib");
  for (size_t i = 0; i < n; i++)
    assert_int_equal(all[i]->crc(0, (const uint8_t *)"123456789", 9), 0xcbf43926u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_build_has_its_backends),
      cmocka_unit_test(every_level_and_size),
      cmocka_unit_test(a_bomb_needs_no_memory),
      cmocka_unit_test(header_fields_and_members),
      cmocka_unit_test(what_follows_must_be_gzip_or_zeros),
      cmocka_unit_test(truncation_at_every_byte),
      cmocka_unit_test(the_damage_is_named_and_placed),
      cmocka_unit_test(flipped_bits_at_every_byte),
      cmocka_unit_test(a_growing_file_is_delivered_as_it_grows),
      cmocka_unit_test(input_without_output_is_idle),
      cmocka_unit_test(lines_before_the_damage_are_delivered),
      cmocka_unit_test(headers_in_two_pieces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

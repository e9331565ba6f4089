#include "support.h"
#include "../scale.h"

#include "base/error.h"
#include "io/sink.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

void bytes_append(struct bytes *b, const void *data, size_t len) {
  if (b->cap - b->len < len) {
    b->cap = (b->len + len) * 2;
    b->data = realloc(b->data, b->cap);
    assert_non_null(b->data);
  }
  if (len) memcpy(b->data + b->len, data, len);
  b->len += len;
}

void bytes_text(struct bytes *b, const char *text) { bytes_append(b, text, strlen(text)); }

void bytes_repeat(struct bytes *b, char c, size_t n) {
  while (n--) bytes_append(b, &c, 1);
}

void bytes_release(struct bytes *b) {
  free(b->data);
  *b = (struct bytes){0};
}

void bytes_equal(const struct bytes *a, const struct bytes *b) {
  assert_int_equal(a->len, b->len);
  if (a->len) assert_true(!memcmp(a->data, b->data, a->len));
}

size_t scaled(size_t n) { return (size_t)scale_count(n); }

bool sampled(size_t i) {
  size_t of_thousand = scaled(1000);
  return of_thousand >= 1000 || i % (1000 / of_thousand) == 0;
}

uint64_t random_next(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* --- Scripts --- */

static size_t next_pause(const struct script *s) {
  if (s->idle) return s->at + s->piece;
  if (s->pauses)
    for (size_t i = 0; s->pauses[i] != SIZE_MAX; i++)
      if (s->pauses[i] > s->at) return s->pauses[i];
  return SIZE_MAX;
}

static int script_read(struct transport *transport, void *data, size_t cap,
                       enum transport_mode mode, size_t *got, bool *idle, struct ps_error *err) {
  struct script *s = (struct script *)transport;
  *got = 0;
  *idle = false;
  if (s->at >= s->allowed && mode == TRANSPORT_TRY && (s->idle || s->pauses)) {
    *idle = true;
    return PS_OK;
  }
  if (s->at >= s->allowed) {
    if (s->waits) s->waits(s->context, s->at);
    s->allowed = next_pause(s);
  }
  size_t n = s->len - s->at;
  if (n > s->allowed - s->at) n = s->allowed - s->at;
  if (n > s->piece) n = s->piece;
  if (n > cap) n = cap;
  if (n) memcpy(data, s->data + s->at, n);
  s->at += n;
  *got = n;
  if (n || !s->end) return PS_OK;
  *idle = s->end == PS_E_STOPPED && mode == TRANSPORT_TRY; /* only waiting is stopped */
  return *idle ? PS_OK : error_set(err, s->end, "the script says so");
}

static void script_close(struct transport *transport) { (void)transport; }

static const struct transport_ops script_ops = {script_read, script_close};

struct source *script_open_as(struct script *script, const char *name,
                              const struct inflate_backend *backend) {
  struct source *source;
  script->transport.ops = &script_ops;
  script->at = script->allowed = 0;
  assert_int_equal(source_open_transport(&script->transport, name, backend, &source, NULL), PS_OK);
  return source;
}

struct source *script_open(struct script *script, const struct inflate_backend *backend) {
  return script_open_as(script, "script", backend);
}

int source_read_all(struct source *source, size_t cap, struct bytes *out, struct ps_error *err) {
  uint8_t *data = malloc(cap);
  assert_non_null(data);
  int r;
  size_t got;
  while (!(r = source_read(source, data, cap, &got, err)) && got) {
    assert_true(got <= cap);
    bytes_append(out, data, got);
  }
  assert_true(!r || got == 0);
  free(data);
  return r;
}

/* --- gzip --- */

void gzip_member(struct bytes *out, const void *data, size_t len, const struct gzip_style *style) {
  z_stream z = {0};
  uint8_t extra[] = "extra\0field", name[] = "pings.ndjson", comment[] = "a comment";
  gz_header header = {.time = 1234567,
                      .os = 3,
                      .extra = style->extra ? extra : NULL,
                      .extra_len = sizeof extra,
                      .name = style->name ? name : NULL,
                      .comment = style->comment ? comment : NULL,
                      .hcrc = style->checksum};
  uint8_t buffer[4096];
  int r;
  assert_int_equal(deflateInit2(&z, style->level, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
  assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
  z.next_in = (z_const Bytef *)data;
  do {
    size_t n = style->flush && style->flush < len ? style->flush : len;
    z.avail_in = (uInt)n;
    len -= n;
    do {
      z.next_out = buffer;
      z.avail_out = sizeof buffer;
      r = deflate(&z, len ? Z_SYNC_FLUSH : Z_FINISH);
      bytes_append(out, buffer, sizeof buffer - z.avail_out);
    } while (z.avail_out == 0);
  } while (len);
  assert_int_equal(r, Z_STREAM_END);
  (void)deflateEnd(&z);
}

int gzip_oracle(const uint8_t *data, size_t len, struct bytes *out) {
  z_stream z = {0};
  uint8_t buffer[4096];
  int r = Z_OK;
  assert_int_equal(inflateInit2(&z, 31), Z_OK);
  z.next_in = (z_const Bytef *)data;
  z.avail_in = (uInt)len;
  do {
    if (r == Z_STREAM_END) (void)inflateReset(&z);
    do {
      z.next_out = buffer;
      z.avail_out = sizeof buffer;
      r = inflate(&z, Z_SYNC_FLUSH);
      bytes_append(out, buffer, sizeof buffer - z.avail_out);
    } while (r == Z_OK && (z.avail_in || !z.avail_out));
  } while (r == Z_STREAM_END && z.avail_in);
  (void)inflateEnd(&z);
  return r == Z_STREAM_END ? 0 : -1;
}

void ping_stream(struct bytes *out, size_t len, uint64_t seed) {
  while (out->len < len) {
    char line[256];
    int n = snprintf(line, sizeof line,
                     "{\"documentId\":\"%08x-%04x\",\"clientId\":\"%016llx\",\"n\":%u}\n",
                     (unsigned)random_next(&seed), (unsigned)random_next(&seed) & 0xffffu,
                     (unsigned long long)random_next(&seed), (unsigned)random_next(&seed) % 100);
    bytes_append(out, line, (size_t)n);
  }
}

/* --- Places to write --- */

char *temp_make(void) {
  const char *base = getenv("TMPDIR");
  char *directory = temp_path(base && *base ? base : "/tmp", "pingsieve-io-XXXXXX");
  assert_non_null(mkdtemp(directory));
  return directory;
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw) {
  (void)stat;
  (void)kind;
  (void)ftw;
  return remove(path);
}

void temp_remove(char *directory) {
  assert_int_equal(nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
  free(directory);
}

char *temp_path(const char *directory, const char *name) {
  char *path;
  assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
  return path;
}

struct sink *sink_of(int fd, bool owned) {
  struct sink *sink;
  assert_int_equal(sink_open_fd(fd, "the output", owned, &sink, NULL), PS_OK);
  return sink;
}

void file_has(const char *path, const void *want, size_t len) {
  int fd = open(path, O_RDONLY);
  struct stat st;
  assert_int_equal(fstat(fd, &st), 0);
  assert_int_equal(st.st_size, len);
  uint8_t *data = malloc(len + 1);
  assert_int_equal(read(fd, data, len + 1), len);
  if (len) assert_memory_equal(data, want, len);
  free(data);
  assert_int_equal(close(fd), 0);
}

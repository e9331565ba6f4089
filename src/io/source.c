#include "io/source.h"

#include "base/error.h"
#include "base/retry.h"
#include "io/gzip.h"
#include "io/opening.h"
#include "io/transport.h"
#include <pingsieve/source.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_BYTES 10 /* of the longest header */

/* A header, as far as it tells what it is. Lines may begin with a magic and be nothing of the kind:
 * what else is fixed in the header is looked at too. */
struct magic {
  const char *name, *unpack;
  uint8_t len;   /* bytes to look at */
  uint8_t least; /* an input that ends before them is such a one, cut short, from so many on */
  uint8_t byte[HEAD_BYTES], mask[HEAD_BYTES];
};

/* RFC 1952 2.3.1: magic, method, no reserved flag; the other six bytes are looked at by
 * is_gzip_header(). RFC 8878 3.1.1: magic, no reserved bit. xz file format 2.1.1: magic, flags.
 * bzip2's header and that of its first block. */
static const struct magic magics[] = {
    {"gzip", NULL, 10, 2, {0x1f, 0x8b, 8, 0}, {0xff, 0xff, 0xff, 0xe0}},
    {"zstd", "zstd -dc", 5, 4, {0x28, 0xb5, 0x2f, 0xfd, 0}, {0xff, 0xff, 0xff, 0xff, 0x08}},
    {"xz",
     "xz -dc",
     8,
     6,
     {0xfd, '7', 'z', 'X', 'Z', 0, 0, 0},
     {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0}},
    {"bzip2",
     "bzip2 -dc",
     10,
     10,
     {'B', 'Z', 'h', '0', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59},
     {0xff, 0xff, 0xff, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
};
#define MAGICS (sizeof magics / sizeof magics[0])

struct source {
  char *name;
  struct transport *transport; /* read from; owns the ones below it */
  struct transport *hashing;   /* the descriptor, when it hashes */
  struct transport *given;     /* the caller's, when it is one */
  uint64_t taken;              /* bytes from the descriptor, when it is read directly */
  const struct gzip *gzip;     /* the transport, when it is one; else NULL */
  const struct inflate_backend *backend;
  bool known; /* the kind of data is; until then the first bytes are gathered in head */
  uint8_t head[HEAD_BYTES];
  size_t head_len, head_taken;
  bool ended;             /* by source_digest() */
  struct ps_error failed; /* repeated by every later call */
};

static bool magic_begins(const struct magic *m, const uint8_t *head, size_t len) {
  for (size_t i = 0; i < len && i < m->len; i++)
    if ((head[i] & m->mask[i]) != m->byte[i]) return false;
  return true;
}

/* RFC 1952 2.3.1: the extra flags and the system that are defined. Some writer may fill in one of
 * them at will; a line of text has neither. */
static bool is_gzip_header(const uint8_t head[HEAD_BYTES]) {
  uint8_t extra = head[8], system = head[9];
  return extra == 0 || extra == 2 || extra == 4 || system <= 13 || system == 255;
}

static struct source *source_create(const char *name, const struct inflate_backend *backend) {
  struct source *s = calloc(1, sizeof *s);
  if (s && !(s->name = strdup(name))) {
    free(s);
    return NULL;
  }
  if (s) s->backend = backend;
  return s;
}

int source_open_fd(int fd, const struct source_options *options, struct source **source,
                   struct ps_error *err) {
  struct source *s = source_create(options->name, inflate_backends()[0]);
  if (!s) return error_memory(err, 0);
  const struct descriptor_options below = {.name = s->name,
                                           .stop_fd = options->stop_fd,
                                           .owned = options->owned,
                                           .digest = options->digest};
  int r = descriptor_open(fd, &below, &s->transport, err);
  if (r) {
    source_close(s);
    return r;
  }
  if (options->digest) s->hashing = s->transport;
  *source = s;
  return PS_OK;
}

int source_open_transport(struct transport *transport, const char *name,
                          const struct inflate_backend *backend, struct source **source,
                          struct ps_error *err) {
  struct source *s = source_create(name, backend);
  if (!s) return error_memory(err, 0);
  s->transport = transport;
  *source = s;
  return PS_OK;
}

int source_open_given(const struct ps_source *given, int stop_fd, struct source **source,
                      struct ps_error *err) {
  struct transport *transport;
  int r = given_open(given, stop_fd, &transport, err);
  if (r) return r;
  r = source_open_transport(transport, given->name, inflate_backends()[0], source, err);
  if (r) transport->ops->close(transport);
  else (*source)->given = transport;
  return r;
}

int source_open_file(const char *path, int stop_fd, struct source **source, struct ps_error *err) {
  int fd = opening(path, O_RDONLY, 0, stop_fd);
  if (fd < 0) return error_set_os(err, PS_E_INPUT, errno, "cannot open %s", path);
  int r = source_open_fd(
      fd, &(struct source_options){.name = path, .stop_fd = stop_fd, .owned = true}, source, err);
  if (r) (void)close(fd);
  return r;
}

/* The first bytes are complete enough: decides what reads the rest. */
static int decide(struct source *s, const struct magic *m, struct ps_error *err) {
  s->known = true;
  if (!m) return PS_OK;
  if (m->unpack)
    return error_set(err, PS_E_INPUT,
                     "%s is %s-compressed: unpack it first, for example %s FILE | pingsieve ...",
                     s->name, m->name, m->unpack);
  struct gzip *gzip;
  int r = gzip_open(s->transport, s->name, s->head, s->head_len, s->backend, &gzip, err);
  if (r) return r;
  s->head_taken = s->head_len;
  s->gzip = gzip;
  s->transport = gzip_transport(gzip);
  return PS_OK;
}

/* A file that calls itself gzip and begins with the magic is one, whatever became of the rest. */
static bool is_gzip_by_name(const struct source *s) {
  size_t len = strlen(s->name);
  return len > 3 && !strcmp(s->name + len - 3, ".gz") && s->head_len >= magics[0].least &&
         magic_begins(&magics[0], s->head, magics[0].least);
}

/* The header that the first bytes are, or may become; NULL: none. No two begin alike. */
static const struct magic *magic_of(const struct source *s) {
  const uint8_t *head = s->head;
  size_t len = s->head_len;
  if (is_gzip_by_name(s)) return &magics[0];
  for (size_t i = 0; i < MAGICS; i++)
    if (magic_begins(&magics[i], head, len)) {
      bool none = !magics[i].unpack && len >= magics[i].len && !is_gzip_header(head);
      return none ? NULL : &magics[i];
    }
  return NULL;
}

/* Reads the first bytes until they can be nothing but one thing. *idle: not there yet. */
static int probe(struct source *s, enum transport_mode mode, bool *idle, struct ps_error *err) {
  for (;;) {
    const struct magic *m = magic_of(s);
    if (s->head_len && (!m || s->head_len >= m->len)) return decide(s, m, err);
    size_t got;
    int r = s->transport->ops->read(s->transport, s->head + s->head_len, HEAD_BYTES - s->head_len,
                                    mode, &got, idle, err);
    if (r || *idle) return r;
    if (!got) return decide(s, m && s->head_len >= m->least ? m : NULL, err);
    s->head_len += got;
    s->taken += got;
  }
}

static int read_mode(struct source *s, void *data, size_t cap, enum transport_mode mode,
                     size_t *got, bool *idle, struct ps_error *err) {
  *got = 0;
  *idle = false;
  if (s->ended) return PS_OK;
  if (!s->known) {
    int r = probe(s, mode, idle, err);
    if (r || *idle) return r;
  }
  size_t head = s->head_len - s->head_taken;
  if (head) {
    *got = head < cap ? head : cap;
    memcpy(data, s->head + s->head_taken, *got);
    s->head_taken += *got;
    return PS_OK;
  }
  int r = s->transport->ops->read(s->transport, data, cap, mode, got, idle, err);
  if (!s->gzip) s->taken += *got;
  return r;
}

static int read_or_repeat(struct source *s, void *data, size_t cap, enum transport_mode mode,
                          size_t *got, bool *idle, struct ps_error *err) {
  struct ps_error error = {.status = PS_OK};
  *got = 0;
  *idle = false;
  if (!s->failed.status) {
    int r = read_mode(s, data, cap, mode, got, idle, &error);
    if (!r) return PS_OK;
    *got = 0;
    s->failed = error;
  }
  if (err) *err = s->failed;
  return s->failed.status;
}

int source_read(struct source *source, void *data, size_t cap, size_t *got, struct ps_error *err) {
  bool idle;
  return read_or_repeat(source, data, cap, TRANSPORT_WAIT, got, &idle, err);
}

int source_try(struct source *source, void *data, size_t cap, size_t *got, bool *idle,
               struct ps_error *err) {
  return read_or_repeat(source, data, cap, TRANSPORT_TRY, got, idle, err);
}

int source_digest(struct source *source, uint8_t digest[SOURCE_DIGEST], struct ps_error *err) {
  if (!source->hashing)
    return error_set(err, PS_E_ARGUMENT, "%s was opened without a digest", source->name);
  source->ended = true;
  return descriptor_digest(source->hashing, digest, err);
}

uint64_t source_bytes(const struct source *source) {
  if (source->given) return given_position(source->given);
  return source->gzip ? gzip_bytes(source->gzip) : source->taken;
}
uint64_t source_position(const struct source *source) {
  return source->gzip ? gzip_position(source->gzip) : source->taken;
}
const char *source_name(const struct source *source) { return source->name; }
bool source_is_gzip(const struct source *source) { return source->gzip != NULL; }

void source_close(struct source *source) {
  if (!source) return;
  if (source->transport) source->transport->ops->close(source->transport);
  free(source->name);
  free(source);
}

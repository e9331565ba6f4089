#include "io/gzip.h"

#include "base/error.h"
#include "io/gzip_frame.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifndef GZIP_INPUT_BYTES /* smaller where it is fuzzed */
#  define GZIP_INPUT_BYTES (128 << 10)
#endif
#define INPUT_BYTES ((size_t)GZIP_INPUT_BYTES)

enum gzip_state { GZIP_HEADER, GZIP_BODY, GZIP_TRAIL, GZIP_BETWEEN, GZIP_PADDING };

struct gzip {
  struct transport transport;
  struct transport *below;
  const char *name;
  const struct inflate_backend *backend;
  void *inflater;
  enum gzip_state state;
  struct gzip_header header;
  uint8_t trailer[GZIP_TRAILER];
  size_t trailer_len;
  uint32_t crc; /* of the member's data so far */
  uint64_t len;
  uint64_t taken;         /* compressed bytes from below */
  struct ps_error failed; /* found after data that had to be delivered first */
  const uint8_t *in;
  size_t in_len;
  uint8_t buffer[]; /* INPUT_BYTES, not cleared: that took longer than a small file */
};

const struct inflate_backend *const *inflate_backends(void) {
  static const struct inflate_backend *const all[] = {
#ifdef PINGSIEVE_HAVE_ISAL
      &inflate_isal,
#endif
      &inflate_zlib, NULL};
  return all;
}

static int damaged(const struct gzip *g, const char *why, struct ps_error *err) {
  return error_set(err, PS_E_INPUT_DAMAGED,
                   "%s is damaged near byte %" PRIu64
                   " of the compressed input: %s; what came before was used",
                   g->name, g->taken - g->in_len, why);
}

static void skip(struct gzip *g, size_t n) {
  g->in += n;
  g->in_len -= n;
}

static int take_header(struct gzip *g, struct ps_error *err) {
  size_t used;
  const char *why = NULL;
  enum gzip_frame r = gzip_header_feed(&g->header, g->in, g->in_len, &used, &why);
  skip(g, used);
  if (r == GZIP_FRAME_BAD) return damaged(g, why, err);
  if (r == GZIP_FRAME_DONE) {
    g->state = GZIP_BODY;
    g->crc = 0;
    g->len = 0;
  }
  return PS_OK;
}

static int take_body(struct gzip *g, uint8_t *out, size_t cap, size_t *got, struct ps_error *err) {
  struct inflate_step step = {.in = g->in, .in_len = g->in_len, .out = out, .out_len = cap};
  enum inflate_result r = g->backend->run(g->inflater, &step);
  *got = cap - step.out_len;
  bool moved = *got || step.in_len != g->in_len;
  g->in = step.in;
  g->in_len = step.in_len;
  g->crc = g->backend->crc(g->crc, out, *got);
  g->len += *got;
  switch (r) {
  case INFLATE_MORE:
    if (moved || !g->in_len) return PS_OK;
    return error_set(err, PS_E_INTERNAL, "%s does not inflate %s any further", g->backend->name,
                     g->name);
  case INFLATE_END:
    g->state = GZIP_TRAIL;
    memcpy(g->trailer, step.leftover, step.leftover_len);
    g->trailer_len = step.leftover_len;
    return PS_OK;
  case INFLATE_BAD: return damaged(g, "the compressed data is corrupt", err);
  default: return error_memory(err, 0);
  }
}

static int take_trailer(struct gzip *g, struct ps_error *err) {
  size_t n = GZIP_TRAILER - g->trailer_len;
  if (n > g->in_len) n = g->in_len;
  memcpy(g->trailer + g->trailer_len, g->in, n);
  g->trailer_len += n;
  skip(g, n);
  if (g->trailer_len < GZIP_TRAILER) return PS_OK;
  const char *why = NULL;
  if (!gzip_trailer_fits(g->trailer, g->crc, g->len, &why)) return damaged(g, why, err);
  g->state = GZIP_BETWEEN;
  return PS_OK;
}

/* Behind a member: another one, or zeros to the end. */
static int take_between(struct gzip *g, struct ps_error *err) {
  size_t zeros = 0;
  while (zeros < g->in_len && g->in[zeros] == 0) zeros++;
  if (zeros) g->state = GZIP_PADDING;
  skip(g, zeros);
  if (!g->in_len) return PS_OK;
  if (g->state == GZIP_PADDING || g->in[0] != 0x1f)
    return damaged(g, "something that is not gzip follows", err);
  g->state = GZIP_HEADER;
  g->header = (struct gzip_header){0};
  g->backend->reset(g->inflater);
  return PS_OK;
}

/* Works through the input at hand until cap bytes are out or nothing moves without more of it. */
static int advance(struct gzip *g, uint8_t *out, size_t cap, size_t *got, struct ps_error *err) {
  int r = PS_OK;
  enum gzip_state before;
  size_t n;
  do {
    before = g->state;
    n = 0;
    switch (g->state) {
    case GZIP_HEADER: r = take_header(g, err); break;
    case GZIP_BODY: r = take_body(g, out + *got, cap - *got, &n, err); break;
    case GZIP_TRAIL: r = take_trailer(g, err); break;
    case GZIP_BETWEEN:
    case GZIP_PADDING: r = take_between(g, err); break;
    }
    *got += n;
  } while (!r && *got < cap && (n || g->in_len || g->state != before));
  return r;
}

static int at_end(const struct gzip *g, struct ps_error *err) {
  if (g->state == GZIP_BETWEEN || g->state == GZIP_PADDING) return PS_OK;
  return damaged(g, "it ends in the middle of a gzip member", err);
}

static int gzip_read(struct transport *transport, void *data, size_t cap, enum transport_mode mode,
                     size_t *got, bool *idle, struct ps_error *err) {
  struct gzip *g = (struct gzip *)transport;
  *got = 0;
  *idle = false;
  for (bool refilled = false;; refilled = true) {
    if (!g->failed.status) (void)advance(g, data, cap, got, &g->failed);
    if (*got) return PS_OK;
    if (g->failed.status) {
      if (err) *err = g->failed;
      return g->failed.status;
    }
    /* Input without output (an endless file name, empty blocks) must not hold up a TRY. */
    if (refilled && mode == TRANSPORT_TRY) {
      *idle = true;
      return PS_OK;
    }
    size_t n;
    int r = g->below->ops->read(g->below, g->buffer, INPUT_BYTES, mode, &n, idle, err);
    if (r || *idle) return r;
    if (!n) return at_end(g, err);
    g->in = g->buffer;
    g->in_len = n;
    g->taken += n;
  }
}

static void gzip_close(struct transport *transport) {
  struct gzip *g = (struct gzip *)transport;
  g->below->ops->close(g->below);
  g->backend->free(g->inflater);
  free(g);
}

static const struct transport_ops gzip_ops = {gzip_read, gzip_close};

int gzip_open(struct transport *below, const char *name, const uint8_t *head, size_t head_len,
              const struct inflate_backend *backend, struct gzip **gzip, struct ps_error *err) {
  struct gzip *g = malloc(sizeof *g + INPUT_BYTES);
  void *inflater = backend->create();
  if (!g || !inflater || head_len > INPUT_BYTES) {
    if (inflater) backend->free(inflater);
    free(g);
    return error_memory(err, sizeof *g + INPUT_BYTES);
  }
  *g = (struct gzip){.transport.ops = &gzip_ops,
                     .below = below,
                     .name = name,
                     .backend = backend,
                     .inflater = inflater};
  memcpy(g->buffer, head, head_len);
  g->in = g->buffer;
  g->in_len = head_len;
  g->taken = head_len;
  *gzip = g;
  return PS_OK;
}

struct transport *gzip_transport(struct gzip *gzip) {
  return &gzip->transport;
}
uint64_t gzip_bytes(const struct gzip *gzip) { return gzip->taken; }
uint64_t gzip_position(const struct gzip *gzip) { return gzip->taken - gzip->in_len; }

/* Transports: the means by which a source reads. A new one is a new file with a table of
 * operations; layers (gzip over a descriptor) are transports that own the one below. Private to
 * src/io.
 */
#ifndef IO_TRANSPORT_H
#define IO_TRANSPORT_H

#include "base/digest.h"
#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum transport_mode {
  TRANSPORT_WAIT, /* wait for at least one byte, the end or an error */
  TRANSPORT_TRY   /* never wait */
};

struct transport;

struct transport_ops {
  /* Reads 1 to cap bytes (cap > 0). PS_OK with *got = 0: the end, or with *idle = true (mode
   * TRANSPORT_TRY only) that nothing is there now. Not called again after an error. */
  int (*read)(struct transport *transport, void *data, size_t cap, enum transport_mode mode,
              size_t *got, bool *idle, struct ps_error *err);
  void (*close)(struct transport *transport); /* frees it and what it owns */
};

struct transport {
  const struct transport_ops *ops;
};

/* A descriptor. stop_fd: -1 or a descriptor whose readability makes waiting reads return
 * PS_E_STOPPED. `name` is borrowed. On failure fd is left open. */
struct descriptor_options {
  const char *name;
  int stop_fd;
  bool owned;  /* close fd with the transport */
  bool digest; /* hash what is read; the transport stays at its end, once it has met it */
};
int descriptor_open(int fd, const struct descriptor_options *options, struct transport **transport,
                    struct ps_error *err);
/* A source of the caller's (pingsieve/source.h), of which no more than its size is looked at;
 * *position counts as that says. `given` is copied. PS_E_ARGUMENT: it cannot be one. */
struct ps_source;
int given_open(const struct ps_source *given, int stop_fd, struct transport **transport,
               struct ps_error *err);
uint64_t given_position(const struct transport *transport);

/* With options.digest: reads what is left, and tells the digest of all. */
int descriptor_digest(struct transport *transport, uint8_t value[DIGEST_BYTES],
                      struct ps_error *err);

/* A source that reads from any transport (which it takes over on success), with an inflate backend
 * of choice: for new kinds of transport, and for tests. `name` is copied. */
struct source;
struct inflate_backend;
int source_open_transport(struct transport *transport, const char *name,
                          const struct inflate_backend *backend, struct source **source,
                          struct ps_error *err);

#endif

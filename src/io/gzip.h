/* gzip: a transport that inflates another one. Several members; zero padding after the last one.
 * Memory: one window and one input buffer, whatever the input. Private to src/io.
 */
#ifndef IO_GZIP_H
#define IO_GZIP_H

#include "io/inflate.h"
#include "io/transport.h"

struct gzip;

/* `head`: the bytes that were read from `below` already, at most 64. Takes `below` over when it
 * succeeds. `name` is borrowed. */
int gzip_open(struct transport *below, const char *name, const uint8_t *head, size_t head_len,
              const struct inflate_backend *backend, struct gzip **gzip, struct ps_error *err);
struct transport *gzip_transport(struct gzip *gzip);
uint64_t gzip_bytes(const struct gzip *gzip);    /* compressed bytes taken from below */
uint64_t gzip_position(const struct gzip *gzip); /* ... of which so many are inflated */

#endif

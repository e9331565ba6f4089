/* Deflate backends: raw DEFLATE by ISA-L where the build has it and by zlib everywhere; both may be
 * in one binary. Private to src/io.
 */
#ifndef IO_DEFLATE_BACKEND_H
#define IO_DEFLATE_BACKEND_H

#include "io/deflate.h"

#include <stdbool.h>

/* One step's buffers; run() moves the pointers past what it used and made. */
struct deflate_step {
  const uint8_t *in;
  size_t in_len;
  uint8_t *out;
  size_t out_len; /* > 0 */
};

enum deflate_result {
  DEFLATE_DONE, /* all input is taken and, with flush, everything is out */
  DEFLATE_FULL, /* out is full: again with the same flush */
  DEFLATE_FAILED
};

struct deflate_backend {
  const char *name;
  unsigned max_level;
  void *(*create)(unsigned level); /* NULL: no memory */
  void (*reset)(void *state);      /* before each block: nothing of the one before matters */
  enum deflate_result (*run)(void *state, struct deflate_step *step, bool flush);
  uint32_t (*crc)(uint32_t crc, const uint8_t *data, size_t len); /* crc: 0 to begin */
  void (*free)(void *state);
};

/* The backends of this build, the preferred one first, ended by NULL. Static storage. */
const struct deflate_backend *const *deflate_backends(void);

extern const struct deflate_backend deflate_zlib;
extern const struct deflate_backend deflate_isal;

/* deflate_open() with a backend of choice. */
int deflate_open_backend(const struct deflate_backend *backend, unsigned level,
                         struct deflate **deflate, struct ps_error *err);

#endif

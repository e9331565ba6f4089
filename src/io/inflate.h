/* Inflate backends: raw DEFLATE (RFC 1951) and CRC-32, by ISA-L where the build has it (about 2.7
 * times as fast) and by zlib everywhere. Both may be in one binary. Private to src/io.
 */
#ifndef IO_INFLATE_H
#define IO_INFLATE_H

#include <stddef.h>
#include <stdint.h>

#define INFLATE_LEFTOVER 8

/* One step's buffers; run() moves the pointers past what it used and made. */
struct inflate_step {
  const uint8_t *in;
  size_t in_len;
  uint8_t *out;
  size_t out_len; /* > 0 */
  /* At INFLATE_END: bytes behind the stream that the backend took earlier and hands back. */
  uint8_t leftover[INFLATE_LEFTOVER];
  size_t leftover_len;
};

enum inflate_result {
  INFLATE_MORE,  /* out is full, or everything that `in` allows is in out */
  INFLATE_END,   /* the stream is complete and all of it was delivered */
  INFLATE_BAD,   /* corrupt; the bytes before it were delivered */
  INFLATE_FAILED /* out of memory */
};

struct inflate_backend {
  const char *name; /* "isal", "zlib" */
  void *(*create)(void);
  void (*reset)(void *state); /* before each stream but the first */
  enum inflate_result (*run)(void *state, struct inflate_step *step);
  uint32_t (*crc)(uint32_t crc, const uint8_t *data, size_t len); /* crc: 0 to begin */
  void (*free)(void *state);
};

/* The backends of this build, the preferred one first, ended by NULL. Static storage. */
const struct inflate_backend *const *inflate_backends(void);

extern const struct inflate_backend inflate_zlib;
extern const struct inflate_backend inflate_isal;

#endif

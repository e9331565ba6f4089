/* Vectors that are written piece by piece. Private to src/io. */
#ifndef IO_VECTORS_H
#define IO_VECTORS_H

#include <stddef.h>
#include <sys/uio.h>

/* Passes over n written bytes and over empty vectors. */
static inline void vectors_advance(struct iovec **vectors, size_t *count, size_t n) {
  while (*count && n >= (*vectors)->iov_len) {
    n -= (*vectors)->iov_len;
    (*vectors)++;
    (*count)--;
  }
  if (*count) {
    (*vectors)->iov_base = (char *)(*vectors)->iov_base + n;
    (*vectors)->iov_len -= n;
  }
}

#endif

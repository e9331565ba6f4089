#include "sieve/gather.h"

int gather_flush(struct gather *gather, struct ps_error *err) {
  size_t n = gather->n;
  gather->n = 0;
  return n ? sink_writev(gather->sink, gather->vectors, n, err) : PS_OK;
}

// NOLINTNEXTLINE(readability-non-const-parameter): it becomes the base of an iovec
int gather_put(struct gather *gather, uint8_t *data, size_t len, struct ps_error *err) {
  if (!gather->sink) return PS_OK;
  if (gather->n) {
    struct iovec *last = &gather->vectors[gather->n - 1];
    if ((uint8_t *)last->iov_base + last->iov_len == data) {
      last->iov_len += len;
      return PS_OK;
    }
  }
  int r = gather->n == GATHER_VECTORS ? gather_flush(gather, err) : PS_OK;
  gather->vectors[gather->n++] = (struct iovec){.iov_base = data, .iov_len = len};
  return r;
}

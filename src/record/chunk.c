#include "record/chunk.h"

#include "base/arith.h"
#include "base/error.h"

#include <sys/mman.h>
#include <unistd.h>

/* A page in front keeps data page-aligned; it is never written, so it costs no memory. */
static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

int chunk_init(struct chunk *chunk, size_t normal, size_t max_line, struct ps_error *err) {
  size_t page = page_bytes(), want, whole;
  *chunk = (struct chunk){0};
  /* Both a '\n' behind the longest line and one supplied behind a full chunk have room. */
  if (!size_add(max_line > normal ? max_line : normal, 1 + CHUNK_PAD + page - 1, &want) ||
      !size_add(want - want % page, page, &whole))
    return error_set(err, PS_E_ARGUMENT, "lines of %zu bytes are too long", max_line);
  uint8_t *base =
      mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return error_memory(err, whole);
  chunk->data = base + page;
  chunk->reserved = whole - page;
  return PS_OK;
}

void chunk_release(struct chunk *chunk) {
  size_t page = page_bytes();
  if (chunk->data) (void)munmap(chunk->data - page, chunk->reserved + page);
  *chunk = (struct chunk){0};
}

void chunk_trim(struct chunk *chunk, size_t keep) {
  size_t page = page_bytes();
  size_t from = keep < chunk->reserved ? (keep + page - 1) & ~(page - 1) : chunk->reserved;
  if (chunk->touched <= from) return;
  /* Failing is harmless: the memory stays. */
  (void)madvise(chunk->data + from, chunk->reserved - from, MADV_DONTNEED);
  chunk->touched = from;
}

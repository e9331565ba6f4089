#include "seen/last_commit.h"

#include "seen/metas.h"
#include <errno.h>
#include <string.h>

static enum last_commit_state meta_read(int fd, size_t page_bytes, uint64_t number,
                                        struct meta *meta) {
  const uint64_t at = number % META_PAGES * page_bytes + sizeof(struct page_header);
  const int failed = metas_read_at(fd, meta, sizeof *meta, at);
  if (failed > 0) errno = failed;
  return !failed ? LAST_COMMIT_STANDS : failed == METAS_END ? LAST_COMMIT_GONE : LAST_COMMIT_UNREAD;
}

static bool is_sound(const struct meta *meta, size_t page_bytes, uint64_t parity) {
  return meta->magic == META_MAGIC && meta->version == META_VERSION &&
         meta->trees[0].pad == page_bytes && meta->txnid % META_PAGES == parity;
}

/* The commits of both pages: newest[0] is the last one. */
static enum last_commit_state metas_order(int fd, size_t page_bytes,
                                          struct meta newest[META_PAGES]) {
  for (uint64_t i = 0; i < META_PAGES; i++) {
    const enum last_commit_state state = meta_read(fd, page_bytes, i, &newest[i]);
    if (state != LAST_COMMIT_STANDS) return state;
    if (!is_sound(&newest[i], page_bytes, i)) return LAST_COMMIT_GONE;
  }
  if (newest[1].txnid > newest[0].txnid) {
    const struct meta older = newest[0];
    newest[0] = newest[1];
    newest[1] = older;
  }
  return newest[0].txnid - newest[1].txnid == 1 ? LAST_COMMIT_STANDS : LAST_COMMIT_GONE;
}

enum last_commit_state last_commit_read(struct last_commit *last, int fd, size_t page_bytes) {
  struct meta newest[META_PAGES];
  const enum last_commit_state state = metas_order(fd, page_bytes, newest);
  if (state != LAST_COMMIT_STANDS) return state;
  if (last->known && newest[0].txnid < last->meta.txnid) return LAST_COMMIT_GONE;
  for (unsigned i = 0; i < META_PAGES && last->known; i++)
    if (newest[i].txnid == last->meta.txnid &&
        memcmp(&newest[i], &last->meta, sizeof last->meta) != 0)
      return LAST_COMMIT_GONE;
  *last = (struct last_commit){newest[0], true};
  return LAST_COMMIT_STANDS;
}

enum last_commit_state last_commit_look(const struct last_commit *last, int fd, size_t page_bytes) {
  struct meta now;
  const enum last_commit_state state = meta_read(fd, page_bytes, last->meta.txnid, &now);
  if (state != LAST_COMMIT_STANDS || memcmp(&now, &last->meta, sizeof now) == 0) return state;
  return LAST_COMMIT_GONE;
}

enum last_commit_state last_commit_number(int fd, size_t page_bytes, uint64_t *number) {
  uint64_t newest = 0;
  for (uint64_t i = 0; i < META_PAGES; i++) {
    struct meta meta;
    const enum last_commit_state state = meta_read(fd, page_bytes, i, &meta);
    if (state != LAST_COMMIT_STANDS) return state;
    if (!is_sound(&meta, page_bytes, i)) return LAST_COMMIT_GONE;
    if (meta.txnid > newest) newest = meta.txnid;
  }
  *number = newest;
  return LAST_COMMIT_STANDS;
}

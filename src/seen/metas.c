#include "seen/metas.h"

#include "base/retry.h"
#include "seen/format.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATTEMPTS 100 /* others may be writing */

int metas_read_at(int fd, void *to, size_t bytes, uint64_t at) {
  for (size_t got = 0; got < bytes;) {
    const ssize_t n = pread(fd, (uint8_t *)to + got, bytes - got, (off_t)(at + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n ? errno : METAS_END;
    got += (size_t)n;
  }
  return 0;
}

static bool page_bytes_possible(uint64_t bytes) {
  return bytes >= PAGE_BYTES_MIN && bytes <= PAGE_BYTES_MAX && !(bytes & (bytes - 1));
}

/* NULL when meta page i is sound by itself. */
static const char *meta_fault(unsigned i, const struct page_header *header, const struct meta *meta,
                              uint64_t file_bytes, bool *foreign) {
  if (!(header->flags & PAGE_META) || meta->magic != META_MAGIC) {
    *foreign = i == 0;
    return "a meta page is damaged";
  }
  if (meta->version != META_VERSION) {
    *foreign = true;
    return "it has another version of LMDB's format";
  }
  if (!page_bytes_possible(meta->trees[0].pad)) return "a meta page has an impossible page size";
  if (header->flags != PAGE_META || header->number != i) return "a meta page is damaged";
  if (meta->last_page < 1 || meta->last_page > file_bytes / PAGE_BYTES_MIN * 2 + 65536)
    return "a meta page tells of more pages than there can be";
  return NULL;
}

static const char *metas_read_once(int fd, struct metas *metas, bool *foreign) {
  struct stat st;
  uint64_t at = 0;
  *foreign = false;
  metas->os_error = RETRY(fstat(fd, &st)) ? errno : 0;
  if (metas->os_error) return "it cannot be examined";
  for (unsigned i = 0; i < META_PAGES; i++) {
    struct page_header header;
    struct meta *meta = &metas->at[i];
    int r = metas_read_at(fd, &header, sizeof header, at);
    if (!r) r = metas_read_at(fd, meta, sizeof *meta, at + sizeof header);
    if (r == METAS_END) return "the file is cut off in its first pages";
    metas->os_error = r;
    if (r) return "it cannot be read";
    const char *fault = meta_fault(i, &header, meta, (uint64_t)st.st_size, foreign);
    if (fault) return fault;
    if (meta->trees[0].pad != metas->at[0].trees[0].pad)
      return "a meta page has an impossible page size";
    at += meta->trees[0].pad;
  }
  const uint64_t even = metas->at[0].txnid, odd = metas->at[1].txnid;
  if (!even && !odd && metas->at[0].trees[1].root == NO_PAGE &&
      metas->at[1].trees[1].root ==
          NO_PAGE) { /* before the first commit: no store is put in place so */
    *foreign = true;
    return "it is empty";
  }
  if (even % 2 || odd % 2 == 0 || (even + 1 != odd && odd + 1 != even))
    return "the numbers of the transactions in its meta pages do not follow one another";
  return NULL;
}

/* Two equal readings are right. If they differ, a process was writing meanwhile, and a page may
 * have been read half. */
const char *metas_read(int fd, struct metas *metas, bool *foreign) {
  struct metas before;
  const char *wrong = NULL, *wrong_before = NULL;
  memset(metas, 0, sizeof *metas);
  for (int i = 0; i < ATTEMPTS; i++, wrong_before = wrong) {
    before = *metas;
    wrong = metas_read_once(fd, metas, foreign);
    if (i && wrong == wrong_before && memcmp(metas->at, before.at, sizeof before.at) == 0) break;
  }
  return wrong;
}

/* --- looking an entry up --- */

struct lookup {
  int fd, os_error;
  size_t page_bytes;
  uint8_t *page;
};

/* A node of the page that was read, and where its key lies; false: it reaches beyond the page. */
static bool node_at(const struct lookup *lookup, unsigned i, struct node *node,
                    const uint8_t **key) {
  uint16_t at;
  memcpy(&at, lookup->page + sizeof(struct page_header) + 2 * (size_t)i, sizeof at);
  if (at + sizeof *node > lookup->page_bytes) return false;
  memcpy(node, lookup->page + at, sizeof *node);
  *key = lookup->page + at + sizeof *node;
  return at + sizeof *node + node->key_bytes <= lookup->page_bytes;
}

static int key_compare(const uint8_t *key, size_t bytes, const char *name) {
  const size_t len = strlen(name), n = bytes < len ? bytes : len;
  const int order = memcmp(key, name, n);
  return order ? order : (bytes > len) - (bytes < len);
}

static bool bytes_read(struct lookup *lookup, void *to, size_t bytes, uint64_t at) {
  const int r = metas_read_at(lookup->fd, to, bytes, at);
  if (r != METAS_END) lookup->os_error = r;
  return !r;
}

static bool tree_page_read(struct lookup *lookup, uint64_t number, unsigned *nodes, bool *leaf) {
  struct page_header header;
  if (number > UINT32_MAX * (uint64_t)16 ||
      !bytes_read(lookup, lookup->page, lookup->page_bytes, number * lookup->page_bytes))
    return false;
  memcpy(&header, lookup->page, sizeof header);
  *leaf = header.flags == PAGE_LEAF;
  *nodes = header.lower < sizeof header ? 0 : (header.lower - (unsigned)sizeof header) / 2;
  return header.number == number && (*leaf || header.flags == PAGE_BRANCH) && *nodes &&
         header.lower <= lookup->page_bytes;
}

/* The node with this name of a leaf page, or the child of a branch page to go on in. */
static enum metas_state page_search(const struct lookup *lookup, const char *name, unsigned nodes,
                                    bool leaf, struct node *node, const uint8_t **key) {
  struct node next;
  const uint8_t *next_key;
  bool found = false;
  for (unsigned i = 0; i < nodes; i++) {
    if (!node_at(lookup, i, &next, &next_key)) return METAS_BROKEN;
    const int order = i || leaf ? key_compare(next_key, next.key_bytes, name) : -1;
    if (order > 0) break;
    if (leaf && order) continue;
    *node = next;
    *key = next_key;
    found = true;
  }
  return found ? METAS_FOUND : METAS_NONE;
}

/* Finds the entry of a tree; *node and *key are in the page that was read last. */
static enum metas_state tree_find(struct lookup *lookup, const struct tree *tree, const char *name,
                                  struct node *node, const uint8_t **key) {
  uint64_t page = tree->root;
  if (page == NO_PAGE) return METAS_NONE;
  for (unsigned level = 0; level < DEPTH_MAX; level++) {
    unsigned nodes;
    bool leaf;
    if (!tree_page_read(lookup, page, &nodes, &leaf)) return METAS_BROKEN;
    const enum metas_state state = page_search(lookup, name, nodes, leaf, node, key);
    if (leaf || state != METAS_FOUND) return state;
    page = (uint64_t)node->flags << 32 | (uint64_t)node->high << 16 | node->low;
  }
  return METAS_BROKEN;
}

/* The first bytes of an entry's value. */
static bool value_read(struct lookup *lookup, const struct node *node, const uint8_t *key, void *to,
                       size_t bytes) {
  const uint8_t *data = key + node->key_bytes;
  const size_t left = (size_t)(lookup->page + lookup->page_bytes - data);
  uint64_t page;
  if (((size_t)node->high << 16 | node->low) < bytes) return false;
  if (!(node->flags & NODE_BIG)) {
    if (left < bytes) return false;
    memcpy(to, data, bytes);
    return true;
  }
  if (left < sizeof page) return false;
  memcpy(&page, data, sizeof page);
  return page <= UINT32_MAX * (uint64_t)16 &&
         bytes_read(lookup, to, bytes, page * lookup->page_bytes + sizeof(struct page_header));
}

static enum metas_state generation_find(struct lookup *lookup, const struct meta *meta,
                                        uint64_t *generation) {
  struct node node;
  struct tree table;
  struct state_record state;
  const uint8_t *key;
  enum metas_state found = tree_find(lookup, &meta->trees[1], "meta", &node, &key);
  if (found != METAS_FOUND) return found;
  if (!(node.flags & NODE_TABLE) || !value_read(lookup, &node, key, &table, sizeof table))
    return METAS_BROKEN;
  if ((found = tree_find(lookup, &table, "state", &node, &key)) != METAS_FOUND) return found;
  if (!value_read(lookup, &node, key, &state, sizeof state) ||
      memcmp(state.magic, SEEN_MAGIC, sizeof state.magic) != 0)
    return METAS_BROKEN;
  *generation = state.generation;
  return METAS_FOUND;
}

enum metas_state metas_generation(int fd, const struct meta *meta, uint64_t *generation,
                                  int *os_error) {
  struct lookup lookup = {.fd = fd, .page_bytes = meta->trees[0].pad};
  lookup.page = malloc(lookup.page_bytes);
  const enum metas_state state =
      lookup.page ? generation_find(&lookup, meta, generation) : METAS_FAILED;
  *os_error = lookup.page ? lookup.os_error : ENOMEM;
  free(lookup.page);
  return *os_error ? METAS_FAILED : state;
}

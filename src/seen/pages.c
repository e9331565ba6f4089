#include "seen/pages.h"

#include "base/error.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define META_MAGIC     0xbeefc0deu
#define META_VERSION   1u
#define META_PAGES     2u
#define NO_PAGE        UINT64_MAX
#define DEPTH_MAX      32u /* LMDB's cursors go no deeper */
#define PAGE_BYTES_MIN 512u
#define PAGE_BYTES_MAX 65536u

enum page_flag { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_META = 8 };
enum node_flag { NODE_BIG = 1, NODE_TABLE = 2, NODE_DUPLICATES = 4 };

struct page_header {
  uint64_t number;
  uint16_t pad, flags;
  uint16_t lower, upper; /* overflow pages: a 32-bit count of pages */
};
struct node {
  uint16_t low, high, flags, key_bytes; /* leaf: low and high are the data's length; branch: low,
                                           high and flags are the child's number */
};
struct tree {
  uint32_t pad;
  uint16_t flags, depth;
  uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};
struct meta {
  uint32_t magic, version;
  uint64_t address, map_bytes;
  struct tree trees[2]; /* the free list, whose pad is the page size, and the main tree */
  uint64_t last_page, txnid;
};
static_assert(sizeof(struct page_header) == 16 && sizeof(struct node) == 8 &&
                  sizeof(struct tree) == 48 && sizeof(struct meta) == 136,
              "LMDB's format on 64-bit machines");

struct walk {
  int fd;
  uint64_t page_bytes, file_pages, last_page;
  uint8_t *used;        /* a bit a page */
  uint8_t *levels;      /* [DEPTH_MAX] page buffers */
  uint64_t table_roots; /* tables found in the main tree */
  struct tree tables[16];
  pages_report *report;
  void *context;
  uint64_t faults;
  struct pages_result *result;
};

static void fault(struct walk *walk, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fault(struct walk *walk, const char *format, ...) {
  char text[200];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (walk->faults++ < PAGES_FAULTS && walk->report) walk->report(walk->context, text);
}

/* --- the head --- */

static bool read_at(int fd, void *to, size_t bytes, uint64_t at) {
  for (size_t got = 0; got < bytes;) {
    const ssize_t n = pread(fd, (uint8_t *)to + got, bytes - got, (off_t)(at + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    got += (size_t)n;
  }
  return true;
}

static bool page_bytes_possible(uint64_t bytes) {
  return bytes >= PAGE_BYTES_MIN && bytes <= PAGE_BYTES_MAX && !(bytes & (bytes - 1));
}

/* NULL when both meta pages are sound. */
static const char *metas_read(int fd, uint64_t file_bytes, struct meta metas[META_PAGES],
                              bool *foreign) {
  uint64_t at = 0;
  *foreign = false;
  for (unsigned i = 0; i < META_PAGES; i++) {
    struct page_header header;
    if (!read_at(fd, &header, sizeof header, at) ||
        !read_at(fd, &metas[i], sizeof metas[i], at + sizeof header))
      return "the file is cut off in its first pages";
    if (!(header.flags & PAGE_META) || metas[i].magic != META_MAGIC) {
      *foreign = i == 0;
      return "a meta page is damaged";
    }
    if (metas[i].version != META_VERSION) {
      *foreign = true;
      return "it has another version of LMDB's format";
    }
    if (!page_bytes_possible(metas[i].trees[0].pad) ||
        metas[i].trees[0].pad != metas[0].trees[0].pad)
      return "a meta page has an impossible page size";
    if (metas[i].last_page < 1 || metas[i].last_page > file_bytes / PAGE_BYTES_MIN * 2 + 65536)
      return "a meta page tells of more pages than there can be";
    at += metas[0].trees[0].pad;
  }
  return NULL;
}

int pages_check_head(const char *file, struct ps_error *err) {
  struct meta metas[META_PAGES];
  struct stat st;
  bool foreign;
  const int fd = open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st)) {
    const int failed = errno;
    if (fd >= 0) close(fd);
    return error_set_os(err, PS_E_STORE, failed,
                        "%s cannot be opened: change its permissions, or name another store", file);
  }
  const char *wrong = metas_read(fd, (uint64_t)st.st_size, metas, &foreign);
  close(fd);
  if (!wrong) return PS_OK;
  if (foreign)
    return error_set(err, PS_E_STORE_VERSION,
                     "%s is no file of this version of LMDB: name the directory of a store, or a "
                     "new one",
                     file);
  return error_set(err, PS_E_STORE_DAMAGED,
                   "%s is damaged: %s; go back to a copy of the store or start a new one", file,
                   wrong);
}

/* --- the walk --- */

/* Takes a page for its one place. */
static bool take(struct walk *walk, uint64_t page, uint64_t n, const char *what) {
  if (page < META_PAGES || page > walk->last_page || n > walk->last_page - page + 1) {
    fault(walk, "%s: page %llu lies outside the store", what, (unsigned long long)page);
    return false;
  }
  for (uint64_t p = page; p < page + n; p++) {
    if (walk->used[p / 8] >> (p % 8) & 1) {
      fault(walk, "%s: page %llu is used twice", what, (unsigned long long)p);
      return false;
    }
    walk->used[p / 8] |= (uint8_t)(1u << (p % 8));
  }
  return true;
}

static bool page_read(struct walk *walk, uint64_t page, uint8_t *to, const char *what) {
  if (!take(walk, page, 1, what)) return false;
  struct page_header header;
  if (page >= walk->file_pages ||
      !read_at(walk->fd, to, walk->page_bytes, page * walk->page_bytes)) {
    fault(walk, "%s: page %llu lies beyond the end of the file", what, (unsigned long long)page);
    return false;
  }
  memcpy(&header, to, sizeof header);
  const bool sound = header.number == page && header.lower >= sizeof header &&
                     header.lower <= header.upper && header.upper <= walk->page_bytes &&
                     header.lower % 2 == 0 &&
                     (header.flags == PAGE_BRANCH || header.flags == PAGE_LEAF);
  if (!sound) fault(walk, "%s: page %llu is damaged", what, (unsigned long long)page);
  return sound;
}

/* A node and where it lies; false if it reaches beyond its page. */
static bool node_get(const struct walk *walk, const uint8_t *page, unsigned i, struct node *node,
                     const uint8_t **body) {
  struct page_header header;
  uint16_t at;
  memcpy(&header, page, sizeof header);
  memcpy(&at, page + sizeof header + 2 * i, sizeof at);
  if (at < header.upper || at + sizeof *node > walk->page_bytes || at % 2) return false;
  memcpy(node, page + at, sizeof *node);
  *body = page + at + sizeof *node;
  return at + sizeof *node + node->key_bytes <= walk->page_bytes;
}

/* An overflow value: its pages are in the file and say so. */
static void big_check(struct walk *walk, uint64_t page, uint32_t bytes, const char *what) {
  struct page_header header;
  const uint64_t n = (sizeof header + (uint64_t)bytes + walk->page_bytes - 1) / walk->page_bytes;
  uint32_t pages;
  if (!take(walk, page, n, what)) return;
  if (page + n > walk->file_pages) {
    fault(walk, "%s: the value on page %llu lies beyond the end of the file", what,
          (unsigned long long)page);
    return;
  }
  if (!read_at(walk->fd, &header, sizeof header, page * walk->page_bytes)) {
    fault(walk, "%s: page %llu cannot be read", what, (unsigned long long)page);
    return;
  }
  memcpy(&pages, &header.lower, sizeof pages);
  if (header.number != page || !(header.flags & PAGE_OVERFLOW) || pages != n)
    fault(walk, "%s: the value on page %llu is damaged", what, (unsigned long long)page);
  walk->result->value_pages += n;
}

/* The pages that a record of the free list names. */
static void free_record(struct walk *walk, const uint8_t *list, uint64_t bytes) {
  uint64_t n, page;
  if (bytes < sizeof n) {
    fault(walk, "the free list is damaged");
    return;
  }
  memcpy(&n, list, sizeof n);
  if (n > bytes / sizeof n - 1) {
    fault(walk, "the free list is damaged");
    return;
  }
  for (uint64_t i = 1, before = UINT64_MAX; i <= n; i++, before = page) {
    memcpy(&page, list + i * sizeof page, sizeof page);
    if (page >= before) fault(walk, "the free list is out of order");
    if (page >= before || !take(walk, page, 1, "the free list")) return;
  }
  walk->result->free_pages += n;
}

static void free_big(struct walk *walk, uint64_t page, uint32_t bytes) {
  uint8_t *list = malloc((size_t)bytes + 1);
  if (!list) {
    fault(walk, "the free list takes %u bytes, more than there is memory", bytes);
    return;
  }
  if (read_at(walk->fd, list, bytes, page * walk->page_bytes + sizeof(struct page_header)))
    free_record(walk, list, bytes);
  else fault(walk, "the free list lies beyond the end of the file");
  free(list);
}

enum tree_kind { TREE_FREE, TREE_MAIN, TREE_TABLE };

static void leaf_node(struct walk *walk, enum tree_kind kind, const struct node *node,
                      const uint8_t *body, uint64_t room, struct tree *found, const char *what) {
  const uint32_t bytes = (uint32_t)node->high << 16 | node->low;
  const uint8_t *data = body + node->key_bytes;
  uint64_t page;
  if (room < node->key_bytes || (node->flags & NODE_DUPLICATES) || !node->key_bytes ||
      (kind == TREE_FREE && node->key_bytes != sizeof page) ||
      ((node->flags & NODE_TABLE) != 0) != (kind == TREE_MAIN)) {
    fault(walk, "%s: an entry is damaged", what);
    return;
  }
  room -= node->key_bytes;
  if (node->flags & NODE_BIG) {
    if (room < sizeof page || kind == TREE_MAIN) {
      fault(walk, "%s: an entry is damaged", what);
      return;
    }
    memcpy(&page, data, sizeof page);
    const uint64_t before = walk->faults;
    big_check(walk, page, bytes, what);
    found->overflow_pages +=
        (sizeof(struct page_header) + (uint64_t)bytes + walk->page_bytes - 1) / walk->page_bytes;
    if (kind == TREE_FREE && walk->faults == before) free_big(walk, page, bytes);
  } else if (bytes > room) {
    fault(walk, "%s: a value reaches beyond its page", what);
  } else if (kind == TREE_FREE) {
    free_record(walk, data, bytes);
  } else if (kind == TREE_MAIN) {
    if (bytes != sizeof(struct tree) ||
        walk->table_roots >= sizeof walk->tables / sizeof *walk->tables)
      fault(walk, "%s: a table's record is damaged", what);
    else memcpy(&walk->tables[walk->table_roots++], data, bytes);
  }
}

static void leaf_check(struct walk *walk, enum tree_kind kind, const uint8_t *page,
                       struct tree *found, const char *what) {
  struct page_header header;
  struct node node;
  const uint8_t *body;
  memcpy(&header, page, sizeof header);
  const unsigned n = (header.lower - (unsigned)sizeof header) / 2;
  found->leaf_pages++;
  found->entries += n;
  for (unsigned i = 0; i < n; i++) {
    if (!node_get(walk, page, i, &node, &body)) {
      fault(walk, "%s: page %llu is damaged", what, (unsigned long long)header.number);
      return;
    }
    leaf_node(walk, kind, &node, body, (uint64_t)(page + walk->page_bytes - body), found, what);
  }
}

/* Walks a tree depth first, without recursion: `at` is the next child of the branch on each level.
 */
static void tree_check(struct walk *walk, enum tree_kind kind, const struct tree *tree,
                       const char *what) {
  struct tree found = {.entries = 0};
  unsigned at[DEPTH_MAX] = {0}, level = 0;
  uint64_t next = tree->root;
  const uint64_t faults_before = walk->faults;
  if (tree->root == NO_PAGE) {
    if (tree->entries) fault(walk, "%s: it has no pages but entries", what);
    return;
  }
  if (!tree->depth || tree->depth > DEPTH_MAX || (kind == TREE_TABLE && tree->flags)) {
    fault(walk, "%s: its record is damaged", what);
    return;
  }
  for (;;) {
    uint8_t *page = walk->levels + level * walk->page_bytes;
    struct page_header header;
    struct node node;
    const uint8_t *body;
    if (next != NO_PAGE) { /* enter a page */
      if (!page_read(walk, next, page, what)) return;
      walk->result->tree_pages++;
      memcpy(&header, page, sizeof header);
      at[level] = 0;
      if ((header.flags == PAGE_LEAF) != (level + 1u == tree->depth)) {
        fault(walk, "%s: page %llu has the wrong depth", what, (unsigned long long)next);
        return;
      }
      next = NO_PAGE;
      if (header.flags == PAGE_LEAF) {
        leaf_check(walk, kind, page, &found, what);
        if (walk->faults > faults_before + PAGES_FAULTS || !level) break;
        level--;
        continue;
      }
      found.branch_pages++;
    }
    memcpy(&header, page, sizeof header);
    if (at[level] < (header.lower - (unsigned)sizeof header) / 2) {
      if (!node_get(walk, page, at[level], &node, &body)) {
        fault(walk, "%s: page %llu is damaged", what, (unsigned long long)header.number);
        return;
      }
      at[level]++;
      next = (uint64_t)node.flags << 32 | (uint64_t)node.high << 16 | node.low;
      level++;
    } else if (level) {
      level--;
    } else {
      break;
    }
  }
  if (walk->faults == faults_before &&
      (found.entries != tree->entries || found.leaf_pages != tree->leaf_pages ||
       found.branch_pages != tree->branch_pages || found.overflow_pages != tree->overflow_pages))
    fault(walk, "%s: its counts of pages or entries are wrong", what);
}

static void walk_all(struct walk *walk, const struct meta *meta) {
  tree_check(walk, TREE_MAIN, &meta->trees[1], "the list of tables");
  for (unsigned i = 0; i < walk->table_roots; i++) {
    char what[32];
    (void)snprintf(what, sizeof what, "table %u", i + 1);
    tree_check(walk, TREE_TABLE, &walk->tables[i], what);
  }
  tree_check(walk, TREE_FREE, &meta->trees[0], "the free list");
  for (uint64_t p = META_PAGES; p <= walk->last_page; p++)
    walk->result->unused_pages += !(walk->used[p / 8] >> (p % 8) & 1);
}

int pages_check(int fd, uint64_t txnid, pages_report *report, void *context, uint64_t *faults,
                struct pages_result *result, struct ps_error *err) {
  struct meta metas[META_PAGES];
  struct stat st;
  bool foreign;
  *result = (struct pages_result){.tree_pages = 0};
  *faults = 0;
  if (fstat(fd, &st)) return error_set_os(err, PS_E_STORE, errno, "the store cannot be examined");
  struct walk walk = {.fd = fd, .report = report, .context = context, .result = result};
  const char *wrong = metas_read(fd, (uint64_t)st.st_size, metas, &foreign);
  if (wrong) {
    fault(&walk, "%s", wrong);
    *faults = walk.faults;
    return PS_OK;
  }
  const struct meta *meta = &metas[txnid % META_PAGES];
  if (meta->txnid != txnid)
    return error_set(err, PS_E_STOPPED, "the store was written to meanwhile");
  walk.page_bytes = meta->trees[0].pad;
  walk.file_pages = (uint64_t)st.st_size / walk.page_bytes;
  walk.last_page = meta->last_page;
  walk.used = calloc(1, (size_t)(walk.last_page / 8 + 1));
  walk.levels = malloc(DEPTH_MAX * walk.page_bytes);
  int rc = PS_OK;
  if (walk.used && walk.levels) walk_all(&walk, meta);
  else rc = error_memory(err, walk.last_page / 8 + DEPTH_MAX * walk.page_bytes);
  free(walk.used);
  free(walk.levels);
  *faults = walk.faults;
  return rc;
}

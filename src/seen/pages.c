#include "seen/pages.h"

#include "base/error.h"
#include "base/retry.h"
#include "seen/metas.h"
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

#define FREE_FLAGS 8u /* MDB_INTEGERKEY; the other tables have none */
#define TABLES_MAX 4u

enum tree_kind { TREE_FREE, TREE_MAIN, TREE_TABLE };

/* A tree as its record says and as it was found. */
struct subject {
  enum tree_kind kind;
  bool shallow; /* the headers of its overflow pages are not read */
  char what[24];
  struct tree told, found;
};

/* The key before, in the order of the tree: of a leaf's entry, or one that parts two children of a
 * branch, from which on the next entry may lie. */
struct order {
  uint8_t key[KEY_BYTES_MAX];
  unsigned bytes;
  bool any, parts;
};

struct walk {
  int fd;
  int os_error; /* ends the walk: it says nothing of the file */
  bool deep;
  uint64_t page_bytes, file_pages, last_page;
  uint8_t *used;   /* a bit a page */
  uint8_t *levels; /* [DEPTH_MAX] page buffers */
  struct order order;
  struct subject tables[TABLES_MAX]; /* found in the main tree */
  unsigned ntables;
  pages_report *report;
  void *context;
  uint64_t faults;
  struct pages_result *result;
};

static void fault(struct walk *walk, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fault(struct walk *walk, const char *format, ...) {
  char text[200];
  if (walk->os_error) return;
  va_list args;
  va_start(args, format);
  (void)vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (walk->faults++ < PAGES_FAULTS && walk->report) walk->report(walk->context, text);
}

/* Also of what was read into memory that was not to be had. */
static int unreadable(int os_error, const char *what, struct ps_error *err) {
  if (os_error == ENOMEM) return error_memory(err, 0);
  return error_set_os(err, PS_E_STORE, os_error, "%s cannot be read", what);
}

int pages_check_head(const char *file, struct ps_error *err) {
  struct metas metas;
  bool foreign;
  const int fd = RETRY(open(file, O_RDONLY | O_CLOEXEC));
  if (fd < 0)
    return error_set_os(err, PS_E_STORE, errno,
                        errno == EACCES || errno == EPERM
                            ? "%s cannot be opened: change its permissions, or name another store"
                            : "%s cannot be opened",
                        file);
  const char *wrong = metas_read(fd, &metas, &foreign);
  close(fd);
  if (!wrong) return PS_OK;
  if (metas.os_error) return unreadable(metas.os_error, file, err);
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

/* How many pages a value takes. */
static uint64_t big_pages(const struct walk *walk, uint32_t bytes) {
  return (sizeof(struct page_header) + (uint64_t)bytes + walk->page_bytes - 1) / walk->page_bytes;
}

static struct page_header header_of(const uint8_t *page) {
  struct page_header header;
  memcpy(&header, page, sizeof header);
  return header;
}

static unsigned nodes_of(const uint8_t *page) {
  return (header_of(page).lower - (unsigned)sizeof(struct page_header)) / 2;
}

/* A node and where its key lies; false if it reaches beyond its page. */
static bool node_get(const struct walk *walk, const uint8_t *page, unsigned i, struct node *node,
                     const uint8_t **key) {
  uint16_t at;
  memcpy(&at, page + sizeof(struct page_header) + 2 * (size_t)i, sizeof at);
  if (at < header_of(page).upper || at + sizeof *node > walk->page_bytes || at % 2) return false;
  memcpy(node, page + at, sizeof *node);
  *key = page + at + sizeof *node;
  return node->key_bytes <= KEY_BYTES_MAX &&
         at + sizeof *node + node->key_bytes <= walk->page_bytes;
}

static uint32_t node_data_bytes(const struct node *node) {
  return (uint32_t)node->high << 16 | node->low;
}

/* The nodes fill the page from `upper` to its end without gaps, as LMDB's moves rely on. */
static bool nodes_sound(const struct walk *walk, const uint8_t *page) {
  const struct page_header header = header_of(page);
  uint64_t bytes = 0;
  for (unsigned i = 0; i < nodes_of(page); i++) {
    struct node node;
    const uint8_t *key;
    if (!node_get(walk, page, i, &node, &key)) return false;
    uint64_t size = sizeof node + node.key_bytes;
    if (header.flags == PAGE_LEAF)
      size += node.flags & NODE_BIG ? sizeof(uint64_t) : node_data_bytes(&node);
    if (size > (uint64_t)(page + walk->page_bytes - (key - sizeof node))) return false;
    bytes += (size + 1) & ~(uint64_t)1;
  }
  return bytes == walk->page_bytes - header.upper;
}

/* False when the file ends before, or after an error of the system, which is noted. */
static bool bytes_read(struct walk *walk, void *to, size_t bytes, uint64_t at) {
  const int r = metas_read_at(walk->fd, to, bytes, at);
  if (r && r != METAS_END) walk->os_error = r;
  return !r;
}

static bool page_read(struct walk *walk, uint64_t page, uint8_t *to,
                      const struct subject *subject) {
  if (!take(walk, page, 1, subject->what)) return false;
  if (page >= walk->file_pages ||
      !bytes_read(walk, to, walk->page_bytes, page * walk->page_bytes)) {
    fault(walk, "%s: page %llu lies beyond the end of the file", subject->what,
          (unsigned long long)page);
    return false;
  }
  const struct page_header header = header_of(to);
  const unsigned least = header.flags == PAGE_BRANCH && subject->kind != TREE_FREE ? 2 : 1;
  const bool sound = header.number == page && header.lower >= sizeof header &&
                     header.lower <= header.upper && header.upper <= walk->page_bytes &&
                     header.lower % 2 == 0 && header.upper % 2 == 0 &&
                     (header.flags == PAGE_BRANCH || header.flags == PAGE_LEAF) &&
                     nodes_of(to) >= least && nodes_sound(walk, to);
  if (!sound) fault(walk, "%s: page %llu is damaged", subject->what, (unsigned long long)page);
  return sound;
}

/* An overflow value: its pages are in the file and say so. */
static bool big_check(struct walk *walk, uint64_t page, uint32_t bytes, struct subject *subject) {
  const uint64_t n = big_pages(walk, bytes);
  struct page_header header;
  uint32_t pages;
  subject->found.overflow_pages += n;
  if (!take(walk, page, n, subject->what)) return false;
  if (page + n > walk->file_pages) {
    fault(walk, "%s: the value on page %llu lies beyond the end of the file", subject->what,
          (unsigned long long)page);
    return false;
  }
  if (subject->shallow) return true;
  const bool read = bytes_read(walk, &header, sizeof header, page * walk->page_bytes);
  if (read) memcpy(&pages, &header.lower, sizeof pages);
  if (read && header.number == page && header.flags == PAGE_OVERFLOW && pages == n) return true;
  fault(walk, "%s: the value on page %llu is damaged", subject->what, (unsigned long long)page);
  return false;
}

/* The pages that a record of the free list names. */
static void free_record(struct walk *walk, const uint8_t *list, uint64_t bytes) {
  uint64_t n = 0, page, before = UINT64_MAX;
  if (bytes >= sizeof n) memcpy(&n, list, sizeof n);
  if (bytes < sizeof n || n > bytes / sizeof n - 1) {
    fault(walk, "the free list is damaged");
    return;
  }
  for (uint64_t i = 1; i <= n; i++, before = page) {
    memcpy(&page, list + i * sizeof page, sizeof page);
    if (page >= before) fault(walk, "the free list is out of order");
    if (page >= before || !take(walk, page, 1, "the free list")) return;
  }
  walk->result->free_pages += n;
}

static void free_big(struct walk *walk, uint64_t page, uint32_t bytes) {
  uint8_t *list = malloc((size_t)bytes + 1);
  if (!list) {
    walk->os_error = ENOMEM;
    return;
  }
  if (bytes_read(walk, list, bytes, page * walk->page_bytes + sizeof(struct page_header)))
    free_record(walk, list, bytes);
  else fault(walk, "the free list lies beyond the end of the file");
  free(list);
}

/* Notes a table that the main tree names. */
static bool table_note(struct walk *walk, const struct node *node, const uint8_t *key) {
  if (!(node->flags & NODE_TABLE) || walk->ntables == TABLES_MAX) {
    walk->result->foreign = true;
    return true;
  }
  if (node->flags & NODE_BIG || node_data_bytes(node) != sizeof(struct tree)) return false;
  struct subject *table = &walk->tables[walk->ntables++];
  char name[12] = "";
  for (unsigned i = 0; i < node->key_bytes && i < sizeof name - 1; i++)
    name[i] = key[i] > ' ' && key[i] < 0x7f ? (char)key[i] : '?';
  *table = (struct subject){.kind = TREE_TABLE};
  if (strcmp(name, "meta") != 0 && strcmp(name, "log") != 0 && strcmp(name, "hot") != 0 &&
      strcmp(name, "cold") != 0) {
    walk->result->foreign = true;
    walk->ntables--;
    return true;
  }
  table->shallow = !walk->deep && (!strcmp(name, "hot") || !strcmp(name, "cold"));
  (void)snprintf(table->what, sizeof table->what, "table %s", name);
  memcpy(&table->told, key + node->key_bytes, sizeof table->told);
  return true;
}

static bool leaf_node_sound(struct walk *walk, struct subject *subject, const struct node *node,
                            const uint8_t *key) {
  const uint8_t *data = key + node->key_bytes;
  const uint32_t bytes = node_data_bytes(node);
  const bool big = node->flags & NODE_BIG;
  uint64_t page;
  if (!node->key_bytes || (node->flags & ~(NODE_BIG | NODE_TABLE)) ||
      (node->flags & NODE_TABLE && subject->kind != TREE_MAIN) ||
      (subject->kind == TREE_FREE && node->key_bytes != sizeof page))
    return false;
  if (subject->kind == TREE_MAIN) return table_note(walk, node, key);
  if (!big) {
    if (subject->kind == TREE_FREE) free_record(walk, data, bytes);
    return true;
  }
  memcpy(&page, data, sizeof page);
  if (big_check(walk, page, bytes, subject) && subject->kind == TREE_FREE)
    free_big(walk, page, bytes);
  return true; /* else it was told */
}

static int key_compare(const struct subject *subject, const uint8_t *a, unsigned a_bytes,
                       const uint8_t *b, unsigned b_bytes) {
  uint64_t x, y;
  if (subject->kind == TREE_FREE && a_bytes == sizeof x && b_bytes == sizeof y) {
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
  }
  const int order = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);
  return order ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

/* Keys rise, or LMDB, which looks for them by halves, does not find what is there. Those that part
 * children lie above all of the one before and not above the first of the one after. */
static bool order_check(struct walk *walk, const struct subject *subject, const uint8_t *page,
                        const struct node *node, const uint8_t *key, bool parts) {
  struct order *before = &walk->order;
  const int order =
      before->any ? key_compare(subject, key, node->key_bytes, before->key, before->bytes) : 1;
  const bool rises = order > 0 || (!order && before->parts && !parts);
  if (!rises)
    fault(walk, "%s: the keys on page %llu are out of order", subject->what,
          (unsigned long long)header_of(page).number);
  memcpy(before->key, key, node->key_bytes);
  before->bytes = node->key_bytes;
  before->any = true;
  before->parts = parts;
  return rises;
}

static void leaf_check(struct walk *walk, struct subject *subject, const uint8_t *page) {
  bool ordered = true;
  subject->found.leaf_pages++;
  subject->found.entries += nodes_of(page);
  for (unsigned i = 0; i < nodes_of(page); i++) {
    struct node node = {.low = 0};
    const uint8_t *key;
    if (!node_get(walk, page, i, &node, &key) || !leaf_node_sound(walk, subject, &node, key))
      fault(walk, "%s: an entry on page %llu is damaged", subject->what,
            (unsigned long long)header_of(page).number);
    else if (ordered) ordered = order_check(walk, subject, page, &node, key, false);
  }
}

/* Where the walk goes on in a branch; false: its key is out of order. */
static bool branch_next(struct walk *walk, const struct subject *subject, const uint8_t *page,
                        unsigned child, uint64_t *enter) {
  struct node node = {.low = 0};
  const uint8_t *key;
  if (!node_get(walk, page, child, &node, &key)) return false; /* see page_read() */
  *enter = (uint64_t)node.flags << 32 | node_data_bytes(&node);
  return !child || order_check(walk, subject, page, &node, key, true); /* the first has no key */
}

/* Walks down and up without recursion; next_child[level] is where to go on in the branch there. */
static void tree_walk(struct walk *walk, struct subject *subject) {
  unsigned next_child[DEPTH_MAX] = {0}, level = 0;
  uint64_t enter = subject->told.root;
  walk->order.any = false;
  for (;;) {
    uint8_t *page = walk->levels + level * walk->page_bytes;
    if (enter != NO_PAGE) {
      if (walk->faults > PAGES_FAULTS || walk->os_error || !page_read(walk, enter, page, subject))
        return;
      const bool leaf = header_of(page).flags == PAGE_LEAF;
      if (leaf != (level + 1u == subject->told.depth)) {
        fault(walk, "%s: page %llu has the wrong depth", subject->what, (unsigned long long)enter);
        return;
      }
      enter = NO_PAGE;
      next_child[level] = 0;
      if (leaf) leaf_check(walk, subject, page);
      else subject->found.branch_pages++;
    }
    if (header_of(page).flags == PAGE_BRANCH && next_child[level] < nodes_of(page)) {
      if (!branch_next(walk, subject, page, next_child[level]++, &enter)) return;
      level++;
    } else if (level) {
      level--;
    } else {
      return;
    }
  }
}

static void tree_check(struct walk *walk, struct subject *subject) {
  const struct tree *told = &subject->told, *found = &subject->found;
  const uint64_t faults = walk->faults;
  if (told->flags != (subject->kind == TREE_FREE ? FREE_FLAGS : 0)) {
    fault(walk, "%s: its record is damaged", subject->what);
    return;
  }
  if (told->root == NO_PAGE) {
    if (told->entries) fault(walk, "%s: it has no pages but entries", subject->what);
    return;
  }
  if (!told->depth || told->depth > DEPTH_MAX) {
    fault(walk, "%s: its record is damaged", subject->what);
    return;
  }
  tree_walk(walk, subject);
  if (walk->faults == faults &&
      (found->entries != told->entries || found->leaf_pages != told->leaf_pages ||
       found->branch_pages != told->branch_pages || found->overflow_pages != told->overflow_pages))
    fault(walk, "%s: its counts of pages or entries are wrong", subject->what);
}

static void walk_all(struct walk *walk, const struct meta *meta) {
  struct subject list = {.kind = TREE_MAIN, .what = "the list of tables", .told = meta->trees[1]};
  struct subject unused = {.kind = TREE_FREE, .what = "the free list", .told = meta->trees[0]};
  tree_check(walk, &list);
  for (unsigned i = 0; i < walk->ntables; i++) tree_check(walk, &walk->tables[i]);
  tree_check(walk, &unused);
}

/* The last commit is not the one before it: the numbers of the transactions rise with those of the
 * states that they wrote. */
static void newest_check(struct walk *walk, const struct metas *metas, uint64_t txnid) {
  const struct meta *ours = &metas->at[txnid % META_PAGES],
                    *other = &metas->at[(txnid + 1) % META_PAGES];
  uint64_t generation = 0, others = 0;
  int error, others_error;
  const enum metas_state state = metas_generation(walk->fd, ours, &generation, &error),
                         others_state = metas_generation(walk->fd, other, &others, &others_error);
  if (error || others_error) walk->os_error = error ? error : others_error;
  const bool older = other->txnid < txnid;
  /* LMDB sets a meta page that it failed to write back to its number and last page, not to its
   * trees; the next commit writes over it. */
  const bool failed = older && other->last_page < ours->last_page;
  if (!failed && others_state == METAS_FOUND &&
      (state == METAS_FOUND ? (older ? others > generation : others < generation)
                            : state == METAS_NONE && older))
    fault(walk, "the number of a transaction in a meta page is damaged: the last commit is not the "
                "one that would be read");
  else if (walk->deep && others_state == METAS_BROKEN)
    fault(walk, "the meta page of the commit before, or its tree, is damaged");
}

int pages_check(int fd, uint64_t txnid, bool deep, pages_report *report, void *context,
                uint64_t *faults, struct pages_result *result, struct ps_error *err) {
  struct metas metas;
  struct stat st;
  bool foreign;
  *result = (struct pages_result){.free_pages = 0};
  *faults = 0;
  if (RETRY(fstat(fd, &st)))
    return error_set_os(err, PS_E_STORE, errno, "the store cannot be examined");
  struct walk walk = {
      .fd = fd, .deep = deep, .report = report, .context = context, .result = result};
  const char *wrong = metas_read(fd, &metas, &foreign);
  const struct meta *meta = &metas.at[txnid % META_PAGES];
  if (metas.os_error) return unreadable(metas.os_error, "the store", err);
  if (wrong) {
    fault(&walk, "%s", wrong);
    *faults = walk.faults;
    return PS_OK;
  }
  if (meta->txnid != txnid)
    return error_set(err, PS_E_STOPPED, "the store was written to meanwhile");
  walk.page_bytes = meta->trees[0].pad;
  walk.file_pages = (uint64_t)st.st_size / walk.page_bytes;
  walk.last_page = meta->last_page;
  walk.used = calloc(1, (size_t)(walk.last_page / 8 + 1));
  walk.levels = malloc(DEPTH_MAX * walk.page_bytes);
  int r = PS_OK;
  if (walk.used && walk.levels) {
    newest_check(&walk, &metas, txnid);
    walk_all(&walk, meta);
    if (walk.os_error) r = unreadable(walk.os_error, "the store", err);
  } else r = error_memory(err, walk.last_page / 8 + DEPTH_MAX * walk.page_bytes);
  free(walk.used);
  free(walk.levels);
  *faults = walk.faults;
  return r;
}

/* LMDB's file as it lies on the disk: that of LMDB 0.9, MDB_DATA_VERSION 1 (struct MDB_page,
 * MDB_node, MDB_db and MDB_meta of mdb.c), little-endian, on 64-bit machines.
 */
#ifndef SEEN_LMDB_FILE_H
#define SEEN_LMDB_FILE_H

#include <assert.h>
#include <stdint.h>

#define META_MAGIC     0xbeefc0deu
#define META_VERSION   1u
#define META_PAGES     2u
#define NO_PAGE        UINT64_MAX
#define DEPTH_MAX      32u  /* LMDB's cursors go no deeper */
#define KEY_BYTES_MAX  511u /* LMDB's MDB_MAXKEYSIZE */
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

#endif

/* Each kind of damage of LMDB's trees is told by name: single fields of a store's file are set, and
 * opening the store or its check says what is wrong. The places are found by a reader of the file
 * that is the test's own. */
#include "support.h"

#include "seen/lmdb_file.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUES    60u /* of the meta table: a branch page and leaves */
#define BIG       40000u
#define SENTENCES 4000

static const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                               .create = true,
                                               .log_keys = 600,
                                               .chunk_keys = 512,
                                               .merge_us = 500,
                                               .no_sync = true};

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES], file[PATH_BYTES];
  uint8_t *bytes, *pristine;
  size_t size, page;
  char sentences[SENTENCES];
};

static struct fixture *fixture;

/* --- the file --- */

static uint64_t get(size_t at, unsigned bytes) {
  uint64_t value = 0;
  assert_true(at + bytes <= fixture->size);
  memcpy(&value, fixture->bytes + at, bytes); /* little-endian, as the file */
  return value;
}
static void set(size_t at, unsigned bytes, uint64_t value) {
  assert_true(at + bytes <= fixture->size);
  memcpy(fixture->bytes + at, &value, bytes);
}

#define HEADER      sizeof(struct page_header)
#define FLAGS       offsetof(struct page_header, flags)
#define LOWER       offsetof(struct page_header, lower)
#define UPPER       offsetof(struct page_header, upper)
#define NODE_FLAGS  offsetof(struct node, flags)
#define NODE_KEY    offsetof(struct node, key_bytes)
#define TREE(field) offsetof(struct tree, field)

static size_t meta_at(void) { /* the newer one */
  const size_t txnid = HEADER + offsetof(struct meta, txnid);
  return (get(txnid, 8) > get(fixture->page + txnid, 8) ? 0 : fixture->page) + HEADER;
}
static size_t free_tree(void) { return meta_at() + offsetof(struct meta, trees[0]); }
static size_t main_tree(void) { return meta_at() + offsetof(struct meta, trees[1]); }
static size_t root_of(size_t tree) { return get(tree + TREE(root), 8) * fixture->page; }
static unsigned nodes_on(size_t page) { return (unsigned)(get(page + LOWER, 2) - HEADER) / 2; }
static size_t node_on(size_t page, unsigned i) {
  return page + (size_t)get(page + HEADER + 2 * (size_t)i, 2);
}
static size_t data_of(size_t node) {
  return node + sizeof(struct node) + (size_t)get(node + NODE_KEY, 2);
}
static size_t node_named(size_t page, const char *name) {
  for (unsigned i = 0; i < nodes_on(page); i++) {
    const size_t node = node_on(page, i), len = strlen(name);
    if (get(node + NODE_KEY, 2) == len &&
        !memcmp(fixture->bytes + node + sizeof(struct node), name, len))
      return node;
  }
  fail_msg("no entry %s", name);
  return 0;
}
static size_t table(const char *name) { return data_of(node_named(root_of(main_tree()), name)); }
static size_t branch(void) {
  const size_t page = root_of(table("meta"));
  assert_int_equal(get(page + FLAGS, 2), PAGE_BRANCH);
  return page;
}
static size_t leaf(void) { return get(node_on(branch(), 1), 4) * fixture->page; }
/* A node of a leaf whose value has pages of its own, or has none. */
static size_t node_with(size_t page, bool big) {
  for (unsigned i = 0; i < nodes_on(page); i++)
    if ((get(node_on(page, i) + NODE_FLAGS, 2) == NODE_BIG) == big) return node_on(page, i);
  fail_msg("no such value");
  return 0;
}
static size_t big_node(void) {
  return node_with(get(node_on(branch(), 0), 4) * fixture->page, true);
}
static size_t big_page(void) { return get(data_of(big_node()), 8) * fixture->page; }
static size_t free_small(void) { return data_of(node_with(root_of(free_tree()), false)); }
static size_t free_big(void) {
  return get(data_of(node_with(root_of(free_tree()), true)), 8) * fixture->page + HEADER;
}

static int setup(void **state) {
  static const uint8_t value[1u << 20] = {1};
  struct ps_seen *seen;
  char name[32];
  struct fixture *f = fixture = calloc(1, sizeof *f);
  assert_non_null(f);
  f->page = (size_t)sysconf(_SC_PAGESIZE);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  test_path(f->dir, "data.mdb", f->file);
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  for (uint64_t i = 0; i < 4; i++) test_mark(seen, i * 1500, 1500, (uint16_t)(100 + i));
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_put_value(seen, "a", value, BIG, err));
  assert_ok(ps_seen_put_value(seen, "gone", value, sizeof value * f->page / 4096, err));
  for (unsigned i = 0; i < VALUES; i++) {
    (void)snprintf(name, sizeof name, "b%02u", i);
    assert_ok(ps_seen_put_value(seen, name, value, 500, err));
  }
  assert_ok(ps_seen_commit(seen, err));
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_delete_values(seen, "gone", "gonf", err)); /* a long record of free pages */
  assert_ok(ps_seen_commit(seen, err));
  test_mark(seen, 6000, 10, 103); /* and short ones */
  test_mark(seen, 6010, 10, 103);
  test_check_clean(seen);
  ps_seen_close(seen);
  test_file_read(f->file, &f->pristine, &f->size);
  f->bytes = malloc(f->size);
  assert_non_null(f->bytes);
  memcpy(f->bytes, f->pristine, f->size);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  test_dir_remove(f->top);
  free(f->bytes);
  free(f->pristine);
  free(f);
  return 0;
}

/* --- damage --- */

static void sentence_note(void *context, const char *sentence) {
  struct fixture *f = context;
  const size_t used = strlen(f->sentences);
  (void)snprintf(f->sentences + used, sizeof f->sentences - used, "%s\n", sentence);
}

/* The file as it was set: opening refuses it or the check tells it, with this part of a sentence.
 */
static void told(const char *part) {
  struct fixture *f = fixture;
  struct ps_seen *seen;
  struct ps_error error = {.status = PS_OK};
  struct ps_seen_check_result result;
  f->sentences[0] = '\0';
  test_file_write(f->file, f->bytes, f->size);
  memcpy(f->bytes, f->pristine, f->size);
  const int r = ps_seen_open(f->dir, &options, &seen, &error);
  if (!r) {
    assert_ok(ps_seen_check(seen, sentence_note, f, &result, err));
    ps_seen_close(seen);
    if (!result.broken) fail_msg("called sound: %s", part);
  } else {
    assert_true(r == PS_E_STORE_DAMAGED || r == PS_E_STORE_VERSION);
    (void)snprintf(f->sentences, sizeof f->sentences, "%s", error.text);
  }
  if (!strstr(f->sentences, part)) fail_msg("\"%s\" lacks \"%s\"", f->sentences, part);
}
static void told_set(size_t at, unsigned bytes, uint64_t value, const char *part) {
  set(at, bytes, value);
  told(part);
}
static void told_more(size_t at, unsigned bytes, int64_t more, const char *part) {
  told_set(at, bytes, get(at, bytes) + (uint64_t)more, part);
}

static void damaged_heads_of_pages_are_told(void **state) {
  (void)state;
  static const char part[] = "is damaged";
  const size_t pages[] = {leaf(), branch()};
  for (size_t i = 0; i < 2; i++) {
    const size_t at = pages[i];
    told_more(at, 8, 1, part); /* its number */
    told_set(at + FLAGS, 2, PAGE_BRANCH | PAGE_LEAF, part);
    told_set(at + FLAGS, 2, PAGE_OVERFLOW, part);
    told_set(at + LOWER, 2, HEADER - 2, part);
    told_set(at + LOWER, 2, HEADER, part); /* no node */
    told_more(at + LOWER, 2, 1, part);
    told_set(at + LOWER, 2, get(at + UPPER, 2) + 2, part);
    told_more(at + UPPER, 2, 1, part);
    told_more(at + UPPER, 2, -2, part); /* a gap */
    told_set(at + UPPER, 2, fixture->page + 2, part);
  }
  told_set(branch() + LOWER, 2, HEADER + 2, part); /* a single child */
}

static void damaged_nodes_are_told(void **state) {
  (void)state;
  static const char part[] = "is damaged", entry[] = "an entry on page";
  const size_t at = leaf(), first = at + HEADER, node = node_on(at, 0);
  told_set(first, 2, get(at + UPPER, 2) - 2, part);
  told_more(first, 2, 1, part);
  told_set(first, 2, fixture->page - 4, part);
  told_set(node + NODE_KEY, 2, KEY_BYTES_MAX + 1, part);
  memset(fixture->bytes + at + fixture->page - 10, 1, 10);
  told_set(first, 2, fixture->page - 10, part); /* the key reaches beyond the page */
  told_set(node, 2, 0xffff, part);              /* the value does */
  told_set(node + NODE_FLAGS, 2, NODE_DUPLICATES, entry);
  told_set(node + NODE_FLAGS, 2, NODE_TABLE, entry);
  const uint64_t key = get(node + NODE_KEY, 2);
  set(node + NODE_KEY, 2, 0);
  told_more(node, 2, (int64_t)key, entry);
}

/* Two entries change places: a search then misses what is there. */
static void a_wrong_order_of_keys_is_told(void **state) {
  (void)state;
  static const char order[] = "are out of order", lost[] = "is damaged";
  const size_t pages[] = {leaf(),
                          root_of(table("hot")),
                          root_of(table("cold")),
                          root_of(table("log")),
                          root_of(free_tree()),
                          root_of(main_tree())};
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
    const size_t at = pages[i] + HEADER;
    assert_int_equal(get(pages[i] + FLAGS, 2), PAGE_LEAF);
    if (nodes_on(pages[i]) < 2) fail_msg("page %zu has one node", i);
    const uint64_t one = get(at, 2);
    set(at, 2, get(at + 2, 2));
    /* Where the state is not found, it is told by the other sign of damage. */
    told_set(at + 2, 2, one, pages[i] == root_of(main_tree()) ? lost : order);
  }
  const size_t key = node_on(branch(), 1) + sizeof(struct node);
  told_set(key, 1, 'a', lost); /* below the keys of the leaf before */
  told_set(key, 1, 'z', lost); /* above those of its own */
  const size_t same = node_on(leaf(), 1) + sizeof(struct node);
  memcpy(fixture->bytes + same, fixture->pristine + node_on(leaf(), 0) + sizeof(struct node), 9);
  told(order); /* the same key twice */
}

static void damaged_records_of_trees_are_told(void **state) {
  (void)state;
  static const char counts[] = "counts of pages or entries are wrong",
                    record[] = "its record is damaged", outside[] = "lies outside the store";
  const size_t trees[] = {table("meta"), table("cold"), free_tree(), main_tree()};
  for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
    const size_t at = trees[i];
    told_set(at + TREE(flags), 2, get(at + TREE(flags), 2) ^ 2, record);
    told_set(at + TREE(depth), 2, 0, record);
    told_set(at + TREE(depth), 2, DEPTH_MAX + 1, record);
    told_more(at + TREE(depth), 2, 1, "has the wrong depth");
    told_more(at + TREE(entries), 8, 1, counts);
    told_more(at + TREE(leaf_pages), 8, 1, counts);
    told_more(at + TREE(branch_pages), 8, 1, counts);
    told_more(at + TREE(overflow_pages), 8, -1, counts);
    told_set(at + TREE(root), 8, META_PAGES - 1, outside);
    told_set(at + TREE(root), 8, UINT64_C(1) << 40, outside);
  }
  told_set(table("log") + TREE(root), 8, NO_PAGE, "it has no pages but entries");
  told_set(table("meta") + TREE(root), 8, NO_PAGE, "is damaged");
  told_set(free_tree() + TREE(root), 8, NO_PAGE, "it has no pages but entries");
  told_set(table("hot") + TREE(root), 8, get(table("cold") + TREE(root), 8), "is used twice");
}

static void a_damaged_list_of_tables_is_told(void **state) {
  (void)state;
  static const char entry[] = "an entry on page", foreign[] = "no store of pingsieve";
  const size_t node = node_named(root_of(main_tree()), "hot"), name = node + sizeof(struct node);
  told_set(node + NODE_FLAGS, 2, 0, foreign);
  told_set(node + NODE_FLAGS, 2, NODE_TABLE | NODE_DUPLICATES, entry);
  told_set(name, 1, 'i', foreign);
  told_set(name, 1, 7, foreign);
  set(node + NODE_KEY, 2, 2);
  told_set(node, 2, sizeof(struct tree) + 1, entry);
}

static void damaged_lists_of_free_pages_are_told(void **state) {
  (void)state;
  static const char order[] = "the free list is out of order", whole[] = "the free list is damaged";
  const size_t lists[] = {free_small(), free_big()};
  for (size_t i = 0; i < 2; i++) {
    const size_t at = lists[i];
    assert_true(get(at, 8) > 1);
    told_set(at, 8, 1u << 24, whole);
    told_set(at + 16, 8, get(at + 8, 8), order);
    told_set(at + 8, 8, 1, "lies outside the store");
    told_set(at + 8, 8, UINT64_C(1) << 40, "lies outside the store");
  }
  const size_t last = free_small() + 8 * (size_t)get(free_small(), 8);
  told_set(last, 8, META_PAGES - 1, "lies outside the store");
  told_more(free_small(), 8, 1, "the free list");
  const size_t node = node_with(root_of(free_tree()), false);
  set(node + NODE_KEY, 2, 6);
  told_more(node, 2, 2, "an entry on page");
  told_set(free_big() - HEADER + FLAGS, 2, PAGE_LEAF, "the value on page");
}

static void damaged_values_on_pages_of_their_own_are_told(void **state) {
  (void)state;
  static const char part[] = "the value on page", outside[] = "lies outside the store";
  const size_t pages[] = {big_page(),
                          get(data_of(node_on(root_of(table("hot")), 0)), 8) * fixture->page};
  for (size_t i = 0; i < 2; i++) {
    told_more(pages[i], 8, 1, part);
    told_set(pages[i] + FLAGS, 2, PAGE_LEAF, part);
    told_more(pages[i] + LOWER, 4, 1, part); /* how many there are */
  }
  told_set(data_of(big_node()), 8, 0, outside);
  told_set(data_of(big_node()), 8, UINT64_C(1) << 33, outside);
  told_set(data_of(big_node()), 8, META_PAGES, "is used twice");
  told_set(node_on(branch(), 0) + NODE_FLAGS, 2, 1, outside); /* a child's high bits */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(damaged_heads_of_pages_are_told),
      cmocka_unit_test(damaged_nodes_are_told),
      cmocka_unit_test(a_wrong_order_of_keys_is_told),
      cmocka_unit_test(damaged_records_of_trees_are_told),
      cmocka_unit_test(a_damaged_list_of_tables_is_told),
      cmocka_unit_test(damaged_lists_of_free_pages_are_told),
      cmocka_unit_test(damaged_values_on_pages_of_their_own_are_told),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}

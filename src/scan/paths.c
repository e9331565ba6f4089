#include "scan/paths.h"
#include "base/error.h"
#include "scan/token.h"

#include <assert.h>
#include <stdlib.h>

static_assert(SCAN_NODES % 64 == 0 && SCAN_NODES <= UINT8_MAX,
              "nodes, and edges plus one, in a byte");
static_assert(SCAN_SPANS <= 64 && SCAN_SUMS <= 32, "spans and sums as bits of a word");

/* ---- the trie while it grows: nodes linked by index ---- */

struct draft_node {
  uint8_t key[SCAN_KEY];
  uint8_t len;
  uint8_t first_child, next_sibling, wildcard; /* node indices, 0: none */
  uint64_t spans, drop_spans, yields;
  uint32_t sums, drop_sums;
  uint8_t rank;
};

struct draft {
  unsigned nnodes;
  uint64_t spans; /* slots taken */
  uint32_t sums;
  uint8_t rank;     /* of the path being inserted, in its slot */
  const char *path; /* being inserted; for messages */
  struct ps_error *err;
  struct draft_node nodes[SCAN_NODES];
};

struct segment {
  uint8_t key[SCAN_KEY];
  uint8_t len;
  bool wildcard;
};

static int draft_add(struct draft *draft, unsigned *index) {
  *index = 0;
  if (draft->nnodes == SCAN_NODES)
    return error_set(draft->err, PS_E_ARGUMENT,
                     "too many paths: \"%s\" needs more than the %d distinct steps that all paths "
                     "together may have",
                     draft->path, SCAN_NODES);
  *index = draft->nnodes++;
  return PS_OK;
}

/* Copies the nodes below node `from` to node `to`. No repeated key drops a value that came by a
 * '*', so that drop_* stays empty. Recursion is as deep as the trie, which SCAN_NODES bounds. */
// NOLINTNEXTLINE(misc-no-recursion)
static int draft_copy_below(struct draft *draft, unsigned from, unsigned to) {
  struct draft_node *nodes = draft->nodes;
  nodes[to].spans = nodes[from].spans;
  nodes[to].sums = nodes[from].sums;
  unsigned last = 0;
  for (unsigned c = nodes[from].first_child; c; c = nodes[c].next_sibling) {
    unsigned copy;
    int r = draft_add(draft, &copy);
    if (r) return r;
    memcpy(nodes[copy].key, nodes[c].key, sizeof nodes[c].key);
    nodes[copy].len = nodes[c].len;
    *(last ? &nodes[last].next_sibling : &nodes[to].first_child) = (uint8_t)copy;
    last = copy;
    r = draft_copy_below(draft, c, copy);
    if (r) return r;
  }
  if (!nodes[from].wildcard) return PS_OK;
  unsigned copy;
  int r = draft_add(draft, &copy);
  if (r) return r;
  nodes[to].wildcard = (uint8_t)copy;
  return draft_copy_below(draft, nodes[from].wildcard, copy);
}

static int path_error(struct draft *draft, const char *what) {
  return error_set(draft->err, PS_E_ARGUMENT, "the path \"%s\" %s", draft->path, what);
}

/* Takes the first segment off *rest. */
static int draft_segment(struct draft *draft, const char **rest, struct segment *segment) {
  const char *p = *rest;
  segment->len = 0;
  segment->wildcard = p[0] == '*' && (p[1] == '/' || !p[1]);
  for (; *p && *p != '/'; p++) {
    char c = *p;
    if (c == '~') {
      c = *++p;
      if (c != '0' && c != '1')
        return path_error(draft, "has a '~' without '0' or '1' after it: write ~0 for '~' and ~1 "
                                 "for '/'");
      c = c == '0' ? '~' : '/';
    }
    if (segment->len == SCAN_KEY) return path_error(draft, "has a segment of over 200 bytes");
    segment->key[segment->len++] = (uint8_t)c;
  }
  if (!segment->len)
    return path_error(draft, "has an empty segment: write it as key/key, without a '/' at either "
                             "end");
  *rest = *p ? p + 1 : p;
  return PS_OK;
}

/* The child of `node` for a named key, made if it is missing. */
static int draft_child(struct draft *draft, unsigned node, const struct segment *segment,
                       unsigned *child) {
  struct draft_node *nodes = draft->nodes;
  uint8_t *link = &nodes[node].first_child;
  for (; *link; link = &nodes[*link].next_sibling) {
    *child = *link;
    if (nodes[*child].len == segment->len && !memcmp(nodes[*child].key, segment->key, segment->len))
      return PS_OK;
  }
  int r = draft_add(draft, child);
  if (r) return r;
  *link = (uint8_t)*child;
  memcpy(nodes[*child].key, segment->key, segment->len);
  nodes[*child].len = segment->len;
  return nodes[node].wildcard ? draft_copy_below(draft, nodes[node].wildcard, *child) : PS_OK;
}

/* Inserts the rest of a path below `node`; starred: a '*' came before. Each step takes a segment
 * and reaches a deeper node, so that SCAN_NODES bounds the recursion. */
// NOLINTNEXTLINE(misc-no-recursion)
static int draft_insert(struct draft *draft, unsigned node, const char *rest,
                        const struct scan_spec *spec, bool starred) {
  struct draft_node *n = &draft->nodes[node];
  uint64_t span = spec->kind != SCAN_SUM ? 1ull << spec->slot : 0;
  uint32_t sum = spec->kind == SCAN_SUM ? 1u << spec->slot : 0;
  if (!starred) {
    n->drop_spans |= span;
    n->drop_sums |= sum;
  }
  if (!*rest) {
    n->spans |= span;
    n->sums |= sum;
    if (!draft->rank) return PS_OK;
    assert(!n->yields || n->rank == draft->rank); /* a path has one place among its forms */
    n->yields |= span;
    n->rank = draft->rank;
    return PS_OK;
  }
  struct segment segment;
  unsigned child;
  int r = draft_segment(draft, &rest, &segment);
  if (r) return r;
  if (!segment.wildcard) {
    r = draft_child(draft, node, &segment, &child);
    return r ? r : draft_insert(draft, child, rest, spec, starred);
  }
  if (!n->wildcard) {
    r = draft_add(draft, &child);
    if (r) return r;
    n->wildcard = (uint8_t)child;
  }
  r = draft_insert(draft, n->wildcard, rest, spec, true);
  for (child = n->first_child; !r && child; child = draft->nodes[child].next_sibling)
    r = draft_insert(draft, child, rest, spec, true); /* named members are members too */
  return r;
}

static int draft_spec(struct draft *draft, const struct scan_spec *spec) {
  draft->path = spec->path ? spec->path : "";
  if (!*draft->path) return error_set(draft->err, PS_E_ARGUMENT, "a path is empty");
  size_t len = strlen(draft->path);
  if (draft->path[len - 1] == '/') return path_error(draft, "ends with a '/': leave it out");
  bool sum = spec->kind == SCAN_SUM;
  unsigned slots = sum ? SCAN_SUMS : SCAN_SPANS;
  if (spec->slot >= slots)
    return error_set(draft->err, PS_E_ARGUMENT,
                     "the path \"%s\" is one %s too many: %u are possible", draft->path,
                     sum ? "sum" : "value", slots);
  uint64_t bit = 1ull << spec->slot, taken = sum ? draft->sums : draft->spans;
  draft->rank = spec->kind == SCAN_ALSO ? (uint8_t)(draft->rank + 1) : 0;
  if (taken & bit && !draft->rank)
    return error_set(draft->err, PS_E_ARGUMENT, "the path \"%s\" shares its slot %u with another",
                     draft->path, (unsigned)spec->slot);
  if (sum) draft->sums |= (uint32_t)bit;
  else draft->spans |= bit;
  return draft_insert(draft, 0, draft->path, spec, false);
}

/* ---- the key filter ---- */

/* A key passes if one of eight class bits survives four table look-ups: the low and the high nibble
 * of its first byte, and the low nibbles of its second and fourth (the high ones tell letters from
 * digits at best). The keys' beginnings share the classes: the two whose union lets pass the fewest
 * strangers are merged until eight are left. Keys that stand escaped must pass: the kernels let
 * pass what has a backslash among the first three bytes, and the nibble of one in fourth place
 * always passes. (A later one does not matter: the four bytes before it pass or fail by
 * themselves.) */
#define FILTER_CLASSES 8
#define FILTER_ANY     (-1)

struct filter_class {
  uint16_t first_low, first_high, second_low, fourth_low; /* nibbles, as bits */
};

static struct filter_class filter_union(struct filter_class a, struct filter_class b) {
  return (struct filter_class){a.first_low | b.first_low, a.first_high | b.first_high,
                               a.second_low | b.second_low, a.fourth_low | b.fourth_low};
}

static int filter_passes(struct filter_class c) {
  return __builtin_popcount(c.first_low) * __builtin_popcount(c.first_high) *
         __builtin_popcount(c.second_low) * __builtin_popcount(c.fourth_low);
}

static uint16_t nibble_bit(int byte, int shift) {
  return byte == FILTER_ANY ? 0xFFFF : (uint16_t)(1 << (byte >> shift & 15));
}

static struct filter_class filter_of(int first, int second, int fourth) {
  return (struct filter_class){nibble_bit(first, 0), nibble_bit(first, 4), nibble_bit(second, 0),
                               nibble_bit(fourth, 0) | nibble_bit('\\', 0)};
}

static void filter_put(struct path_filter *filter, unsigned bit, struct filter_class c) {
  for (unsigned i = 0; i < 16; i++) {
    filter->first_low[i] |= (uint8_t)((c.first_low >> i & 1) << bit);
    filter->first_high[i] |= (uint8_t)((c.first_high >> i & 1) << bit);
    filter->second_low[i] |= (uint8_t)((c.second_low >> i & 1) << bit);
    filter->fourth_low[i] |= (uint8_t)((c.fourth_low >> i & 1) << bit);
  }
}

/* By how much the strangers that pass grow when two classes become one: of each pair, known until
 * one of them changes. */
struct merging {
  struct filter_class *classes;
  unsigned n;
  int passes[SCAN_NODES];
  int growth[SCAN_NODES][SCAN_NODES]; /* [i][j] with i < j */
};

static void merging_update(struct merging *m, unsigned k) {
  m->passes[k] = filter_passes(m->classes[k]);
  for (unsigned i = 0; i < m->n; i++) {
    if (i == k) continue;
    const int together = filter_passes(filter_union(m->classes[i], m->classes[k]));
    m->growth[i < k ? i : k][i < k ? k : i] = together - m->passes[i] - m->passes[k];
  }
}

static unsigned filter_merge(struct filter_class *classes, unsigned n) {
  struct merging m; /* large, and written before it is read */
  if (n <= FILTER_CLASSES) return n;
  m.classes = classes;
  m.n = 0;
  for (; m.n < n; m.n++) merging_update(&m, m.n);
  while (m.n > FILTER_CLASSES) {
    unsigned a = 0, b = 1;
    for (unsigned i = 0; i < m.n; i++)
      for (unsigned j = i + 1; j < m.n; j++)
        if (m.growth[i][j] < m.growth[a][b]) a = i, b = j;
    classes[a] = filter_union(classes[a], classes[b]);
    classes[b] = classes[--m.n];
    merging_update(&m, a);
    if (b < m.n) merging_update(&m, b);
  }
  return m.n;
}

/* Byte i of the key with its closing quote; the bytes after that may be anything. */
static int filter_byte(const struct path_edge *edge, unsigned i) {
  return i < edge->len ? edge->key[i] : i == edge->len ? '"' : FILTER_ANY;
}

static void filter_build(struct path_filter *filter, struct filter_class *classes, unsigned n) {
  n = filter_merge(classes, n);
  for (unsigned i = 0; i < n; i++) filter_put(filter, i, classes[i]);
}

/* The filter of a node; its classes are added to those of all. */
static void filter_node(struct path_node *node, struct filter_class *all, unsigned *nall) {
  struct filter_class classes[SCAN_NODES];
  unsigned n = 0;
  for (unsigned i = 0; i < node->nedges; i++) {
    int first = filter_byte(&node->edges[i], 0), second = filter_byte(&node->edges[i], 1);
    int fourth = filter_byte(&node->edges[i], 3);
    if (first >= 0x80 || second >= 0x80 || fourth >= 0x80) node->filter_blind = 1;
    else classes[n++] = filter_of(first, second, fourth);
  }
  node->look_at_all = node->wildcard || node->filter_blind;
  for (unsigned i = 0; i < n && !node->look_at_all; i++) all[(*nall)++] = classes[i];
  if (node->nedges) filter_build(&node->filter, classes, n);
}

static void filters_build(struct scan_paths *paths) {
  struct filter_class all[SCAN_NODES];
  unsigned n = 0;
  for (unsigned i = 0; i < paths->nnodes; i++) filter_node(&paths->nodes[i], all, &n);
  filter_build(&paths->filter, all, n);
}

/* ---- from the draft to the compiled form ---- */

static bool must_escape(const uint8_t *key, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (key[i] < 0x20 || key[i] == '"' || key[i] == '\\') return true;
  return false;
}

static void edge_build(struct path_edge *edge, const struct scan_paths *paths) {
  const struct path_node *child = &paths->nodes[edge->child];
  edge->span = child->spans ? (uint8_t)__builtin_ctzll(child->spans) : 0;
  edge->only_opens = !child->spans && !child->sums && path_node_has_children(child);
  edge->stands_escaped = must_escape(edge->key, edge->len);
  if (edge->len < 2 || edge->len > PATHS_PLAIN_KEY || edge->stands_escaped) return;
  edge->head_mask = (2ull << edge->len) - 1;
  memcpy(edge->head, edge->key, edge->len);
  edge->head[edge->len] = '"';
}

/* Puts the node's keys into its buckets; returns how many share one with another. */
static unsigned hash_fill(struct scan_paths *paths, struct path_node *node) {
  size_t first = (size_t)(node->edges - paths->edges);
  unsigned shared = 0;
  memset(node->bucket, 0, sizeof node->bucket);
  for (unsigned i = 0; i < node->nedges; i++) {
    struct path_edge *edge = &paths->edges[first + i];
    if (!edge->head_mask) continue;
    uint8_t quoted[1 + PATHS_HEAD] = {'"'};
    memcpy(quoted + 1, edge->head, PATHS_HEAD);
    uint8_t *bucket = &node->bucket[path_hash(quoted, edge->len, node->multiplier)];
    shared += *bucket != 0;
    edge->next = *bucket;
    *bucket = (uint8_t)(first + i + 1);
  }
  return shared;
}

/* Tries multipliers until no two keys share a bucket, or takes the best of many. */
static void hash_build(struct scan_paths *paths, struct path_node *node) {
  size_t first = (size_t)(node->edges - paths->edges);
  uint32_t best = 0;
  unsigned least = SCAN_NODES;
  for (unsigned i = 0; i < node->nedges; i++) {
    edge_build(&paths->edges[first + i], paths);
    if (!paths->edges[first + i].head_mask) node->has_odd_keys = 1;
  }
  for (uint32_t i = 0; least && i < 1000; i++) {
    node->multiplier = 0x9E3779B1u * (2 * i + 1);
    unsigned shared = hash_fill(paths, node);
    if (shared >= least) continue;
    least = shared;
    best = node->multiplier;
  }
  node->multiplier = best;
  (void)hash_fill(paths, node);
}

/* Only numbers directly below are wanted, whatever their keys. */
static void members_build(const struct scan_paths *paths, struct path_node *node) {
  if (!node->wildcard || node->nedges) return;
  const struct path_node *member = &paths->nodes[node->wildcard];
  if (path_node_has_children(member) || member->spans || !member->sums) return;
  node->sums_members = 1;
  node->member_sums = member->sums;
}

/* Is `node` like "histograms" in histograms/ * /values/ *, and its key short and plain enough? */
static void group_build(struct scan_paths *paths, struct path_node *node) {
  if (!node->wildcard || node->filter_blind) return;
  const struct path_node *any = &paths->nodes[node->wildcard];
  if (any->nedges != 1 || any->wildcard || any->spans || any->sums) return;
  const struct path_edge *edge = &any->edges[0];
  const struct path_node *summed = &paths->nodes[edge->child];
  if (!summed->sums_members || summed->spans || summed->sums) return;
  size_t len = edge->len + 3u; /* with its quotes and colon */
  if (len > PATHS_GROUP_KEY || must_escape(edge->key, edge->len)) return;
  uint8_t *text = node->group_key + PATHS_GROUP_KEY - len;
  text[0] = '"';
  memcpy(text + 1, edge->key, edge->len);
  text[len - 2] = '"';
  text[len - 1] = ':';
  node->group_key_mask = 0xFFFFu & ~0u << (PATHS_GROUP_KEY - len);
  node->member_sums = summed->member_sums;
  node->group = node->near_group = 1;
  paths->nodes[node->wildcard].near_group = paths->nodes[edge->child].near_group = 1;
}

static void node_build(struct scan_paths *paths, const struct draft *draft, unsigned index) {
  const struct draft_node *from = &draft->nodes[index];
  struct path_node *node = &paths->nodes[index];
  node->edges = &paths->edges[paths->nedges];
  node->wildcard = from->wildcard;
  node->spans = from->spans;
  node->yields = from->yields;
  node->rank = from->rank;
  node->sums = from->sums;
  node->drop_spans = from->drop_spans;
  node->drop_sums = from->drop_sums;
  node->once = from->drop_spans || from->drop_sums;
  for (unsigned c = from->first_child; c; c = draft->nodes[c].next_sibling) {
    struct path_edge *edge = &paths->edges[paths->nedges++];
    memcpy(edge->key, draft->nodes[c].key, draft->nodes[c].len);
    edge->len = draft->nodes[c].len;
    edge->child = (uint8_t)c;
    node->nedges++;
  }
}

static void below_add(const struct scan_paths *paths, struct path_node *node, unsigned child) {
  for (unsigned i = 0; i < PATHS_WORDS; i++)
    node->below.words[i] |= paths->nodes[child].below.words[i];
}

/* Children have higher indices than their parents, so that backwards is bottom-up. */
static void below_build(struct scan_paths *paths) {
  for (unsigned i = paths->nnodes; i-- > 0;) {
    struct path_node *node = &paths->nodes[i];
    path_set_add(&node->below, i);
    for (unsigned e = 0; e < node->nedges; e++) below_add(paths, node, node->edges[e].child);
    if (node->wildcard) below_add(paths, node, node->wildcard);
  }
}

static void paths_build(struct scan_paths *paths, const struct draft *draft) {
  paths->nnodes = draft->nnodes;
  paths->sums = draft->sums;
  for (unsigned i = 0; i < paths->nnodes; i++) {
    const struct path_node *node = &paths->nodes[i];
    node_build(paths, draft, i);
    if (__builtin_popcountll(node->spans) == 1 && !node->yields && !node->sums)
      path_set_add(&paths->lone, i);
  }
  below_build(paths);
  for (unsigned i = 0; i < paths->nnodes; i++) members_build(paths, &paths->nodes[i]);
  filters_build(paths);
  for (unsigned i = 0; i < paths->nnodes; i++) {
    hash_build(paths, &paths->nodes[i]);
    group_build(paths, &paths->nodes[i]);
  }
}

int scan_paths_compile(const struct scan_spec *specs, size_t n, struct scan_paths **paths,
                       struct ps_error *err) {
  int r = PS_OK;
  *paths = NULL;
  struct draft *draft = calloc(1, sizeof *draft);
  struct scan_paths *built = aligned_alloc(PATHS_HEAD, sizeof *built);
  if (!draft || !built) {
    r = error_memory(err, sizeof *draft + sizeof *built);
    goto out;
  }
  draft->err = err;
  draft->nnodes = 1; /* the root */
  for (size_t i = 0; !r && i < n; i++) r = draft_spec(draft, &specs[i]);
  if (r) goto out;
  memset(built, 0, sizeof *built);
  paths_build(built, draft);
  *paths = built;
  built = NULL;
out:
  free(draft);
  free(built);
  return r;
}

void scan_paths_free(struct scan_paths *paths) { free(paths); }

/* ---- looking keys up, the slow ways ---- */

unsigned path_find(const struct path_node *node, const uint8_t *q) {
  for (unsigned i = 0; i < node->nedges; i++) {
    const struct path_edge *edge = &node->edges[i];
    if (edge->stands_escaped) continue;
    if (!strncmp((const char *)q + 1, (const char *)edge->key, edge->len) &&
        q[1 + edge->len] == '"')
      return edge->child;
  }
  return 0;
}

unsigned path_find_escaped(const struct path_node *node, const uint8_t *q) {
  bool escaped;
  uint8_t key[SCAN_KEY + 4];
  size_t len = 0, written;
  const uint8_t *end = token_string_end(q + 1, &escaped);
  for (const uint8_t *p = q + 1; p < end && len <= SCAN_KEY; len += written) {
    if (*p == '\\' && !token_escape_ok(p)) return 0;
    p = token_decode(p, end, key + len, &written);
  }
  for (unsigned i = 0; i < node->nedges; i++)
    if (node->edges[i].len == len && !memcmp(key, node->edges[i].key, len))
      return node->edges[i].child;
  return 0;
}

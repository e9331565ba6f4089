/* Compiled paths: a trie over path segments, laid out for the kernels.
 *
 * A node stands for the value at one path prefix, an edge for a key that leads from one node to the
 * next; node 0 is the root. A named key under a '*' takes part in what the '*' leads to: its node
 * is a copy of the wildcard's with more added.
 */
#ifndef SCAN_PATHS_H
#define SCAN_PATHS_H

#include "scan/scan.h"
#include <stdbool.h>

#define PATHS_HEAD      64 /* bytes of a key compared at once */
#define PATHS_PLAIN_KEY 62 /* the longest key that fits there with its closing quote */
#define PATHS_BUCKETS   64 /* of a node's hash table */
#define PATHS_GROUP_KEY 16 /* bytes */

/* A set of nodes. */
#define PATHS_WORDS (SCAN_NODES / 64)
struct path_set {
  uint64_t words[PATHS_WORDS];
};

static inline void path_set_add(struct path_set *set, unsigned node) {
  set->words[node / 64] |= 1ull << node % 64;
}
static inline bool path_set_has(const struct path_set *set, unsigned node) {
  return set->words[node / 64] >> node % 64 & 1;
}

/* Nibble tables of keys' first byte and the low halves of second and fourth, see paths.c. */
struct path_filter {
  uint8_t first_low[16], first_high[16], second_low[16], fourth_low[16];
};

struct path_edge {
  _Alignas(PATHS_HEAD) uint8_t head[PATHS_HEAD]; /* the key and its closing quote */
  uint64_t head_mask;     /* which bytes of head count; 0: the key cannot be found by comparing */
  uint8_t len;            /* of the key */
  uint8_t child;          /* the node it leads to */
  uint8_t next;           /* 1 + the next edge in the same hash bucket, 0: none */
  uint8_t span;           /* a value is captured as this one, if the child is in scan_paths.lone */
  uint8_t stands_escaped; /* the key has bytes that JSON must escape */
  uint8_t only_opens;     /* the child is nothing but a container on the way to others */
  uint8_t key[SCAN_KEY];
};

struct path_node {
  const struct path_edge *edges;
  uint8_t nedges;
  uint8_t wildcard;     /* node of '*'; 0: none (the root is nobody's child) */
  uint8_t filter_blind; /* a key begins with bytes that the key filter cannot see */
  uint8_t look_at_all;  /* it is of no use here: every key is a candidate */
  uint8_t has_odd_keys; /* some keys are not in the hash table */
  uint8_t sums_members; /* the members are summed whatever their keys, nothing else is wanted */
  uint8_t group;        /* a '*' whose only child is one key with sums_members below */
  uint8_t near_group;   /* it, its '*' or the summed containers below */
  uint64_t spans;       /* captured here */
  uint64_t yields;      /* of these: but for lines with a value of a lower rank */
  uint8_t rank;         /* here, in the slots of `yields` */
  uint32_t sums;        /* summed here */
  uint32_t member_sums; /* the sums of sums_members; in a group: of the summed containers */
  /* A repeated key leads here: captures and sums below are dropped (last one wins). Nothing that
   * came by a '*' at or above this node is among it. */
  uint64_t drop_spans;
  uint32_t drop_sums;
  struct path_set below;         /* the nodes at or below */
  bool once;                     /* a repeated key is noticed here: drop_* is not empty */
  struct path_filter filter;     /* of the keys here */
  uint32_t multiplier;           /* for path_hash() */
  uint8_t bucket[PATHS_BUCKETS]; /* path_hash() -> 1 + the first edge, in scan_paths.edges */
  /* In a group: the summed containers' key as it stands in front of their '{', right-aligned. */
  uint8_t group_key[PATHS_GROUP_KEY];
  uint32_t group_key_mask; /* which bytes of it count */
};

struct scan_paths {
  unsigned nnodes, nedges;
  struct path_set lone;      /* nodes with one span, which yields to none, and no sums */
  uint32_t sums;             /* all of them */
  struct path_filter filter; /* of all keys but those of nodes with look_at_all */
  struct path_node nodes[SCAN_NODES];
  struct path_edge edges[SCAN_NODES];
};

static inline bool path_node_has_children(const struct path_node *node) {
  return node->nedges || node->wildcard;
}

/* The bucket of a key of `len` bytes (2 to PATHS_PLAIN_KEY) after the opening quote at q: of its
 * first three bytes, its last three (with a quote, so that it need not be longer) and its length.
 * The multiplier is chosen for each node such that its keys have buckets of their own. */
static inline unsigned path_hash(const uint8_t *q, unsigned len, uint32_t multiplier) {
  uint32_t first, last;
  __builtin_memcpy(&first, q + 1, sizeof first);
  __builtin_memcpy(&last, q + len - 2, sizeof last);
  return ((first << 8) + (last ^ len << 8)) * multiplier >> 26;
}

/* The child that the key with the opening quote at q leads to, 0: none. The first one compares
 * bytes; the second decodes the key, which may be malformed. Neither considers '*'. */
unsigned path_find(const struct path_node *node, const uint8_t *q);
unsigned path_find_escaped(const struct path_node *node, const uint8_t *q);

#endif

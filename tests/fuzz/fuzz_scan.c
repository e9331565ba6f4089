/* Any line: every kernel says what the portable scanner says, spans lie within the line, and no key
 * is computed from anything else. Memory is of the exact size that the contract asks for. Paths are
 * compiled once. */
#include "fuzz.h"
#include "kernels.h"
#include "scan/ping.h"
#include "scan/portable.h"

#include <stdlib.h>
#include <string.h>

static const struct scan_spec specs[] = {{"meta/documentId", 0, SCAN_CAPTURE},
                                         {"id", 1, SCAN_CAPTURE},
                                         {"id/id", 2, SCAN_CAPTURE},
                                         {"a~1b", 3, SCAN_CAPTURE},
                                         {"*/x", 4, SCAN_CAPTURE},
                                         {"payload/histograms/*/values/*", 0, SCAN_SUM},
                                         {"payload/histograms/S/values/*", 1, SCAN_SUM},
                                         {"h/*", 2, SCAN_SUM}};

static void compare(const struct scan_result *a, const struct scan_result *b) {
  FUZZ_CHECK(a->code == b->code && a->len == b->len);
  if (a->code) {
    FUZZ_CHECK(a->error_offset == b->error_offset && a->error_offset <= a->len);
    return;
  }
  FUZZ_CHECK(a->present == b->present && a->repeated == b->repeated);
  FUZZ_CHECK(a->sum_repeated == b->sum_repeated);
  FUZZ_CHECK(!memcmp(a->implausible, b->implausible, sizeof a->implausible));
  FUZZ_CHECK(!memcmp(a->sum, b->sum, sizeof a->sum));
  for (uint64_t left = a->present; left; left &= left - 1) {
    const struct scan_span *x = &a->span[__builtin_ctzll(left)];
    const struct scan_span *y = &b->span[__builtin_ctzll(left)];
    FUZZ_CHECK(x->offset == y->offset && x->len == y->len && x->type == y->type);
    FUZZ_CHECK(x->escaped == y->escaped);
    FUZZ_CHECK(x->offset <= a->len && x->len <= a->len - x->offset);
  }
}

struct set {
  const struct scan_spec *list;
  size_t n;
  struct scan_paths *paths; /* compiled with the first input, kept to the end */
};

static void check_paths(struct set *set, const uint8_t *line, size_t avail) {
  static struct scan_result want, got; /* large: not on a stack that ASan paints */
  if (!set->paths) FUZZ_CHECK(!scan_paths_compile(set->list, set->n, &set->paths, NULL));
  portable_scan(set->paths, line, avail, &want);
  for (const struct scan_kernel *k = fuzz_kernels(); k->name; k++) {
    k->scan(set->paths, line, avail, &got);
    compare(&got, &want);
  }
}

static void check_ping(const uint8_t *line, size_t avail) {
  static const uint8_t secret[PS_SECRET_BYTES] = {1};
  static const char *const scope[] = {"meta/docType", "s", NULL};
  static const char *const sums[] = {"payload/histograms/*/values/*", "h/*", NULL};
  const struct ping_schema_options options = {.scope = scope, .sums = sums};
  static struct ping_schema *schema; /* kept to the end */
  static struct ping first, ping;
  static struct scan_result result;
  if (!schema) FUZZ_CHECK(!ping_schema_create(&options, &schema, NULL));
  for (const struct scan_kernel *k = fuzz_kernels(); k->name; k++) {
    ping_scan(schema, k->scan, secret, &(struct ping_line){.at = line, .avail = avail}, &result,
              &ping);
    if (k == fuzz_kernels()) first = ping;
    FUZZ_CHECK(ping.state == first.state && ping.len == first.len);
    FUZZ_CHECK(ping.has_day == first.has_day && ping.type.offset == first.type.offset);
    FUZZ_CHECK(!memcmp(&ping.client_id, &first.client_id, sizeof ping.client_id));
    FUZZ_CHECK(ping.label == first.label && ping.city_hash == first.city_hash);
    FUZZ_CHECK(ping.watched_hash == first.watched_hash);
    FUZZ_CHECK(!memcmp(ping.sum, first.sum, sizeof ping.sum));
    FUZZ_CHECK(!memcmp(ping.implausible, first.implausible, sizeof ping.implausible));
    if (ping.state == PING_KEYED)
      FUZZ_CHECK(ping.key.hi == first.key.hi && ping.key.lo == first.key.lo);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct set all = {specs, sizeof specs / sizeof *specs, NULL}, two = {specs, 2, NULL};
  static struct set group = {specs + 5, 1, NULL}, none = {NULL, 0, NULL};
  uint8_t *line = malloc(size + 1 + SCAN_PAD);
  if (!line) return 0;
  if (size) memcpy(line, data, size);
  line[size] = '\n';
  for (size_t i = 1; i <= SCAN_PAD; i++) line[size + i] = (uint8_t) "\"\\}]{0,:\xe3"[i % 9];
  check_paths(&all, line, size + 1);
  check_paths(&two, line, size + 1);
  check_paths(&group, line, size + 1); /* nothing but a group */
  check_paths(&none, line, size + 1);
  check_ping(line, size + 1);
  free(line);
  return 0;
}

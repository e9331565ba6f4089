#include "agree.h"
#include "scan/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_SPECS 16

/* Besides the first, sets that take other ways through the kernels: nothing at all, sums in groups,
 * a single named sum, '*' over many nodes, odd keys, groups below groups. */
static const struct scan_spec sets[AGREE_SETS][SET_SPECS] = {
    {{"meta/documentId", AGREE_META_ID, SCAN_CAPTURE},
     {"documentId", AGREE_DOCUMENT_ID, SCAN_CAPTURE},
     {"id", AGREE_ID, SCAN_CAPTURE},
     {"document_id", AGREE_DOCUMENT_ID_2, SCAN_CAPTURE},
     {"attributeMap/document_id", AGREE_ATTRIBUTE_ID, SCAN_CAPTURE},
     {"clientId", AGREE_CLIENT, SCAN_CAPTURE},
     {"meta/submissionDate", AGREE_DATE, SCAN_CAPTURE},
     {"meta/docType", AGREE_TYPE, SCAN_CAPTURE},
     {"type", AGREE_TYPE_2, SCAN_CAPTURE},
     {"version", AGREE_VERSION, SCAN_CAPTURE},
     {"payload/info", AGREE_INFO, SCAN_CAPTURE},
     {"payload/histograms/*/values/*", AGREE_ALL_SUM, SCAN_SUM},
     {"payload/histograms/SSL_HANDSHAKE_VERSION/values/*", AGREE_SSL_SUM, SCAN_SUM}},
    {{NULL, 0, 0}},
    {{"meta/documentId", 0, SCAN_CAPTURE},
     {"id", 2, SCAN_CAPTURE},
     {"payload/histograms/*/values/*", 9, SCAN_SUM}},
    {{"payload/histograms/SSL_HANDSHAKE_VERSION/values/*", 10, SCAN_SUM},
     {"payload/info", 12, SCAN_CAPTURE}},
    {{"*/*/*/range", 0, SCAN_CAPTURE},
     {"payload/*/*/values/*", 9, SCAN_SUM},
     {"payload/*/*/sum", 11, SCAN_SUM}},
    {{"a/*", 1, SCAN_SUM},
     {"a/b", 47, SCAN_CAPTURE},
     {"x", 33, SCAN_CAPTURE},
     {"id/id", 4, SCAN_CAPTURE},
     {"meta/\xc3\xa9", 5, SCAN_CAPTURE},
     {"x\ty/x", 6, SCAN_CAPTURE}},
    {{"*/*/values/*", 15, SCAN_SUM}},
    {{"*/id/*", 9, SCAN_SUM}, {"*/*", 8, SCAN_CAPTURE}},
    {{"meta", 0, SCAN_CAPTURE},
     {"meta/clientId", 1, SCAN_CAPTURE},
     {"payload", 2, SCAN_CAPTURE},
     {"environment8/id", 40, SCAN_CAPTURE},
     {"environment9/system/cpu/name", 41, SCAN_CAPTURE}},
};

struct agree {
  struct scan_paths *paths[AGREE_SETS];
};

const char *agree_span_path(unsigned span) {
  const struct scan_spec *spec = &sets[0][span];
  return span < SET_SPECS && spec->path && spec->kind == SCAN_CAPTURE ? spec->path : NULL;
}

struct agree *agree_create(void) {
  struct agree *agree = calloc(1, sizeof *agree);
  struct ps_error err;
  for (unsigned i = 0; agree && i < AGREE_SETS; i++) {
    size_t n = 0;
    while (n < SET_SPECS && sets[i][n].path) n++;
    if (scan_paths_compile(sets[i], n, &agree->paths[i], &err)) {
      (void)fprintf(stderr, "path set %u: %s\n", i, err.text);
      agree_free(agree);
      return NULL;
    }
  }
  return agree;
}

void agree_free(struct agree *agree) {
  if (!agree) return;
  for (unsigned i = 0; i < AGREE_SETS; i++) scan_paths_free(agree->paths[i]);
  free(agree);
}

static const char *difference(const struct scan_result *a, const struct scan_result *b) {
  if (a->code != b->code) return "code";
  if (a->len != b->len) return "length";
  if (a->code) return a->error_offset == b->error_offset ? NULL : "offset";
  if (a->present != b->present) return "presence";
  if (a->repeated != b->repeated || a->sum_repeated != b->sum_repeated) return "repetition";
  if (memcmp(a->sum, b->sum, sizeof a->sum) != 0) return "sums";
  if (memcmp(a->implausible, b->implausible, sizeof a->implausible) != 0)
    return "implausible counts";
  for (uint64_t left = a->present; left; left &= left - 1) {
    const struct scan_span *x = &a->span[__builtin_ctzll(left)];
    const struct scan_span *y = &b->span[__builtin_ctzll(left)];
    if (x->offset != y->offset || x->len != y->len) return "place of a span";
    if (x->type != y->type || x->escaped != y->escaped) return "type of a span";
  }
  return NULL;
}

static void complain(const struct line *line, const char *kernel, unsigned set, const char *what,
                     const struct scan_result *got, const struct scan_result *want) {
  size_t from = want->error_offset > 60 ? want->error_offset - 60 : 0;
  size_t shown = line->len - from < 200 ? line->len - from : 200;
  (void)fprintf(stderr, "%s, path set %u: %s differs: \"%s\" at %u, portable \"%s\" at %u\n",
                kernel, set, what, scan_code_text(got->code), got->error_offset,
                scan_code_text(want->code), want->error_offset);
  if (from < line->len)
    (void)fprintf(stderr, "  line of %zu bytes: ...%.*s\n", line->len, (int)shown,
                  (const char *)line->bytes + from);
  const char *keep = getenv("PINGSIEVE_TEST_KEEP"); /* a file for the line that failed */
  FILE *file = keep ? fopen(keep, "w") : NULL;
  if (!file) return;
  (void)fwrite(line->bytes, 1, line->len, file);
  (void)fclose(file);
}

/* Kernels that this machine could run but does not offer. */
static const struct scan_kernel *hidden_kernels(void) {
  static const struct scan_kernel none[] = {{NULL, NULL}};
#if defined(__x86_64__)
  static const struct scan_kernel slow_pext[] = {{"avx2 (slow pext)", avx2_slow_pext_scan},
                                                 {NULL, NULL}};
  if (scan_kernels()[0].scan != avx2_slow_pext_scan && scan_kernels()[1].name) return slow_pext;
#endif
  return none;
}

/* One kernel against the portable one, for one set. */
static bool kernel_agrees(const struct agree *agree, const struct line *line, const uint8_t *p,
                          const struct scan_kernel *kernel, unsigned set,
                          const struct scan_result *want) {
  struct scan_result got;
  memset(&got, 0x55, sizeof got);
  kernel->scan(agree->paths[set], p, line->len + 1, &got);
  const char *what = difference(&got, want);
  if (what) complain(line, kernel->name, set, what, &got, want);
  return !what;
}

bool agree_on(struct agree *agree, const struct line *line, struct scan_result *result) {
  const uint8_t *p = line_guarded(line);
  const struct scan_kernel *portable = scan_kernels(), *k;
  while (portable[1].name) portable++;
  struct scan_result want;
  for (unsigned set = 0; set < AGREE_SETS; set++) {
    memset(&want, 0xEE, sizeof want);
    portable->scan(agree->paths[set], p, line->len + 1, &want);
    if (!set) *result = want;
    for (k = scan_kernels(); k < portable; k++)
      if (!kernel_agrees(agree, line, p, k, set, &want)) return false;
    for (k = hidden_kernels(); k->name; k++)
      if (!kernel_agrees(agree, line, p, k, set, &want)) return false;
  }
  return true;
}

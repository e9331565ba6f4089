/* Kernels against the portable scanner, over generated pings and what becomes of them. A plain
 * program without a test library, so that it also runs for processors of other families. */
#include "agree.h"

#include <stdio.h>
#include <string.h>

#define SLIDES 530 /* more than a window of eight blocks */

static bool failed;

static void expect_agreement(struct agree *agree, const struct line *line) {
  struct scan_result result;
  if (!agree_on(agree, line, &result)) failed = true;
}

/* Every case slid over the block boundaries, behind blanks and behind a key. */
static void slide(struct agree *agree, struct line *line, const char *text) {
  static char moved[4096];
  size_t len = strlen(text);
  int step = 1 + 100 / (1 + (int)line_cases(100)); /* all places but where cases are scaled down */
  for (int pad = 0; pad < SLIDES && !failed; pad += pad < 140 || pad > 500 ? step : 3 * step) {
    line_set(line, moved, (size_t)snprintf(moved, sizeof moved, "%*s%s", pad, "", text));
    expect_agreement(agree, line);
    if (len < 4 || text[0] != '{' || text[1] != '"') continue;
    line_set(line, moved,
             (size_t)snprintf(moved, sizeof moved, "{\"%0*d\":1,%s", pad + 1, 0, text + 1));
    expect_agreement(agree, line);
  }
}

struct recorded {
  const char *text;
  enum scan_code code;
  uint32_t offset;
};
static const struct recorded recorded[] = {
#define CASE(text, code, offset) {text, code, offset},
#include "cases.inc"
#undef CASE
};

static void test_recorded(struct agree *agree, struct line *line) {
  for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
    const struct recorded *want = &recorded[i];
    struct scan_result got;
    line_set(line, want->text, strlen(want->text));
    if (!agree_on(agree, line, &got) || got.code != want->code ||
        (want->offset && got.error_offset != want->offset)) {
      (void)fprintf(stderr, "%s: \"%s\" at %u\n", want->text, scan_code_text(got.code),
                    got.error_offset);
      failed = true;
    }
    slide(agree, line, want->text);
  }
}

/* n containers inside one another. */
static void nest(struct line *line, unsigned n, bool objects) {
  static uint8_t text[LINE_CAP];
  const char *open = objects ? "{\"id\":" : "[";
  size_t len = 0, step = strlen(open);
  for (unsigned i = 0; i < n; i++, len += step) memcpy(text + len, open, step);
  if (objects) text[len++] = '1';
  memset(text + len, objects ? '}' : ']', n);
  line_set(line, text, len + n);
}

static void test_depths(struct agree *agree, struct line *line) {
  for (unsigned n = 1; n < 1100 && !failed; n += n < 140 || n > 1015 ? 1 : 37) {
    nest(line, n, false);
    expect_agreement(agree, line);
    nest(line, n, true);
    expect_agreement(agree, line);
  }
}

static void test_histograms(struct agree *agree, struct line *line) {
  for (unsigned i = line_cases(20000); i && !failed; i--) {
    line_histograms(line);
    expect_agreement(agree, line);
    line_spoil(line);
    expect_agreement(agree, line);
  }
}

/* Groups with sums end at every place of a block and of a window, and all sorts of things come
 * right behind them. */
static void test_ends_of_groups(struct agree *agree, struct line *line) {
  static const char *const behind[] = {
      "}}",
      "},\"id\":\"x\"}",
      ",\"info\":{\"values\":{\"1\":4}}},\"id\":\"x\"}",
      " } , \"id\" : 7 }",
      ",\"histograms\":{\"Z\":{\"values\":{\"1\":4}}}}}",
      "]}",
      "}",
      "}}}",
  };
  static char text[4096];
  const int step = line_cases(100) < 5 ? 21 : 3;
  for (unsigned members = 1; members < 27; members++) /* windows have eight blocks at most */
    for (int pad = 1; pad <= 64 && !failed; pad += step)
      for (unsigned i = 0; i < sizeof behind / sizeof *behind; i++) {
        size_t len = (size_t)snprintf(text, sizeof text,
                                      "{\"%0*d\":1,\"payload\":{\"histograms\":{", pad, 0);
        for (unsigned m = 0; m < members; m++)
          len += (size_t)snprintf(text + len, sizeof text - len,
                                  "%s\"H%u\":{\"range\":[1,2],\"values\":{\"%u\":%u,\"7\":1}}",
                                  m ? "," : "", m, m * 100, 3 * m);
        len += (size_t)snprintf(text + len, sizeof text - len, "}%s", behind[i]);
        line_set(line, text, len);
        expect_agreement(agree, line);
      }
}

static void test_pings(struct agree *agree, struct line *line) {
  for (unsigned i = line_cases(8000); i && !failed; i--) {
    line_ping(line);
    if (!line_below(line, 4)) line_spread(line);
    expect_agreement(agree, line);
    line_mutate(line);
    if (line->len) expect_agreement(agree, line);
  }
}

/* Text in many scripts, mutated, in and around the block's end. */
static void test_utf8(struct agree *agree, struct line *line) {
  static const char *const characters[] = {"a",
                                           "\xC2\x80",
                                           "\xDF\xBF",
                                           "\xE0\xA0\x80",
                                           "\xED\x9F\xBF",
                                           "\xEE\x80\x80",
                                           "\xF0\x90\x80\x80",
                                           "\xF4\x8F\xBF\xBF"};
  for (unsigned i = line_cases(20000); i && !failed; i--) {
    static char text[1024];
    size_t len = (size_t)snprintf(text, sizeof text, "{\"id\":\"");
    for (unsigned n = line_below(line, 100); n; n--)
      len += (size_t)snprintf(text + len, sizeof text - len, "%s", characters[line_below(line, 8)]);
    len += (size_t)snprintf(text + len, sizeof text - len, "\"}");
    if (line_below(line, 4)) text[line_below(line, (unsigned)len)] = (char)line_random(line);
    line_set(line, text, len);
    expect_agreement(agree, line);
  }
}

int main(void) {
  struct agree *agree = agree_create();
  struct line *line = line_create(1);
  if (!agree) return 1;
  test_recorded(agree, line);
  test_depths(agree, line);
  test_utf8(agree, line);
  test_histograms(agree, line);
  test_ends_of_groups(agree, line);
  test_pings(agree, line);
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++) (void)printf("%s ", k->name);
  (void)printf(failed ? "disagree\n" : "agree\n");
  line_free(line);
  agree_free(agree);
  return failed;
}

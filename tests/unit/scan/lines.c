#include "lines.h"
#include "../scale.h"
#include "scan/scan.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct line *line_create(uint64_t seed) {
  struct line *line = calloc(1, sizeof *line);
  if (!line) abort();
  line->random = seed * 0x9E3779B97F4A7C15u + 88172645463325252u;
  return line;
}

void line_free(struct line *line) { free(line); }

uint64_t line_random(struct line *line) { /* xorshift64 (Marsaglia 2003) */
  line->random ^= line->random << 13;
  line->random ^= line->random >> 7;
  line->random ^= line->random << 17;
  return line->random;
}

unsigned line_below(struct line *line, unsigned n) { return (unsigned)(line_random(line) % n); }

unsigned line_cases(unsigned n) { return (unsigned)scale_count(n); }

void line_set(struct line *line, const void *bytes, size_t len) {
  line->len = len < LINE_CAP ? len : LINE_CAP;
  memcpy(line->bytes, bytes, line->len);
}

/* ---- writing ---- */

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...) {
  va_list args;
  va_start(args, format);
  size_t room = LINE_CAP - line->len;
  // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang 14 does not see va_start here
  int n = vsnprintf((char *)line->bytes + line->len, room, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= room) abort();
  line->len += (size_t)n;
}

/* Sometimes blanks: one time in `rate`, rarely many. */
static void blanks(struct line *line, unsigned rate) {
  if (!rate || line_below(line, rate)) return;
  for (unsigned n = line_below(line, line_below(line, 12) ? 3 : 150); n; n--) put(line, " ");
}

static const char *one_of(struct line *line, const char *const *list, unsigned n) {
  return list[line_below(line, n)];
}
#define ONE_OF(line, list) one_of((line), (list), sizeof(list) / sizeof *(list))

/* ---- histograms ---- */

static void number(struct line *line, unsigned odd) {
  static const char *const strange[] = {"-7",
                                        "1.5",
                                        "-0",
                                        "1e3",
                                        "12345678901",
                                        "1234567890",
                                        "1099511627776",
                                        "1099511627777",
                                        "922337203685477580",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "9223372036854775808",
                                        "99999999999999999999",
                                        "null",
                                        "true",
                                        "\"12\"",
                                        "\"1,\\\"2\"",
                                        "[1,2]",
                                        "{}",
                                        "{\"values\":{\"1\":5}}",
                                        "[]",
                                        "0.25",
                                        "-12345678901"};
  if (odd && !line_below(line, odd)) {
    put(line, "%s", ONE_OF(line, strange));
    return;
  }
  uint64_t limit = 1;
  unsigned digits = 1 + line_below(line, 3);
  if (!line_below(line, 8)) digits += line_below(line, 8);
  while (digits--) limit *= 10;
  put(line, "%llu", (unsigned long long)(line_random(line) % limit));
}

struct oddity {
  unsigned numbers, blanks, keys; /* one in so many; 0: never */
};

static void values(struct line *line, struct oddity odd) {
  static const char *const keys[] = {"v\\u0061lues",
                                     "value",
                                     "xvalues",
                                     "values2",
                                     "\\\"values",
                                     "values",
                                     "\\u0076\\u0061\\u006c\\u0075\\u0065\\u0073"};
  put(line, "\"%s\"", odd.keys && !line_below(line, odd.keys) ? ONE_OF(line, keys) : "values");
  blanks(line, odd.blanks);
  put(line, ":");
  blanks(line, odd.blanks);
  if (odd.numbers && !line_below(line, odd.numbers)) {
    number(line, 1);
    return;
  }
  put(line, "{");
  for (unsigned i = 0, n = line_below(line, 25); i < n; i++) {
    if (i) put(line, ",");
    blanks(line, odd.blanks);
    put(line, "\"%u\"", i);
    blanks(line, odd.blanks);
    put(line, ":");
    blanks(line, odd.blanks);
    number(line, odd.numbers);
  }
  blanks(line, odd.blanks);
  put(line, "}");
}

static void histogram(struct line *line, unsigned index, struct oddity odd) {
  static const char *const names[] = {
      "SSL_HANDSHAKE_VERSION", "values", "H", "SSL_HANDSHAKE_VERSION2", "id", "x", "GC_MS", "sum"};
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ";
  blanks(line, odd.blanks);
  if (line_below(line, 3)) put(line, "\"N%u_%.*s\"", index, (int)line_below(line, 40), letters);
  else put(line, "\"%s\"", ONE_OF(line, names));
  blanks(line, odd.blanks);
  put(line, ":");
  blanks(line, odd.blanks);
  if (odd.numbers && !line_below(line, odd.numbers)) {
    number(line, 1);
    return;
  }
  put(line, "{");
  for (unsigned field = 0, n = line_below(line, 5); field < n; field++) {
    if (field) put(line, ",");
    blanks(line, odd.blanks);
    unsigned kind = line_below(line, 4);
    if (kind == 0) put(line, "\"range\":[1,%u]", line_below(line, 30000));
    else if (kind == 1) {
      put(line, "\"sum\":");
      number(line, odd.numbers);
    } else values(line, odd);
  }
  blanks(line, odd.blanks);
  put(line, "}");
}

static void histograms(struct line *line, unsigned n, struct oddity odd) {
  put(line, "{");
  for (unsigned i = 0; i < n; i++) {
    if (i) put(line, ",");
    histogram(line, i, odd);
  }
  put(line, "}");
}

/* Text of a length up to n, so that what follows falls anywhere in a block. */
static void filler(struct line *line, unsigned n) {
  for (unsigned i = line_below(line, n); i; i--) put(line, "q");
}

void line_histograms(struct line *line) {
  struct oddity odd = {.numbers = line_below(line, 3) ? 0 : 20,
                       .blanks = line_below(line, 4) ? 0 : 15,
                       .keys = line_below(line, 3) ? 0 : 12};
  line->len = 0;
  put(line, "{\"");
  filler(line, 70);
  put(line, "\":1,\"payload\":{\"histograms\":");
  blanks(line, odd.blanks);
  histograms(line, line_below(line, 12), odd);
  if (line_below(line, 2)) put(line, ",\"info\":{\"values\":{\"1\":4}}");
  if (!line_below(line, 8)) put(line, ",\"histograms\":{\"Z\":{\"values\":{\"1\":4}}}");
  put(line, "},\"id\":\"");
  filler(line, 70);
  put(line, "\"}");
}

/* ---- whole pings ---- */

static void uuid(struct line *line) {
  uint64_t a = line_random(line), b = line_random(line);
  const char *form =
      line_below(line, 10) ? "%08x-%04x-4%03x-%04x-%012llx" : "%08X-%04X-4%03X-%04X-%012llX";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  char text[64];
  (void)snprintf(text, sizeof text, form, (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xFFFF),
                 (unsigned)(a & 0xFFF), (unsigned)(b >> 48),
                 (unsigned long long)(b & 0xFFFFFFFFFFFF));
#pragma GCC diagnostic pop
  put(line, line_below(line, 20) ? "\"%s\"" : "\"{%s}\"", text);
}

static void any_string(struct line *line) {
  static const char *const texts[] = {
      "release",
      "",
      "Zürich",
      "拡張機能マネージャ",
      "Дополнение",
      "a\\\\",
      "\\\"x\\\"",
      "\\u00e9t\\u00e9 \\ud83d\\ude00",
      "\\/\\b\\f\\n\\r\\t",
      "emoji \xF0\x9F\xA6\x8A",
      "https://hg.mozilla.org/mozilla-central/rev/0123456789abcdef"};
  put(line, "\"%s\"", ONE_OF(line, texts));
}

// NOLINTNEXTLINE(misc-no-recursion): depth counts down
static void any_value(struct line *line, unsigned depth) {
  static const char *const scalars[] = {"true",
                                        "false",
                                        "null",
                                        "0",
                                        "-1",
                                        "57.0",
                                        "1.5e-7",
                                        "1E+9",
                                        "17",
                                        "1489276800000000000",
                                        "1.485819100278e+18",
                                        "-0.0"};
  unsigned kind = line_below(line, depth ? 8 : 5), n = line_below(line, 6);
  if (kind < 3) any_string(line);
  else if (kind < 5) put(line, "%s", ONE_OF(line, scalars));
  else if (kind == 5) {
    put(line, "[");
    for (unsigned i = 0; i < n; i++) {
      if (i) put(line, ",");
      any_value(line, depth - 1);
    }
    put(line, "]");
  } else {
    static const char *const keys[] = {"id",  "name",     "type",  "values", "meta", "documentId",
                                       "a b", "clientId", "x\\ty", "system", "cpu",  "é"};
    put(line, "{");
    for (unsigned i = 0; i < n; i++) {
      if (i) put(line, ",");
      put(line, "\"%s\":", ONE_OF(line, keys));
      any_value(line, depth - 1);
    }
    put(line, "}");
  }
}

static void meta(struct line *line) {
  put(line, "\"meta\":{\"Timestamp\":1489276800000000000,\"appUpdateChannel\":");
  any_string(line);
  put(line, ",\"clientId\":");
  uuid(line);
  put(line, ",\"docType\":\"main\",\"document%s\":", line_below(line, 30) ? "Id" : "\\u0049d");
  uuid(line);
  put(line, ",\"geoCity\":");
  any_string(line);
  put(line, ",\"sampleId\":57.0,\"submissionDate\":\"201703%02u\"}", 1 + line_below(line, 31));
}

static void envelope(struct line *line) {
  put(line, "\"attributeMap\":{\"submission_timestamp\":\"2017-03-12T00:00:00.123456Z\",\"uri\":"
            "\"/submit/telemetry/x/main/Firefox/49.0/beta/20160907004012\",\"document_id\":");
  uuid(line);
  put(line, "}");
}

static void member(struct line *line, unsigned which) {
  static const char *const keys[] = {
      "\"id\":", "\"clientId\":", "\"documentId\":", "\"document_id\":"};
  switch (which) {
  case 0:
  case 1:
  case 2:
  case 3:
    put(line, "%s", keys[which]);
    if (line_below(line, 20)) uuid(line);
    else any_value(line, 2);
    break;
  case 4: put(line, "\"type\":\"main\""); break;
  case 5: meta(line); break;
  case 6: envelope(line); break;
  case 7:
    put(line, "\"payload\":{\"ver\":4,\"info\":");
    any_value(line, 3);
    put(line, ",\"histograms\":");
    histograms(line, line_below(line, 40), (struct oddity){0});
    put(line, ",\"keyedHistograms\":{\"K\":");
    histograms(line, line_below(line, 5), (struct oddity){0});
    put(line, "}}");
    break;
  default: put(line, "\"environment%u\":", which); any_value(line, 5);
  }
}

void line_ping(struct line *line) {
  static const unsigned members[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  unsigned n = sizeof members / sizeof *members, first = line_below(line, n),
           skip = line_below(line, 8);
  line->len = 0;
  put(line, "{\"");
  filler(line, 64);
  put(line, "\":4");
  for (unsigned i = 0; i < n; i++) {
    if (skip && i % (skip + 1) == skip) continue;
    put(line, ",");
    member(line, members[(first + i * 3) % n]);
  }
  if (!line_below(line, 16)) {
    put(line, ",");
    member(line, line_below(line, n)); /* perhaps a repeated key */
  }
  put(line, "}");
}

/* ---- spoiling ---- */

static const char meaningful[] =
    "{}[]:,\"\\ 0123456789-+.eEtfnu/\t\x01\x7f\xc3\xa9\xe3\x80\xf0\xff";

static uint8_t meaningful_byte(struct line *line) {
  return (uint8_t)meaningful[line_below(line, sizeof meaningful)]; /* NUL among them */
}

void line_spoil(struct line *line) {
  line->bytes[line_below(line, (unsigned)line->len)] =
      (uint8_t) "{}[]:,\"\\ 0-.e"[line_below(line, 13)];
}

static void insert(struct line *line, size_t at, const void *bytes, size_t len) {
  if (line->len + len > LINE_CAP) return;
  memmove(line->bytes + at + len, line->bytes + at, line->len - at);
  memcpy(line->bytes + at, bytes, len);
  line->len += len;
}

static void erase(struct line *line, size_t at) {
  memmove(line->bytes + at, line->bytes + at + 1, line->len - at - 1);
  line->len--;
}

/* The first byte from `at` on that is one of a set; the line's length if there is none. */
static size_t find(const struct line *line, size_t at, const char *set) {
  while (at < line->len && (!line->bytes[at] || !strchr(set, line->bytes[at]))) at++;
  return at;
}

static void mutate_once(struct line *line) {
  size_t at = line_below(line, (unsigned)line->len), found;
  uint8_t byte = meaningful_byte(line), piece[200];
  switch (line_below(line, 12)) {
  case 0: line->bytes[at] ^= (uint8_t)(1u << line_below(line, 8)); break;
  case 1: line->bytes[at] = (uint8_t)line_random(line); break;
  case 2:
  case 3:
  case 4: line->bytes[at] = byte; break;
  case 5: line->len = at; break;
  case 6: erase(line, at); break;
  case 7: insert(line, at, &byte, 1); break;
  case 8:
    found = find(line, at, "{}[]:,\"0-.\\");
    if (found < line->len) line->bytes[found] = byte;
    break;
  case 9:
    found = find(line, at, "0123456789");
    if (found < line->len) line->bytes[found] = (uint8_t) "0-.eE+t9"[line_below(line, 8)];
    break;
  case 10:
    found = find(line, at, "{}[],:");
    if (found < line->len) erase(line, found);
    break;
  default: {
    size_t len = line_below(line, sizeof piece);
    if (at + len > line->len) len = line->len - at;
    memcpy(piece, line->bytes + at, len);
    insert(line, line_below(line, (unsigned)line->len), piece, len);
  }
  }
}

void line_mutate(struct line *line) {
  unsigned times = line_below(line, 8) ? 1 : line_below(line, 6);
  for (; times && line->len > 8; times--) mutate_once(line);
}

void line_spread(struct line *line) {
  static uint8_t source[LINE_CAP];
  size_t len = line->len;
  unsigned rate = 1 + line_below(line, 30);
  memcpy(source, line->bytes, len);
  line->len = 0;
  for (size_t i = 0, in_string = 0; i < len; i++) {
    bool separator = !in_string && source[i] && strchr("{}[]:,", source[i]);
    for (int side = 0; side < 2; side++) {
      if (separator && !line_below(line, rate))
        for (unsigned n = line_below(line, line_below(line, 100) ? 4 : 200);
             n && line->len + 2 < LINE_CAP; n--)
          line->bytes[line->len++] = (uint8_t) " \t\r "[line_below(line, 4)];
      if (!side && line->len + 2 < LINE_CAP) line->bytes[line->len++] = source[i];
    }
    if (in_string && source[i] == '\\' && i + 1 < len) line->bytes[line->len++] = source[++i];
    else if (source[i] == '"') in_string = !in_string;
  }
}

/* ---- guarded memory ---- */

const uint8_t *line_guarded(const struct line *line) {
  static uint8_t *area;
  static bool at_end;
  size_t page = (size_t)sysconf(_SC_PAGESIZE), size = LINE_CAP + 1 + SCAN_PAD;
  size = (size + page - 1) / page * page;
  if (!area) {
    area = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || mprotect(area + page, size, PROT_READ | PROT_WRITE)) abort();
  }
  uint8_t *p = area + page;
  at_end = !at_end;
  if (at_end) p += size - (line->len + 1 + SCAN_PAD);
  memcpy(p, line->bytes, line->len);
  p[line->len] = '\n';
  for (size_t i = 1; i <= SCAN_PAD; i++)
    p[line->len + i] = (uint8_t) "\"\\}]{0,:\xe3"[(line->len + i) % 9];
  return p;
}

#include "fragments.h"

#include <stdio.h>
#include <stdlib.h>

#define COUNT(array)   ((uint32_t)(sizeof(array) / sizeof *(array)))
#define PICK(r, array) ((array)[random_below((r), COUNT(array))])

static const char *const words[] = {
    "GC",      "CC",        "MEMORY",  "JS",      "DOM",       "HTTP",   "SSL",     "TLS",
    "CACHE",   "PLACES",    "FX",      "TAB",     "PAGE",      "LOAD",   "TIME",    "MS",
    "COUNT",   "INPUT",     "EVENT",   "NETWORK", "DNS",       "LOOKUP", "SEARCH",  "SESSION",
    "RESTORE", "STARTUP",   "GPU",     "WEBGL",   "COMPOSITE", "PAINT",  "CONTENT", "FRAME",
    "SCROLL",  "HANDSHAKE", "VERSION", "RESULT",  "DEVTOOLS",  "PLUGIN", "UPDATE",  "SANDBOX",
    "STORAGE", "LATENCY",   "TOTAL"};

#define ADDON_NAME                                                                                              \
  "$uBlock Origin|Tree Style Tab|Firefox Screenshots|Système d'extension|Дополнение для Firefox|" \
  "拡張機能マネージャ|Pocket|Form Autofill|Web Compat|Add-on \\\"quoted\\\" name|Übersetzer|"         \
  "Activity Stream|emoji 🦊 pack$"

#define TEXT_FRAGMENT_MAX 8192 /* no piece of a template is longer */

/* Draws for the text between dollar signs of a template: "$1..60$" a number, "$a|b|c$" one of the
 * texts. One draw after the other, so that a seed gives the same bytes with every compiler. */
static const char *draw(struct random *r, struct text *t, const char *from) {
  const char *end = strchr(from, '$'), *choice = from;
  if (!end) abort(); /* a template with an odd number of dollar signs */
  char *rest;
  unsigned long low = strtoul(from, &rest, 10);
  if (rest > from && rest[0] == '.' && rest[1] == '.') {
    text_number(t, random_between(r, (uint32_t)low, (uint32_t)strtoul(rest + 2, NULL, 10)));
    return end + 1;
  }
  uint32_t choices = 1;
  for (const char *c = from; c < end; c++) choices += *c == '|';
  for (uint32_t skip = random_below(r, choices); skip > 0; skip--) choice = strchr(choice, '|') + 1;
  text_put(t, choice, strcspn(choice, "|$"));
  return end + 1;
}

static void text_draw(struct random *r, struct text *t, const char *template) {
  text_reserve(t, TEXT_FRAGMENT_MAX);
  while (*template) {
    size_t plain = strcspn(template, "$");
    text_put(t, template, plain);
    template += plain;
    if (*template == '$') template = draw(r, t, template + 1);
  }
}

static void make_values(struct random *r, struct text *t) {
  /* Sixteenths of a log-normal distribution: how many buckets are filled. */
  static const uint8_t filled[] = {2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 16, 19, 22, 29, 44};
  uint64_t low = 0, sum = 0;
  uint32_t growth = random_between(r, 100, 130);
  for (uint32_t n = PICK(r, filled); n-- > 0;) {
    uint32_t count = 1; /* heavy-tailed, as counts are */
    while (count < 500000 && random_percent(r, 61)) count *= 2;
    count = random_percent(r, 10) ? 0 : count + random_below(r, count);
    text_char(t, '"');
    text_number(t, low);
    TEXT_LITERAL(t, "\":");
    text_number(t, count);
    if (n) text_char(t, ',');
    sum += low * count;
    uint64_t grown = low * growth / 100;
    low = grown > low ? grown : low + 1;
  }
  TEXT_LITERAL(t, "},\"sum\":");
  text_number(t, sum);
  text_char(t, '}');
}

static void make_histogram(struct random *r, struct text *t, uint32_t i) {
  (void)i;
  if (random_percent(r, 25)) {
    text_draw(r, t,
              "{\"range\":[1,2],\"bucket_count\":3,\"histogram_type\":$2|3$,"
              "\"values\":{\"0\":$0..50$,\"1\":1$|,\"2\":0$},\"sum\":1}");
  } else {
    text_draw(r, t,
              "{\"range\":[1,$100|1000|10000|30000|60000$],\"bucket_count\":$10|20|50|100$,"
              "\"histogram_type\":$0|0|1$,\"values\":{");
    make_values(r, t);
  }
}

/* No two are alike: the first and the last word together tell i. */
static void make_name(struct random *r, struct text *t, uint32_t i) {
  static const char *const known[] = {"SSL_HANDSHAKE_VERSION", "HTTP_PAGELOAD_IS_SSL", "GC_MS",
                                      "FX_TAB_SWITCH_TOTAL_MS"};
  (void)r;
  uint32_t n = COUNT(words);
  text_reserve(t, TEXT_FRAGMENT_MAX);
  text_char(t, '"');
  if (i < COUNT(known)) {
    text_string(t, known[i]);
  } else {
    text_string(t, words[i % n]);
    text_char(t, '_');
    text_string(t, words[(i / n * 7 + i * 3 + 1) % n]);
    text_char(t, '_');
    if (i % 3) text_string(t, words[(i * 5 + 2) % n]);
    text_char(t, '_');
    text_string(t, words[i / n]);
  }
  text_char(t, '"');
}

static void make_key(struct random *r, struct text *t, uint32_t i) {
  static const char *const keys[] = {"more tabs", "https",         "http\\/1.1",      "content",
                                     "moz.com",   "google.urlbar", "\\u00e9t\\u00e9", "other"};
  (void)r;
  text_reserve(t, TEXT_FRAGMENT_MAX);
  text_char(t, '"');
  text_string(t, keys[i % COUNT(keys)]);
  text_char(t, '"');
}

static void make_scalar(struct random *r, struct text *t, uint32_t i) {
  static const char *const values[] = {
      "true",           "false",     "\"str-$0..99$\"", "$0..999$.$100000..999999$",
      "1.5e$|-$$0..9$", "$0..99999$"};
  text_draw(r, t, "\"$gfx|media|dom|networking|security|telemetry|browser.engagement$.paint_");
  text_number(t, i);
  TEXT_LITERAL(t, "\":");
  text_draw(r, t, PICK(r, values));
}

static void make_event(struct random *r, struct text *t, uint32_t i) {
  (void)i;
  text_draw(r, t,
            "[$0..999999$,\"$navigation|security.ui|addonsManager|ui$\",\"$search|click|install$\","
            "\"$urlbar|searchbar|ext\\/x|button_3$\",null,{\"k\":\"");
  text_draw(r, t, random_percent(r, 8) ? ADDON_NAME : "enter");
  text_draw(r, t, "\",\"v\":\"$0..999$\"}]");
}

static void make_addon(struct random *r, struct text *t, uint32_t i) {
  text_reserve(t, TEXT_FRAGMENT_MAX);
  if (i % 2) {
    TEXT_LITERAL(t, "\"addon");
    text_number(t, i);
  } else {
    uint64_t hi = random_next(r), lo = random_next(r);
    TEXT_LITERAL(t, "\"{");
    text_uuid(t, hi, lo);
    text_char(t, '}');
  }
  text_draw(r, t,
            "@mozilla.org\":{\"version\":\"$1..60$.$0..20$.$0..9$\",\"scope\":$1|4$,"
            "\"type\":\"extension\",\"updateDay\":$16000..18000$,\"isSystem\":$true|false$,"
            "\"isWebExtension\":$true|false$,\"multiprocessCompatible\":true,\"blocklisted\":false,"
            "\"description\":\"");
  text_draw(r, t,
            random_percent(r, 15) ? "Плагин — does useful things"
                                  : "An add-on that does useful things for you while you browse");
  text_draw(r, t, "\",\"name\":\"");
  text_draw(r, t, random_percent(r, 30) ? ADDON_NAME : "Add-on $1..9999$");
  text_draw(r, t,
            "\",\"userDisabled\":false,\"appDisabled\":false,\"foreignInstall\":$true|false$,"
            "\"hasBinaryComponents\":false,\"installDay\":$15000..17800$,\"signedState\":$1..3$}");
}

/* Ends where the add-ons begin. */
static void make_environment(struct random *r, struct text *t, uint32_t i) {
  (void)i;
  text_draw(
      r, t,
      "{\"build\":{\"applicationId\":\"{ec8030f7-c20a-464f-9b0e-13a3a9e97384}\","
      "\"applicationName\":\"Firefox\",\"architecture\":\"x86-64\",\"buildId\":\"2018$"
      "1000000000..3999999999$\",\"version\":\"$52..61$.0\",\"vendor\":\"Mozilla\","
      "\"platformVersion\":\"60.0a1\",\"xpcomAbi\":\"x86_64-gcc3\",\"updaterAvailable\":true},"
      "\"partner\":{\"distributionId\":null,\"distributionVersion\":null,\"partnerId\":null,"
      "\"distributor\":null,\"distributorChannel\":null,\"partnerNames\":[]},");
  text_draw(
      r, t,
      "\"system\":{\"memoryMB\":$2048|4096|8192|16384$,\"virtualMaxMB\":null,\"cpu\":{\"count\""
      ":$2|4|8$,\"cores\":2,\"vendor\":\"GenuineIntel\",\"family\":6,\"model\":$40..99$,"
      "\"stepping\":4,\"l2cacheKB\":256,\"l3cacheKB\":4096,\"speedMHz\":$1600..4200$,"
      "\"extensions\":[\"hasMMX\",\"hasSSE\",\"hasSSE2\",\"hasSSE3\",\"hasSSSE3\","
      "\"hasSSE4_1\",\"hasSSE4_2\",\"hasAVX\",\"hasAVX2\"]},\"os\":{\"name\":\"Windows_NT\","
      "\"version\":\"10.0\",\"locale\":\"$en-US|de|fr|ru|ja$\",\"windowsBuildNumber\":16299},"
      "\"hdd\":{\"profile\":{\"model\":\"SAMSUNG MZ7LN512\",\"revision\":\"AA1$2|2|2|é$\"},"
      "\"binary\":{\"model\":null,\"revision\":null},\"system\":{\"model\":null,\"revision\":"
      "null}},");
  text_draw(
      r, t,
      "\"gfx\":{\"D2DEnabled\":$true|false$,\"DWriteEnabled\":true,\"ContentBackend\":\"Skia\""
      ",\"adapters\":[{\"description\":\"Intel(R) HD Graphics $400..6000$\",\"vendorID\":"
      "\"0x8086\",\"deviceID\":\"0x$1000..9999$\",\"subsysID\":\"0x$10000000..99999999$\","
      "\"RAM\":null,\"driver\":\"igdumdim64 igd10iumd64\",\"driverVersion\":\"20.19.15.$1000.."
      "9999$\",\"driverDate\":\"3-8-2018\",\"GPUActive\":true}],\"monitors\":[{\"screenWidth\":"
      "1920,\"screenHeight\":1080,\"refreshRate\":60,\"pseudoDisplay\":false,\"scale\":"
      "1.$100..999$}],\"features\":{\"compositor\":\"d3d11\",\"d2d\":{\"status\":"
      "\"available\",\"version\":\"1.1\"}}}},");
  text_draw(
      r, t,
      "\"settings\":{\"blocklistEnabled\":true,\"e10sEnabled\":true,\"e10sMultiProcesses\":4,"
      "\"telemetryEnabled\":$true|false$,\"locale\":\"en-US\",\"update\":{\"channel\":"
      "\"$release|beta|nightly$\",\"enabled\":true,\"autoDownload\":true},\"userPrefs\":{"
      "\"browser.cache.disk.capacity\":$1000..1048576$,\"browser.startup.homepage\":"
      "\"<user-set>\",\"layers.acceleration.disabled\":false},\"defaultSearchEngine\":"
      "\"google\",\"defaultSearchEngineData\":{\"name\":\"Google\",\"loadPath\":"
      "\"jar:[app]\\/omni.ja!google.xml\",\"origin\":\"default\",\"submissionURL\":"
      "\"https://www.google.com/search?q=&ie=utf-8&oe=utf-8\"}},\"profile\":{\"creationDate\":"
      "$13000..17900$,\"resetDate\":$13000..17900$},\"addons\":{\"activeAddons\":{");
}

static void make_measurements(struct random *r, struct text *t, uint32_t i) {
  (void)i;
  text_draw(r, t,
            "{\"start\":$0..999$,\"main\":$0..999$,\"selectProfile\":-1,\"afterProfileLocked\":"
            "$0..99999$,\"firstPaint\":$0..99999$,\"firstLoadURI\":$0..99999$,\"sessionRestored\":"
            "$0..99999$,\"createTopLevelWindow\":$0..99999$,\"XPI_startup_end\":$0..99999$,"
            "\"activeTicks\":$0..2000000$,\"totalTime\":$0..2000000$,\"uptime\":$0..2000000$,"
            "\"startupCrashDetectionBegin\":$0..99999$,\"savedPings\":$0..20$,"
            "\"sessionRestoreInit\":$-1|3$}");
}

static void make_log(struct random *r, struct text *t, uint32_t i) {
  (void)i;
  text_draw(r, t, "[");
  for (uint32_t n = random_below(r, 7), k = 0; k < n; k++) {
    if (k) text_char(t, ',');
    text_draw(r, t,
              "[\"EXPERIMENT_ACTIVATION\",$0..99999$,\"REJECTED\","
              "\"exp-$0..99$@experiments.mozilla.org\","
              "\"$minBuildId|sample \\\"a\\\"|path C:\\\\x$\"]");
  }
  text_draw(r, t, "]");
}

static void make_query(struct random *r, struct text *t, uint32_t i) {
  static const char *const queries[] = {
      "SELECT h.id, h.url, h.title AS page_title FROM moz_places h WHERE h.rev_host = :host",
      "UPDATE OR REPLACE moz_cookies SET value = \\\"x\\\"\\tWHERE 1", "PRAGMA wal_checkpoint",
      "INSERT INTO moz_hosts (host) VALUES (:h) /* C:\\\\Users\\\\firefox\\\\places.sqlite */"};
  text_reserve(t, TEXT_FRAGMENT_MAX);
  text_char(t, '"');
  text_string(t, queries[i % COUNT(queries)]);
  text_draw(r, t, "\":[$1..9$,$100..9000$]");
}

static void make_place(struct random *r, struct text *t, uint32_t i) {
  static const char *const places[] = {"\"geoCity\":\"Paris\",\"geoCountry\":\"FR\"",
                                       "\"geoCity\":\"São Paulo\",\"geoCountry\":\"BR\"",
                                       "\"geoCity\":\"Zürich\",\"geoCountry\":\"CH\"",
                                       "\"geoCity\":\"M\\u00fcnchen\",\"geoCountry\":\"DE\"",
                                       "\"geoCity\":\"Sendai\",\"geoCountry\":\"JP\""};
  text_draw(r, t, i < COUNT(places) ? places[i] : "\"geoCity\":\"??\",\"geoCountry\":\"US\"");
}

typedef void make_function(struct random *r, struct text *t, uint32_t i);

static const struct {
  make_function *make;
  uint32_t count;
} makers[FRAGMENT_KINDS] = {
    [FRAGMENT_HISTOGRAM] = {make_histogram, 16384},
    [FRAGMENT_NAME] = {make_name, FRAGMENT_NAMES},
    [FRAGMENT_KEY] = {make_key, 8},
    [FRAGMENT_SCALAR] = {make_scalar, 66},
    [FRAGMENT_EVENT] = {make_event, 1024},
    [FRAGMENT_ADDON] = {make_addon, 2048},
    [FRAGMENT_ENVIRONMENT] = {make_environment, 512},
    [FRAGMENT_MEASUREMENTS] = {make_measurements, 256},
    [FRAGMENT_LOG] = {make_log, 256},
    [FRAGMENT_QUERY] = {make_query, 4},
    [FRAGMENT_PLACE] = {make_place, 10},
};

static void pool_init(struct fragment_pool *pool, enum fragment_kind kind, uint64_t seed) {
  struct random r = {random_mix(seed + kind)};
  *pool = (struct fragment_pool){.count = makers[kind].count};
  pool->start = calloc((size_t)pool->count + 1, sizeof *pool->start);
  if (!pool->start) {
    (void)fputs("pinggen: out of memory\n", stderr);
    exit(1);
  }
  for (uint32_t i = 0; i < pool->count; i++) {
    makers[kind].make(&r, &pool->text, i);
    pool->start[i + 1] = (uint32_t)pool->text.len;
  }
}

void fragments_init(struct fragments *f, uint64_t seed) {
  for (int kind = 0; kind < FRAGMENT_KINDS; kind++)
    pool_init(&f->pool[kind], (enum fragment_kind)kind, seed);
}

void fragments_release(struct fragments *f) {
  for (int kind = 0; kind < FRAGMENT_KINDS; kind++) {
    free(f->pool[kind].text.data);
    free(f->pool[kind].start);
  }
}

#include "stream.h"

#define APPLICATION                                                                                \
  "\"application\":{\"architecture\":\"x86-64\",\"buildId\":\"20180209220324\",\"name\":"          \
  "\"Firefox\",\"version\":\"60.0a1\",\"displayVersion\":\"60.0a1\",\"vendor\":\"Mozilla\","       \
  "\"platformVersion\":\"60.0a1\",\"xpcomAbi\":\"x86_64-gcc3\",\"channel\":\"nightly\"}"

/* The subject of one ping. */
struct subject {
  struct random random; /* for the rest of it */
  uint64_t document[2], client[2];
  uint32_t day;
};

enum salt { SALT_DOCUMENT, SALT_CLIENT, SALT_BODY, SALT_COPY }; /* independent sequences */

static struct random random_of(const struct stream *s, enum salt salt, uint64_t n) {
  return (struct random){random_mix(random_mix(s->options.seed * 4 + salt) + n)};
}

static struct subject subject_of(const struct stream *s, uint64_t line) {
  const struct stream_options *o = &s->options;
  struct subject subject = {.random = random_of(s, SALT_BODY, line)};
  struct random r = random_of(s, SALT_DOCUMENT, line);
  subject.document[0] = random_next(&r);
  subject.document[1] = random_next(&r);
  r = random_of(s, SALT_CLIENT, random_below(&r, o->clients));
  subject.client[0] = random_next(&r);
  subject.client[1] = random_next(&r);
  subject.day = o->first_day + (uint32_t)(line / o->per_day % o->days);
  return subject;
}

static void put_document(const struct subject *p, struct text *t) {
  text_uuid(t, p->document[0], p->document[1]);
}
static void put_client(const struct subject *p, struct text *t) {
  text_uuid(t, p->client[0], p->client[1]);
}

static void put_uuid(struct random *r, struct text *t) {
  uint64_t hi = random_next(r), lo = random_next(r);
  text_uuid(t, hi, lo);
}

/* n fragments with commas between them. */
static void put_list(const struct stream *s, enum fragment_kind kind, uint32_t n, struct random *r,
                     struct text *t) {
  for (uint32_t i = 0; i < n; i++) {
    if (i) text_char(t, ',');
    fragment_any(&s->fragments, kind, r, t);
  }
}

/* n histograms of different names. */
static void put_histograms(const struct stream *s, uint32_t n, struct random *r, struct text *t) {
  uint32_t name = random_below(r, FRAGMENT_NAMES);
  uint32_t stride = random_between(r, 1, FRAGMENT_NAMES - 1);
  for (uint32_t i = 0; i < n; i++) {
    if (i) text_char(t, ',');
    fragment_put(&s->fragments, FRAGMENT_NAME, name, t);
    text_char(t, ':');
    fragment_any(&s->fragments, FRAGMENT_HISTOGRAM, r, t);
    name = (name + stride) % FRAGMENT_NAMES;
  }
}

static void put_keyed_histograms(const struct stream *s, uint32_t n, struct random *r,
                                 struct text *t) {
  uint32_t name = random_below(r, FRAGMENT_NAMES);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t key = random_below(r, s->fragments.pool[FRAGMENT_KEY].count - 1);
    if (i) text_char(t, ',');
    fragment_put(&s->fragments, FRAGMENT_NAME, (name + i) % FRAGMENT_NAMES, t);
    TEXT_LITERAL(t, ":{");
    fragment_put(&s->fragments, FRAGMENT_KEY, key, t);
    text_char(t, ':');
    fragment_any(&s->fragments, FRAGMENT_HISTOGRAM, r, t);
    text_char(t, ',');
    fragment_put(&s->fragments, FRAGMENT_KEY, key + 1, t);
    text_char(t, ':');
    fragment_any(&s->fragments, FRAGMENT_HISTOGRAM, r, t);
    text_char(t, '}');
  }
}

static void put_meta(const struct stream *s, struct subject *p, const char *type, size_t type_len,
                     struct text *t) {
  static const char channels[3][8] = {"release", "beta", "nightly"};
  const char *channel = channels[random_below(&p->random, 3)];
  TEXT_LITERAL(t, "\"meta\":{\"Timestamp\":");
  text_number(t, (uint64_t)p->day * 86400 + random_below(&p->random, 86400));
  TEXT_LITERAL(t, "000000000,\"Type\":\"telemetry\",\"Hostname\":\"ip-172-31-");
  text_number(t, random_below(&p->random, 256));
  TEXT_LITERAL(t, "-7\",\"appBuildId\":\"20180209220324\",\"appName\":\"Firefox\","
                  "\"appUpdateChannel\":\"");
  text_put(t, channel, strlen(channel));
  TEXT_LITERAL(t, "\",\"appVersion\":\"60.0a1\",\"clientId\":\"");
  put_client(p, t);
  TEXT_LITERAL(t, "\",\"creationTimestamp\":1.5");
  text_digits(t, random_below(&p->random, 100000000), 8);
  TEXT_LITERAL(t, "e+18,\"docType\":\"");
  text_put(t, type, type_len);
  TEXT_LITERAL(t, "\",\"documentId\":\"");
  put_document(p, t);
  TEXT_LITERAL(t, "\",");
  fragment_any(&s->fragments, FRAGMENT_PLACE, &p->random, t);
  TEXT_LITERAL(t, ",\"normalizedChannel\":\"");
  text_put(t, channel, strlen(channel));
  TEXT_LITERAL(t, "\",\"os\":\"Windows\",\"reason\":\"shutdown\",\"sampleId\":");
  text_number(t, random_below(&p->random, 100));
  TEXT_LITERAL(t, ".0,\"sourceName\":\"telemetry\",\"submissionDate\":\"");
  text_date(t, p->day);
  TEXT_LITERAL(t, "\"}");
}

static void put_head(struct subject *p, const char *type, size_t type_len, struct text *t) {
  TEXT_LITERAL(t, "\"type\":\"");
  text_put(t, type, type_len);
  TEXT_LITERAL(t, "\",\"id\":\"");
  put_document(p, t);
  TEXT_LITERAL(t, "\",\"creationDate\":\"2018-03-08T16:25:44.");
  text_digits(t, random_below(&p->random, 1000), 3);
  TEXT_LITERAL(t, "Z\",\"version\":4," APPLICATION);
}

static void put_processes(const struct stream *s, uint32_t size, struct random *r, struct text *t) {
  TEXT_LITERAL(t, "\"processes\":{\"parent\":{\"scalars\":{");
  uint32_t scalars = s->fragments.pool[FRAGMENT_SCALAR].count, first = random_below(r, scalars);
  for (uint32_t i = 0; i < 30; i++) {
    if (i) text_char(t, ',');
    fragment_put(&s->fragments, FRAGMENT_SCALAR, (first + i) % scalars, t);
  }
  TEXT_LITERAL(t, "},\"keyedScalars\":{\"telemetry.event_counts\":{\"a#b\":");
  text_number(t, random_below(r, 100));
  TEXT_LITERAL(t, "}},\"events\":[");
  put_list(s, FRAGMENT_EVENT, random_below(r, 13), r, t);
  TEXT_LITERAL(t, "]},\"content\":{\"histograms\":{");
  put_histograms(s, 20 * size / 100, r, t);
  TEXT_LITERAL(t, "},\"keyedHistograms\":{}}}");
}

static void put_info(struct random *r, struct text *t) {
  TEXT_LITERAL(t, "\"info\":{\"reason\":\"shutdown\",\"revision\":\"https://hg.mozilla.org/"
                  "mozilla-central/rev/");
  text_hex(t, random_next(r), 16);
  text_hex(t, random_next(r), 16);
  text_hex(t, random_next(r), 8);
  TEXT_LITERAL(t, "\",\"timezoneOffset\":-240,\"sessionId\":\"");
  put_uuid(r, t);
  TEXT_LITERAL(t, "\",\"subsessionId\":\"");
  put_uuid(r, t);
  TEXT_LITERAL(t, "\",\"previousSessionId\":null,\"subsessionCounter\":");
  text_number(t, random_between(r, 1, 99));
  TEXT_LITERAL(t, ",\"profileSubsessionCounter\":");
  text_number(t, random_between(r, 1, 2000));
  TEXT_LITERAL(t, ",\"sessionStartDate\":\"2018-02-23T09:00:00.0-04:00\",\"sessionLength\":");
  text_number(t, random_between(r, 1, 1000000));
  TEXT_LITERAL(t, ",\"addons\":\"support%40lastpass.com:4.2.3.20,uBlock0%40raymondhill.net:"
                  "1.15.10\"}");
}

static void put_environment(const struct stream *s, struct random *r, struct text *t) {
  TEXT_LITERAL(t, "\"environment\":");
  fragment_any(&s->fragments, FRAGMENT_ENVIRONMENT, r, t);
  uint32_t addons = s->fragments.pool[FRAGMENT_ADDON].count, first = random_below(r, addons);
  for (uint32_t n = random_between(r, 2, 9), i = 0; i < n; i++) {
    if (i) text_char(t, ',');
    fragment_put(&s->fragments, FRAGMENT_ADDON, (first + i) % addons, t);
  }
  TEXT_LITERAL(t, "},\"theme\":{\"id\":\"default\"}},\"experiments\":{\"searchCohort\":{\"branch\":"
                  "\"nov17-2\"}}}");
}

/* Half of the records have meta in front, half at the end: readers must not count on either. */
static void put_main(const struct stream *s, struct subject *p, struct text *t) {
  /* Percent of the usual size: sixteenths of a log-normal distribution. */
  static const uint8_t sizes[] = {35, 46,  54,  60,  66,  73,  79,  85,
                                  92, 100, 108, 119, 131, 147, 171, 220};
  struct random *r = &p->random;
  uint32_t size = sizes[random_below(r, 16)];
  bool meta_first = random_percent(r, 50);
  if (meta_first) {
    put_meta(s, p, "main", 4, t);
    text_char(t, ',');
  }
  put_head(p, "main", 4, t);
  TEXT_LITERAL(t, ",\"payload\":{\"ver\":4,\"simpleMeasurements\":");
  fragment_any(&s->fragments, FRAGMENT_MEASUREMENTS, r, t);
  text_char(t, ',');
  put_processes(s, size, r, t);
  TEXT_LITERAL(t, ",\"log\":");
  fragment_any(&s->fragments, FRAGMENT_LOG, r, t);
  TEXT_LITERAL(t, ",\"slowSQL\":{\"mainThread\":{");
  if (random_percent(r, 75)) fragment_any(&s->fragments, FRAGMENT_QUERY, r, t);
  TEXT_LITERAL(t, "},\"otherThreads\":{}},\"histograms\":{");
  put_histograms(s, 121 * size / 100, r, t);
  TEXT_LITERAL(t, "},\"keyedHistograms\":{");
  put_keyed_histograms(s, 14 * size / 100, r, t);
  TEXT_LITERAL(t, "},");
  put_info(r, t);
  TEXT_LITERAL(t, "},\"clientId\":\"");
  put_client(p, t);
  TEXT_LITERAL(t, "\",");
  put_environment(s, r, t);
  if (!meta_first) {
    text_char(t, ',');
    put_meta(s, p, "main", 4, t);
  }
}

static void put_event(const struct stream *s, struct subject *p, struct text *t) {
  struct random *r = &p->random;
  put_meta(s, p, "event", 5, t);
  TEXT_LITERAL(t, ",\"type\":\"event\",\"id\":\"");
  put_document(p, t);
  TEXT_LITERAL(t, "\",\"clientId\":\"");
  put_client(p, t);
  TEXT_LITERAL(t,
               "\",\"version\":4,\"payload\":{\"reason\":\"periodic\",\"processStartTimestamp\":");
  text_number(t, UINT64_C(1000000000000) + random_below(r, 1000000000));
  TEXT_LITERAL(t, ",\"sessionId\":\"");
  put_uuid(r, t);
  TEXT_LITERAL(t, "\",\"subsessionId\":\"");
  put_uuid(r, t);
  TEXT_LITERAL(t, "\",\"lostEventsCount\":0,\"events\":{\"parent\":[");
  put_list(s, FRAGMENT_EVENT, random_between(r, 1, 6), r, t);
  TEXT_LITERAL(t, "]}}");
}

static void put_health(const struct stream *s, struct subject *p, struct text *t) {
  put_head(p, "health", 6, t);
  TEXT_LITERAL(t, ",\"payload\":{\"os\":{\"name\":\"Windows_NT\",\"version\":\"10.0\"},"
                  "\"reason\":\"immediate\",\"sendFailure\":{\"eUnreachable\":");
  text_number(t, random_below(&p->random, 10));
  TEXT_LITERAL(t, ",\"timeout\":");
  text_number(t, random_below(&p->random, 10));
  TEXT_LITERAL(t, "},\"pingDiscardedForSize\":{\"main\":1}},\"clientId\":\"");
  put_client(p, t);
  TEXT_LITERAL(t, "\",");
  put_meta(s, p, "health", 6, t);
}

static void put_id_only(struct subject *p, struct text *t) {
  TEXT_LITERAL(t, "\"meta\":{\"documentId\":\"");
  put_document(p, t);
  TEXT_LITERAL(t, "\",\"submissionDate\":\"");
  text_date(t, p->day);
  TEXT_LITERAL(t, "\"}");
}

static void put_ping(const struct stream *s, uint64_t line, struct text *t) {
  struct subject p = subject_of(s, line);
  text_char(t, '{');
  if (s->options.shape == SHAPE_MAIN) put_main(s, &p, t);
  else if (s->options.shape == SHAPE_ID) put_id_only(&p, t);
  else if (random_percent(&p.random, 50)) put_event(s, &p, t);
  else put_health(s, &p, t);
  text_char(t, '}');
}

static bool is_flawed(const struct stream *s, uint64_t line) {
  const struct stream_options *o = &s->options;
  return (o->malformed_every && (line + 1) % o->malformed_every == 0) ||
         (o->no_id_every && (line + 1) % o->no_id_every == 0);
}

/* The line that `line` is a copy of, or itself. Copies of copies are followed to the first one. */
static uint64_t original_of(const struct stream *s, uint64_t line) {
  while (line > 0 && !is_flawed(s, line)) {
    struct random r = random_of(s, SALT_COPY, line);
    if (random_below(&r, 1000000) >= s->options.duplicates) break;
    uint32_t reach = line < s->options.window ? (uint32_t)line : s->options.window;
    uint64_t earlier = line - 1 - random_below(&r, reach);
    if (is_flawed(s, earlier)) break;
    line = earlier;
  }
  return line;
}

void stream_init(struct stream *s, const struct stream_options *options) {
  *s = (struct stream){.options = *options};
  fragments_init(&s->fragments, options->seed);
}

void stream_release(struct stream *s) { fragments_release(&s->fragments); }

void stream_next(struct stream *s, struct text *t) {
  uint64_t line = s->line++;
  text_reserve(t, TEXT_PING_MAX);
  if (s->options.no_id_every && (line + 1) % s->options.no_id_every == 0) {
    TEXT_LITERAL(t, "{\"type\":\"anonymous\",\"version\":4,\"payload\":{\"reason\":\"no id\"}}\n");
    return;
  }
  size_t begin = t->len;
  put_ping(s, original_of(s, line), t);
  if (s->options.malformed_every && (line + 1) % s->options.malformed_every == 0)
    t->len = begin + (t->len - begin) * 2 / 3; /* cut short, as uploads are */
  text_char(t, '\n');
}

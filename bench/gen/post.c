#include "post.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define COPIES_PER_MILLION 12800u /* the post's 1.28 % */
#define CLIENT_PINGS       6u     /* a day, about */
#define CHATTY             20u    /* the smaller, the more the first clients send */
#define HEAVY_FROM         1000u  /* a heavy client is none of the chatty ones */

/* The client of the post: its ten documents. */
static const struct {
  uint32_t copies, measurements;
} flood[] = {{23911, 512204}, {23664, 509118}, {23530, 507960}, {23402, 511043}, {23317, 506377},
             {23190, 508812}, {23071, 503991}, {22926, 500031}, {22785, 505374}, {22491, 515846}};
#define FLOOD_DOCUMENTS 10u
#define FLOOD_PINGS     232287u

static_assert(sizeof flood / sizeof *flood == FLOOD_DOCUMENTS, "the post's documents");
static_assert(23911 + 23664 + 23530 + 23402 + 23317 + 23190 + 23071 + 22926 + 22785 + 22491 ==
                  FLOOD_PINGS,
              "the post's pings of the client");
static_assert(23911 * INT64_C(512204) + 23664 * INT64_C(509118) + 23530 * INT64_C(507960) +
                      23402 * INT64_C(511043) + 23317 * INT64_C(506377) + 23190 * INT64_C(508812) +
                      23071 * INT64_C(503991) + 22926 * INT64_C(500031) + 22785 * INT64_C(505374) +
                      22491 * INT64_C(515846) ==
                  INT64_C(118021474114),
              "the post's measurements of the client");

/* The next ones, clients 1 to 4; they send nothing twice. */
static const struct {
  uint32_t pings, measurements;
} next[POST_NOTABLE - 1] = {{412, 1619126}, {365, 1204880}, {187, 987013}, {298, 803306}};
#define NEXT_PINGS (412u + 365u + 187u + 298u)

/* Percent of the usual size: sixteenths of a log-normal distribution. */
static const uint8_t sizes[16] = {35, 46,  54,  60,  66,  73,  79,  85,
                                  92, 100, 108, 119, 131, 147, 171, 220};
#define USUAL 142u /* measurements; 140 on the average with two sizes */

enum salt { SALT_CLIENT, SALT_DOCUMENT, SALT_PLAN, SALT_ORDER };

static struct random random_of(uint64_t seed, enum salt salt, uint64_t n) {
  return (struct random){random_mix(random_mix(seed * 4 + salt) + n)};
}

static void *allocate(size_t n, size_t size) {
  void *p = calloc(n, size);
  if (p) return p;
  (void)fputs("postgen: out of memory\n", stderr);
  exit(1);
}

/* One of [0, n), the first ones more often: (n + CHATTY) u^2 - CHATTY for u in [0, 1). */
static uint32_t some_client(struct random *r, uint32_t n) {
  for (;;) {
    uint64_t u = random_next(r) >> 32;
    uint64_t at = (n + CHATTY) * (u * u >> 32) >> 32;
    if (at >= CHATTY) return (uint32_t)(at - CHATTY);
  }
}

static void shuffle(uint32_t *list, uint32_t n, struct random *r) {
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = random_below(r, i), other = list[j];
    list[j] = list[i - 1];
    list[i - 1] = other;
  }
}

/* Of a document of an ordinary client, which has a usual size of its own; one in a thousand is
 * heavy. */
static uint32_t ordinary(uint64_t seed, uint32_t client, struct random *r) {
  struct random own = random_of(seed, SALT_CLIENT, client);
  uint32_t usual = USUAL * sizes[random_below(&own, 16)] / 100;
  if (client >= HEAVY_FROM && random_below(&own, 1000) == 0) usual *= 50;
  return usual * sizes[random_below(r, 16)] / 100;
}

/* The documents of clients 1 to 4: in pairs as far above as below the average. */
static uint32_t put_next(struct post_document *to, struct random *r) {
  uint32_t n = 0;
  for (uint32_t client = 1; client < POST_NOTABLE; client++) {
    uint32_t pings = next[client - 1].pings, all = next[client - 1].measurements;
    uint32_t average = all / pings, rest = all % pings, apart = 0;
    for (uint32_t i = 0; i < pings; i++) {
      apart = i % 2 ? 0 - apart : random_below(r, average / 2);
      if (i + 1 == pings && i % 2 == 0) apart = 0;
      to[n++] = (struct post_document){client, average + apart + (i < rest)};
    }
  }
  return n;
}

/* Fills documents and, in `arrivals`, the shuffled pings of all but the post's client. */
static void plan_ordinary(struct post_day *p, uint32_t *arrivals, uint32_t npings) {
  bool special = p->day == POST_DAY;
  struct random r = random_of(p->seed, SALT_PLAN, p->day);
  uint32_t copies = (uint32_t)((uint64_t)npings * COPIES_PER_MILLION / 1000000), n = 0;
  uint32_t first = special ? FLOOD_DOCUMENTS : 0, from = first;
  if (special) from += put_next(p->documents + first, &r);
  uint32_t base = special ? POST_NOTABLE : 0, clients = p->nclients - base;
  p->ndocuments = first + npings - copies;
  for (uint32_t i = from; i < p->ndocuments; i++) {
    uint32_t client = base + (i - from < clients ? i - from : some_client(&r, clients));
    p->documents[i] = (struct post_document){client, ordinary(p->seed, client, &r)};
  }
  for (uint32_t i = first; i < p->ndocuments; i++) arrivals[n++] = i;
  while (n < npings) arrivals[n++] = from + random_below(&r, p->ndocuments - from);
  shuffle(arrivals, n, &r);
}

/* The post's client comes evenly over the day, its documents mixed. */
static void mix_flood(struct post_day *p, const uint32_t *ordinary_pings) {
  uint32_t *copies = allocate(FLOOD_PINGS, sizeof *copies), n = 0;
  for (uint32_t d = 0; d < FLOOD_DOCUMENTS; d++) {
    p->documents[d] = (struct post_document){0, flood[d].measurements};
    for (uint32_t i = 0; i < flood[d].copies; i++) copies[n++] = d;
  }
  struct random r = random_of(p->seed, SALT_ORDER, p->day);
  shuffle(copies, n, &r);
  uint32_t taken = 0;
  for (uint32_t i = 0; i < p->npings; i++) {
    bool its = (uint64_t)(i + 1) * FLOOD_PINGS / p->npings > taken;
    p->pings[i] = its ? copies[taken] : ordinary_pings[i - taken];
    taken += its;
  }
  free(copies);
}

void post_plan(struct post_day *p, uint64_t seed, uint32_t day, uint32_t pings) {
  bool special = day == POST_DAY;
  struct random r = random_of(seed, SALT_ORDER, day);
  *p = (struct post_day){.seed = seed, .day = day};
  p->npings = special ? POST_PINGS : pings - pings / 10 + random_below(&r, pings / 5 + 1);
  p->nclients = special ? POST_CLIENTS : p->npings / CLIENT_PINGS + 1;
  p->documents = allocate(p->npings, sizeof *p->documents);
  p->pings = allocate(p->npings, sizeof *p->pings);
  if (!special) {
    plan_ordinary(p, p->pings, p->npings);
    return;
  }
  uint32_t *others = allocate(POST_PINGS - FLOOD_PINGS, sizeof *others);
  plan_ordinary(p, others, POST_PINGS - FLOOD_PINGS);
  mix_flood(p, others);
  free(others);
}

void post_release(struct post_day *p) {
  free(p->documents);
  free(p->pings);
}

void post_count(const struct post_day *p, struct post_client *clients) {
  bool *seen = allocate(p->ndocuments, sizeof *seen);
  for (uint32_t i = 0; i < p->npings; i++) {
    const struct post_document *document = &p->documents[p->pings[i]];
    struct post_client *client = &clients[document->client];
    client->pings++;
    client->duplicates += seen[p->pings[i]];
    client->measurements += document->measurements;
    seen[p->pings[i]] = true;
  }
  free(seen);
}

void post_client_id(uint64_t seed, uint32_t client, struct text *t) {
  struct random r = random_of(seed, SALT_CLIENT, client);
  uint64_t hi = random_next(&r), lo = random_next(&r);
  text_uuid(t, hi, lo);
}

static void put_histogram(uint32_t measurements, struct text *t) {
  uint32_t tls10 = measurements / 50, tls11 = measurements / 200;
  uint32_t tls12 = measurements - tls10 - tls11;
  TEXT_LITERAL(t, "\"SSL_HANDSHAKE_VERSION\":{\"range\":[1,16],\"bucket_count\":17,"
                  "\"histogram_type\":1,\"values\":{\"0\":0,\"1\":");
  text_number(t, tls10);
  TEXT_LITERAL(t, ",\"2\":");
  text_number(t, tls11);
  TEXT_LITERAL(t, ",\"3\":");
  text_number(t, tls12);
  TEXT_LITERAL(t, ",\"4\":0},\"sum\":");
  text_number(t, tls10 + 2 * (uint64_t)tls11 + 3 * (uint64_t)tls12);
  text_char(t, '}');
}

void post_put(const struct post_day *p, uint32_t n, struct text *t) {
  const struct post_document *document = &p->documents[p->pings[n]];
  struct random r = random_of(p->seed, SALT_DOCUMENT, (uint64_t)p->day << 32 | p->pings[n]);
  uint64_t hi = random_next(&r), lo = random_next(&r);
  text_reserve(t, TEXT_PING_MAX);
  TEXT_LITERAL(t, "{\"meta\":{\"documentId\":\"");
  text_uuid(t, hi, lo);
  TEXT_LITERAL(t, "\",\"submissionDate\":\"");
  text_date(t, p->day);
  TEXT_LITERAL(t, "\",\"docType\":\"main\",\"appName\":\"Firefox\",\"appUpdateChannel\":\"beta\"},"
                  "\"type\":\"main\",\"version\":4,\"clientId\":\"");
  post_client_id(p->seed, document->client, t);
  TEXT_LITERAL(t, "\",\"payload\":{\"info\":{\"reason\":\"shutdown\",\"sessionLength\":");
  text_number(t, random_between(&r, 1, 100000));
  TEXT_LITERAL(t, "},\"processes\":{\"content\":{\"histograms\":{\"GC_MS\":{\"values\":{\"1\":");
  text_number(t, random_below(&r, 1000));
  TEXT_LITERAL(t, "},\"sum\":2}}}},\"histograms\":{");
  put_histogram(document->measurements, t);
  TEXT_LITERAL(t, "},\"keyedHistograms\":{}}}\n");
}

/* The client of Aurora 51: one clientId that stands for many machines.
 *
 * Figures are those of two notebooks by C. Hutten-Czapski (mozilla/mozilla-reports): "One
 * Problematic Aurora 51 Client" (2017-02-22: 4,571,188 pings, all copies) and, two months later,
 * "That Aurora 51 Client" (2017-04-28: most pings are copies of ones that came with copied
 * profiles; 312,266 documents came exactly once). They are of different spans, and the second one's
 * documents do not fit into the first one's pings (84,819 of them are of 2400 MHz, which but 4,225
 * of all earlier pings were). So there are two spans: 46 days to 2017-02-16, whose copies give the
 * first tables, and, if asked for, 71 more to 2017-04-28, after which the documents seen exactly
 * once give the second ones. Some figures are not in the notebooks; they are chosen here and
 * constant: the rows below their tables' last lines, 12,484 of the documents seen once as those of
 * the first span, 7,428,812 pings of the second span, and how often each document is repeated.
 *
 * The payload and the environment are the document's; submission date, time and place are each
 * copy's own.
 *
 * Scaled down by N, a published count c becomes c / N, rounded down, but at least 1; the figures
 * that are not published take up the difference. Other clients' pings come in between.
 */
#ifndef GEN_AURORA_H
#define GEN_AURORA_H

#include "aurora_tables.h"
#include "random.h"
#include "text.h"

#define AURORA_FIRST_DAY 17168u /* 2017-01-02 */
#define AURORA_DAYS      46u
#define AURORA_DAYS_ALL  117u

struct aurora_document {
  uint32_t early, late; /* copies in each span */
  uint16_t speed, length;
  uint8_t addons; /* bits: AURORA_ADDONS */
  bool no_default;
};

struct aurora_ping {
  uint32_t document;
  uint16_t city;
};

struct aurora {
  uint64_t seed;
  struct aurora_tables tables;
  uint32_t ndays, ndocuments, npings, nothers;
  struct aurora_document *documents;
  struct aurora_ping *pings;                  /* in the order of their arrival */
  uint32_t start[AURORA_DAYS_ALL + 1];        /* number of a day's first ping */
  uint32_t others_start[AURORA_DAYS_ALL + 1]; /* of the other clients' first one */
};

/* Plans it as a whole. Ends the program when memory is short or the scale does not fit. */
void aurora_plan(struct aurora *a, uint64_t seed, uint32_t scale, bool follow_up, uint32_t others);
void aurora_release(struct aurora *a);

/* Of a document: what its histogram SSL_HANDSHAKE_VERSION and the other one hold. */
struct aurora_measures {
  uint32_t tls10, tls12, pauses;
  bool odd; /* the histogram's `sum` is a text */
};
struct aurora_measures aurora_measure(const struct aurora *a, uint32_t document);

/* A ping of another client. Client 0 is chatty: it sends every eighth of them, from one machine. */
#define AURORA_OTHER_SPEEDS  12u
#define AURORA_OTHER_SYSTEMS 6u
#define AURORA_OTHER_ADDONS  6u
#define AURORA_OTHER_LENGTHS 5000u
struct aurora_other {
  uint32_t client, length;
  uint8_t speed, system, addons;
  uint16_t city;
  bool is_default;
};
extern const char *const aurora_other_speeds[AURORA_OTHER_SPEEDS];
extern const char *const aurora_other_systems[AURORA_OTHER_SYSTEMS][2]; /* name, version */
extern const char *const aurora_other_addons[AURORA_OTHER_ADDONS];
struct aurora_other aurora_other(const struct aurora *a, uint32_t n);

void aurora_client_id(const struct aurora *a, struct text *t);
void aurora_other_id(const struct aurora *a, uint32_t client, struct text *t);
void aurora_document_id(const struct aurora *a, uint32_t document, struct text *t);
uint64_t aurora_time(const struct aurora *a, uint32_t day, uint32_t n); /* ns since 1970 */

/* Appends ping number n, of day number `day`, '\n' included. */
void aurora_put(const struct aurora *a, uint32_t day, uint32_t n, struct text *t);
void aurora_put_other(const struct aurora *a, uint32_t day, uint32_t n, struct text *t);

#endif

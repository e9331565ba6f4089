/* The days round 2017-03-12, when one client sent ten main pings 232,287 times.
 *
 * Figures of that day are those of a post about SSL_HANDSHAKE_VERSION in Firefox beta (62,423
 * clients, 587 thousand pings, the client's pings and measurements, the next client's
 * measurements); other figures are chosen here and constant: exactly 587,000 pings, clients three
 * to five, 1.28 % of ordinary copies, about 140 measurements a ping elsewhere. (The post's plot
 * reads 113 thousand million measurements for the day, less than it tells of the client alone; the
 * client's figure is kept.) The other days are normal ones.
 *
 * A day is planned as a whole, then each line is a function of seed, day and document: copies of a
 * document are the same bytes.
 */
#ifndef GEN_POST_H
#define GEN_POST_H

#include "random.h"
#include "text.h"

#define POST_DAY     17237u /* 2017-03-12 */
#define POST_PINGS   587000u
#define POST_CLIENTS 62423u
#define POST_NOTABLE 5u /* clients 0 to 4 of that day: the top five by measurements, in order */

struct post_document {
  uint32_t client, measurements;
};

struct post_client { /* sums of a day, all copies counted */
  uint64_t pings, duplicates, measurements;
};

struct post_day {
  uint64_t seed;
  uint32_t day;
  uint32_t ndocuments, npings, nclients;
  struct post_document *documents;
  uint32_t *pings; /* documents in the order of their arrival */
};

/* Plans a day: POST_DAY with its own figures, any other one with about `pings` pings. Ends the
 * program when memory is short. */
void post_plan(struct post_day *plan, uint64_t seed, uint32_t day, uint32_t pings);
void post_release(struct post_day *plan);

/* Counts what was planned; clients: plan->nclients, zeroed. */
void post_count(const struct post_day *plan, struct post_client *clients);

void post_client_id(uint64_t seed, uint32_t client, struct text *t); /* a UUID */

/* Appends the ping that comes as number n of the day, '\n' included. */
void post_put(const struct post_day *plan, uint32_t n, struct text *t);

#endif

/* One ping a client: which pings of a segment are the first of their clients, and of their
 * documentIds.
 *
 * Clients are marked in the seen-set beside the documentIds, so that both are committed, resumed
 * and expired together. In input order, a ping stays iff its client is new and its documentId is
 * neither in the set nor on a ping that stayed before; then both are marked. A documentId that is
 * known makes a duplicate, whose client is not marked; a client that is known makes a ping that is
 * not selected, whose documentId is not marked. A ping that is late or has no documentId is judged
 * by its client alone. Marks of clients are of the ping's day in the accounts.
 */
#ifndef SIEVE_ONE_PER_CLIENT_H
#define SIEVE_ONE_PER_CLIENT_H

#include "scan/ping.h"
#include "sieve/figures.h"

#define ONE_PER_CLIENT_PINGS 4096u /* a segment at most */

struct one_per_client;

int one_per_client_create(struct one_per_client **one, struct ps_error *err);
void one_per_client_free(struct one_per_client *one); /* NULL is fine */

/* The key of a client that has an id, in a set with this secret. Never that of a documentId but by
 * a collision of XXH3-128: the hashed text begins with a byte that neither UTF-8 has (documentIds
 * are UTF-8) nor the head of a documentId with a scope (scan/key.h: a value's type). */
struct ps_key one_per_client_key(const struct ps_client *client,
                                 const uint8_t secret[PS_SECRET_BYTES]);

/* Judges pings[0, n), each of days[i], in the open transaction of seen. classes[i]: PS_UNIQUE,
 * PS_NO_ID and PS_LATE stand for pings that have a client (and a documentId, the first of them),
 * and become what was said above; others stay. Marks what stays, and tells the tally. */
int one_per_client_judge(struct one_per_client *one, struct ps_seen *seen, const struct ping *pings,
                         const day_t *days, uint8_t *classes, size_t n, struct tally *tally,
                         struct ps_error *err);

#endif

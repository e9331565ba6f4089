/* The fleet: how many pings of everybody have each value of each field, in bounded memory with a
 * stated error: a ranking (accounts/ranking.h) of the values' hashes. Exact until it is full. The
 * hash is taken of the field's number and the text. One thread at a time, but fleet_hash().
 */
#ifndef PROFILE_FLEET_H
#define PROFILE_FLEET_H

#include <pingsieve/accounts.h>
#include <pingsieve/error.h>
#include <stddef.h>
#include <stdint.h>

#define FLEET_HASH  16u
#define FLEET_SLOTS (1u << 20) /* at most, of 24 bytes each */

struct fleet;

int fleet_create(struct fleet **fleet, struct ps_error *err);
void fleet_free(struct fleet *fleet); /* NULL is fine */
void fleet_hash(unsigned field, const uint8_t *text, size_t len, uint8_t hash[FLEET_HASH]);
int fleet_add(struct fleet *fleet, const uint8_t hash[FLEET_HASH], struct ps_error *err);
struct ps_bounded fleet_get(const struct fleet *fleet, const uint8_t hash[FLEET_HASH]);

#endif

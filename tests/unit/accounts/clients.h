/* Help for the tests of rankings, registers and distributions: clients by number, a fixed sequence
 * of random numbers, and a scale for the counts (PINGSIEVE_TEST_SCALE, in percent).
 */
#ifndef TEST_ACCOUNTS_CLIENTS_H
#define TEST_ACCOUNTS_CLIENTS_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pingsieve/client.h>

/* Three clients each have one id and differ in kind. */
struct ps_client client_numbered(uint32_t number);
uint32_t client_number(const struct ps_client *client);

uint64_t random_mix(uint64_t x);       /* a fixed scrambling of 64 bits */
uint64_t random_next(uint64_t *state); /* the next number of a fixed sequence */
uint64_t random_below(uint64_t *state, uint64_t n);
double random_unit(uint64_t *state); /* of [0, 1) */
/* Of [0, n): number k about (k + 1)^-exponent as often as number 0. */
uint32_t random_zipf(uint64_t *state, uint32_t n, double exponent);

uint32_t scaled(uint32_t count); /* at least 1 */

#endif

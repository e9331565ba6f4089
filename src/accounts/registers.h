/* Registers: how many distinct clients there were, within 1.6 % standard error (HyperLogLog:
 * Flajolet, Fusy, Gandouet, Meunier 2007). The estimate is Ertl's ("New cardinality estimation
 * algorithms for HyperLogLog sketches", 2017, arXiv:1702.01284, algorithm 6), which is unbiased
 * from one client on and needs no second way to count few of them.
 *
 * The hash is fixed, as registers of different stores merge: a client that chooses its ids can
 * mislead them. */
#ifndef ACCOUNTS_REGISTERS_H
#define ACCOUNTS_REGISTERS_H

#include <pingsieve/accounts.h>

/* Counts a client (not PS_CLIENT_NONE or _CANARY); true when a register changed. */
bool registers_add(uint8_t registers[PS_REGISTERS], const struct ps_client *client);
void registers_merge(uint8_t registers[PS_REGISTERS], const uint8_t other[PS_REGISTERS]);
/* No register is larger than a hash can make it: for bytes that come from outside. */
bool registers_sound(const uint8_t registers[PS_REGISTERS]);

#endif

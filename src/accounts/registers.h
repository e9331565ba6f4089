/* Registers: how many distinct clients there were, within 1.6 % standard error (HyperLogLog:
 * Flajolet, Fusy, Gandouet, Meunier 2007, with linear counting for few clients). */
#ifndef ACCOUNTS_REGISTERS_H
#define ACCOUNTS_REGISTERS_H

#include <pingsieve/accounts.h>

/* Counts a client (not PS_CLIENT_NONE or _CANARY); true when a register changed. */
bool registers_add(uint8_t registers[PS_REGISTERS], const struct ps_client *client);
void registers_merge(uint8_t registers[PS_REGISTERS], const uint8_t other[PS_REGISTERS]);
bool registers_sound(const uint8_t registers[PS_REGISTERS]);

#endif

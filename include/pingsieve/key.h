/* The key of a ping in the seen-set: XXH3-128 of its documentId (and scope) with the store's
 * secret. */
#ifndef PINGSIEVE_KEY_H
#define PINGSIEVE_KEY_H

#include <stdint.h>

#define PS_SECRET_BYTES 192 /* XXH3's default secret size */

struct ps_key {
  uint64_t hi, lo; /* host order; never both 0: 0/0 marks an empty slot in tables */
};

#endif

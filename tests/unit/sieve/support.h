/* Help for the tests of the whole pipeline: a directory of their own, and runs over texts in
 * memory. */
#ifndef TEST_SIEVE_SUPPORT_H
#define TEST_SIEVE_SUPPORT_H

#include "base/buffer.h"
#include <pingsieve/sieve.h>

struct world {
  char dir[64], store[96], invalid[96], reasons[128];
};

struct outcome {
  int status;
  struct ps_error error;
  struct buffer out;
  struct ps_sieve_figures figures;
};

/* For cmocka: *state is a struct world whose directory goes with it. */
int world_setup(void **state);
int world_teardown(void **state);

/* A store in the world, made without waiting for the disk. */
struct ps_sieve_options world_options(const struct world *world);

/* Sieves the text; the output is in ->out unless the options name another output (not 0). */
struct outcome run_sieve(struct ps_sieve_options options, const void *input, size_t len);
void outcome_release(struct outcome *outcome);

void read_file(const char *path, struct buffer *text);

#endif

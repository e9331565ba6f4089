/* Small sizes for tests: PINGSIEVE_TEST_SIZES in the environment, "log_keys=1000,map_bytes=1MiB".
 *
 *   log_keys, chunk_keys, map_bytes, merge_us   as in struct ps_seen_options
 *   read_bytes                                  as in struct ps_sieve_options
 *
 * With small sizes a few hundred pings do what takes millions with the usual ones: logs become
 * runs, runs of several chunks are merged, the map grows, lines lie across chunks. The sizes change
 * no result, and nothing of the store's format. Sizes that are left out are as usual.
 */
#ifndef CLI_TEST_SIZES_H
#define CLI_TEST_SIZES_H

#include <pingsieve/sieve.h>

/* Sets what the environment names. PS_E_ARGUMENT: it makes no sense. */
int test_sizes_seen(struct ps_seen_options *options, struct ps_error *err);
int test_sizes_sieve(struct ps_sieve_options *options, struct ps_error *err);

#endif

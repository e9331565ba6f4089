/* Help for the tests of the seen-set: a store in a temporary directory, keys by number, and a scale
 * for the counts (PINGSIEVE_TEST_SCALE, in percent, for slow tools).
 */
#ifndef TEST_SEEN_SUPPORT_H
#define TEST_SEEN_SUPPORT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../assertions.h"
#include <pingsieve/seen.h>
#include <stdio.h>

#define PATH_BYTES 256

uint64_t test_mix(uint64_t x);                    /* a fixed scrambling of 64 bits */
uint64_t test_random(uint64_t *state);            /* the next number of a fixed sequence */
uint64_t test_below(uint64_t *state, uint64_t n); /* ... below n */
struct ps_key test_key(uint64_t number);
uint64_t test_scaled(uint64_t count); /* at least 1 */

/* A new empty directory; a path in it; and away with it and all that is in it. */
void test_dir_make(char dir[PATH_BYTES]);
void test_path(const char *dir, const char *name, char path[PATH_BYTES]);
void test_dir_remove(const char *dir);

/* A transaction that marks the keys [from, from + n) for one day; returns how many were new. */
uint64_t test_mark(struct ps_seen *seen, uint64_t from, size_t n, uint16_t day);
/* Another process opens the store without waiting for a turn and marks the keys [from, from + n),
 * all of them new. LMDB does not bear a store that one process opens twice: since 0.9.26 closing
 * one of the two destroys the lock of both. */
void test_mark_elsewhere(const char *dir, uint64_t from, size_t n, uint16_t day);
/* How many of the keys [from, from + n) are in the store. */
uint64_t test_count(struct ps_seen *seen, uint64_t from, size_t n);
/* Fails the test with the first sentence when ps_seen_check() finds anything. */
void test_check_clean(struct ps_seen *seen);

void test_file_read(const char *path, uint8_t **data, size_t *bytes); /* the caller frees */
void test_file_write(const char *path, const void *data, size_t bytes);

#endif

/* A place: a temporary directory with files in it and a store beside them, for tests of what lists
 * and reads days of files.
 */
#ifndef TEST_PLACE_H
#define TEST_PLACE_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assertions.h"
#include <pingsieve/seen.h>
#include <stdio.h>

#define PLACE_PATH 1024

struct place {
  char dir[PLACE_PATH / 4]; /* its real path; the working directory during the test */
  char before[PLACE_PATH];  /* the working directory before it */
  struct ps_seen *seen;     /* NULL until place_store() */
};

/* Setup and teardown of a cmocka test: *state is a struct place. */
int place_setup(void **state);
int place_teardown(void **state);

/* Paths are relative to the place. Directories of a file are made as needed; data NULL: no bytes.
 */
void place_file(const char *path, const void *data, size_t bytes);
void place_text(const char *path, const char *text);
void place_directory(const char *path);
/* Opens the store "store", made if it is not there, and keeps it in place->seen. */
struct ps_seen *place_store(struct place *place, uint32_t keep_days);

#endif

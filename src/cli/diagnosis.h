/* Warnings about a run whose figures look as if something is set up wrong. */
#ifndef CLI_DIAGNOSIS_H
#define CLI_DIAGNOSIS_H

#include "cli/summary.h"
#include <stddef.h>
#include <stdint.h>

/* Prints the warnings that fit. invalid_began: how long the invalid file was before the run. */
void diagnosis_print(const struct run *run, uint64_t invalid_began);

/* A sentence that says which format the first bytes of an input have when it is no NDJSON, and what
 * helps; NULL if unknown. */
const char *diagnosis_of_bytes(const uint8_t *bytes, size_t len);

#endif

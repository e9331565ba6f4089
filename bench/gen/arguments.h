/* Arguments of the generators: an error is told, and ends the program with 2. */
#ifndef GEN_ARGUMENTS_H
#define GEN_ARGUMENTS_H

#include <stdint.h>

_Noreturn void arguments_wrong(const char *program, const char *what, const char *value);

/* A number in [low, high]. */
uint64_t arguments_number(const char *program, const char *text, uint64_t low, uint64_t high);

#endif

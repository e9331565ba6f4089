/* The options about accounts and flags, turned into the sieve's options. */
#ifndef CLI_ACCOUNT_OPTIONS_H
#define CLI_ACCOUNT_OPTIONS_H

#include "cli/arguments.h"
#include <pingsieve/sieve.h>

void account_options_rules(const struct arguments *arguments, struct ps_rules *rules);

/* --flagged as what the sieve takes: a word, or else a file. */
enum ps_flagged account_options_flagged(const struct arguments *arguments);

/* The texts of --measure, [NAME=]PATH. A name has 1 to 31 of a-z, 0-9, '_' and '-' and stands
 * before the path's first '/'; a path alone is called "measurements", several need names. *n 0:
 * none was given. PS_E_ARGUMENT. */
int account_options_measures(const struct arguments *arguments,
                             struct ps_account_measure measures[PS_MEASURES_MAX], size_t *n,
                             struct ps_error *err);

/* Options that contradict each other: PS_E_ARGUMENT. */
int account_options_check(const struct arguments *arguments, struct ps_error *err);

#endif

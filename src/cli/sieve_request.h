/* The request of a command's arguments to a sieve: its options, and the texts and tables behind
 * them. */
#ifndef CLI_SIEVE_REQUEST_H
#define CLI_SIEVE_REQUEST_H

#include "cli/arguments.h"
#include <limits.h>
#include <pingsieve/sieve.h>

struct sieve_request {
  struct ps_sieve_options options; /* all but input and output; points into the rest and the
                                      arguments */
  struct ps_account_measure measures[PS_MEASURES_MAX];
  struct ps_rules rules;
  char *select_text; /* malloc'ed */
  const char *select[PS_SELECT_MAX + 1];
  char invalid[PATH_MAX], reasons[PATH_MAX + sizeof ".reasons"];
  bool invalid_is_file;   /* not a pipe or device */
  uint64_t invalid_began; /* length of the file of malformed lines before the run */
  char id_paths[512];     /* "meta/documentId, documentId, ..." for messages */
};

/* Checks options against each other, that no file is written that is used otherwise too
 * (cli/file_use.h), and that the files which are replaced can be. writes_output: clean pings go to
 * standard output. PS_E_ARGUMENT, PS_E_OUTPUT. sieve_request_release() frees, after an error as
 * well. */
int sieve_request_make(struct sieve_request *request, const struct arguments *arguments,
                       bool writes_output, struct ps_error *err);
void sieve_request_release(struct sieve_request *request);

#endif

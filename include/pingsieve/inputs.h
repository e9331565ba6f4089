/* Inputs: which files are read, by all that read files of pings.
 *
 * The options of filter, backfill and profile embed this; each header says in which order its
 * inputs are taken, and whether directories may be among them.
 */
#ifndef PINGSIEVE_INPUTS_H
#define PINGSIEVE_INPUTS_H

#include <pingsieve/export.h>
#include <stdbool.h>
#include <stddef.h>

PS_BEGIN_DECLS

#define PS_INPUTS_MAX 4000000u /* files */
#define PS_DAY_FROM_DEFAULT                                                                        \
  "(^|[^0-9])(20[0-9]{2}-[01][0-9]-[0-3][0-9]|20[0-9]{2}[01][0-9][0-3][0-9])([^0-9]|$)"

struct ps_inputs {
  const char *const *inputs; /* files and directories; "-": standard input */
  size_t ninputs;
  const char *files_from; /* a list of files, a line each ("-": standard input); NULL: none */
  bool null_separated;    /* its names end with a NUL byte instead */
  /* POSIX extended regular expression on the input's path; the first group that is a date, else the
   * whole match, is the day of all pings of the file. A file without a match goes by its pings. */
  const char *day_from;
  bool follow; /* symbolic links met below directories; else they are problems */
  /* Files that the caller writes meanwhile, ended by NULL: none may be an input. NULL: none. */
  const char *const *written;
};

PS_END_DECLS

#endif

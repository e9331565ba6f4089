/* The request of a profile's arguments: the library's options, the clients, and the place of the
 * page. */
#ifndef CLI_PROFILE_REQUEST_H
#define CLI_PROFILE_REQUEST_H

#include "cli/page_output.h"
#include "cli/profile_who.h"

struct profile_request {
  struct ps_profile_options options; /* points into the rest and the arguments */
  struct profile_who who;
  struct ps_account_measure measures[PS_MEASURES_MAX];
  struct page_output output;
  const char *const *written; /* the files of the page */
};

/* Checks options against each other and that the output and temporary files can be written, then
 * looks up the clients. now: seconds since 1970. PS_E_ARGUMENT, PS_E_OUTPUT, errors of the store.
 * profile_request_release() frees, after an error too. */
int profile_request_make(struct profile_request *request, const struct arguments *arguments,
                         int64_t now, struct ps_error *err);
void profile_request_release(struct profile_request *request);

#endif

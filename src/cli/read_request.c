#include "cli/read_request.h"

struct ps_inputs read_request_inputs(const struct arguments *a, const char *const *written) {
  static const char *const standard_input[] = {"-"};
  const bool named = a->operands || a->files_from;
  return (struct ps_inputs){.inputs = named ? a->operand : standard_input,
                            .ninputs = named ? a->operands : 1,
                            .files_from = a->files_from,
                            .null_separated = a->null_separated,
                            .day_from = a->day_from,
                            .follow = a->follow,
                            .written = written};
}

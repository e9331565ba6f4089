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

const char *const *read_request_list(const struct text_list *list) {
  return list->n ? list->item : NULL;
}

struct ps_read_options read_request_options(const struct arguments *a,
                                            const struct ps_account_measure *measures, size_t n) {
  struct ps_read_options options = {
      .framing = a->framing,
      .selection = {.where = read_request_list(&a->where), .sample_ids = a->sample_id},
      .measures = n ? measures : NULL,
      .nmeasures = n,
      .simd = a->simd,
      .threads = (unsigned)a->threads.value,
      .max_line = (size_t)a->max_line.value};
  for (size_t i = 0; i < PS_FIELDS; i++) options.paths[i] = read_request_list(&a->fields[i]);
  return options;
}

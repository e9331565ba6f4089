#include "cli/sieve_request.h"

#include "base/error.h"
#include "base/retry.h"
#include "cli/account_options.h"
#include "cli/file_use.h"
#include "cli/option.h"
#include "cli/read_request.h"
#include "cli/replace.h"
#include "cli/test_sizes.h"
#include "io/devfd.h"
#include "seen/place.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 11 };

/* Rows of what the options name; those that are not given are void. */
static void list_files(const struct sieve_request *r, const struct arguments *a, bool writes_output,
                       struct file_use *rows) {
  const char *flagged = account_options_flagged(a) == PS_FLAGGED_FILE ? a->flagged : NULL;
  bool standard_input = !a->operands && !a->files_from;
  for (size_t i = 0; i < a->operands; i++) standard_input |= !strcmp(a->operand[i], "-");
  const struct file_use files[FILES] = {
      {"--duplicates", a->duplicates, -1, FILE_WRITTEN},
      {a->invalid ? "--invalid" : "the file of malformed lines", r->invalid, -1, FILE_WRITTEN},
      {"the reasons of malformed lines", r->invalid_is_file ? r->reasons : NULL, -1, FILE_WRITTEN},
      {"--flags", a->flags, -1, FILE_WRITTEN},
      {"--flagged", flagged, -1, FILE_WRITTEN},
      {"--config", a->config, -1, FILE_READ},
      {"--files-from", a->files_from && strcmp(a->files_from, "-") != 0 ? a->files_from : NULL, -1,
       FILE_READ},
      {"--summary", a->summary, -1, FILE_WRITTEN},
      {"--metrics", a->metrics, -1, FILE_WRITTEN},
      {"standard output", NULL, writes_output ? STDOUT_FILENO : -1, FILE_WRITTEN},
      {"the input", NULL, standard_input ? STDIN_FILENO : -1, FILE_READ}};
  memcpy(rows, files, sizeof files);
}

/* The files that are written must differ from each other and from what is read. */
static int check_files(const struct sieve_request *request, const struct arguments *a,
                       bool writes_output, struct ps_error *err) {
  size_t n = FILES;
  struct file_use *rows = calloc(FILES + a->operands, sizeof *rows);
  if (!rows) return error_memory(err, (FILES + a->operands) * sizeof *rows);
  list_files(request, a, writes_output, rows);
  for (size_t i = 0; i < a->operands; i++)
    if (strcmp(a->operand[i], "-") != 0)
      rows[n++] = (struct file_use){"the input", a->operand[i], -1, FILE_READ};
  int r = file_use_check(rows, n, a->store, err);
  free(rows);
  if (r == PS_OK && a->summary) r = replace_check(a->summary, err);
  if (r == PS_OK && a->metrics) r = replace_check(a->metrics, err);
  return r;
}

static void name_invalid(struct sieve_request *r, const struct arguments *a) {
  if (a->invalid) (void)snprintf(r->invalid, sizeof r->invalid, "%s", a->invalid);
  else (void)snprintf(r->invalid, sizeof r->invalid, "%s/" PLACE_INVALID, a->store);
  struct stat st;
  bool exists = RETRY(stat(r->invalid, &st)) == 0;
  r->invalid_is_file = devfd_number(r->invalid) < 0 && (!exists || S_ISREG(st.st_mode));
  if (exists && r->invalid_is_file) r->invalid_began = (uint64_t)st.st_size;
  (void)snprintf(r->reasons, sizeof r->reasons, "%s.reasons", r->invalid);
}

/* The texts of --select, taken apart at their commas. */
static int take_apart(struct sieve_request *r, const struct text_list *list, struct ps_error *err) {
  size_t len = 0, n = 0, at = 0;
  for (size_t i = 0; i < list->n; i++) len += strlen(list->item[i]) + 1;
  if (!len) return PS_OK;
  r->select_text = malloc(len);
  if (!r->select_text) return error_memory(err, len);
  for (size_t i = 0; i < list->n; i++)
    for (const char *text = list->item[i]; text;) {
      size_t part = strcspn(text, ",");
      if (!part)
        return error_set(err, PS_E_ARGUMENT, "--select %s: a path beside a comma is empty",
                         list->item[i]);
      if (n == PS_SELECT_MAX)
        return error_set(err, PS_E_ARGUMENT, "--select takes at most %u paths", PS_SELECT_MAX);
      memcpy(r->select_text + at, text, part);
      r->select[n++] = r->select_text + at;
      at += part;
      r->select_text[at++] = '\0';
      text = text[part] ? text + part + 1 : NULL;
    }
  return PS_OK;
}

static void set_options(struct sieve_request *r, const struct arguments *a, size_t nmeasures) {
  r->options = (struct ps_sieve_options){
      .size = sizeof(struct ps_sieve_options),
      .read = read_request_options(a, r->measures, nmeasures),
      .store = a->store,
      .seen = {.create = true,
               .keep_given = a->keep.given,
               .keep_days = (uint32_t)a->keep.value,
               .scope_given = a->scope.n > 0,
               .scope = read_request_list(&a->scope)},
      .duplicates_path = a->duplicates,
      .invalid_path = a->invalid,
      .invalid_max = a->invalid_max.value,
      .batch_pings = (uint32_t)a->batch_pings.value,
      .batch_bytes = a->batch_bytes.value,
      .idle_ms = (uint32_t)a->idle_ms.value,
      .batch_ms = (uint32_t)a->batch_ms.value,
      .no_accounts = a->no_accounts,
      .client_slots = (uint32_t)a->client_slots.value,
      .rules = &r->rules,
      .flags_path = a->flags,
      .flagged = account_options_flagged(a),
      .flagged_path = a->flagged,
  };
  r->options.read.selection.one_per_client = a->one_per_client;
  r->options.read.selection.select = r->select[0] ? r->select : NULL;
}

int sieve_request_make(struct sieve_request *request, const struct arguments *a, bool writes_output,
                       struct ps_error *err) {
  *request = (struct sieve_request){.select_text = NULL};
  size_t nmeasures = 0;
  name_invalid(request, a);
  int r = check_files(request, a, writes_output, err);
  if (r == PS_OK) r = account_options_check(a, err);
  if (r == PS_OK) r = account_options_measures(a, request->measures, &nmeasures, err);
  if (r == PS_OK) r = take_apart(request, &a->select, err);
  if (r != PS_OK) return r;
  account_options_rules(a, &request->rules);
  (void)option_paths(&a->fields[PS_FIELD_ID], PS_FIELD_ID, request->id_paths,
                     sizeof request->id_paths);
  set_options(request, a, nmeasures);
  return test_sizes_sieve(&request->options, err);
}

void sieve_request_release(struct sieve_request *r) {
  free(r->select_text);
  r->select_text = NULL;
}

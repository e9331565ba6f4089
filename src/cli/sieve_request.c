#include "cli/sieve_request.h"

#include "base/error.h"
#include "cli/account_options.h"
#include "cli/option.h"
#include "cli/replace.h"
#include "cli/test_sizes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The files that are written must differ, or they would overwrite each other. */
static int check_files(const struct arguments *a, struct ps_error *err) {
  const struct {
    const char *option, *path;
  } files[] = {{"--duplicates", a->duplicates},
               {"--invalid", a->invalid},
               {"--flags", a->flags},
               {"--flagged", account_options_flagged(a) == PS_FLAGGED_FILE ? a->flagged : NULL},
               {"--config", a->config},
               {"--files-from", a->files_from},
               {"--summary", a->summary},
               {"--metrics", a->metrics}};
  enum { FILES = sizeof files / sizeof files[0] };
  for (size_t i = 0; i < FILES; i++)
    for (size_t j = i + 1; j < FILES; j++)
      if (files[i].path && files[j].path && !strcmp(files[i].path, files[j].path) &&
          strncmp(files[i].path, "/dev/", 5) != 0)
        return error_set(err, PS_E_ARGUMENT, "%s and %s name the same file, %s", files[i].option,
                         files[j].option, files[i].path);
  int status = a->summary ? replace_check(a->summary, err) : PS_OK;
  if (status == PS_OK && a->metrics) status = replace_check(a->metrics, err);
  return status;
}

static void name_invalid(struct sieve_request *r, const struct arguments *a) {
  if (a->invalid) (void)snprintf(r->invalid, sizeof r->invalid, "%s", a->invalid);
  else (void)snprintf(r->invalid, sizeof r->invalid, "%s/invalid.ndjson", a->store);
  struct stat st;
  if (stat(r->invalid, &st) == 0 && S_ISREG(st.st_mode)) r->invalid_began = (uint64_t)st.st_size;
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

static const char *const *list_or_default(const struct text_list *list) {
  return list->n ? list->item : NULL;
}

static void set_options(struct sieve_request *r, const struct arguments *a, size_t nmeasures) {
  r->options = (struct ps_sieve_options){
      .store = a->store,
      .seen = {.create = true,
               .keep_given = a->keep.given,
               .keep_days = (uint32_t)a->keep.value,
               .scope_given = a->scope.n > 0,
               .scope = list_or_default(&a->scope)},
      .duplicates_path = a->duplicates,
      .invalid_path = a->invalid,
      .id_paths = list_or_default(&a->id),
      .client_paths = list_or_default(&a->client),
      .type_paths = list_or_default(&a->type),
      .channel_paths = list_or_default(&a->channel),
      .date_paths = list_or_default(&a->date),
      .simd = a->simd,
      .threads = (unsigned)a->threads.value,
      .max_line = (size_t)a->max_line.value,
      .batch_pings = (uint32_t)a->batch_pings.value,
      .batch_bytes = a->batch_bytes.value,
      .idle_ms = (uint32_t)a->idle_ms.value,
      .batch_ms = (uint32_t)a->batch_ms.value,
      .selection = {.where = list_or_default(&a->where),
                    .sample_ids = a->sample_id,
                    .one_per_client = a->one_per_client,
                    .select = r->select[0] ? r->select : NULL},
      .no_accounts = a->no_accounts,
      .measures = nmeasures ? r->measures : NULL,
      .nmeasures = nmeasures,
      .client_slots = (uint32_t)a->client_slots.value,
      .rules = &r->rules,
      .watched_paths = list_or_default(&a->watched),
      .city_paths = list_or_default(&a->city),
      .flags_path = a->flags,
      .flagged = account_options_flagged(a),
      .flagged_path = a->flagged,
  };
}

int sieve_request_make(struct sieve_request *r, const struct arguments *a, struct ps_error *err) {
  *r = (struct sieve_request){.select_text = NULL};
  size_t nmeasures = 0;
  int status = check_files(a, err);
  if (status == PS_OK) status = account_options_check(a, err);
  if (status == PS_OK) status = account_options_measures(a, r->measures, &nmeasures, err);
  if (status == PS_OK) status = take_apart(r, &a->select, err);
  if (status != PS_OK) return status;
  account_options_rules(a, &r->rules);
  name_invalid(r, a);
  (void)option_paths(&a->id, PING_ID, r->id_paths, sizeof r->id_paths);
  set_options(r, a, nmeasures);
  return test_sizes_sieve(&r->options, err);
}

void sieve_request_release(struct sieve_request *r) {
  free(r->select_text);
  r->select_text = NULL;
}

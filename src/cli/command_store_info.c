#include "base/day.h"
#include "base/error.h"
#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/json_text.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "cli/store_command.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_scope(const struct ps_seen *seen) {
  const char *const *path = ps_seen_scope(seen);
  char safe[512];
  (void)printf("  scope        %s", *path ? "" : "none");
  for (size_t i = 0; path[i]; i++)
    (void)printf("%s%s", i ? ", " : "", message_safe(path[i], safe, sizeof safe));
  (void)putchar('\n');
}

static void print_table(const char *dir, const struct ps_seen *seen,
                        const struct ps_seen_info *info) {
  char safe[MESSAGE_TEXT], a[FORMAT_TEXT], b[FORMAT_TEXT], day[DAY_TEXT] = "none";
  if (info->watermark) day_format(info->watermark, day);
  (void)printf("%s\n", message_safe(dir, safe, sizeof safe));
  (void)printf("  format       %" PRIu32 "\n", info->format_version);
  if (info->keep_days) (void)printf("  retention    %" PRIu32 " days\n", info->keep_days);
  else (void)printf("  retention    for ever\n");
  print_scope(seen);
  (void)printf("  watermark    %s\n", day);
  (void)printf("  documentIds  %s\n", format_count(info->keys, a));
  (void)printf("  size         %s in use, file %s\n", format_bytes(info->used_bytes, a),
               format_bytes(info->file_bytes, b));
  (void)printf("  commits      %s\n", format_count(info->generation, a));
  (void)printf("  structure    %s in the log, %s runs", format_count(info->log_keys, a),
               format_count(info->runs, b));
  (void)printf(", %s merging, %s groups\n", format_count(info->merging, a),
               format_count(info->groups, b));
  if (info->ndays) (void)printf("\n  day          documentIds    runs\n");
  for (size_t i = 0; i < info->ndays; i++) {
    day_format(info->days[i].day, day);
    (void)printf("  %-10s %13s %7" PRIu32 "\n", day, format_count(info->days[i].keys, a),
                 info->days[i].runs);
  }
}

static int set_count(json_t *object, const char *name, uint64_t count) {
  return json_object_set_new(object, name, json_integer((json_int_t)count));
}

static json_t *days_json(const struct ps_seen_info *info) {
  json_t *days = json_array();
  for (size_t i = 0; days && i < info->ndays; i++) {
    char day[DAY_TEXT];
    day_format(info->days[i].day, day);
    json_t *row = json_object();
    int failed = json_object_set_new(row, "day", json_string(day));
    failed |= set_count(row, "keys", info->days[i].keys);
    failed |= set_count(row, "runs", info->days[i].runs);
    if (json_array_append_new(days, row) == 0 && !failed) continue;
    json_decref(days);
    days = NULL;
  }
  return days;
}

static int print_json(const char *dir, const struct ps_seen *seen, const struct ps_seen_info *info,
                      struct ps_error *err) {
  char day[DAY_TEXT];
  if (info->watermark) day_format(info->watermark, day);
  json_t *root = json_object(), *scope = json_array();
  int failed = !root || !scope;
  for (const char *const *path = ps_seen_scope(seen); !failed && *path; path++)
    failed |= json_array_append_new(scope, json_text(*path));
  failed |= json_object_set_new(root, "path", json_text(dir));
  failed |= set_count(root, "format_version", info->format_version);
  failed |= set_count(root, "keep_days", info->keep_days);
  failed |= json_object_set_new(root, "scope", scope);
  failed |= json_object_set_new(root, "watermark", json_text(info->watermark ? day : NULL));
  failed |= set_count(root, "commits", info->generation);
  failed |= set_count(root, "keys", info->keys);
  failed |= set_count(root, "log_keys", info->log_keys);
  failed |= set_count(root, "runs", info->runs);
  failed |= set_count(root, "merging", info->merging);
  failed |= set_count(root, "groups", info->groups);
  failed |= set_count(root, "file_bytes", info->file_bytes);
  failed |= set_count(root, "used_bytes", info->used_bytes);
  failed |= set_count(root, "readers", info->readers);
  failed |= json_object_set_new(root, "days", days_json(info));
  char *text = failed ? NULL : json_text_of(root, JSON_INDENT(2));
  json_decref(root);
  if (!text) return error_memory(err, 0);
  (void)puts(text);
  free(text);
  return PS_OK;
}

static int run(const struct arguments *arguments) {
  struct ps_seen *seen = NULL;
  int code = store_command_open(&command_store_info, arguments, true, &seen);
  if (code != EXIT_DONE) return code;
  struct ps_seen_info info = {0};
  struct ps_error err = {0};
  int r = ps_seen_info(seen, &info, &err);
  if (r == PS_OK && arguments->json) r = print_json(arguments->store, seen, &info, &err);
  else if (r == PS_OK) print_table(arguments->store, seen, &info);
  ps_seen_info_release(&info);
  ps_seen_close(seen);
  return r == PS_OK ? EXIT_DONE : command_error(&err);
}

static const struct option_group *const groups[] = {&options_store, &options_store_info,
                                                    &options_general, NULL};

const struct command command_store_info = {
    .name = "store info",
    .summary = "shows a store's settings, size and days",
    .synopsis = "store info --store DIR [--json]",
    .about =
        "Shows what the store was made with, how much it remembers of which day, and how big it "
        "is. Filters may run meanwhile.",
    .groups = groups,
    .examples = {{"How many documentIds are remembered, and of which days",
                  "pingsieve store info --store seen"},
                 {"The same for a program", "pingsieve store info --store seen --json | jq .keys"}},
    .run = run,
};

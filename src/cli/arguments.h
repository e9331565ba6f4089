/* The parsed arguments of a command: one plain struct that every command's options write into.
 *
 * Texts are borrowed from argv, the environment and the configuration. A list is NULL-terminated
 * because it starts zeroed and its options stop one short of its capacity. Operands have no bound
 * but that of argv: a shell's pattern may give thousands.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <pingsieve/read.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARGUMENT_LIST 32 /* values of a repeatable option at most, each option may allow fewer */

struct text_list {
  size_t n;
  const char *item[ARGUMENT_LIST + 1];
};

struct number {
  uint64_t value; /* the default where not given */
  bool given;
};

struct arguments {
  const char *store;
  struct number keep;
  struct text_list scope;
  struct text_list fields[PS_FIELDS]; /* the paths of each */
  const char *framing;
  const char *duplicates, *invalid, *summary, *metrics;
  struct text_list measure;
  struct number client_slots;
  const char *flags, *flagged;
  bool no_accounts;
  struct {
    struct number ping_flood;
    struct number duplicate_flood, duplicate_flood_percent;
    struct number measurement_spike, measurement_spike_ping;
    struct number shared_profile, shared_profile_percent, shared_profile_fleet_percent,
        shared_profile_cities;
  } rules; /* struct ps_rules */
  struct text_list where, select;
  const char *sample_id;
  bool one_per_client;
  const char *out, *files_from, *day_from;
  struct number level;
  bool null_separated, dry_run, overwrite, again, follow;
  struct number max_line, threads, invalid_max;
  struct number batch_pings, batch_bytes, idle_ms, batch_ms;
  const char *simd;
  bool strict, quiet, no_progress, json, help, version;
  struct text_list days;
  struct text_list client_id, flagged_day, field;
  const char *client_file, *temp_dir;
  struct number values, memory;
  const char *to;
  const char *from, *doc_type, *only_channel, *format, *output, *table;
  struct number top, width;
  bool from_json, show_ids;
  size_t operands;
  const char **operand; /* malloc'ed; NULL without operands */
  const char *config;
  struct config *configuration; /* owns the texts that came from it */
  /* As typed, for messages that show the command again. */
  int argc;
  char *const *argv;
};

#endif

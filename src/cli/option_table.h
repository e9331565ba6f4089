/* The option table: every option of every command, in the groups that the commands share. */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include "cli/option.h"

extern const struct option_refusal option_refusals[]; /* ended by a NULL name */

extern const struct option_group options_store;           /* --store */
extern const struct option_group options_store_new;       /* --store, --keep, --scope */
extern const struct option_group options_fields;          /* where the fields of a ping are */
extern const struct option_group options_inputs;          /* --files-from, --null, --day-from */
extern const struct option_group options_selection;       /* --where, --sample-id, ... */
extern const struct option_group options_outputs;         /* --duplicates, --invalid */
extern const struct option_group options_invalid;         /* --invalid alone */
extern const struct option_group options_accounts;        /* --measure, --flags, --flagged, ... */
extern const struct option_group options_absorb_accounts; /* the same but --flagged */
extern const struct option_group options_thresholds;      /* --ping-flood, ... */
extern const struct option_group options_config;          /* --config */
extern const struct option_group options_reporting;       /* --quiet, --summary, --metrics, ... */
extern const struct option_group options_advanced;        /* --threads, --max-line, batches */
extern const struct option_group options_general;         /* --help, --version */
extern const struct option_group options_report_what;     /* --from, --to, --doc-type, ... */
extern const struct option_group options_report_how;      /* --format, --output, ... */
extern const struct option_group options_backfill;        /* --out, --day-from, --again, ... */
extern const struct option_group options_backfill_config; /* that differ from the filter's */
extern const struct option_group options_backfill_reporting;
extern const struct option_group options_backfill_advanced;
extern const struct option_group options_profile_who;       /* --client, --flagged, --store, ... */
extern const struct option_group options_profile_inputs;    /* --files-from, --day-from, ... */
extern const struct option_group options_profile_selection; /* --where, --sample-id */
extern const struct option_group options_profile_what;      /* --field, --measure, --top, ... */
extern const struct option_group options_profile_how;       /* --format, --output, ... */
extern const struct option_group options_profile_fields;    /* --id, --client-path, --time, ... */
extern const struct option_group options_profile_reporting;
extern const struct option_group options_profile_config;
extern const struct option_group options_profile_advanced;
extern const struct option_group options_store_info;   /* --json */
extern const struct option_group options_store_expire; /* --keep */
extern const struct option_group options_store_forget; /* --day */
extern const struct option_group options_store_copy;   /* --to */

#endif

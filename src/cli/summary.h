/* The summary of a run, told in three ways: a line of key=value, a block for people, JSON. The keys
 * of the line and the JSON are the same and stay the same between versions. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include <jansson.h>
#include <pingsieve/sieve.h>

/* A run and how it ended. */
struct run {
  const char *store;    /* as given */
  const char *input;    /* its name */
  const char *invalid;  /* where malformed lines are; NULL: nowhere */
  bool invalid_is_file; /* with reasons beside it */
  const char *flags;    /* the file of --flags; NULL: none */
  const char *id_paths; /* "meta/documentId, documentId, ..." for messages */
  bool absorb;          /* nothing goes to standard output */
  bool several;         /* inputs: a line's number alone does not say where it is */
  unsigned threads;
  const char *kernel;
  struct ps_sieve_figures figures;
  int exit_code;
  struct ps_error error; /* status PS_OK: none */
};

#define SUMMARY_PROBLEMS 20 /* with inputs that are told on standard error; more are counted */

/* Lines that are pings: all but blank ones. */
uint64_t summary_pings(const struct ps_sieve_figures *figures);

#define SUMMARY_LINE 640
char *summary_line(const struct ps_sieve_figures *figures, char line[SUMMARY_LINE]);

/* The block goes to a terminal, the line elsewhere; both to standard error. */
void summary_print(const struct run *run);
void summary_print_block(const struct run *run);
void summary_print_row(const char *name, uint64_t count, const char *remark);

/* The exit code of a run. strict: as the option says; stopped_by: the signal that stopped it. */
int summary_exit_code(const struct run *run, bool strict, int stopped_by);
const char *summary_ending(const struct run *run); /* "done", "stopped" or "failed" */

/* The settings of a store for the JSON, to be taken before the sieve is closed. NULL: no memory. */
json_t *summary_store(const struct run *run, const struct ps_seen *seen);

/* Writes the JSON to path, durably, replacing what was there. Takes over `store`. */
int summary_write(const struct run *run, json_t *store, const char *path, struct ps_error *err);

#endif

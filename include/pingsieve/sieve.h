/* The sieve: the whole pipeline from an input descriptor to clean pings, with the seen-set behind
 * it.
 *
 * ps_sieve_open() opens the store and the sinks, ps_sieve_run() works until the input ends,
 * ps_sieve_close() frees. ps_sieve_stop() and ps_sieve_figures() may be called from any thread
 * meanwhile. The library neither prints nor touches signals; the program must ignore SIGPIPE so
 * that a closed pipe comes back as PS_E_PIPE.
 */
#ifndef PINGSIEVE_SIEVE_H
#define PINGSIEVE_SIEVE_H

#include <pingsieve/accounts.h>
#include <pingsieve/class.h>
#include <pingsieve/error.h>
#include <pingsieve/inputs.h>
#include <pingsieve/read.h>
#include <pingsieve/seen.h>
#include <pingsieve/source.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PS_BEGIN_DECLS

#define PS_BATCH_PINGS 65536u
#define PS_BATCH_BYTES (256u << 20)
#define PS_INVALID_MAX (UINT64_C(1) << 30)

enum ps_flagged {
  PS_FLAGGED_PASS,
  PS_FLAGGED_DROP, /* counted and marked like the others, but not written */
  PS_FLAGGED_FILE
};

struct ps_sieve_options {
  size_t size; /* sizeof(struct ps_sieve_options) */
  /* A selection is checked before a store is made. The clients of one_per_client are keys of the
   * store, which ps_seen_info() counts with the documentIds. A late ping leaves if its client is
   * new. Duplicates, malformed and withheld pings stay whole with a projection. */
  struct ps_read_options read;
  const char *store;           /* directory of the store */
  struct ps_seen_options seen; /* create, retention, scope */
  /* Files (no directories), each from its beginning, in the order given and then in that of the
   * list; with day_from a file whose path matches has that day. The files are looked at before a
   * store is made. Without any: */
  struct ps_inputs inputs;
  const struct ps_source *source; /* of the pings; NULL: input_fd */
  int input_fd;
  const char *input_name;      /* for messages; NULL: "standard input" */
  int output_fd;               /* -1: none (absorb: only mark) */
  const char *output_name;     /* NULL: "standard output" */
  const char *duplicates_path; /* appended; NULL: dropped */
  /* Malformed lines; appended; NULL: STORE/invalid.ndjson. If it is a regular file, PATH.reasons
   * has a line about each, and neither grows over invalid_max bytes, with the lines of earlier runs
   * in them: lines that do not fit are counted, but not written. */
  const char *invalid_path;
  uint64_t invalid_max; /* 0: PS_INVALID_MAX */
  uint32_t batch_pings; /* 0: PS_BATCH_PINGS */
  uint64_t batch_bytes; /* 0: PS_BATCH_BYTES */
  uint32_t idle_ms;     /* 0: 10 */
  uint32_t batch_ms;    /* 0: 1000 */
  size_t read_bytes;    /* of a usual chunk of the input; 0: 512 KiB. In a backfill each is a block
                           of the output, and a run that goes on with one needs the same */
  bool labels;          /* figures by (docType, channel) as well */
  /* The content of the store's accounts (pingsieve/accounts.h). */
  bool no_accounts;             /* none: no day table, no clients, no flags */
  uint32_t client_slots;        /* rounded up to a power of two; 0: PS_CLIENT_SLOTS */
  const struct ps_rules *rules; /* NULL: the defaults */
  const char *flags_path;       /* a line of JSON about each flag is appended; NULL: none */
  enum ps_flagged flagged;      /* the way of later pings of a flagged client (not of one flagged
                                   by PS_SHARED_PROFILE only) that would go to the output */
  const char *flagged_path;     /* appended; for PS_FLAGGED_FILE */
};

struct ps_malformed_place {
  uint64_t line,
      offset; /* line from 1; byte offset in the (inflated) input of the offending byte */
  char reason[48];
};

struct ps_label_figures {
  char type[PS_LABEL_BYTES], channel[PS_LABEL_BYTES]; /* "" when the ping has none */
  uint64_t count[PS_CLASSES];
  uint64_t bytes_in, bytes_out;
};

/* One consistent snapshot. Counts are of committed batches plus the open one. */
struct ps_sieve_figures {
  uint64_t lines, bytes_in, bytes_out;
  uint64_t input_bytes; /* taken from the descriptor; compressed for gzip */
  uint64_t count[PS_CLASSES], bytes[PS_CLASSES];
  uint64_t batches;
  uint64_t longest_commit_ns;
  uint64_t unkept, unkept_bytes; /* malformed lines that invalid_max had no room for */
  uint64_t untold;               /* ... and those that are kept without a line about them */
  const char *awaits; /* a named pipe among the outputs whose reader is waited for, till the sieve
                         is closed; NULL: none */
  double waiting_seconds; /* for another process that writes to the store; 0: not waiting */
  double seconds;         /* since ps_sieve_run() began */
  uint16_t watermark;
  uint64_t flags, advisories; /* raised by PS_SHARED_PROFILE: advisories; by the others: flags */
  uint64_t withheld, withheld_bytes; /* of flagged clients: did not go to the output; they are in
                                        count[] and bytes[] as well */
  uint64_t passed_twice; /* pings that were in the output's pipe, and so not marked yet, when
                            another process let a copy pass */
  struct ps_malformed_place first_malformed; /* line 0: none */
  uint64_t internal_errors; /* lines on which a kernel and the portable scanner disagreed: a bug */
  size_t nlabels;
  struct ps_label_figures *labels; /* malloc'ed copy; ps_sieve_figures_release() frees */
};

struct ps_sieve;

PS_API int ps_sieve_open(const struct ps_sieve_options *options, struct ps_sieve **sieve,
                         struct ps_error *err);

/* Works until the input ends (PS_OK), ps_sieve_stop() was called (PS_E_STOPPED; all that was taken
 * is committed, unless the turn on a store that others write to was not to be had within a second),
 * or an error. PS_E_INPUT_DAMAGED: everything readable was processed and committed; PS_E_INPUT: so
 * were all whole lines, and the same input again goes on there. PS_E_OUTPUT, PS_E_PIPE and store
 * errors: the open batch was aborted, so that none of its pings is marked seen. Once per sieve. */
PS_API int ps_sieve_run(struct ps_sieve *sieve, struct ps_error *err);

/* Asks the run to finish its batch and return. Any thread; returns at once; not from a signal
 * handler. */
PS_API void ps_sieve_stop(struct ps_sieve *sieve);

/* Rules from the next batch on (PS_SHARED_PROFILE, and its cities, cannot be switched on where they
 * were off when the sieve was opened: the scan does not look for the values then); files that are
 * appended to (duplicates, invalid, flags, flagged) are closed and opened again by their names
 * before the next batch (or, when idle, at once), so that they can be rotated. A file that cannot
 * be opened ends the run with PS_E_OUTPUT. Any thread; return at once. */
PS_API void ps_sieve_set_rules(struct ps_sieve *sieve, const struct ps_rules *rules);
PS_API void ps_sieve_reopen(struct ps_sieve *sieve);

PS_API int ps_sieve_figures(struct ps_sieve *sieve, struct ps_sieve_figures *figures,
                            struct ps_error *err);
PS_API void ps_sieve_figures_release(struct ps_sieve_figures *figures);
PS_API const struct ps_seen *
ps_sieve_seen(const struct ps_sieve *sieve);                      /* its settings: keep, scope */
PS_API const char *ps_sieve_kernel(const struct ps_sieve *sieve); /* "avx512", ... */
PS_API unsigned ps_sieve_threads(const struct ps_sieve *sieve);
/* The output is a file that ends in the middle of a line: where the newline comes that such a line
 * gets before the first ping; 0: it does not. */
PS_API uint64_t ps_sieve_output_torn(const struct ps_sieve *sieve);
PS_API int ps_sieve_close(struct ps_sieve *sieve,
                          struct ps_error *err); /* closes the sinks; NULL is fine */

PS_END_DECLS

#endif

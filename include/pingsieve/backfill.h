/* Backfill: deduplicates days of files into a tree of the same shape, goes on after any
 * interruption where it was, and ends with the same bytes whatever the threads and the
 * interruptions.
 *
 * Files are taken in the order (day, path); the first copy of a documentId in that order stays.
 * Each input has one output of the same relative name and compression below options.out; it appears
 * under its name only when it is whole and its pings are marked. Progress stands in the store, in
 * the transactions of the keys (backfill/record.h).
 *
 * Names: a directory is known by its last component and what is below it, as `cp -R` does
 * ("x/2017/" gives "2017/..."; "." and ".." add nothing); a file by its last component; a line of
 * files_from by the path as written, without leading "/" and "./". In all of them a "/./" cuts off
 * what is before it. ".." in a name is an error. Standard input is named "stdin".
 *
 * ps_backfill_open() lists the inputs, checks everything that can be checked before the first ping
 * is read, and opens the store; ps_backfill_run() works; ps_backfill_close() frees. stop and
 * figures may be called from any thread meanwhile. One backfill at a time works on a store
 * (PS_E_STORE says so); filters may write to it meanwhile.
 */
#ifndef PINGSIEVE_BACKFILL_H
#define PINGSIEVE_BACKFILL_H

#include <pingsieve/error.h>
#include <pingsieve/inputs.h>
#include <pingsieve/sieve.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PS_BEGIN_DECLS

#define PS_LEVEL_DEFAULT 1u /* of gzip outputs, 1 to PS_LEVEL_MAX */
#define PS_LEVEL_MAX     9u

struct ps_backfill_options {
  size_t size; /* sizeof(struct ps_backfill_options) */
  /* Store, fields, selection, accounts, sinks of duplicates and malformed lines, threads, limits;
   * input_* and output_* are not used. */
  struct ps_sieve_options sieve;
  /* Without day_from, the first YYYYMMDD or YYYY-MM-DD in a path that is a date is the day of its
   * pings; where a path tells none, each ping has its own day, and the first one's orders the file.
   * None of inputs.written, and none that the sieve writes, may be in the place of an output. */
  struct ps_inputs inputs;
  const char *out; /* made if it is not there; not used in a dry run, which may leave it NULL */
  unsigned level;  /* 0: PS_LEVEL_DEFAULT */
  bool dry_run;    /* counts on a copy of the store; nothing is written or marked */
  bool overwrite;  /* existing outputs are replaced */
  bool again;      /* forgets the keys, figures and records of the inputs' days first */
  bool strict;     /* the first problem ends the run, with PS_E_INPUT */
};

/* Something that keeps an input, or a part of it, from being used; or an input that has changed. */
struct ps_backfill_problem {
  const char *path;
  uint64_t offset;  /* in the file as it lies there; UINT64_MAX: it has none */
  const char *text; /* a sentence, with the path */
};

enum ps_backfill_state {
  PS_BACKFILL_WAITING, /* not begun */
  PS_BACKFILL_PARTLY,  /* begun, to be resumed */
  PS_BACKFILL_DONE,    /* by this run */
  PS_BACKFILL_BEFORE,  /* by an earlier one: skipped */
  PS_BACKFILL_FAILED   /* may not be read, or has changed: left alone, and tried again */
};

/* The sums of an input, or of a day; those of earlier, interrupted runs are included. */
struct ps_backfill_counts {
  uint64_t lines, bytes_in, bytes_out;    /* inflated */
  uint64_t file_bytes_in, file_bytes_out; /* as they lie on the disk */
  uint64_t count[PS_CLASSES];
};

struct ps_backfill_file {
  const char *path, *name; /* input; output, relative to options.out */
  bool has_day;
  uint16_t day;
  enum ps_backfill_state state;
  struct ps_backfill_counts counts;
  const char *problem; /* NULL: none */
};

struct ps_backfill_day {
  bool has_day; /* false: files that no day is known of */
  uint16_t day;
  uint64_t files, done; /* done: before as well */
  struct ps_backfill_counts counts;
};

struct ps_backfill_figures {
  struct ps_sieve_figures sieve;                          /* of this run; without labels */
  uint64_t files, files_done, files_before, files_failed; /* done: by this run */
  uint64_t bytes, bytes_done; /* of the files as they lie there; those of standard input not
                                 included. done: before as well */
  uint64_t problems;
  bool resumed; /* an interrupted run is continued */
};

struct ps_backfill;

/* PS_E_ARGUMENT, before anything is read or made: nothing to do, the output lies inside an input or
 * the other way round, two inputs map to one output, an output exists (and is no finished one of
 * ours), an unfinished backfill with other settings is in the store, inputs were done into another
 * place or with another selection, are copies of done ones, or are of days that the retention no
 * longer holds, days to do again have inputs that are not given. The sentence names the first few
 * and the way out. PS_E_INPUT: the system did not read a directory, a list or a file that had to be
 * looked at. Takes a moment with many files; stop_fd, when it is readable, ends it with
 * PS_E_STOPPED (-1: none). */
PS_API int ps_backfill_open(const struct ps_backfill_options *options, int stop_fd,
                            struct ps_backfill **backfill, struct ps_error *err);

/* PS_OK: everything is done. PS_E_INPUT: done but for the problems (or, when strict, until the
 * first one); or, with err->os_error, done up to an input that the system did not read to its end
 * (EIO, ENOMEM, EMFILE, ESTALE, ...): it has no output yet, what follows it waits, since the order
 * decides, and the same call again goes on there. PS_E_STOPPED: ps_backfill_stop() was called; the
 * same call again goes on. Other errors: committed work stays, and the same call again goes on.
 * Once. */
PS_API int ps_backfill_run(struct ps_backfill *backfill, struct ps_error *err);
PS_API void
ps_backfill_stop(struct ps_backfill *backfill); /* any thread; not from a signal handler */
/* After the run the functions below read the store, and wait for it like any other reader. stop_fd,
 * while it is readable, ends that wait within a second with PS_E_STOPPED (-1: nothing does).
 * Without this call they have a second in all after ps_backfill_stop(), and else all the time they
 * need. */
PS_API void ps_backfill_stop_telling_by(struct ps_backfill *backfill, int stop_fd);

PS_API int ps_backfill_figures(struct ps_backfill *backfill, struct ps_backfill_figures *figures,
                               struct ps_error *err);

/* The inputs in order, the days in order, the problems in the order they were met. Before or after
 * the run, not meanwhile. End early with what visit returns, when that is not PS_OK; texts are
 * valid during the call. */
typedef int ps_backfill_visit_file(void *context, const struct ps_backfill_file *file,
                                   struct ps_error *err);
typedef int ps_backfill_visit_day(void *context, const struct ps_backfill_day *day,
                                  struct ps_error *err);
typedef int ps_backfill_visit_problem(void *context, const struct ps_backfill_problem *problem,
                                      struct ps_error *err);
PS_API int ps_backfill_each_file(struct ps_backfill *backfill, ps_backfill_visit_file *visit,
                                 void *context, struct ps_error *err);
PS_API int ps_backfill_each_day(struct ps_backfill *backfill, ps_backfill_visit_day *visit,
                                void *context, struct ps_error *err);
PS_API int ps_backfill_each_problem(struct ps_backfill *backfill, ps_backfill_visit_problem *visit,
                                    void *context, struct ps_error *err);

PS_API const struct ps_seen *ps_backfill_seen(const struct ps_backfill *backfill);
PS_API const char *ps_backfill_kernel(const struct ps_backfill *backfill);
PS_API unsigned ps_backfill_threads(const struct ps_backfill *backfill);
PS_API int ps_backfill_close(struct ps_backfill *backfill, struct ps_error *err); /* NULL is fine */

/* Forgets what the store knows of inputs all of whose keys are of [from, to), in the open
 * transaction: what `store forget` needs beside ps_seen_forget() and ps_accounts_forget(). An input
 * that has keys of other days too stays done: done again, its pings of those days would be found to
 * be duplicates of themselves. */
PS_API int ps_backfill_forget(struct ps_seen *seen, uint32_t from, uint32_t to,
                              struct ps_error *err);

PS_END_DECLS

#endif

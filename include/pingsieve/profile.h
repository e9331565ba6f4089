/* Profile: the exact story of a client, or of the whole fleet, from one pass over files of pings.
 *
 * Everything is told of three populations side by side, since a profile over copies misleads: all
 * copies (every ping), first copies (of each documentId the ping that comes first), and documents
 * seen exactly once. Files are taken in the order (day, path) as a backfill takes them, so that
 * "first" means the same in both, and the result does not depend on threads.
 *
 * ps_profile_open() lists the inputs, ps_profile_run() reads them, ps_profile_result() is what was
 * found, ps_profile_close() frees. stop and figures may be called from any thread meanwhile.
 *
 * Memory is bounded whatever the input: documents and measurements beyond options.memory go to
 * temporary files (without names, so that nothing stays after a crash); value tables have a cap.
 */
#ifndef PINGSIEVE_PROFILE_H
#define PINGSIEVE_PROFILE_H

#include <pingsieve/accounts.h>
#include <pingsieve/client.h>
#include <pingsieve/error.h>
#include <pingsieve/inputs.h>
#include <pingsieve/read.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PS_BEGIN_DECLS

#define PS_PROFILE_CLIENTS  256u
#define PS_PROFILE_FIELDS   24u         /* that are asked for */
#define PS_PROFILE_MEMORY   (64u << 20) /* bytes of documents and measurements in memory */
#define PS_PROFILE_VALUES   65536u      /* values of one field of one client that are told apart */
#define PS_PROFILE_ALL      (1u << 20)  /* of all fields and clients together */
#define PS_PROFILE_TEXT     256u        /* bytes of a value; a longer one is cut, with its hash */
#define PS_PROFILE_TOP      20u         /* listed values and documents */
#define PS_PROFILE_TOP_MAX  10000u
#define PS_PROFILE_BINS     50u
#define PS_PROFILE_EXAMPLES 10u /* places of malformed lines */

/* ---- the question ---- */

/* A field is [NAME=]PART[+PART]... and gives each ping a value, or none: the parts' values joined
 * by a blank, an absent one as "??"; none if all are absent. At most 4 parts. A part is a path or a
 * short name (pingsieve/selection.h), with what is to be done with its value:
 *
 *   :max=N  :min=N    numbers beyond N count as N; both are possible
 *   :major  :major.minor  the first component, the first two, of "5.1.2600"
 *
 * A path with one '*' walks over the members of an object or the elements of an array; each ping
 * then has any number of values, each counted once. It has one part, and may end in a condition on
 * the member, which is the rest of the text:
 *
 *   PATH/<star>/name where not isSystem  members whose isSystem is not true
 *   PATH/<star>/name where isSystem      those whose isSystem is true
 *   PATH/<star>/name where type=theme    those of a condition (pingsieve/selection.h)
 *
 * whose subject is a path below the member, never a short name. Of PATH/<star> alone the members
 * themselves are the values.
 *
 * Strings count unescaped, true and false as such; null, objects and arrays are absent. Numbers
 * count as numbers: 4.0 and 4e0 are 4; none is rounded. A value longer than PS_PROFILE_TEXT - 24
 * bytes counts by its beginning, followed by "...#" (one character, U+2026, and '#') and 16 hex
 * digits of the XXH3-64 of all of it.
 *
 * A backslash before + : = and itself takes the meaning away ("a\:b" is the key a:b). Blanks round
 * names, paths and numbers do not count. Without a NAME the text itself is the name.
 */
struct ps_profile_field_default {
  const char *name, *text;
};
/* The fields of a profile that names none; ended by a NULL name; static storage. */
PS_API const struct ps_profile_field_default *ps_profile_field_defaults(void);

struct ps_profile_who {
  struct ps_client client;
  const char *name; /* as it was given; NULL: ps_client_format() */
};

struct ps_profile_options {
  size_t size;                 /* sizeof(struct ps_profile_options) */
  struct ps_read_options read; /* of the selection only where and sample_ids */
  struct ps_inputs inputs;     /* as in pingsieve/backfill.h */
  bool strict; /* the first problem or malformed line ends the run, with PS_E_INPUT */
  const struct ps_profile_who *clients; /* each once; none: the whole fleet as one */
  size_t nclients;
  const char *const *fields; /* NULL-terminated; NULL: the defaults */
  size_t top;                /* 0: PS_PROFILE_TOP */
  size_t values;             /* 0: PS_PROFILE_VALUES */
  size_t memory;             /* 0: PS_PROFILE_MEMORY */
  const char *temp_dir;      /* NULL: /tmp */
};

/* ---- the findings ---- */

enum ps_population {
  PS_ALL_COPIES,   /* every ping, those without a documentId included */
  PS_FIRST_COPIES, /* one for each documentId */
  PS_SEEN_ONCE,    /* of documentIds that came exactly once */
  PS_POPULATIONS
};
PS_API const char *ps_population_name(enum ps_population population); /* "all copies", ... */

struct ps_profile_bin { /* values in [from, to); in the last one also `to` */
  double from, to;
  uint64_t count[PS_POPULATIONS];
};

#define PS_PROFILE_QUANTILES 9u
PS_API extern const double ps_profile_quantiles[PS_PROFILE_QUANTILES]; /* 0.01 ... 0.999 */

/* Numbers, one a ping. Exact. */
struct ps_profile_numbers {
  uint64_t count[PS_POPULATIONS]; /* of numbers; all below is 0 where there are none */
  double mean[PS_POPULATIONS], min[PS_POPULATIONS], max[PS_POPULATIONS];
  double quantile[PS_POPULATIONS][PS_PROFILE_QUANTILES]; /* nearest rank: a value that is there */
  /* Equal widths between the least and the greatest of all copies; the same of their logarithms for
   * those above 0. One bin if they are equal, none if there is nothing. */
  size_t nlinear, nlog;
  struct ps_profile_bin linear[PS_PROFILE_BINS], log[PS_PROFILE_BINS];
  uint64_t not_positive[PS_POPULATIONS]; /* not in `log` */
};

struct ps_profile_day {
  bool has_day; /* false: pings without one; the last */
  uint16_t day;
  uint64_t pings[PS_POPULATIONS]; /* first copies and documents seen once are of their own day */
  uint64_t documents;             /* distinct documentIds among the pings of the day */
};

struct ps_profile_document {
  const char *id; /* as it first came, unescaped, cut to PS_PROFILE_TEXT; NUL-terminated */
  uint64_t count;
  uint64_t days; /* different days it came on */
  bool has_day;
  uint16_t first_day, last_day;
  bool has_time;
  uint64_t first_ns, last_ns; /* since 1970 */
};

struct ps_profile_measure {
  const char *name, *path;
  uint64_t sum[PS_POPULATIONS]; /* of measurements; stays at UINT64_MAX if it does not fit */
  uint64_t implausible[PS_POPULATIONS];
  struct ps_profile_numbers per_ping; /* measurements of each ping, 0 where it has none */
  /* For one histogram by name (PATH/values/<star>): its `sum` member beside the sum of its values.
   */
  bool has_member;
  uint64_t member_sum[PS_POPULATIONS];   /* of members that are plausible counts */
  uint64_t member_pings[PS_POPULATIONS]; /* pings with a plausible one */
  uint64_t member_odd[PS_POPULATIONS];   /* pings with one that is no plausible count */
  uint64_t disagree[PS_POPULATIONS]; /* pings whose plausible one is not the sum of the values */
};

struct ps_profile_value {
  const char *text; /* unescaped, NUL-terminated; may hold any bytes but NUL, which become U+FFFD */
  uint64_t count[PS_POPULATIONS]; /* pings that have it */
  struct ps_bounded fleet;        /* pings of all other clients that have it */
  /* Its share of the population by its share of the others' pings, at least (the upper bound of
   * `fleet` is used); INFINITY when none of the others has it, 0 when there are no others. */
  double lift[PS_POPULATIONS];
};

struct ps_profile_field {
  const char *name, *text;           /* as asked for */
  bool walk;                         /* a ping may have several values */
  uint64_t pings[PS_POPULATIONS];    /* that have any value */
  uint64_t clamped[PS_POPULATIONS];  /* values that were beyond :max or :min */
  uint64_t distinct[PS_POPULATIONS]; /* values told apart; all there are unless `capped` */
  bool capped;                       /* some values were not told apart: */
  uint64_t other[PS_POPULATIONS];    /* ... so many, each once a ping */
  size_t n; /* values that are among the `top` of any population; by count in all copies */
  const struct ps_profile_value *values;
  bool numeric; /* most values are numbers: `numbers` is of these (of those told apart) */
  struct ps_profile_numbers numbers;
};

/* Looks of a profile, given only where they are clear; they do not exclude each other. */
enum ps_look {
  PS_LOOK_COPIES, /* copies of a few documents */
  PS_LOOK_SHARED, /* a profile shared by many machines */
  PS_LOOK_CHATTY, /* one machine that sends much */
  PS_LOOKS
};
PS_API const char *ps_look_name(enum ps_look look); /* "copies-of-few-documents", ... */

/* Of the first copies, where no population is told. Distinct counts are at least that. */
struct ps_profile_evidence {
  uint64_t pings, documents, once;
  uint64_t most_copies;                       /* of one documentId */
  uint64_t cities, speeds, lengths, sessions; /* distinct cities (with country), CPU speeds, session
                                                 lengths, session ids */
  uint64_t sessions_of;                       /* first copies with a session id */
  uint64_t days;                              /* with pings */
  uint64_t busiest_pings, busiest_documents;  /* the most pings, and first copies, of one day */
  uint16_t busiest_day;                       /* by pings */
};

struct ps_profile_client {
  struct ps_client client; /* kind PS_CLIENT_NONE: the whole fleet */
  const char *name;        /* as given, or formatted; unescaped */
  uint64_t pings[PS_POPULATIONS];
  uint64_t without_id;  /* pings without a documentId */
  uint64_t fleet_pings; /* of all other clients; pings without a clientId and those of the canary
                           are nobody's */
  size_t ndays;
  const struct ps_profile_day *days; /* ascending */
  size_t ndocuments;
  const struct ps_profile_document *documents; /* most repeated first, then by id; none that came
                                                  only once */
  size_t nmeasures;
  const struct ps_profile_measure *measures;
  size_t nfields;
  const struct ps_profile_field *fields;
  bool looks[PS_LOOKS]; /* enum ps_look */
  struct ps_profile_evidence evidence;
};

struct ps_profile_place {
  const char *path;
  uint64_t line, offset; /* line from 1; byte offset in the (inflated) file of the offending byte */
  const char *reason;
};

struct ps_profile {
  size_t nclients;
  const struct ps_profile_client *clients; /* in the order asked for */
  bool whole;                              /* no client was asked for */
  uint64_t files;                          /* that were read, also partly */
  uint64_t lines, bytes;                   /* inflated */
  uint64_t pings;                          /* selected ones, of everybody */
  uint64_t malformed, blank, not_selected;
  uint64_t without_client, canary; /* pings */
  bool any_day;
  uint16_t first_day, last_day; /* of all selected pings */
  size_t nexamples;
  struct ps_profile_place examples[PS_PROFILE_EXAMPLES]; /* of malformed lines, the first ones */
  uint64_t values;   /* that were told apart at most, of one field of a client */
  bool values_ended; /* PS_PROFILE_ALL was met */
  uint64_t made;     /* seconds since 1970 */
};

struct ps_profile_problem { /* an input, or a part of it, that could not be read */
  const char *path;
  uint64_t offset;  /* in the file as it lies there; UINT64_MAX: it has none */
  const char *text; /* a sentence, with the path */
};

struct ps_profile_figures {
  uint64_t files, files_done, bytes, bytes_done; /* as they lie there */
  uint64_t input_bytes;                          /* taken, standard input included */
  uint64_t lines, pings, client_pings, malformed, problems;
  double seconds;
};

struct ps_profiler;

/* PS_E_ARGUMENT, before anything is read, tells what is wrong with the options; PS_E_INPUT: the
 * system did not read a directory, a list or the beginning of a file; stop_fd, when it is readable,
 * ends the listing with PS_E_STOPPED (-1: none). Nothing of the options is needed
 * afterwards. */
PS_API int ps_profile_open(const struct ps_profile_options *options, int stop_fd,
                           struct ps_profiler **profiler, struct ps_error *err);
/* PS_OK: everything was read. PS_E_INPUT: all but the problems was (or, when strict, until the
 * first one): there is a result; or the system did not read an input to its end (err->os_error
 * tells why): there is none, since it would look like all there is. PS_E_STOPPED, PS_E_OUTPUT (a
 * temporary file could not be written), PS_E_MEMORY: there is none. Once. */
PS_API int ps_profile_run(struct ps_profiler *profiler, struct ps_error *err);
PS_API void ps_profile_stop(struct ps_profiler *profiler); /* any thread; not a signal handler */
PS_API void ps_profile_figures(struct ps_profiler *profiler, struct ps_profile_figures *figures);
/* Valid until the profiler is closed; NULL when there is none. */
PS_API const struct ps_profile *ps_profile_result(const struct ps_profiler *profiler);
typedef int ps_profile_visit_problem(void *context, const struct ps_profile_problem *problem,
                                     struct ps_error *err);
PS_API int ps_profile_each_problem(struct ps_profiler *profiler, ps_profile_visit_problem *visit,
                                   void *context, struct ps_error *err);
PS_API const char *ps_profile_kernel(const struct ps_profiler *profiler);
PS_API unsigned ps_profile_threads(const struct ps_profiler *profiler);
PS_API void ps_profile_close(struct ps_profiler *profiler); /* NULL is fine */

PS_END_DECLS

#endif

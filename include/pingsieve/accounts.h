/* Accounts: the counts of a store, day by day, written in the same transactions as its keys.
 *
 * A filter counts while it works (pingsieve/sieve.h); this header says what is counted, by which
 * rules clients are flagged, and reads the accounts of a store, also while filters write to it.
 *
 * The day of a ping in the accounts is the day its key is kept under: its submission day, at most
 * tomorrow. Lines without a day there (malformed ones, late pings) are counted on the watermark's
 * day, the one they came on; in a new store that is today. Blank lines are not counted.
 */
#ifndef PINGSIEVE_ACCOUNTS_H
#define PINGSIEVE_ACCOUNTS_H

#include <pingsieve/class.h>
#include <pingsieve/client.h>
#include <pingsieve/error.h>
#include <pingsieve/seen.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PS_BEGIN_DECLS

#define PS_LABELS_MAX                                                                              \
  1000u /* (docType, channel) combinations counted apart, a day; the rest under "other" */
#define PS_LABEL_BYTES 64u /* of a label, the NUL included; longer ones are cut at a character */

#define PS_MEASURES_MAX     4u /* at once in a run, and known to a store */
#define PS_MEASURE_NAME     32u
#define PS_MEASURE_PATH     512u
#define PS_MEASURE_LIMIT    (UINT64_C(1) << 40) /* a larger count is implausible */
#define PS_MEASURE_DEFAULT  "histograms=payload/histograms/*/values/*"
#define PS_CLIENT_SLOTS     (UINT32_C(1) << 18)
#define PS_CLIENT_SLOTS_MIN (UINT32_C(1) << 10)
#define PS_CLIENT_SLOTS_MAX (UINT32_C(1) << 24)
#define PS_FLAGS_MAX        4096u /* flags of one day that are stored; more are only counted */
#define PS_FLAG_VALUE       64u

/* ---- rules ---- */

enum ps_rule {
  PS_PING_FLOOD,        /* many raw pings in a day */
  PS_DUPLICATE_FLOOD,   /* many pings, few of them distinct */
  PS_MEASUREMENT_SPIKE, /* far more measurements in a day than nearly all other clients, or very
                           many in one ping */
  PS_SHARED_PROFILE,    /* advisory: one client id, many machines */
  PS_RULES
};
PS_API const char *ps_rule_name(enum ps_rule rule); /* "ping-flood", ... */

/* A client is flagged for a day when the lower bound of its figures fulfils a rule. Shares are in
 * percent. The canary client id and pings without a clientId are never flagged. */
struct ps_rules {
  uint64_t ping_flood;              /* raw pings a day (1,000; 0: rule off) */
  uint64_t duplicate_flood;         /* at least so many raw pings (100; 0: rule off) ... */
  uint32_t duplicate_flood_percent; /* ... and at most this share of them distinct (10) */
  uint64_t measurement_spike;      /* times the p99.9 of a client-day of the others (100; 0: off) */
  uint64_t measurement_spike_ping; /* measurements in one ping (10^8; 0: off) */
  uint64_t shared_profile;         /* at least so many watched pings (1,000; 0: rule off) ... */
  uint32_t shared_profile_percent; /* ... this share of which have one value (50) ... */
  uint32_t shared_profile_fleet_percent; /* ... that less than this share of the fleet has (1); */
  uint32_t shared_profile_cities;        /* or so many cities in a day (30, at most 64; 0: off) */
};
PS_API void ps_rules_default(struct ps_rules *rules);

/* The p99.9 rule waits until so many clients have measurements that day. */
#define PS_SPIKE_CLIENTS 1000u

/* ---- client figures ---- */

/* A figure of a client: the true one is in [count, count + error]. */
struct ps_bounded {
  uint64_t count, error;
};

struct ps_client_figure {
  struct ps_client client;
  struct ps_bounded figure;
};

/* A day's clients are ranked by one of these: 0 pings, 1 duplicates, 2 + m measure m. */
enum { PS_RANK_PINGS, PS_RANK_DUPLICATES, PS_RANK_MEASURES };
#define PS_RANKS_MAX (PS_RANK_MEASURES + PS_MEASURES_MAX)

/* A frequent-items sketch (Misra-Gries with reverse purge, as Apache DataSketches;
 * Anderson et al., "A High-Performance Algorithm for Identifying Frequent Items in Data Streams",
 * IMC 2017): every client whose true figure exceeds `absent` is among the entries. */
struct ps_ranking {
  uint64_t total;  /* of all clients; the canary and pings without a clientId not included */
  uint64_t absent; /* a client that is not here has at most this */
  size_t n;
  const struct ps_client_figure *entries; /* largest count first; equal ones by kind and id */
};

/* ---- distributions ---- */

/* A DDSketch (Masson, Rim, Lee, VLDB 2019) with relative error 1 %: bin i counts values in
 * (g^(i-1), g^i] with g = 1.01 / 0.99, bin 0 the value 1; zeros apart. */
#define PS_DISTRIBUTION_ERROR 0.01
struct ps_bin {
  int32_t index;
  uint32_t reserved;
  uint64_t count;
};
struct ps_distribution {
  uint64_t count; /* of values, zeros included */
  uint64_t zeros;
  uint64_t min, max; /* exact; 0 when count is 0 */
  size_t nbins;
  const struct ps_bin *bins; /* ascending, none empty */
};
/* The value at quantile q of [0, 1], within 1 %. */
PS_API double ps_distribution_quantile(const struct ps_distribution *distribution, double q);
PS_API double ps_distribution_bound(int32_t index); /* g^index, a bin's upper bound */

/* HyperLogLog (Flajolet et al. 2007): 2^12 registers, standard error 1.6 %. */
#define PS_REGISTERS 4096u
PS_API double ps_registers_estimate(const uint8_t registers[PS_REGISTERS]);
#define PS_REGISTERS_ERROR 0.01625 /* standard error, relative: 1.04 / sqrt(4096) */

/* ---- a day ---- */

struct ps_day_figures {
  uint64_t count[PS_PING_CLASSES];
  uint64_t bytes_in, bytes_out;
  uint64_t withheld; /* pings of flagged clients that did not go to the output */
  uint64_t measurements[PS_MEASURES_MAX], implausible[PS_MEASURES_MAX];
};
PS_API uint64_t ps_day_figures_pings(const struct ps_day_figures *figures); /* of all classes */
PS_API void ps_day_figures_add(struct ps_day_figures *to, const struct ps_day_figures *from);

struct ps_day_row {
  char type[PS_LABEL_BYTES], channel[PS_LABEL_BYTES]; /* "" when the ping has none; "other" both */
  struct ps_day_figures figures;
};

struct ps_flag {
  uint16_t day;
  uint8_t rule;    /* enum ps_rule */
  uint8_t measure; /* of PS_MEASUREMENT_SPIKE */
  struct ps_client client;
  uint64_t time; /* when it was raised: seconds since 1970, wall clock */
  struct ps_bounded pings, duplicates, measurements; /* at that moment */
  uint64_t limit;    /* that was passed: pings, measurements, cities, ... */
  uint64_t evidence; /* the count above it: pings; distinct documents at most; measurements of the
                        ping, 0 when it was the day's; watched pings with the value; cities */
  uint64_t of;       /* watched pings, for PS_SHARED_PROFILE */
  char value[PS_FLAG_VALUE]; /* the value, for PS_SHARED_PROFILE; NUL-terminated UTF-8 */
};

struct ps_account_day {
  uint16_t day;
  uint64_t keys; /* documentIds of this day in the seen-set, in the same view */
  size_t nrows;
  const struct ps_day_row *rows; /* by pings, largest first */
  struct ps_day_figures total;   /* of all rows */
  struct ps_day_figures without_client, canary;
  uint8_t registers[PS_REGISTERS]; /* distinct clients, these two not included */
  bool measured[PS_MEASURES_MAX];  /* the measure was taken that day */
  struct ps_distribution distribution[PS_MEASURES_MAX]; /* of measurements per ping */
  struct ps_ranking ranking[PS_RANKS_MAX];
  size_t nflags;
  const struct ps_flag *flags; /* in the order they were raised */
  uint64_t more_flags;         /* that were not stored */
};

struct ps_account_measure {
  char name[PS_MEASURE_NAME], path[PS_MEASURE_PATH]; /* name "" : no such measure */
};

struct ps_accounts_info {
  uint16_t watermark; /* of the store */
  uint32_t keep_days;
  size_t nmeasures;
  struct ps_account_measure measures[PS_MEASURES_MAX];
  bool any;             /* some day has accounts ... */
  uint16_t first, last; /* ... the first and the last one */
};

/* Calls visit for each day of [from, to] that has accounts, ascending, all from one committed state
 * of the store; info (may be NULL) is filled first, from the same state, whatever the range. `day`
 * and all it points to are valid during the call. top: rankings are cut to so many entries and
 * those of clients that are flagged or among the `top` of another ranking, their `absent` raised
 * accordingly (0: all). Ends early with what visit returns, when that is not PS_OK.
 * A store without accounts has no days. Memory: one day's accounts. */
typedef int ps_account_visit(void *context, const struct ps_account_day *day, struct ps_error *err);
PS_API int ps_accounts_read(struct ps_seen *seen, uint16_t from, uint16_t to, size_t top,
                            struct ps_accounts_info *info, ps_account_visit *visit, void *context,
                            struct ps_error *err);

/* Forgets the accounts of [from, to) in the open transaction, as ps_seen_forget() does the keys. */
PS_API int ps_accounts_forget(struct ps_seen *seen, uint32_t from, uint32_t to,
                              struct ps_error *err);

PS_END_DECLS

#endif

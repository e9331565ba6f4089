/* A ping as the filter sees it: which line it is, whether it is well formed, its key, day and
 * labels.
 *
 * A schema says at which paths the fields of a ping stand; ping_scan() applies it to one line and
 * computes the key: the documentId unescaped, if it is a UUID (with or without one pair of braces)
 * folded to 36 lower-case characters without braces, then XXH3-128 with the store's secret. With a
 * scope, the strings, numbers and literals at its paths are appended, each with its length (an
 * object or array there makes it a ping without an id, which passes), so that ("ab","c") differs
 * from ("a","bc"). For each field the first path that is present decides; a documentId counts when
 * that value is a non-empty string.
 */
#ifndef SCAN_PING_H
#define SCAN_PING_H

#include "base/day.h"
#include "scan/scan.h"
#include <pingsieve/client.h>
#include <pingsieve/key.h>
#include <pingsieve/read.h>
#include <stdbool.h>

#define PING_PATHS 8 /* paths of a field that are given, at most */
#define PING_SCOPE 4 /* scope paths at most */
#define PING_SUMS  4 /* sums at most */

struct specs; /* scan/subject.h */

struct ping_schema_options {
  /* Per field: NULL-terminated lists; a NULL list means the default one. */
  const char *const *paths[PS_FIELDS];
  const char *const *scope; /* NULL: none */
  const char *const *sums;  /* NULL-terminated; the values there are summed; NULL: none */
  const struct ps_selection *selection; /* where and sample_ids are looked at; NULL: every ping */
  /* Adds the caller's own paths to the same scan (scan/subject.h); NULL: none. The paths must
   * outlive ping_schema_create(); slots are asked of the scan's result. */
  int (*more)(void *context, const char *const *const paths[PS_FIELDS], struct specs *specs,
              struct ps_error *err);
  void *more_context;
};

struct ping_schema; /* immutable after creation: threads may share one */

/* The default paths of a field, NULL-terminated; feeds help texts too. A URI's path in a list
 * (uri_is_path()) stands for a part of the URI there, such as the id or the type:
 * /submit/telemetry/<id>/<type>/... or /submit/<namespace>/<type>/<version>/<id>
 * (mozilla/gcp-ingestion, ParseUri.java). */
const char *const *ping_default_paths(enum ps_field field);

/* The fields that a selection needs, as bits 1u << enum ps_field: their paths must be given even
 * if nothing else asks for them. A field that a condition looks at and whose list is empty has its
 * default paths there. */
unsigned ping_selection_fields(const struct ps_selection *selection);

int ping_schema_create(const struct ping_schema_options *options, struct ping_schema **schema,
                       struct ps_error *err);
void ping_schema_free(struct ping_schema *schema);

enum ping_state { PING_KEYED, PING_WITHOUT_ID, PING_MALFORMED, PING_BLANK };

struct ping {
  struct ps_key key;                /* when state is PING_KEYED */
  uint32_t len;                     /* of the line, without '\n' */
  uint32_t error_offset;            /* in the line, when PING_MALFORMED */
  uint8_t state;                    /* enum ping_state */
  uint8_t code;                     /* enum scan_code */
  uint8_t not_selected;             /* keyed or without id, but the selection leaves it out */
  uint8_t has_day;                  /* the day was given (malformed lines have it, too), or a
                                     * server-side field told it ... */
  day_t day;                        /* ... this one */
  struct ps_client client_id;       /* kind PS_CLIENT_NONE when not asked for */
  uint64_t label;                   /* hash of docType and channel as they stand in the line; 0
                                     * when neither is asked for */
  uint64_t watched_hash, city_hash; /* of the value as it stands there; 0: absent, null, or a
                                     * container */
  struct scan_span client, type, channel; /* type SCAN_NONE when absent or no string */
  struct scan_span watched;               /* string, number, true or false; else SCAN_NONE */
  uint64_t sum[PING_SUMS];                /* of plausible counts: integers in [0, 2^40] */
  uint32_t implausible[PING_SUMS];        /* values there that are none */
};

/* A line to scan (memory contract of scan.h), and what is known of it beforehand. */
struct ping_line {
  const uint8_t *at;
  size_t avail;
  size_t skip; /* bytes at its beginning that are not looked at: a byte order mark */
  bool has_given_day;
  day_t given_day; /* the ping's day, whatever it says itself */
};

/* Scans one line. Spans, len and offsets count what is skipped. Never fails: what is wrong with the
 * line is in ping->state and ->code. `result` is scratch memory of the caller and holds the raw
 * scan afterwards. */
void ping_scan(const struct ping_schema *schema, scan_function *scan,
               const uint8_t secret[PS_SECRET_BYTES], const struct ping_line *line,
               struct scan_result *result, struct ping *ping);

/* The documentId of a ping that ping_scan() found to be PING_KEYED, from its result. */
struct scan_span ping_id(const struct ping_schema *schema, const struct scan_result *result,
                         const uint8_t *line);

#endif

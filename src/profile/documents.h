/* Documents: every documentId of the profiled clients with its count, days, times and what its
 * first copy carried; exact, in bounded memory, with sorted runs on disk when there are many.
 *
 * Memory is a table that combines the copies of a documentId and day until it is full; then it is
 * sorted by (client, key, day) and becomes a run in a temporary file without a name. At the end the
 * runs are merged; of equal entries the earlier one's first copy counts, so pings must be added in
 * their order (profile/spill.h). One thread at a time.
 */
#ifndef PROFILE_DOCUMENTS_H
#define PROFILE_DOCUMENTS_H

#include "base/day.h"
#include <pingsieve/error.h>
#include <pingsieve/key.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCUMENT_ID      256u   /* bytes of an id that are kept */
#define DOCUMENT_PAYLOAD 65536u /* bytes of a payload at most */

struct documents;

/* directory: of temporary files, not touched before one is needed. memory: bytes of the table, or
 * of merging; 200 KiB at least. */
int documents_open(const char *directory, size_t memory, struct documents **documents,
                   struct ps_error *err);
void documents_close(struct documents *documents); /* NULL is fine */

struct document_ping {
  uint32_t client; /* any small number */
  struct ps_key key;
  const uint8_t *id; /* unescaped */
  size_t id_len;     /* beyond DOCUMENT_ID it is cut */
  bool has_day, has_time;
  day_t day;
  uint64_t time_ns; /* since 1970 */
  const uint8_t *payload;
  size_t payload_len;
};

/* PS_E_OUTPUT names the directory when a run cannot be written; then, and without memory, documents
 * can only be closed. */
int documents_add(struct documents *documents, const struct document_ping *ping,
                  struct ps_error *err);
/* Once, after the last ping. */
int documents_finish(struct documents *documents, struct ps_error *err);

struct document_day {
  bool has_day;
  day_t day;
  uint64_t count;
};
struct document {
  uint32_t client;
  struct ps_key key;
  const uint8_t *id;
  size_t id_len;
  uint64_t count; /* of its pings */
  size_t ndays;
  const struct document_day *days; /* ascending, the one without a day last */
  size_t first_day;                /* index: of its first copy */
  bool has_time;
  uint64_t first_ns, last_ns; /* least and greatest */
  const uint8_t *payload;     /* of its first copy */
  size_t payload_len;
};
/* Every document, by client, then by key. May be called again. Ends early when visit() does not
 * return PS_OK, and returns the same. The memory that *document points to is valid during the call.
 * */
typedef int document_visit(void *context, const struct document *document, struct ps_error *err);
int documents_each(struct documents *documents, document_visit *visit, void *context,
                   struct ps_error *err);
uint64_t documents_spilled(const struct documents *documents); /* bytes written to files */

#endif

/* Checkpoints: what the store knows of the inputs of a backfill, as values of the seen-set in the
 * transactions of the keys.
 *
 * backfill/job: the unfinished job, if there is one: the settings that its outputs depend on, as a
 * fingerprint and as text, and the days that it has forgotten already to do them again.
 * backfill/file/DDDDD/HASH: an input; DDDDD its day in decimal (99999: none), HASH the 32 digits of
 * XXH3-128 of its absolute path. All little-endian, with magic and version; a newer version is
 * refused (PS_E_STORE_VERSION).
 */
#ifndef BACKFILL_CHECKPOINT_H
#define BACKFILL_CHECKPOINT_H

#include "base/buffer.h"
#include "base/day.h"
#include "inputs/inputs.h"
#include "io/source.h"
#include <pingsieve/backfill.h>

/* The identity of a file, to tell it from another, or from itself after a change: stat(2), and a
 * digest of its bytes where it is needed. A file with equal device, inode, size and both times is
 * the same and need not be read; else one with equal size and digest is the same. */
struct identity {
  uint64_t device, inode, size;
  int64_t modified_ns, changed_ns; /* st_mtim, st_ctim */
  uint8_t digest[SOURCE_DIGEST];   /* source_digest(); zero while the file is open */
};

enum checkpoint_state {
  CHECKPOINT_OPEN, /* marked and written up to a position */
  CHECKPOINT_WHOLE /* to the end; its output is durable as a part, or has its name already */
};

struct checkpoint {
  enum checkpoint_state state;
  uint32_t day; /* of the plan, or INPUT_NO_DAY */
  bool gzip;
  struct identity identity;
  /* CHECKPOINT_OPEN: chunks that begin before `offset` are done, and so are the first `lines_done`
   * lines of the one that begins there; `prefix` is XXH3-128 of the inflated bytes before `offset`,
   * and if lines are done, of that and their digest (checkpoint_prefix()). Earlier versions left
   * them out.
   */
  uint64_t offset, lines_done;
  uint8_t prefix[SOURCE_DIGEST];
  /* The output so far: its length as it lies there, and CRC-32 and length of what went in (gzip).
   */
  uint64_t out_length, out_plain;
  uint32_t out_crc;
  uint8_t content[16];          /* struct job, of the job that made the output */
  uint32_t first_day, last_day; /* of its keys; INPUT_NO_DAY: none were marked */
  struct ps_backfill_counts counts;
  char path[INPUT_PATH];   /* absolute, of the input */
  char output[INPUT_PATH]; /* absolute, of the output; "": none */
  char problem[256];       /* the error of the input; "": none */
  uint64_t problem_offset;
};

/* Pings that were marked, or that left without a mark: they have no id, or are late. */
static inline bool checkpoint_has_pings(const struct checkpoint *record) {
  return record->first_day != INPUT_NO_DAY || record->counts.count[PS_NO_ID] ||
         record->counts.count[PS_LATE];
}

/* How many are read in one view of the store, which has the turn and is not kept for long. */
#define RECORDS_VIEWED 64u

/* `before`: the digest of the bytes before these lines; `data`: theirs. */
void checkpoint_prefix(const uint8_t before[SOURCE_DIGEST], const void *data, size_t len,
                       uint8_t prefix[SOURCE_DIGEST]);

int checkpoint_put(struct ps_seen *seen, const struct checkpoint *record, struct ps_error *err);
int checkpoint_get(struct ps_seen *seen, uint32_t day, const char *path, struct checkpoint *record,
                   bool *found, struct ps_error *err);
int checkpoint_delete(struct ps_seen *seen, uint32_t day, const char *path, struct ps_error *err);
typedef int checkpoint_visit(void *context, const struct checkpoint *record, struct ps_error *err);
int checkpoint_each(struct ps_seen *seen, uint32_t from_day, uint32_t to_day,
                    checkpoint_visit *visit, void *context,
                    struct ps_error *err); /* days [from, to) */

/* The unfinished job. job_get() replaces what *job holds without freeing it. */
struct job {
  uint8_t fingerprint[16];
  uint8_t content[16]; /* of the settings that decide what is in the outputs; kept with records */
  struct buffer settings; /* for messages: the options as text */
  size_t nagain;
  uint32_t *again; /* days forgotten by this job, ascending; malloc'ed */
};
int job_put(struct ps_seen *seen, const struct job *job, struct ps_error *err);
int job_get(struct ps_seen *seen, struct job *job, bool *found, struct ps_error *err);
int job_delete(struct ps_seen *seen, struct ps_error *err);
void job_release(struct job *job);

#endif

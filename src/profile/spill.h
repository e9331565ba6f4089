/* Spill: a table of any number of entries in bounded memory, for documents and frequencies.
 *
 * Entries are told apart by a key of fixed width. Entries of one key are combined in memory until
 * it is full; then the entries are sorted and written as a run into a temporary file without a
 * name. At the end runs are merged, at most SPILL_FAN_IN at a time, until the rest can be merged
 * while the entries are visited, which may be done again. Runs stay in the order in which they were
 * written, so that an earlier entry of a key is always combined with a later one, never the
 * other way round. If nothing is spilled, no file is made.
 *
 * In memory: an arena of entries from one end and, growing towards it, a hash table of 8 bytes a
 * slot from the other (profile/spill_table.h). On disk: blocks with an XXH3-64 each
 * (profile/spill_run.h). One thread at a time.
 */
#ifndef PROFILE_SPILL_H
#define PROFILE_SPILL_H

#include <pingsieve/error.h>
#include <stddef.h>
#include <stdint.h>

#define SPILL_KEY    3u /* words at most */
#define SPILL_HEAD   5u
#define SPILL_FAN_IN 64u

/* The parts of an entry: a key of 64-bit words, compared as numbers, the first one first; a head of
 * words, which combining changes; and a tail of bytes, of which the first one stays. */
struct spill_kind {
  unsigned key_words, head_words;
  size_t tail; /* bytes at most; 0: there are none */
  void (*combine)(uint64_t *head, const uint64_t *later);
};

struct spill_entry {
  const uint64_t *key, *head;
  const uint8_t *tail;
  size_t tail_len;
};

struct spill;

/* kind: static. directory: of the temporary file, made when it is needed. memory: bytes of all that
 * grows; raised to what the largest entries need (some three times the tail, and 10 KiB). */
int spill_open(const struct spill_kind *kind, const char *directory, size_t memory,
               struct spill **spill, struct ps_error *err);
void spill_close(struct spill *spill); /* NULL is fine */

/* The head of the key's entry, if it is in memory, to be changed; NULL if not. Valid until the next
 * insertion. */
uint64_t *spill_find(struct spill *spill, const uint64_t *key);
/* For a key that spill_find() was just asked for and did not find. PS_E_OUTPUT names the directory;
 * after it, and after PS_E_MEMORY, the table can only be closed. */
int spill_insert(struct spill *spill, const struct spill_entry *entry, struct ps_error *err);

/* Once, after the last entry. */
int spill_finish(struct spill *spill, struct ps_error *err);
/* Visits every entry, by key. Ends early when visit() does not return PS_OK, and returns the same.
 * The memory that *entry points to is valid during the call. */
typedef int spill_visit(void *context, const struct spill_entry *entry, struct ps_error *err);
int spill_each(struct spill *spill, spill_visit *visit, void *context, struct ps_error *err);

uint64_t spill_written(const struct spill *spill); /* bytes, to the file */

#endif

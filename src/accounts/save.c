#include "accounts/save.h"

#include "accounts/name.h"
#include "accounts/record.h"

/* The cost of a value beside its bytes, so that many small journals are swept, too. */
#define VALUE_COST 128u

#define PARTS (PS_RANKS_MAX * RANKING_PARTS)

int save_journal(struct ps_seen *seen, struct account *account, uint64_t sequence,
                 struct ps_error *err) {
  char name[PS_VALUE_NAME];
  const struct buffer *journal = &account->journal;
  if (!journal->len) return PS_OK;
  const int r = ps_seen_put_value(seen, name_log(account->day, sequence, name), journal->data,
                                  journal->len, err);
  if (r) return r;
  account->stored.logs++;
  account->stored.log_bytes += journal->len;
  return PS_OK;
}

/* Writes a part, or deletes it when no counter is left in it. */
static int part_write(struct ps_seen *seen, struct account *account, uint32_t at, uint64_t sequence,
                      size_t *written, struct ps_error *err) {
  const unsigned rank = at / RANKING_PARTS, part = at % RANKING_PARTS;
  struct stored_part *stored = &account->stored.parts[rank][part];
  struct buffer bytes = BUFFER_INIT;
  char name[PS_VALUE_NAME];
  int r = PS_OK;
  *written = 0;
  if (!account->ranking[rank].total) return PS_OK;
  (void)name_part(account->day, rank, part, name);
  r = ranking_write_part(&account->ranking[rank], part, &bytes, err);
  if (!r && bytes.len) r = ps_seen_put_value(seen, name, bytes.data, bytes.len, err);
  else if (!r && stored->bytes) r = ps_seen_delete_value(seen, name, err);
  if (!r) *stored = (struct stored_part){sequence, (uint32_t)bytes.len};
  *written = bytes.len;
  buffer_release(&bytes);
  return r;
}

bool save_wants_sweep(const struct account *account, size_t limit) {
  const struct stored *stored = &account->stored;
  uint64_t parts = 0;
  if (stored->sweep_next) return true;
  for (unsigned r = 0; r < PS_RANKS_MAX; r++)
    for (unsigned p = 0; p < RANKING_PARTS; p++) parts += stored->parts[r][p].bytes;
  parts *= SAVE_SWEEP_FACTOR;
  return stored->log_bytes + stored->logs * VALUE_COST > (parts > limit ? parts : limit);
}

static int journals_delete(struct ps_seen *seen, struct account *account, uint64_t before,
                           struct ps_error *err) {
  char from[PS_VALUE_NAME], to[PS_VALUE_NAME];
  return ps_seen_delete_values(seen, name_log(account->day, 0, from),
                               name_log(account->day, before, to), err);
}

static int sweep_end(struct ps_seen *seen, struct account *account, struct ps_error *err) {
  struct stored *stored = &account->stored;
  const int r = journals_delete(seen, account, stored->sweep_sequence + 1, err);
  stored->logs -= stored->sweep_logs;
  stored->log_bytes -= stored->sweep_log_bytes;
  stored->sweep_logs = stored->sweep_log_bytes = stored->sweep_next = 0;
  return r;
}

int save_sweep(struct ps_seen *seen, struct account *account, uint64_t sequence, size_t *bytes,
               struct ps_error *err) {
  struct stored *stored = &account->stored;
  int r = PS_OK;
  if (!stored->sweep_next) {
    stored->sweep_next = 1;
    stored->sweep_sequence = sequence;
    stored->sweep_logs = stored->logs;
    stored->sweep_log_bytes = stored->log_bytes;
  }
  account->changed = true;
  while (!r && *bytes && stored->sweep_next <= PARTS) {
    size_t written;
    r = part_write(seen, account, stored->sweep_next - 1, sequence, &written, err);
    *bytes -= written < *bytes ? written : *bytes;
    stored->sweep_next++;
  }
  return !r && stored->sweep_next > PARTS ? sweep_end(seen, account, err) : r;
}

bool save_wants_seal(const struct account *account, uint32_t kept) {
  if (!account->stored.sealed) return true;
  for (unsigned r = 0; r < PS_RANKS_MAX; r++)
    if (account->ranking[r].used > (uint64_t)SAVE_GROWN * kept) return true;
  return false;
}

int save_seal(struct ps_seen *seen, struct account *account, uint64_t sequence, uint32_t kept,
              struct ps_error *err) {
  struct stored *stored = &account->stored;
  int r = PS_OK;
  account->changed = true;
  for (unsigned rank = 0; rank < PS_RANKS_MAX && !r; rank++)
    r = ranking_seal(&account->ranking[rank], kept, err);
  for (uint32_t at = 0; at < PARTS && !r; at++) {
    size_t written;
    r = part_write(seen, account, at, sequence, &written, err);
  }
  if (!r) r = journals_delete(seen, account, sequence + 1, err);
  stored->logs = stored->log_bytes = 0;
  stored->sweep_logs = stored->sweep_log_bytes = stored->sweep_next = 0;
  stored->sealed = true;
  return r;
}

static int flags_save(struct ps_seen *seen, struct account *account, struct ps_error *err) {
  struct flags *flags = &account->flags;
  struct buffer bytes = BUFFER_INIT;
  char name[PS_VALUE_NAME];
  int r = PS_OK;
  while (flags->saved < flags->n && !r) {
    const unsigned chunk = (unsigned)(flags->saved / FLAGS_CHUNK);
    buffer_clear(&bytes);
    r = flags_put(flags, chunk, &bytes, err);
    if (!r)
      r = ps_seen_put_value(seen, name_flags(account->day, chunk, name), bytes.data, bytes.len,
                            err);
    flags->saved = ((size_t)chunk + 1) * FLAGS_CHUNK;
    if (flags->saved > flags->n) flags->saved = flags->n;
  }
  buffer_release(&bytes);
  return r;
}

static int watch_save(struct ps_seen *seen, struct account *account, struct ps_error *err) {
  struct buffer bytes = BUFFER_INIT;
  char name[PS_VALUE_NAME];
  if (!account->watch_changed) return PS_OK;
  int r = watch_put(account->watch, &bytes, err);
  if (!r) r = ps_seen_put_value(seen, name_watch(account->day, name), bytes.data, bytes.len, err);
  account->watch_changed = false;
  buffer_release(&bytes);
  return r;
}

int save_record(struct ps_seen *seen, struct account *account, struct ps_error *err) {
  struct buffer bytes = BUFFER_INIT;
  char name[PS_VALUE_NAME];
  int r = flags_save(seen, account, err);
  if (!r) r = watch_save(seen, account, err);
  if (!r) r = day_record_put(account, &bytes, err);
  if (!r) r = ps_seen_put_value(seen, name_record(account->day, name), bytes.data, bytes.len, err);
  buffer_release(&bytes);
  return r;
}

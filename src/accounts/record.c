#include "accounts/record.h"

#include "accounts/registers.h"
#include <string.h>

/* The figures as a list of numbers, in the order of the store. */
#define FIGURES (PS_PING_CLASSES + 3 + 2 * PS_MEASURES_MAX)
static_assert(sizeof(struct ps_day_figures) == FIGURES * sizeof(uint64_t), "on-disk format");
static_assert(PS_REGISTERS == 4096 && RANKING_PARTS == 16 && PS_RANKS_MAX == 6, "on-disk format");

static void figures_list(struct ps_day_figures *figures, uint64_t *list[FIGURES]) {
  size_t n = 0;
  for (unsigned c = 0; c < PS_PING_CLASSES; c++) list[n++] = &figures->count[c];
  list[n++] = &figures->bytes_in;
  list[n++] = &figures->bytes_out;
  list[n++] = &figures->withheld;
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) list[n++] = &figures->measurements[m];
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) list[n++] = &figures->implausible[m];
}

static int figures_put(struct ps_day_figures figures, struct buffer *out, struct ps_error *err) {
  uint64_t *list[FIGURES];
  int r = PS_OK;
  figures_list(&figures, list);
  for (size_t i = 0; i < FIGURES && !r; i++) r = bytes_put_number(out, *list[i], err);
  return r;
}

static void figures_take(struct ps_day_figures *figures, struct cursor *cursor) {
  uint64_t *list[FIGURES];
  figures_list(figures, list);
  for (size_t i = 0; i < FIGURES; i++) *list[i] = cursor_number(cursor);
}

static int rows_put(const struct rows *rows, struct buffer *out, struct ps_error *err) {
  int r = bytes_put_number(out, rows->n, err);
  for (uint32_t i = 0; i < rows->n && !r; i++) {
    r = bytes_put_text(out, rows->at[i].type, err);
    if (!r) r = bytes_put_text(out, rows->at[i].channel, err);
    if (!r) r = figures_put(rows->at[i].figures, out, err);
  }
  return r;
}

static int rows_take(struct rows *rows, struct cursor *cursor, struct ps_error *err) {
  const uint64_t n = cursor_below(cursor, PS_LABELS_MAX + 2);
  for (uint64_t i = 0; i < n && cursor->sound; i++) {
    char type[PS_LABEL_BYTES], channel[PS_LABEL_BYTES];
    struct ps_day_row *row;
    cursor_text(cursor, type, sizeof type);
    cursor_text(cursor, channel, sizeof channel);
    const int r = rows_find(rows, type, channel, &row, err);
    if (r) return r;
    figures_take(&row->figures, cursor);
    if (rows->n != i + 1) cursor->sound = false; /* twice the same labels */
  }
  return PS_OK;
}

static int parts_put(const struct account *account, unsigned rank, struct buffer *out,
                     struct ps_error *err) {
  const struct ranking *ranking = &account->ranking[rank];
  int r = bytes_put_number(out, ranking->total, err);
  if (r || !ranking->total) return r;
  r = bytes_put_number(out, ranking->error_new, err);
  if (!r) r = bytes_put_number(out, ranking->error_kept, err);
  for (unsigned p = 0; p < RANKING_PARTS && !r; p++) {
    r = bytes_put_number(out, account->stored.parts[rank][p].sequence, err);
    if (!r) r = bytes_put_number(out, account->stored.parts[rank][p].bytes, err);
  }
  return r;
}

static void parts_take(struct account *account, unsigned rank, struct cursor *cursor) {
  struct ranking *ranking = &account->ranking[rank];
  if (!(ranking->total = cursor_number(cursor))) return;
  ranking->error_new = cursor_number(cursor);
  ranking->error_kept = cursor_number(cursor);
  if (ranking->error_kept > ranking->error_new) cursor->sound = false;
  for (unsigned p = 0; p < RANKING_PARTS; p++) {
    account->stored.parts[rank][p].sequence = cursor_number(cursor);
    account->stored.parts[rank][p].bytes = (uint32_t)cursor_below(cursor, UINT32_MAX);
  }
}

static int stored_put(const struct stored *stored, struct buffer *out, struct ps_error *err) {
  const uint64_t list[] = {stored->logs,           stored->log_bytes,  stored->sweep_next,
                           stored->sweep_sequence, stored->sweep_logs, stored->sweep_log_bytes,
                           stored->sealed};
  int r = PS_OK;
  for (size_t i = 0; i < sizeof list / sizeof *list && !r; i++)
    r = bytes_put_number(out, list[i], err);
  return r;
}

static void stored_take(struct stored *stored, struct cursor *cursor) {
  stored->logs = cursor_number(cursor);
  stored->log_bytes = cursor_number(cursor);
  stored->sweep_next = (uint32_t)cursor_below(cursor, PS_RANKS_MAX * RANKING_PARTS + 1);
  stored->sweep_sequence = cursor_number(cursor);
  stored->sweep_logs = cursor_number(cursor);
  stored->sweep_log_bytes = cursor_number(cursor);
  stored->sealed = cursor_below(cursor, 2);
  if (stored->sweep_logs > stored->logs || stored->sweep_log_bytes > stored->log_bytes)
    cursor->sound = false;
}

static int measures_put_day(const struct account *account, struct buffer *out,
                            struct ps_error *err) {
  int r = PS_OK;
  for (unsigned m = 0; m < PS_MEASURES_MAX && !r; m++) {
    r = bytes_put_number(out, account->measured[m], err);
    if (!r && account->measured[m]) r = distribution_write(&account->distribution[m], out, err);
  }
  return r;
}

static int measures_take_day(struct account *account, struct cursor *cursor, struct ps_error *err) {
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) {
    size_t used = 0;
    bool sound = true;
    account->measured[m] = cursor_below(cursor, 2);
    if (!account->measured[m]) continue;
    const int r = distribution_read(&account->distribution[m], cursor->at,
                                    (size_t)(cursor->end - cursor->at), &used, &sound, err);
    if (r) return r;
    if (!sound || !cursor_take(cursor, used)) cursor->sound = false;
    if (!cursor->sound) break;
  }
  return PS_OK;
}

int day_record_put(const struct account *account, struct buffer *out, struct ps_error *err) {
  int r = figures_put(account->without_client, out, err);
  if (!r) r = figures_put(account->canary, out, err);
  if (!r) r = rows_put(&account->rows, out, err);
  if (!r) r = buffer_append(out, account->registers, PS_REGISTERS, err);
  if (!r) r = measures_put_day(account, out, err);
  for (unsigned rank = 0; rank < PS_RANKS_MAX && !r; rank++) r = parts_put(account, rank, out, err);
  if (!r) r = stored_put(&account->stored, out, err);
  if (!r) r = bytes_put_number(out, account->flags.n, err);
  if (!r) r = bytes_put_number(out, account->flags.more, err);
  if (!r) r = bytes_put_number(out, account->watch != NULL, err);
  /* Last and only where there are any: the record of other days is what it always was. */
  return !r && account->clients_marked ? bytes_put_number(out, account->clients_marked, err) : r;
}

int day_record_take(struct account *account, struct cursor *cursor, struct record_promise *promise,
                    struct ps_error *err) {
  struct ps_day_figures total;
  figures_take(&account->without_client, cursor);
  figures_take(&account->canary, cursor);
  int r = rows_take(&account->rows, cursor, err);
  if (r) return r;
  const uint8_t *registers = cursor_take(cursor, PS_REGISTERS);
  if (registers) memcpy(account->registers, registers, PS_REGISTERS);
  if (!registers_sound(account->registers)) cursor->sound = false;
  if ((r = measures_take_day(account, cursor, err))) return r;
  for (unsigned rank = 0; rank < PS_RANKS_MAX; rank++) parts_take(account, rank, cursor);
  stored_take(&account->stored, cursor);
  promise->flags = (size_t)cursor_below(cursor, PS_FLAGS_MAX + 1);
  account->flags.more = cursor_number(cursor);
  promise->watch = cursor_below(cursor, 2);
  account->clients_marked = cursor_ended(cursor) ? 0 : cursor_number(cursor);
  if (!cursor_ended(cursor)) cursor->sound = false;
  account_total(account, &total);
  account->pings = ps_day_figures_pings(&total);
  return PS_OK;
}

#include "owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHUNK 65536u
#define LINE  4096u

static int on_leave(void *context, struct slot *slot, const struct slot_record *record,
                    struct ps_error *err) {
  struct owner *o = context;
  assert_ptr_equal(slot, &o->slot);
  if (o->leave_status && !o->leave_after) return o->leave_status;
  if (o->leave_after) o->leave_after--;
  return buffer_append(&o->seen, record->out, record->out_len, err);
}

static int on_taken(void *context, uint64_t *bytes, struct ps_error *err) {
  const struct owner *o = context;
  (void)err;
  *bytes = o->taken;
  return o->taken_status;
}

static void on_counted(void *context, const struct tally *tally) {
  struct owner *o = context;
  tally_add(&o->tally, tally);
  assert_int_equal(batch_lines(o->core.batch), o->tally.lines);
  assert_int_equal(buffer_printf(&o->seen, NULL, "+%u", (unsigned)tally->lines), PS_OK);
}

static int on_before(void *context, struct ps_error *err) {
  struct owner *o = context;
  if (o->before_status) return o->before_status;
  int r = ps_seen_put_value(o->core.seen, "owner", "x", 1, err);
  return r ? r : buffer_append(&o->seen, "[", 1, err);
}

static int on_after(void *context, struct ps_error *err) {
  struct owner *o = context;
  return o->after_status ? o->after_status : buffer_append(&o->seen, "]", 1, err);
}

struct owner *owner_open(const struct ps_sieve_options *options) {
  struct ps_error err;
  struct owner *o = calloc(1, sizeof *o);
  assert_non_null(o);
  o->taken = UINT64_MAX;
  o->outlet = (struct outlet_ops){.context = o,
                                  .leave = on_leave,
                                  .taken = on_taken,
                                  .counted = on_counted,
                                  .before_commit = on_before,
                                  .after_commit = on_after};
  int r = core_check(&o->core, options, &err);
  if (!r) r = core_open(&o->core, options, &o->outlet, &err);
  if (r) fail_msg("%s", err.text);
  batch_set_input(o->core.batch, "input", 0);
  o->whole = true;
  assert_int_equal(slot_init(&o->slot, CHUNK, LINE, NULL), PS_OK);
  return o;
}

void owner_close(struct owner *o) {
  slot_release(&o->slot);
  assert_int_equal(core_close(&o->core, NULL), PS_OK);
  buffer_release(&o->seen);
  free(o);
}

void owner_fill(struct owner *o, const char *text) {
  size_t len = strlen(text);
  assert_true(len <= CHUNK);
  slot_clear(&o->slot);
  memcpy(o->slot.chunk.data, text, len);
  o->slot.chunk.len = len;
  slot_scan(&o->slot, &o->core.scanner, &o->scratch);
}

int owner_give(struct owner *o) {
  struct batch *b = o->core.batch;
  enum batch_pause pause;
  int r;
  do {
    r = batch_take(b, &o->slot, o->whole ? SIZE_MAX : batch_room(b), &pause, NULL);
    const bool expires = pause == BATCH_EXPIRES;
    const bool within = o->whole && o->slot.cursor.at && batch_pings(b);
    const bool ends = expires ? batch_has_marked(b) || within : !o->whole && batch_is_due(b);
    if (!r && ends) r = batch_commit(b, NULL);
    if (!r && expires) r = batch_expire(b, NULL);
  } while (!r && pause != BATCH_WHOLE);
  return r;
}

int owner_take(struct owner *o, const char *text) {
  owner_fill(o, text);
  return owner_give(o);
}

void assert_seen(struct owner *o, const char *expected) {
  assert_string_equal(o->seen.data ? (const char *)o->seen.data : "", expected);
  buffer_clear(&o->seen);
}

struct ps_sieve_options keep_options(struct world *w, uint32_t keep_days) {
  static const char *const date[] = {"day", NULL};
  struct ps_sieve_options o = world_options(w);
  o.read.paths[PS_FIELD_DATE] = date;
  o.seen.keep_given = true;
  o.seen.keep_days = keep_days;
  return o;
}

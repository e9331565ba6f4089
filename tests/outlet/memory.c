/* An outlet that is no part of the program: it keeps the records that leave in memory, and lets
 * them go when their batch is made safe, before the store commits. Linked in the place of the
 * standard one (--wrap), it makes a filter that must tell and write the same: a filter knows its
 * outlet by nothing but the operations.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "sieve/standard.h"

#include <stdlib.h>

struct memory {
  struct buffer records; /* of the open batch */
  uint64_t given, taken;
  struct sink *sink;
};

static int leave(void *context, struct slot *slot, const struct slot_record *record,
                 struct ps_error *err) {
  struct memory *m = context;
  (void)slot;
  m->given += record->out_len;
  return buffer_append(&m->records, record->out, record->out_len, err);
}

static uint64_t position(void *context) { return ((struct memory *)context)->given; }

static int taken(void *context, uint64_t *bytes, struct ps_error *err) {
  (void)err;
  *bytes = ((struct memory *)context)->taken;
  return PS_OK;
}

static int let_go(void *context, struct ps_error *err) {
  struct memory *m = context;
  int r = sink_write(m->sink, m->records.data, m->records.len, err);
  if (!r) r = sink_sync(m->sink, err);
  if (r) return r;
  m->taken = m->given;
  buffer_clear(&m->records);
  return PS_OK;
}

int __wrap_standard_open(struct standard *standard, int fd, const char *name, struct ps_error *err);
int __wrap_standard_close(struct standard *standard, struct ps_error *err);

int __wrap_standard_open(struct standard *standard, int fd, const char *name,
                         struct ps_error *err) {
  if (fd < 0) return PS_OK;
  struct memory *m = calloc(1, sizeof *m);
  if (!m) return error_memory(err, sizeof *m);
  standard->ops = (struct outlet_ops){
      .context = m, .leave = leave, .position = position, .taken = taken, .sync = let_go};
  int r = sink_open_fd(fd, name ? name : "standard output", false, &m->sink, err);
  if (!r) standard->torn = sink_torn(m->sink);
  return r;
}

int __wrap_standard_close(struct standard *standard, struct ps_error *err) {
  struct memory *m = standard->ops.context;
  if (!m) return PS_OK;
  int r = sink_close(m->sink, err);
  buffer_release(&m->records);
  free(m);
  standard->ops.context = NULL;
  return r;
}

#include "sieve/standard.h"

static int leave(void *context, struct slot *slot, const struct slot_record *record,
                 struct ps_error *err) {
  struct standard *s = context;
  (void)slot;
  return gather_put(&s->gather, record->out, record->out_len, err);
}

static int flush(void *context, struct ps_error *err) {
  struct standard *s = context;
  return gather_flush(&s->gather, err);
}

static uint64_t position(void *context) {
  const struct standard *s = context;
  return sink_bytes(s->gather.sink);
}

static int taken(void *context, uint64_t *bytes, struct ps_error *err) {
  struct standard *s = context;
  return sink_taken(s->gather.sink, bytes, err);
}

static int sync_all(void *context, struct ps_error *err) {
  struct standard *s = context;
  return sink_sync(s->gather.sink, err);
}

int standard_open(struct standard *standard, int fd, const char *name, struct ps_error *err) {
  if (fd < 0) return PS_OK;
  standard->ops = (struct outlet_ops){.context = standard,
                                      .leave = leave,
                                      .flush = flush,
                                      .position = position,
                                      .taken = taken,
                                      .sync = sync_all};
  struct sink **sink = &standard->gather.sink;
  int r = sink_open_fd(fd, name ? name : "standard output", false, sink, err);
  if (!r) standard->torn = sink_torn(*sink);
  return r;
}

void standard_while_blocked(struct standard *standard,
                            int (*blocked)(void *context, struct ps_error *err), void *context) {
  sink_while_blocked(standard->gather.sink, blocked, context);
}

void standard_stop_by(struct standard *standard, int stop_fd) {
  sink_stop_by(standard->gather.sink, stop_fd);
}

int standard_close(struct standard *standard, struct ps_error *err) {
  int r = sink_close(standard->gather.sink, err);
  standard->gather.sink = NULL;
  return r;
}

/* The transport over a source that the caller of the library brings. */
#include "base/error.h"
#include "io/transport.h"

#include <pingsieve/source.h>
#include <stdlib.h>

struct given {
  struct transport transport;
  struct ps_source source;
  int stop_fd;
  uint64_t taken;
};

/* A status that is none is an error of reading; an error without a sentence gets one. */
static int failed(const struct given *g, int status, struct ps_error *error, struct ps_error *err) {
  const bool known = status <= PS_E_MEMORY && status >= PS_E_PIPE;
  if (!known || !error->text[0])
    return error_set(err, known ? (enum ps_status)status : PS_E_INPUT, "cannot read %s",
                     g->source.name);
  error->status = (enum ps_status)status;
  error->text[sizeof error->text - 1] = '\0';
  if (err) *err = *error;
  return status;
}

static int given_read(struct transport *transport, void *data, size_t cap, enum transport_mode mode,
                      size_t *got, bool *idle, struct ps_error *err) {
  struct given *g = (struct given *)transport;
  struct ps_error error = {.status = PS_OK};
  *got = 0;
  *idle = false;
  int r = g->source.read(g->source.context, data, cap, mode == TRANSPORT_WAIT, g->stop_fd, got,
                         idle, &error);
  if (r) return failed(g, r, &error, err);
  if (*got > cap)
    return error_set(err, PS_E_ARGUMENT, "the source %s gave more bytes than it was asked for",
                     g->source.name);
  if (*got || mode == TRANSPORT_WAIT) *idle = false;
  g->taken += *got;
  return PS_OK;
}

static void given_close(struct transport *transport) {
  struct given *g = (struct given *)transport;
  if (g->source.close) g->source.close(g->source.context);
  free(g);
}

static const struct transport_ops given_ops = {given_read, given_close};

uint64_t given_position(const struct transport *transport) {
  const struct given *g = (const struct given *)transport;
  return g->source.position ? g->source.position(g->source.context) : g->taken;
}

int given_open(const struct ps_source *given, int stop_fd, struct transport **transport,
               struct ps_error *err) {
  if (given->size != sizeof *given || !given->read || !given->name)
    return error_set(err, PS_E_ARGUMENT,
                     "a source needs its size, a name and a function that reads");
  struct given *g = malloc(sizeof *g);
  if (!g) return error_memory(err, sizeof *g);
  *g = (struct given){.transport.ops = &given_ops, .source = *given, .stop_fd = stop_fd};
  *transport = &g->transport;
  return PS_OK;
}

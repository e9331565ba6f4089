#include "sieve/sequence.h"

#include "base/error.h"
#include "inputs/examples.h"
#include "io/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sequence {
  struct sequence_options options;
  struct inputs inputs; /* none: the source or descriptor */
  char *name;           /* of that */
  size_t next;          /* input to be opened */
  const struct input *input;
  struct source *source;
  struct reader *reader;
  uint64_t bytes;          /* of the inputs before this one */
  struct ps_error damage;  /* of the first that is damaged */
  struct examples damaged; /* all of them */
};

static size_t count(const struct sequence *s) { return s->inputs.n ? s->inputs.n : 1; }

/* ---- opening ---- */

static int list(struct sequence *s, const struct sequence_options *o, struct ps_error *err) {
  const struct inputs_options listing = {
      .inputs = o->inputs, .as_given = true, .stop_fd = o->list_stop_fd};
  return inputs_list(&s->inputs, &listing, err);
}

/* A descriptor or a source of the caller, which is there already: opened at once. */
static int open_alone(struct sequence *s, const struct sequence_options *o, struct ps_error *err) {
  const struct source_options source = {.name = s->name, .stop_fd = o->stop_fd};
  int r = o->source ? source_open_given(o->source, o->stop_fd, &s->source, err)
                    : source_open_fd(o->fd, &source, &s->source, err);
  return r ? r : reader_open(s->source, &o->reading, &s->reader, err);
}

int sequence_open(const struct sequence_options *options, struct sequence **sequence,
                  struct ps_error *err) {
  const struct sequence_options *o = options;
  const bool listed = o->inputs->ninputs || o->inputs->files_from;
  const char *name = o->source ? o->source->name : o->name;
  struct sequence *s = calloc(1, sizeof *s);
  if (!s) return error_memory(err, sizeof *s);
  s->options = *o;
  s->name = strdup(name ? name : "standard input");
  int r = s->name ? PS_OK : error_memory(err, 0);
  if (!r) r = listed ? list(s, o, err) : open_alone(s, o, err);
  if (r) sequence_close(s);
  else *sequence = s;
  return r;
}

static void input_close(struct sequence *s) {
  if (s->source) s->bytes += source_bytes(s->source);
  reader_close(s->reader);
  source_close(s->source);
  s->reader = NULL;
  s->source = NULL;
}

void sequence_close(struct sequence *s) {
  if (!s) return;
  input_close(s);
  inputs_release(&s->inputs);
  free(s->name);
  free(s);
}

static int input_open(struct sequence *s, const struct input *input, struct ps_error *err) {
  const bool owned = !input_is_standard(input);
  const int stop_fd = s->options.stop_fd;
  const int fd = owned ? opening(input->path, O_RDONLY, 0, stop_fd) : STDIN_FILENO;
  if (fd < 0) return error_set_os(err, PS_E_INPUT, errno, "%s cannot be opened", input->path);
  const struct source_options source = {
      .name = input_name(input), .stop_fd = stop_fd, .owned = owned};
  int r = source_open_fd(fd, &source, &s->source, err);
  if (r && owned) (void)close(fd); /* only read from */
  return r ? r : reader_open(s->source, &s->options.reading, &s->reader, err);
}

/* ---- reading ---- */

static const char *name_of(const struct sequence *s) {
  return s->input ? input_name(s->input) : s->name;
}

/* The next input, if the one before has ended. */
static int begin(struct sequence *s, struct slot *slot, struct ps_error *err) {
  if (s->reader && s->next) return PS_OK;
  s->input = s->inputs.n ? &s->inputs.entries[s->next] : NULL;
  s->next++;
  slot->input = name_of(s);
  return s->input ? input_open(s, s->input, err) : PS_OK; /* another reader is open already */
}

static void note_damage(struct sequence *s, const struct ps_error *error) {
  if (!s->damaged.n) s->damage = *error;
  examples_add(&s->damaged, name_of(s), "", NULL);
}

static void append_damaged(const struct sequence *s, const char *where, struct ps_error *err) {
  char names[EXAMPLES_TEXT], text[EXAMPLES_TEXT + 80];
  const char *inputs = s->damaged.n == 1 ? "input" : "inputs";
  (void)snprintf(text, sizeof text, "; %" PRIu64 " %s%s damaged: %s", s->damaged.n, inputs, where,
                 examples_text(&s->damaged, names));
  error_append(err, text);
}

/* Of one, its error tells all. */
static int tell_damage(const struct sequence *s, struct ps_error *err) {
  if (!s->damaged.n) return PS_OK;
  if (err) *err = s->damage;
  if (s->damaged.n > 1) append_damaged(s, " are", err);
  return PS_E_INPUT_DAMAGED;
}

/* An error that ends the sequence. */
static int tell_end(const struct sequence *s, int r, struct ps_error *err) {
  if (s->damaged.n) append_damaged(s, s->damaged.n == 1 ? " before it is" : " before it are", err);
  return r;
}

int sequence_fill(struct sequence *s, struct slot *slot, bool *more, struct ps_error *err) {
  struct ps_error error;
  slot->input = NULL;
  *more = false;
  int r = begin(s, slot, err);
  if (r) {
    slot->chunk.len = 0;
    slot->chunk.kind = CHUNK_LINES;
    return tell_end(s, r, err);
  }
  bool goes_on;
  r = reader_fill(s->reader, &slot->chunk, &goes_on, &error);
  slot->chunk.has_given_day = s->input && s->input->day_given;
  slot->chunk.given_day = s->input ? (day_t)s->input->day : 0;
  if (r == PS_E_INPUT_DAMAGED) note_damage(s, &error);
  else if (r) {
    if (err) *err = error;
    return tell_end(s, r, err);
  }
  const bool last = s->next == count(s);
  if (!goes_on && !last) input_close(s);
  *more = goes_on || !last;
  return *more ? PS_OK : tell_damage(s, err);
}

uint64_t sequence_bytes(const struct sequence *s) {
  return s->bytes + (s->source ? source_bytes(s->source) : 0);
}

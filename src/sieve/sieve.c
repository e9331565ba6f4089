/* One reader, scan workers, and the committer, which is the thread that called ps_sieve_run(). */
#include <pingsieve/sieve.h>

#include "base/error.h"
#include "crew/ring.h"
#include "sieve/core.h"
#include "sieve/sequence.h"
#include "sieve/standard.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define READ_BYTES     (512u << 10)
#define READ_BYTES_MIN 1024u
#define READER_MS      20 /* between two looks whether the reader has taken the last pings, at most */
#define SLOTS_PER_RING                                                                             \
  12u /* and two more a worker: read ahead while a commit waits for the disk                       \
       */

/* Requests of other threads to the committer. */
struct requests {
  bool rules_given, reopen;
  struct ps_rules rules;
};

struct ps_sieve {
  struct core core;
  struct standard standard;
  struct sequence *sequence;
  struct slot *filling; /* by the reader thread */
  struct ring ring;
  pthread_mutex_t requests_mutex;
  struct requests requests;
  unsigned threads;
  int stop_fd;
  bool has_ring;
};

/* ---- opening ---- */

static int may_grow(void *context, struct ps_error *err) {
  struct ps_sieve *s = context;
  return ring_grow(&s->ring, s->filling, err);
}

static size_t chunk_bytes(const struct ps_sieve_options *o) {
  const size_t normal = o->read_bytes ? o->read_bytes : READ_BYTES;
  return normal < READ_BYTES_MIN ? READ_BYTES_MIN : normal;
}

static int open_inputs(struct ps_sieve *s, const struct ps_sieve_options *o, struct ps_error *err) {
  const struct sequence_options options = {.inputs = &o->inputs,
                                           .source = o->source,
                                           .fd = o->input_fd,
                                           .name = o->input_name,
                                           .list_stop_fd = o->seen.stop_fd,
                                           .stop_fd = s->stop_fd,
                                           .reading = {.normal = chunk_bytes(o),
                                                       .max_line = s->core.reading.max_line,
                                                       .framing = s->core.reading.framing,
                                                       .may_grow = may_grow,
                                                       .context = s}};
  return sequence_open(&options, &s->sequence, err);
}

static int open_ring(struct ps_sieve *s, const struct ps_sieve_options *o, struct ps_error *err) {
  int r = ring_init(&s->ring, SLOTS_PER_RING + 2u * s->threads, 2u + 2u * (s->threads - 1),
                    chunk_bytes(o), s->core.reading.max_line, err);
  s->has_ring = !r;
  return r;
}

static void tell_ring(void *context, bool committing) { ring_set_committing(context, committing); }

static int sieve_init(struct ps_sieve *s, const struct ps_sieve_options *o, struct ps_error *err) {
  s->threads = core_threads(o->read.threads);
  s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (s->stop_fd < 0)
    return error_set_os(err, PS_E_MEMORY, errno, "no descriptor left for an eventfd");
  int r = core_check(&s->core, o, err);
  if (!r) r = standard_open(&s->standard, o->output_fd, o->output_name, err);
  if (!r) r = open_inputs(s, o, err);
  if (!r) r = core_open(&s->core, o, &s->standard.ops, err);
  if (r) return r;
  ps_seen_stop_by(s->core.seen, s->stop_fd);
  batch_tell_commits(s->core.batch, tell_ring, &s->ring);
  standard_stop_by(&s->standard, s->stop_fd);
  standard_while_blocked(&s->standard, batch_while_blocked, s->core.batch);
  return open_ring(s, o, err);
}

int ps_sieve_open(const struct ps_sieve_options *options, struct ps_sieve **sieve,
                  struct ps_error *err) {
  int r = error_of_size(options->size, sizeof *options, "sieve", err);
  if (r) return r;
  struct ps_sieve *s = calloc(1, sizeof *s);
  if (!s) return error_memory(err, sizeof *s);
  s->stop_fd = -1;
  if (pthread_mutex_init(&s->requests_mutex, NULL)) {
    free(s);
    return error_memory(err, 0);
  }
  r = sieve_init(s, options, err);
  if (r) (void)ps_sieve_close(s, NULL);
  else *sieve = s;
  return r;
}

int ps_sieve_close(struct ps_sieve *s, struct ps_error *err) {
  if (!s) return PS_OK;
  int r = standard_close(&s->standard, err);
  const int closed = core_close(&s->core, r ? NULL : err);
  if (!r) r = closed;
  if (s->has_ring) ring_release(&s->ring);
  sequence_close(s->sequence);
  if (s->stop_fd >= 0) close(s->stop_fd);
  pthread_mutex_destroy(&s->requests_mutex);
  free(s);
  return r;
}

/* ---- threads ---- */

static void wake_reader(struct ps_sieve *s) {
  uint64_t one = 1;
  ssize_t n = write(s->stop_fd, &one, sizeof one); /* fails only when it is readable already */
  (void)n;
}

static void *read_input(void *context) {
  struct ps_sieve *s = context;
  struct scan_result scratch;
  struct slot *slot;
  bool more = true;
  while (more && (slot = ring_obtain(&s->ring))) {
    s->filling = slot;
    slot->status = sequence_fill(s->sequence, slot, &more, &slot->error);
    if (slot->status) more = false;
    slot->last = !more;
    figures_set_input(&s->core.figures, sequence_bytes(s->sequence));
    if (s->threads == 1) {
      slot_scan(slot, &s->core.scanner, &scratch);
      slot->scanned = true;
    }
    ring_submit(&s->ring, slot);
  }
  ring_end(&s->ring);
  return NULL;
}

static void *scan_slots(void *context) {
  struct ps_sieve *s = context;
  struct scan_result scratch;
  struct slot *slot;
  while ((slot = ring_next_to_scan(&s->ring))) {
    slot_scan(slot, &s->core.scanner, &scratch);
    ring_scanned(&s->ring, slot);
  }
  return NULL;
}

/* Judges and writes a piece. Batches end where their limits say, and before a ping that lets days
 * expire. */
static int take_piece(struct batch *batch, struct slot *slot, struct ps_error *err) {
  enum batch_pause pause;
  int r;
  do {
    r = batch_take(batch, slot, batch_room(batch), &pause, err);
    const bool expires = pause == BATCH_EXPIRES;
    if (!r && (expires ? batch_has_marked(batch) : batch_is_due(batch)))
      r = batch_commit(batch, err);
    if (!r && expires) r = batch_expire(batch, err);
  } while (!r && pause != BATCH_WHOLE);
  return r;
}

/* Judges and writes the whole slot, piece by piece. */
static int take_slot(struct ps_sieve *s, struct slot *slot, struct scan_result *scratch,
                     struct ps_error *err) {
  if (slot->input) batch_set_input(s->core.batch, slot->input, 0);
  int r = take_piece(s->core.batch, slot, err);
  while (!r && !slot_finished(slot)) {
    buffer_clear(&slot->projected); /* the piece before was written */
    slot_scan(slot, &s->core.scanner, scratch);
    r = take_piece(s->core.batch, slot, err);
  }
  return r;
}

/* Does what other threads have asked for, between two batches. An over-long line that is being
 * passed on must stay in one piece: its end comes first. */
static int obey(struct ps_sieve *s, struct ps_error *err) {
  if (batch_is_within_line(s->core.batch)) return PS_OK;
  pthread_mutex_lock(&s->requests_mutex);
  struct requests requests = s->requests;
  s->requests = (struct requests){0};
  pthread_mutex_unlock(&s->requests_mutex);
  if (!requests.reopen && !requests.rules_given) return PS_OK;
  int r = batch_commit(s->core.batch, err);
  if (!r && requests.reopen) r = outputs_reopen(&s->core.outputs, err);
  if (!r && requests.rules_given && s->core.accounts)
    accounts_set_rules(s->core.accounts, &requests.rules);
  return r;
}

/* The input has ended. Pings that the reader has not taken yet are waited for without the turn at
 * the store, and marked at once; a stop ends that. */
static int await_reader(struct ps_sieve *s, struct ps_error *err) {
  struct pollfd stop = {.fd = s->stop_fd, .events = POLLIN};
  bool some, all = false;
  int r = PS_OK, pause = 1;
  for (; batch_carries(s->core.batch) && !r;
       pause = pause < READER_MS / 2 ? 2 * pause : READER_MS) {
    r = batch_reader(s->core.batch, &some, &all, err);
    const bool stopped = !r && !all && poll(&stop, 1, pause) > 0;
    if (!r && (all || stopped)) r = batch_settle(s->core.batch, err);
    if (!r && stopped && batch_carries(s->core.batch))
      r = error_set(err, PS_E_STOPPED, "stopped while the reader of the output took nothing");
  }
  return r;
}

/* A stop amid a write that waits for its reader: what the reader has is marked. */
static int end_by(struct ps_sieve *s, int r) {
  if (r == PS_E_STOPPED) (void)batch_stop(s->core.batch, NULL);
  return r;
}

static int commit_slots(struct ps_sieve *s, struct ps_error *err) {
  struct scan_result scratch;
  for (;;) {
    int asked = obey(s, err);
    if (asked) return asked;
    struct slot *slot = ring_take(&s->ring, batch_next_look(s->core.batch));
    int r = slot                              ? take_slot(s, slot, &scratch, err)
            : batch_has_rested(s->core.batch) ? batch_settle(s->core.batch, err)
                                              : PS_OK;
    if (!slot && !r) continue;
    if (r) return end_by(s, r);
    bool last = slot->last;
    int status = slot->status;
    if (status && err) *err = slot->error;
    ring_recycle(&s->ring, slot);
    if (!last) continue;
    bool ended = !status || status == PS_E_INPUT_DAMAGED;
    r = ended ? batch_finish(s->core.batch, err) : batch_stop(s->core.batch, err);
    if (!r && ended) r = await_reader(s, status ? NULL : err);
    return r ? r : status;
  }
}

int ps_sieve_run(struct ps_sieve *s, struct ps_error *err) {
  pthread_t threads[PS_THREADS_MAX + 1];
  unsigned workers = s->threads > 1 ? s->threads : 0, started = 0;
  int r = PS_OK;
  figures_start(&s->core.figures);
  r = outputs_await(&s->core.outputs, s->stop_fd, &s->core.figures, err);
  while (!r && started <= workers) {
    const int failed =
        pthread_create(&threads[started], NULL, started ? scan_slots : read_input, s);
    if (failed) r = error_set_os(err, PS_E_MEMORY, failed, "a thread cannot be started");
    else started++;
  }
  if (!r) r = commit_slots(s, err);
  if (r) batch_abort(s->core.batch);
  ring_close(&s->ring);
  wake_reader(s);
  while (started) pthread_join(threads[--started], NULL);
  figures_end(&s->core.figures);
  return r;
}

/* ---- from other threads ---- */

void ps_sieve_stop(struct ps_sieve *s) { wake_reader(s); }

void ps_sieve_set_rules(struct ps_sieve *s, const struct ps_rules *rules) {
  pthread_mutex_lock(&s->requests_mutex);
  s->requests.rules = *rules;
  s->requests.rules_given = true;
  pthread_mutex_unlock(&s->requests_mutex);
  ring_wake(&s->ring);
}

void ps_sieve_reopen(struct ps_sieve *s) {
  pthread_mutex_lock(&s->requests_mutex);
  s->requests.reopen = true;
  pthread_mutex_unlock(&s->requests_mutex);
  ring_wake(&s->ring);
}

int ps_sieve_figures(struct ps_sieve *s, struct ps_sieve_figures *figures, struct ps_error *err) {
  return figures_snapshot(&s->core.figures, figures, err);
}

const struct ps_seen *ps_sieve_seen(const struct ps_sieve *s) { return s->core.seen; }
const char *ps_sieve_kernel(const struct ps_sieve *s) { return s->core.reading.kernel->name; }
unsigned ps_sieve_threads(const struct ps_sieve *s) { return s->threads; }
uint64_t ps_sieve_output_torn(const struct ps_sieve *s) { return s->standard.torn; }

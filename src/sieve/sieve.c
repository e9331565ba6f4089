/* One reader, scan workers, and the committer, which is the thread that called ps_sieve_run(). */
#include <pingsieve/sieve.h>

#include "base/error.h"
#include "io/source.h"
#include "sieve/batch.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHUNK_BYTES (512u << 10)
#define IDLE_MS     10u
#define BATCH_MS    1000u
#define NS_PER_MS   1000000u
#define SLOTS_PER_RING                                                                             \
  12u /* and two more a worker: read ahead while a commit waits for the disk                       \
       */

/* What other threads asked of the committer. */
struct requests {
  bool rules_given, reopen;
  struct ps_rules rules;
};

struct ps_sieve {
  struct ps_seen *seen;
  struct ping_schema *schema;
  const struct scan_kernel *kernel;
  struct slot_scanner scanner;
  struct source *source;
  struct reader *reader;
  struct slot *filling; /* by the reader thread */
  struct outputs outputs;
  struct figures figures;
  struct ring ring;
  struct accounts *accounts;
  struct batch *batch;
  char *input_name;
  pthread_mutex_t requests_mutex;
  struct requests requests;
  unsigned threads;
  int stop_fd;
  bool has_outputs, has_figures, has_ring;
};

/* ---- opening ---- */

static unsigned threads_wanted(unsigned asked) {
  cpu_set_t cpus;
  if (asked) return asked < PS_THREADS_MAX ? asked : PS_THREADS_MAX;
  int n = sched_getaffinity(0, sizeof cpus, &cpus) ? 1 : CPU_COUNT(&cpus);
  return n <= 1 ? 1 : n <= 4 ? 2 : 4;
}

/* What the accounts count. *n 0: nothing. */
static int measures_of(const struct ps_sieve_options *o,
                       struct ps_account_measure measures[PS_MEASURES_MAX], size_t *n,
                       struct ps_error *err) {
  static const char standard[] = PS_MEASURE_DEFAULT;
  *n = 0;
  if (o->no_accounts) return PS_OK;
  if (!o->measures) {
    const char *equals = strchr(standard, '=');
    memcpy(measures[0].name, standard, (size_t)(equals - standard));
    memcpy(measures[0].path, equals + 1, strlen(equals + 1));
    *n = 1;
    return PS_OK;
  }
  if (o->nmeasures > PS_MEASURES_MAX)
    return error_set(err, PS_E_ARGUMENT, "%zu measures are asked for, at most %u are possible",
                     o->nmeasures, PS_MEASURES_MAX);
  memcpy(measures, o->measures, o->nmeasures * sizeof *measures);
  *n = o->nmeasures;
  return PS_OK;
}

/* A wrong path or kernel name must not leave a new store behind, whose settings would be fixed. */
static int options_check(struct ps_sieve *s, const struct ps_sieve_options *o,
                         struct ps_error *err) {
  struct ping_schema *schema = NULL;
  struct ps_account_measure measures[PS_MEASURES_MAX] = {0};
  const char *sums[PS_MEASURES_MAX + 1] = {NULL};
  size_t n;
  struct ping_schema_options options = {.paths = {[PING_ID] = o->id_paths,
                                                  [PING_CLIENT] = o->client_paths,
                                                  [PING_TYPE] = o->type_paths,
                                                  [PING_CHANNEL] = o->channel_paths,
                                                  [PING_DATE] = o->date_paths,
                                                  [PING_WATCHED] = o->watched_paths,
                                                  [PING_CITY] = o->city_paths},
                                        .scope = o->seen.scope,
                                        .sums = sums};
  if (o->max_line > PS_MAX_LINE_LIMIT)
    return error_set(err, PS_E_ARGUMENT, "the longest line may have at most %u bytes",
                     PS_MAX_LINE_LIMIT);
  int r = measures_of(o, measures, &n, err);
  for (size_t i = 0; !r && i < n; i++) sums[i] = measures[i].path;
  if (!r) r = scan_kernel_choose(o->simd, &s->kernel, err);
  if (!r) r = ping_schema_create(&options, &schema, err);
  ping_schema_free(schema);
  return r;
}

/* Fields that nothing will ask for are not looked for: on small pings that is a tenth of the scan.
 */
static int schema_open(struct ps_sieve *s, const struct ps_sieve_options *o,
                       const struct accounts_options *accounts, struct ps_error *err) {
  static const char *const nowhere[] = {NULL};
  const char *sums[PS_MEASURES_MAX + 1] = {NULL};
  bool counted = !o->no_accounts, labelled = counted || o->labels;
  bool watched = counted && accounts->rules.shared_profile;
  bool cities = watched && accounts->rules.shared_profile_cities;
  struct ping_schema_options options = {
      .paths = {[PING_ID] = o->id_paths,
                [PING_CLIENT] = counted ? o->client_paths : nowhere,
                [PING_TYPE] = labelled ? o->type_paths : nowhere,
                [PING_CHANNEL] = labelled ? o->channel_paths : nowhere,
                [PING_DATE] = o->date_paths,
                [PING_WATCHED] = watched ? o->watched_paths : nowhere,
                [PING_CITY] = cities ? o->city_paths : nowhere},
      .scope = ps_seen_scope(s->seen),
      .sums = sums};
  for (size_t i = 0; i < accounts->nmeasures; i++) sums[i] = accounts->measures[i].path;
  int r = ping_schema_create(&options, &s->schema, err);
  if (!r)
    s->scanner = (struct slot_scanner){
        .schema = s->schema, .scan = s->kernel->scan, .secret = ps_seen_secret(s->seen)};
  return r;
}

static int batch_open(struct ps_sieve *s, const struct ps_sieve_options *o, struct ps_error *err) {
  struct batch *b = s->batch = calloc(1, sizeof *b);
  if (!b) return error_memory(err, sizeof *b);
  b->seen = s->seen;
  b->outputs = &s->outputs;
  b->figures = &s->figures;
  b->ring = &s->ring;
  b->input_name = s->input_name;
  b->flagged = o->flagged;
  b->keep_days = ps_seen_keep_days(s->seen);
  b->limits = (struct batch_limits){
      .pings = o->batch_pings ? o->batch_pings : PS_BATCH_PINGS,
      .bytes = o->batch_bytes ? o->batch_bytes : PS_BATCH_BYTES,
      .idle_ns = (uint64_t)(o->idle_ms ? o->idle_ms : IDLE_MS) * NS_PER_MS,
      .age_ns = (uint64_t)(o->batch_ms ? o->batch_ms : BATCH_MS) * NS_PER_MS,
  };
  return PS_OK;
}

static int counting_open(struct ps_sieve *s, const struct ps_sieve_options *o,
                         struct ps_error *err) {
  struct accounts_options options = {.client_slots = o->client_slots};
  if (o->rules) options.rules = *o->rules;
  else ps_rules_default(&options.rules);
  int r = measures_of(o, options.measures, &options.nmeasures, err);
  if (!r) r = schema_open(s, o, &options, err);
  if (!r) r = batch_open(s, o, err);
  if (r || o->no_accounts) return r;
  r = accounts_open(s->seen, &options, &s->accounts, err);
  s->batch->accounts = s->accounts;
  return r;
}

static int may_grow(void *context, struct ps_error *err) {
  struct ps_sieve *s = context;
  return ring_grow(&s->ring, s->filling, err);
}

static int input_open(struct ps_sieve *s, const struct ps_sieve_options *o, struct ps_error *err) {
  size_t max_line = o->max_line ? o->max_line : PS_MAX_LINE;
  struct source_options options = {.name = s->input_name, .stop_fd = s->stop_fd};
  struct reader_options reading = {
      .normal = CHUNK_BYTES, .max_line = max_line, .may_grow = may_grow, .context = s};
  int r = source_open_fd(o->input_fd, &options, &s->source, err);
  if (!r) r = reader_open(s->source, &reading, &s->reader, err);
  if (!r)
    r = ring_init(&s->ring, SLOTS_PER_RING + 2u * s->threads, 2u + 2u * (s->threads - 1),
                  CHUNK_BYTES, max_line, err);
  s->has_ring = !r;
  return r;
}

static int sieve_init(struct ps_sieve *s, const struct ps_sieve_options *o, struct ps_error *err) {
  s->threads = threads_wanted(o->threads);
  s->input_name = strdup(o->input_name ? o->input_name : "standard input");
  if (!s->input_name) return error_memory(err, 0);
  s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (s->stop_fd < 0) return error_set(err, PS_E_MEMORY, "no descriptor left for an eventfd");
  int r = options_check(s, o, err);
  if (!r) r = ps_seen_open(o->store, &o->seen, &s->seen, err);
  if (!r) r = counting_open(s, o, err);
  if (!r) r = figures_init(&s->figures, o->labels, err);
  s->has_figures = !r;
  if (!r) r = input_open(s, o, err);
  if (r) return r;
  s->has_outputs = true;
  return outputs_init(&s->outputs, o, err);
}

int ps_sieve_open(const struct ps_sieve_options *options, struct ps_sieve **sieve,
                  struct ps_error *err) {
  struct ps_sieve *s = calloc(1, sizeof *s);
  if (!s) return error_memory(err, sizeof *s);
  s->stop_fd = -1;
  if (pthread_mutex_init(&s->requests_mutex, NULL)) {
    free(s);
    return error_memory(err, 0);
  }
  int r = sieve_init(s, options, err);
  if (r) (void)ps_sieve_close(s, NULL);
  else *sieve = s;
  return r;
}

int ps_sieve_close(struct ps_sieve *s, struct ps_error *err) {
  int r = PS_OK;
  if (!s) return PS_OK;
  if (s->has_outputs) r = outputs_release(&s->outputs, err);
  if (s->has_ring) ring_release(&s->ring);
  reader_close(s->reader);
  source_close(s->source);
  if (s->has_figures) figures_release(&s->figures);
  free(s->batch);
  accounts_close(s->accounts);
  ping_schema_free(s->schema);
  ps_seen_close(s->seen);
  if (s->stop_fd >= 0) close(s->stop_fd);
  pthread_mutex_destroy(&s->requests_mutex);
  free(s->input_name);
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
    slot->status = reader_fill(s->reader, &slot->chunk, &more, &slot->error);
    if (slot->status) more = false;
    slot->last = !more;
    figures_set_input(&s->figures, source_bytes(s->source));
    if (s->threads == 1) {
      slot_scan(slot, &s->scanner, &scratch);
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
    slot_scan(slot, &s->scanner, &scratch);
    ring_scanned(&s->ring, slot);
  }
  return NULL;
}

/* Judges and writes the whole slot, piece by piece. */
static int take_slot(struct ps_sieve *s, struct slot *slot, struct scan_result *scratch,
                     struct ps_error *err) {
  int r = batch_take(s->batch, slot, err);
  while (!r && !slot_finished(slot)) {
    slot_scan(slot, &s->scanner, scratch);
    r = batch_take(s->batch, slot, err);
  }
  return r;
}

/* Does what other threads have asked for, between two batches. An over-long line that is being
 * passed on must stay in one piece: its end comes first. */
static int obey(struct ps_sieve *s, struct ps_error *err) {
  if (s->batch->overlong.line) return PS_OK;
  pthread_mutex_lock(&s->requests_mutex);
  struct requests requests = s->requests;
  s->requests = (struct requests){0};
  pthread_mutex_unlock(&s->requests_mutex);
  if (!requests.reopen && !requests.rules_given) return PS_OK;
  int r = batch_commit(s->batch, err);
  if (!r && requests.reopen) r = outputs_reopen(&s->outputs, err);
  if (!r && requests.rules_given && s->accounts) accounts_set_rules(s->accounts, &requests.rules);
  return r;
}

static int commit_slots(struct ps_sieve *s, struct ps_error *err) {
  struct scan_result scratch;
  for (;;) {
    int asked = obey(s, err);
    if (asked) return asked;
    struct slot *slot = ring_take(&s->ring, batch_deadline(s->batch));
    int r = slot ? take_slot(s, slot, &scratch, err) : batch_commit(s->batch, err);
    if (!slot && !r) continue;
    if (r) return r;
    bool last = slot->last;
    int status = slot->status;
    if (status && err) *err = slot->error;
    ring_recycle(&s->ring, slot);
    if (!last) continue;
    r = batch_finish(s->batch, err);
    return r ? r : status;
  }
}

int ps_sieve_run(struct ps_sieve *s, struct ps_error *err) {
  pthread_t threads[PS_THREADS_MAX + 1];
  unsigned workers = s->threads > 1 ? s->threads : 0, started = 0;
  int r = PS_OK;
  figures_start(&s->figures);
  for (; started <= workers; started++)
    if (pthread_create(&threads[started], NULL, started ? scan_slots : read_input, s)) {
      r = error_set(err, PS_E_MEMORY,
                    "a thread could not be started: is there a limit (ulimit -u)?");
      break;
    }
  if (!r) r = commit_slots(s, err);
  if (r) batch_abort(s->batch);
  ring_close(&s->ring);
  wake_reader(s);
  while (started) pthread_join(threads[--started], NULL);
  figures_end(&s->figures);
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
  return figures_snapshot(&s->figures, figures, err);
}

const struct ps_seen *ps_sieve_seen(const struct ps_sieve *s) { return s->seen; }
const char *ps_sieve_kernel(const struct ps_sieve *s) { return s->kernel->name; }
unsigned ps_sieve_threads(const struct ps_sieve *s) { return s->threads; }

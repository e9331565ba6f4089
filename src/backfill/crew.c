#include "backfill/crew.h"

#include "base/cpus.h"
#include "base/error.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCKS          16u /* and more for each worker */
#define BLOCKS_A_WORKER 8u
#define BLOCKS_LEAST    4u
#define THREADS_BEST    16u /* more were never faster: one thread takes what they make */
#define NS_PER_S        1000000000u
/* With a scan of its own: blocks that wait without their chunk, and bytes made of their lines. */
#define EMPTIED       2048u
#define EMPTIED_BYTES (16u << 20)

struct worker {
  struct crew *crew;
  struct press press;
  struct scan_result scratch;
  pthread_t thread;
};

struct crew {
  struct crew_options options;
  struct feed_options feeding;
  pthread_mutex_t mutex;            /* for all below */
  pthread_cond_t work, ready, grow; /* the workers', the committer's, the large block's */
  size_t next_entry, next_resume;
  struct lane *head, *tail; /* those whose last block was not judged */
  struct block *free;
  size_t nfree, reserve;
  struct block *judged, *judged_last; /* to be compressed ... */
  size_t njudged;                     /* ... and how many */
  size_t unwritten;                   /* judged blocks that are not written */
  struct block *large;
  struct block *emptied;      /* without a chunk, for those that are read ahead to give theirs to */
  uint64_t made;              /* bytes that emptied blocks hold */
  unsigned nworkers, waiting; /* workers that can do nothing now, whatever there is to be done */
  bool closing, stopped;
  struct ps_error failed;
  size_t nblocks;
  struct block *blocks;
  unsigned started;
  struct worker workers[]; /* the committer's own, and the workers' */
};

/* ---- lists; everything here is under the lock ---- */

static void signal_all(struct crew *c) {
  pthread_cond_broadcast(&c->work);
  pthread_cond_broadcast(&c->grow);
  pthread_cond_signal(&c->ready);
}

static void fail(struct crew *c, const struct ps_error *error) {
  if (!c->failed.status) c->failed = *error;
  c->closing = true;
  signal_all(c);
}

/* A chunk that its own scan is done with goes to another block, to be filled again, as long as what
 * was made of such chunks is not much. */
static void empty(struct crew *c, struct block *block) {
  struct block *heir = c->emptied;
  if (!heir || block == c->large || c->made >= EMPTIED_BYTES) return;
  c->emptied = heir->next;
  heir->slot = block->slot;
  block->slot.pings = NULL; /* the heir's */
  block->slot.projected = (struct buffer)BUFFER_INIT;
  block->slot.chunk.data = NULL;
  c->made += block->packed.len;
  heir->next = c->free;
  c->free = heir;
  c->nfree++;
  pthread_cond_signal(&c->work);
}

static void recycle_emptied(struct crew *c, struct block *block) {
  c->made -= block->packed.len;
  buffer_release(&block->packed);
  block->lane = NULL;
  block->next = c->emptied;
  c->emptied = block;
  pthread_cond_signal(&c->work);
}

static void recycle(struct crew *c, struct block *block) {
  if (!block->slot.chunk.data) {
    recycle_emptied(c, block);
    return;
  }
  if (block == c->large) {
    chunk_trim(&block->slot.chunk, c->options.chunk_bytes);
    block->slot.big = false;
    c->large = NULL;
    pthread_cond_broadcast(&c->grow);
  }
  block->lane = NULL;
  block->next = c->free;
  c->free = block;
  c->nfree++;
  pthread_cond_signal(&c->work);
}

static struct block *obtain(struct crew *c, struct lane *lane) {
  struct block *block = c->free;
  c->free = block->next;
  c->nfree--;
  slot_clear(&block->slot);
  block->next = block->next_written = NULL;
  block->lane = lane;
  block->end = BLOCK_MORE;
  block->lines_before = 0;
  block->nranges = 0;
  block->ready = block->scanning = false;
  buffer_clear(&block->packed);
  return block;
}

static void wait_begin(struct crew *c) {
  if (++c->waiting >= c->nworkers) pthread_cond_signal(&c->ready);
}
static void wait_end(struct crew *c) { c->waiting--; }

/* ---- choosing ---- */

/* The earliest block that can be compressed, or written straight away. */
static struct block *choose_judged(struct crew *c) {
  struct block **link = &c->judged, *before = NULL, *block;
  for (; (block = *link); before = block, link = &block->next) {
    const struct outlet *outlet = &block->lane->outlet;
    bool in_turn = outlet->first == block && !outlet->writing;
    if (block == c->large && !in_turn) continue;
    *link = block->next;
    if (c->judged_last == block) c->judged_last = before;
    c->njudged--;
    return block;
  }
  return NULL;
}

static struct lane *lane_begin(struct crew *c) {
  const struct crew_options *o = &c->options;
  struct lane *lane = calloc(1, sizeof *lane);
  if (!lane) {
    struct ps_error error;
    (void)error_memory(&error, sizeof *lane);
    fail(c, &error);
    return NULL;
  }
  lane->crew = c;
  lane->entry = c->next_entry++;
  lane->feed.input = o->input(o->input_context, lane->entry);
  lane->feed.fd = -1;
  lane->first_day = lane->last_day = INPUT_NO_DAY;
  lane->outlet.tree = o->tree;
  lane->outlet.name = lane->feed.input->name;
  if (c->next_resume < o->nresumes && o->resumes[c->next_resume].entry == lane->entry)
    lane->resume = &o->resumes[c->next_resume++];
  if (c->head) c->tail->next = lane;
  else c->head = lane;
  c->tail = lane;
  return lane;
}

static bool entry_is_left(struct crew *c) {
  const struct crew_options *o = &c->options;
  for (; c->next_entry < o->nentries; c->next_entry++)
    if (o->input(o->input_context, c->next_entry)) return true;
  return false;
}

/* The head, if it wants a block and can have one. */
static struct lane *choose_head(const struct crew *c) {
  const struct lane *head = c->head;
  return head && c->nfree && !head->reading && !head->ended ? c->head : NULL;
}

/* The head's earliest block that nobody scans yet. */
static struct block *choose_unscanned(const struct crew *c) {
  struct block *block = c->head ? c->head->first : NULL;
  while (block && block->scanning) block = block->next;
  return block;
}

/* The earliest input after it that wants a block and may have one. */
static struct lane *choose_ahead(struct crew *c) {
  unsigned ahead = 0; /* workers that read other inputs than the head */
  if (!c->nfree) return NULL;
  for (struct lane *l = c->head; l; l = l->next) ahead += l != c->head && l->reading;
  bool may = c->nfree > c->reserve && ahead + 1 < c->nworkers;
  if (c->head && !may) return NULL;
  for (struct lane *l = c->head; l; l = l->next)
    if (!l->reading && !l->ended && !l->feed.piped) return l;
  return entry_is_left(c) ? lane_begin(c) : NULL;
}

/* ---- reading ---- */

/* Called by the reader of a lane before its block grows. */
static int may_grow(void *context, struct ps_error *err) {
  struct lane *lane = context;
  struct crew *c = lane->crew;
  pthread_mutex_lock(&c->mutex);
  wait_begin(c);
  while (!c->closing && (lane != c->head || (c->large && c->large != lane->filling)))
    pthread_cond_wait(&c->grow, &c->mutex);
  wait_end(c);
  bool closing = c->closing;
  if (!closing) {
    c->large = lane->filling;
    lane->filling->slot.big = true;
  }
  pthread_mutex_unlock(&c->mutex);
  return closing ? error_set(err, PS_E_STOPPED, "stopped while a long line was read") : PS_OK;
}

static void append_read(struct lane *lane, struct block *block) {
  if (lane->first) lane->last->next = block;
  else lane->first = block;
  lane->last = block;
}

/* Without the lock, but for a moment: what is waited for differs. */
static void fill(struct crew *c, struct lane *lane, struct block *block) {
  bool piped = lane->feed.piped;
  if (piped) {
    pthread_mutex_lock(&c->mutex);
    wait_begin(c);
    pthread_mutex_unlock(&c->mutex);
  }
  feed_fill(&lane->feed, &c->feeding, lane, block);
  if (piped) {
    pthread_mutex_lock(&c->mutex);
    wait_end(c);
    pthread_mutex_unlock(&c->mutex);
  }
}

static void look(struct lane *lane) {
  const struct resume *resume = lane->resume;
  const struct checkpoint *record = resume ? resume->record : NULL;
  feed_look(&lane->feed, lane->feed.input, record, resume && resume->compare);
  if (record) outlet_resume(&lane->outlet, record->out_length, record->out_plain, record->out_crc);
}

/* With the lock held, before and after. */
static void scan_block(struct crew *c, struct worker *worker, struct block *block) {
  const struct lane *lane = block->lane;
  block->scanning = true;
  pthread_mutex_unlock(&c->mutex);
  if (!c->options.scan) slot_scan(&block->slot, c->options.scanner, &worker->scratch);
  else
    c->options.scan(c->options.scan_context, (unsigned)(worker - c->workers), block,
                    &worker->scratch);
  pthread_mutex_lock(&c->mutex);
  block->slot.scanned = true;
  if (c->options.scan) empty(c, block);
  if (lane == c->head && lane->first == block) pthread_cond_signal(&c->ready);
}

/* Reads the next block of a lane, and scans it. The head's are left to the others, so that its
 * reader can go on at once: only inflating an input cannot be divided. With the lock held, before
 * and after. */
static void read_block(struct crew *c, struct worker *worker, struct lane *lane) {
  struct block *block = lane->filling = obtain(c, lane);
  bool looked = lane->looked;
  lane->reading = lane->looked = true;
  if (!looked) {
    pthread_mutex_unlock(&c->mutex);
    look(lane);
    pthread_mutex_lock(&c->mutex);
    if (lane->feed.piped && lane != c->head) { /* not before it is */
      lane->reading = false;
      recycle(c, block);
      return;
    }
  }
  pthread_mutex_unlock(&c->mutex);
  fill(c, lane, block);
  pthread_mutex_lock(&c->mutex);
  /* Known since the first block, and read by others since that was judged. */
  if (lane->outlet.gzip != lane->feed.gzip) lane->outlet.gzip = lane->feed.gzip;
  lane->reading = false;
  lane->ended = block->end != BLOCK_MORE;
  append_read(lane, block);
  block->slot.chunk.has_given_day = lane->feed.input->day_given;
  block->slot.chunk.given_day = (day_t)lane->feed.input->day;
  pthread_cond_signal(&c->work);
  if (lane != c->head || !c->nworkers) scan_block(c, worker, block);
}

/* ---- writing ---- */

/* Writes the blocks of an outlet whose turn it is, unless another thread is doing so. */
static void write_ready(struct crew *c, struct worker *worker, struct outlet *outlet) {
  struct block *block;
  struct ps_error error;
  if (outlet->writing) return;
  outlet->writing = true;
  while ((block = outlet->first) && block->ready && !c->failed.status) {
    pthread_mutex_unlock(&c->mutex);
    int r = outlet_write(outlet, &worker->press, block, &error);
    if (!r && block->slot.last) r = outlet_finish(outlet, &error);
    pthread_mutex_lock(&c->mutex);
    if (r) {
      fail(c, &error);
      break;
    }
    outlet->first = block->next_written;
    recycle(c, block);
    if (!--c->unwritten) pthread_cond_signal(&c->ready);
  }
  outlet->writing = false;
  if (outlet->first == c->large) pthread_cond_signal(&c->work);
}

/* Compresses a judged block, and writes what is in its turn. */
static void press(struct crew *c, struct worker *worker, struct block *block) {
  struct outlet *outlet = &block->lane->outlet;
  if (outlet->gzip && block->nranges && block != c->large) {
    struct ps_error error;
    pthread_mutex_unlock(&c->mutex);
    int r = press_block(&worker->press, block, &error);
    pthread_mutex_lock(&c->mutex);
    if (r) {
      fail(c, &error);
      return;
    }
  }
  block->ready = true;
  write_ready(c, worker, outlet);
}

/* ---- the threads ---- */

/* Does one thing, if there is one to do, the most urgent. */
static bool work_once(struct crew *c, struct worker *worker, bool reads) {
  bool many = !reads || !c->nfree || c->njudged >= c->reserve / 2;
  struct block *judged = many ? choose_judged(c) : NULL, *unscanned = NULL;
  struct lane *lane = !judged && reads ? choose_head(c) : NULL;
  if (!judged && !lane) unscanned = choose_unscanned(c);
  if (!judged && !lane && !unscanned) {
    judged = choose_judged(c);
    lane = !judged && reads ? choose_ahead(c) : NULL;
  }
  if (judged) press(c, worker, judged);
  else if (lane) read_block(c, worker, lane);
  else if (unscanned) scan_block(c, worker, unscanned);
  return judged || lane || unscanned;
}

static void *work(void *context) {
  struct worker *worker = context;
  struct crew *c = worker->crew;
  pthread_mutex_lock(&c->mutex);
  while (!c->closing)
    if (!work_once(c, worker, true) && !c->closing) pthread_cond_wait(&c->work, &c->mutex);
  pthread_mutex_unlock(&c->mutex);
  return NULL;
}

/* The committer has to wait: it does what no worker can do now. False: there was nothing to do; a
 * worker wakes the waiting thread then. True also when it tried and failed, since no worker would
 * wake it. */
static bool help(struct crew *c) {
  if (c->waiting < c->nworkers) return false;
  return work_once(c, &c->workers[0], !c->nworkers) || c->failed.status != PS_OK;
}

/* ---- the committer's side ---- */

static bool wait_ready(struct crew *c, uint64_t deadline_ns) {
  if (!deadline_ns) return !pthread_cond_wait(&c->ready, &c->mutex);
  struct timespec until = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                           .tv_nsec = (long)(deadline_ns % NS_PER_S)};
  return pthread_cond_timedwait(&c->ready, &c->mutex, &until) != ETIMEDOUT;
}

enum crew_event crew_take(struct crew *c, uint64_t deadline_ns, struct block **block,
                          struct ps_error *err) {
  enum crew_event event = CREW_BLOCK;
  *block = NULL;
  pthread_mutex_lock(&c->mutex);
  for (;;) {
    struct block *first = c->head ? c->head->first : NULL;
    if (c->failed.status) event = CREW_FAILED;
    else if (c->stopped) event = CREW_STOPPED;
    else if (first && first->slot.scanned) *block = first;
    else if (!c->head && !entry_is_left(c)) event = CREW_DONE;
    else if (help(c) || wait_ready(c, deadline_ns)) continue;
    else event = CREW_LATE;
    break;
  }
  if (*block) {
    c->head->first = (*block)->next;
    (*block)->next = NULL;
  }
  if (event == CREW_FAILED && err) *err = c->failed;
  pthread_mutex_unlock(&c->mutex);
  return event;
}

static bool is_written(const struct crew *c, const struct block *block) {
  return c->options.tree && block->end <= BLOCK_UNSTEADY && (block->nranges || block->slot.last);
}

void crew_pass(struct crew *c, struct block *block) {
  struct lane *lane = block->lane;
  struct outlet *outlet = &lane->outlet;
  bool last = block->slot.last;
  pthread_mutex_lock(&c->mutex);
  if (is_written(c, block)) {
    c->unwritten++;
    if (c->judged) c->judged_last->next = block;
    else c->judged = block;
    c->judged_last = block;
    c->njudged++;
    if (outlet->first) outlet->last->next_written = block;
    else outlet->first = block;
    outlet->last = block;
    pthread_cond_signal(&c->work);
  } else recycle(c, block);
  if (last) {
    c->head = lane->next;
    lane->next = NULL;
    pthread_cond_broadcast(&c->work);
    pthread_cond_broadcast(&c->grow);
  }
  pthread_mutex_unlock(&c->mutex);
}

int crew_drain(struct crew *c, struct ps_error *err) {
  pthread_mutex_lock(&c->mutex);
  while (c->unwritten && !c->failed.status)
    if (!help(c)) (void)wait_ready(c, 0);
  int r = c->failed.status;
  if (r && err) *err = c->failed;
  pthread_mutex_unlock(&c->mutex);
  return r;
}

int crew_flush(struct crew *c, struct block *block, struct ps_error *err) {
  if (!c->options.tree || !block->nranges) return PS_OK;
  return outlet_write(&block->lane->outlet, &c->workers[0].press, block, err);
}

void crew_stop(struct crew *c) {
  pthread_mutex_lock(&c->mutex);
  c->stopped = true;
  pthread_cond_signal(&c->ready);
  pthread_mutex_unlock(&c->mutex);
}

/* ---- the beginning and the end ---- */

unsigned crew_threads(unsigned asked) {
  if (asked) return asked < PS_THREADS_MAX ? asked : PS_THREADS_MAX;
  const unsigned n = cpus_count();
  return n < THREADS_BEST ? n : THREADS_BEST;
}

static int locks_init(struct crew *c, struct ps_error *err) {
  pthread_condattr_t attr;
  if (pthread_condattr_init(&attr)) return error_memory(err, 0);
  int r = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  if (!r) r = pthread_mutex_init(&c->mutex, NULL);
  if (!r) r = pthread_cond_init(&c->work, &attr);
  if (!r) r = pthread_cond_init(&c->ready, &attr);
  if (!r) r = pthread_cond_init(&c->grow, &attr);
  pthread_condattr_destroy(&attr);
  return r ? error_memory(err, 0) : PS_OK;
}

/* Where address space is scarce (`ulimit -v`), fewer blocks do, and room is left for what comes
 * after them. Returns how many there are. */
static size_t blocks_give_back(struct crew *c) {
  for (size_t left = c->nblocks / 2; c->nblocks > left;) {
    slot_release(&c->free->slot);
    c->free = c->free->next;
    c->nfree--;
    c->nblocks--;
  }
  return c->nblocks;
}

static int blocks_init(struct crew *c, size_t n, size_t emptied, struct ps_error *err) {
  c->blocks = calloc(n + emptied, sizeof *c->blocks);
  if (!c->blocks) return error_memory(err, (n + emptied) * sizeof *c->blocks);
  for (; c->nblocks < n; c->nblocks++) {
    struct block *block = &c->blocks[c->nblocks];
    int r = slot_init(&block->slot, c->options.chunk_bytes, c->options.max_line, err);
    if (r == PS_E_MEMORY && c->nblocks >= BLOCKS_LEAST) {
      n = blocks_give_back(c);
      break;
    }
    if (r) return r;
    block->next = c->free;
    c->free = block;
    c->nfree++;
  }
  for (; c->nblocks < n + emptied; c->nblocks++) {
    c->blocks[c->nblocks].next = c->emptied;
    c->emptied = &c->blocks[c->nblocks];
  }
  return PS_OK;
}

static int crew_start(struct crew *c, struct ps_error *err) {
  const size_t blocks = BLOCKS + (size_t)c->nworkers * BLOCKS_A_WORKER;
  int r =
      blocks_init(c, c->nworkers ? blocks : 1, c->nworkers && c->options.scan ? EMPTIED : 0, err);
  c->reserve = (c->nworkers ? c->nfree : blocks) /
               2; /* enough that neither reading nor compressing waits for the other */
  for (unsigned i = 0; !r && i <= c->nworkers && c->options.tree; i++)
    r = press_open(&c->workers[i].press, c->options.level, err);
  while (!r && c->started < c->nworkers) {
    struct worker *worker = &c->workers[c->started + 1];
    const int failed = pthread_create(&worker->thread, NULL, work, worker);
    if (failed) r = error_set_os(err, PS_E_MEMORY, failed, "a thread cannot be started");
    else c->started++;
  }
  return r;
}

/* Where one thread waits for a pipe, another gives up the turn on the store. */
static unsigned count_workers(const struct crew_options *options) {
  if (options->threads > 1) return options->threads;
  for (size_t i = 0; i < options->nentries; i++) {
    const struct input *input = options->input(options->input_context, i);
    if (input && input->piped) return 1;
  }
  return 0;
}

int crew_open(const struct crew_options *options, struct crew **crew, struct ps_error *err) {
  unsigned workers = count_workers(options);
  size_t bytes = sizeof(struct crew) + (workers + 1) * sizeof(struct worker);
  struct crew *c = calloc(1, bytes);
  if (!c) return error_memory(err, bytes);
  c->options = *options;
  c->nworkers = workers;
  c->feeding = (struct feed_options){.chunk_bytes = options->chunk_bytes,
                                     .max_line = options->max_line,
                                     .digest = options->tree != NULL,
                                     .prefix = !options->scan,
                                     .stop_fd = options->stop_fd,
                                     .may_grow = may_grow};
  for (unsigned i = 0; i <= workers; i++) c->workers[i].crew = c;
  int r = locks_init(c, err);
  if (r) {
    free(c);
    return r;
  }
  r = crew_start(c, err);
  if (r) crew_close(c);
  else *crew = c;
  return r;
}

void lane_free(struct lane *lane) {
  outlet_release(&lane->outlet);
  feed_release(&lane->feed);
  free(lane->problem);
  free(lane);
}

static void blocks_release(struct crew *c) {
  for (size_t i = 0; i < c->nblocks; i++) {
    slot_release(&c->blocks[i].slot);
    buffer_release(&c->blocks[i].packed);
    free(c->blocks[i].ranges);
  }
  free(c->blocks);
}

void crew_close(struct crew *c) {
  if (!c) return;
  pthread_mutex_lock(&c->mutex);
  c->closing = true;
  signal_all(c);
  pthread_mutex_unlock(&c->mutex);
  for (unsigned i = 1; i <= c->started; i++) pthread_join(c->workers[i].thread, NULL);
  for (struct lane *lane = c->head, *next; lane; lane = next) {
    next = lane->next;
    lane_free(lane);
  }
  blocks_release(c);
  for (unsigned i = 0; i <= c->nworkers; i++) press_close(&c->workers[i].press);
  pthread_cond_destroy(&c->work);
  pthread_cond_destroy(&c->ready);
  pthread_cond_destroy(&c->grow);
  pthread_mutex_destroy(&c->mutex);
  free(c);
}

#include "crew/feed.h"

#include "base/error.h"
#include "base/retry.h"
#include "io/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void feed_look(struct feed *feed, const struct input *input) {
  char path[INPUT_PATH];
  struct stat st;
  *feed = (struct feed){.input = input, .fd = -1};
  feed->piped = input_is_standard(input);
  if (!feed->piped && RETRY(stat(input->path, &st))) {
    (void)error_set_os(&feed->unseen, PS_E_INPUT, errno, "cannot read %s", input->path);
    if (!error_is_passing(&feed->unseen)) error_clear(&feed->unseen); /* told when it is opened */
  } else if (!feed->piped) feed->piped = !S_ISREG(st.st_mode);
  if (!input_absolute(input, path, NULL)) feed->absolute = strdup(path);
}

static int look_again(struct feed *feed, struct ps_error *err) {
  char path[INPUT_PATH];
  int r = input_absolute(feed->input, path, err);
  if (!r && !(feed->absolute = strdup(path))) r = error_memory(err, strlen(path));
  return r;
}

/* ---- opening ---- */

static int identify(struct feed *feed, struct ps_error *err) {
  if (!RETRY(fstat(feed->fd, &feed->opened))) return PS_OK;
  return error_set_os(err, PS_E_INPUT, errno, "cannot read %s", input_name(feed->input));
}

bool feed_is_open(const struct feed *feed) { return feed->source; }

int feed_open(struct feed *feed, const struct feed_options *o, void *lane, struct ps_error *err) {
  const char *name = input_name(feed->input);
  bool owned = !input_is_standard(feed->input);
  if (feed->unseen.status) {
    if (err) *err = feed->unseen;
    return feed->unseen.status;
  }
  feed->fd = owned ? opening(feed->input->path, O_RDONLY, 0, o->stop_fd) : STDIN_FILENO;
  if (feed->fd < 0) return error_set_os(err, PS_E_INPUT, errno, "cannot open %s", name);
  struct source_options source = {
      .name = name, .stop_fd = feed->piped ? o->stop_fd : -1, .owned = owned, .digest = o->digest};
  struct reader_options reader = {.normal = o->chunk_bytes,
                                  .max_line = o->max_line,
                                  .framing = o->framing,
                                  .full = true,
                                  .may_grow = o->may_grow,
                                  .context = lane};
  int r = feed->absolute ? PS_OK : look_again(feed, err);
  if (!r) r = identify(feed, err);
  if (!r) r = source_open_fd(feed->fd, &source, &feed->source, err);
  if (!r) r = reader_open(feed->source, &reader, &feed->reader, err);
  return r;
}

static void feed_close(struct feed *feed) {
  reader_close(feed->reader);
  if (!feed->source && feed->fd > STDIN_FILENO) (void)close(feed->fd); /* only read from */
  source_close(feed->source);
  feed->reader = NULL;
  feed->source = NULL;
  feed->fd = -1;
}

void feed_release(struct feed *feed) {
  feed_close(feed);
  free(feed->absolute);
  feed->absolute = NULL;
}

/* ---- the end ---- */

static bool is_unsteady(const struct feed *feed, const struct stat *now) {
  const struct stat *then = &feed->opened;
  return now->st_size != then->st_size || now->st_mtim.tv_sec != then->st_mtim.tv_sec ||
         now->st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

/* A last block without anything in it. */
static void nothing(struct block *block, enum block_end end, int status) {
  block->slot.chunk.len = block->slot.end = 0;
  block->slot.chunk.kind = CHUNK_LINES;
  block->slot.status = status;
  block->end = end;
}

/* For who cannot go on: the block is not used, not even the lines that were read. Memory that is
 * missing is an error of the system about this input, as descriptors are. */
static void failed(struct feed *feed, struct block *block, const struct ps_error *error) {
  block->slot.error = *error;
  if (error->status == PS_E_MEMORY)
    (void)error_set_os(&block->slot.error, PS_E_INPUT, ENOMEM, "cannot read %s",
                       input_name(feed->input));
  block->damage = UINT64_MAX;
  if (feed->source && block->slot.status) block->damage = source_bytes(feed->source);
  nothing(block, BLOCK_FAILED, block->slot.error.status);
}

/* The input has ended, or what can be read of a damaged one has. */
static void end(struct feed *feed, const struct feed_options *o, struct block *block) {
  struct slot *slot = &block->slot;
  struct ps_error error;
  struct stat st;
  int r = o->digest ? source_digest(feed->source, feed->digest, &error) : PS_OK;
  if (!r && !feed->piped && RETRY(fstat(feed->fd, &st)))
    r = error_set_os(&error, PS_E_INPUT, error_passes(errno) ? errno : EIO, "cannot read %s",
                     input_name(feed->input)); /* it is open: whatever this is passes */
  block->damage = source_position(feed->source);
  if (r) failed(feed, block, &error);
  else if (slot->status) block->end = BLOCK_DAMAGED;
  else if (feed->piped || !is_unsteady(feed, &st)) block->end = BLOCK_ENDED;
  else {
    (void)error_set(&slot->error, PS_E_INPUT,
                    "%s changed while it was read: what was there is used",
                    input_name(feed->input));
    block->end = BLOCK_UNSTEADY;
  }
}

static void close_last(struct feed *feed, struct block *block) {
  block->slot.last = block->end != BLOCK_MORE;
  if (block->slot.last) feed_close(feed);
}

void feed_settle(struct feed *feed, const struct feed_options *options, struct block *block,
                 bool more) {
  struct slot *slot = &block->slot;
  const bool unopened = slot->status == PS_E_INPUT && !error_is_passing(&slot->error);
  if (unopened && !feed->begun) nothing(block, BLOCK_UNOPENED, slot->status);
  else if (slot->status && slot->status != PS_E_INPUT_DAMAGED) failed(feed, block, &slot->error);
  else if (more) block->end = BLOCK_MORE;
  else end(feed, options, block);
  feed->begun = true;
  slot->chunk.has_given_day = feed->input->day_given;
  slot->chunk.given_day = (day_t)feed->input->day;
  close_last(feed, block);
}

void feed_refuse(struct feed *feed, struct block *block, enum block_end end) {
  nothing(block, end, block->slot.error.status);
  feed->begun = true;
  close_last(feed, block);
}

/* ---- reading ---- */

bool feed_read(struct feed *feed, struct block *block) {
  bool more;
  block->slot.status = reader_fill(feed->reader, &block->slot.chunk, &more, &block->slot.error);
  feed->gzip = source_is_gzip(feed->source);
  block->taken = source_bytes(feed->source);
  return more;
}

void feed_fill(struct feed *feed, const struct feed_options *options, void *lane,
               struct block *block) {
  struct slot *slot = &block->slot;
  bool more = true;
  slot->status = feed_is_open(feed) ? PS_OK : feed_open(feed, options, lane, &slot->error);
  if (!slot->status) more = feed_read(feed, block);
  feed_settle(feed, options, block, more);
}

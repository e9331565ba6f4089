#include "backfill/feed.h"

#include "backfill/identity.h"
#include "base/error.h"
#include "base/retry.h"
#include "io/opening.h"
#include "record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void feed_look(struct feed *feed, const struct input *input, const struct checkpoint *resume,
               bool compare) {
  char path[INPUT_PATH];
  struct stat st;
  *feed = (struct feed){.input = input, .resume = resume, .compare = compare, .fd = -1};
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
  struct stat st;
  if (RETRY(fstat(feed->fd, &st)))
    return error_set_os(err, PS_E_INPUT, errno, "cannot read %s", input_name(feed->input));
  identity_of(&st, &feed->identity);
  return PS_OK;
}

static int feed_open(struct feed *feed, const struct feed_options *o, void *context,
                     struct ps_error *err) {
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
                                  .full = true,
                                  .may_grow = o->may_grow,
                                  .context = context};
  int r = feed->absolute ? PS_OK : look_again(feed, err);
  if (!r) r = identify(feed, err);
  if (!r) r = source_open_fd(feed->fd, &source, &feed->source, err);
  if (!r) r = reader_open(feed->source, &reader, &feed->reader, err);
  if (!r && o->prefix && !(feed->prefix = digest_create())) r = error_memory(err, 0);
  return r;
}

static void feed_close(struct feed *feed) {
  reader_close(feed->reader);
  if (!feed->source && feed->fd > STDIN_FILENO) (void)close(feed->fd); /* only read from */
  source_close(feed->source);
  digest_free(feed->prefix);
  feed->reader = NULL;
  feed->source = NULL;
  feed->prefix = NULL;
  feed->fd = -1;
}

void feed_release(struct feed *feed) {
  feed_close(feed);
  free(feed->absolute);
  feed->absolute = NULL;
}

/* ---- going on after an interruption ---- */

/* Passes over the lines of the chunk that were judged before. False: it has not so many. */
static bool skip_lines(struct block *block, uint64_t lines) {
  size_t at;
  if (!record_pass(&block->slot.chunk, lines, &at)) return false;
  block->slot.end = at;
  block->slot.lines = lines;
  block->lines_before = lines;
  return true;
}

enum seek { SEEK_ON, SEEK_THERE, SEEK_LOST };

/* Whether what was done before is what was done then. */
static bool is_same(const struct feed *feed, const struct block *block) {
  const struct checkpoint *resume = feed->resume;
  const struct chunk *chunk = &block->slot.chunk;
  uint8_t prefix[DIGEST_BYTES];
  const bool same = !resume->offset || !memcmp(block->before, resume->prefix, sizeof prefix);
  if (!resume->lines_done || (same && !feed->compare)) return same;
  checkpoint_prefix(block->before, chunk->data, block->slot.end, prefix);
  return !memcmp(prefix, resume->prefix, sizeof prefix);
}

/* The chunk has been read, what is before it is digested: is it where the run goes on? */
static enum seek seek(struct feed *feed, struct block *block, bool more) {
  const struct checkpoint *resume = feed->resume;
  const struct chunk *chunk = &block->slot.chunk;
  if (!resume) return SEEK_THERE;
  if (source_is_gzip(feed->source) != resume->gzip) return SEEK_LOST;
  if (chunk->offset < resume->offset) return more ? SEEK_ON : SEEK_LOST;
  if (chunk->offset > resume->offset || !skip_lines(block, resume->lines_done)) return SEEK_LOST;
  if (!is_same(feed, block)) return SEEK_LOST;
  feed->resume = NULL;
  return SEEK_THERE;
}

/* ---- the end ---- */

static bool is_unsteady(const struct feed *feed, const struct stat *st) {
  struct identity now;
  identity_of(st, &now);
  return now.size != feed->identity.size || now.modified_ns != feed->identity.modified_ns;
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

static void lost(struct feed *feed, struct block *block) {
  int r = error_set(&block->slot.error, PS_E_INPUT,
                    "%s has changed since the run was interrupted: what was done of it stays, the "
                    "rest is left alone; --again does its day again",
                    input_name(feed->input));
  nothing(block, BLOCK_CHANGED, r);
}

/* One chunk, digested. */
static enum seek read_chunk(struct feed *feed, struct block *block, bool *more) {
  struct slot *slot = &block->slot;
  struct chunk *chunk = &slot->chunk;
  slot->status = reader_fill(feed->reader, chunk, more, &slot->error);
  feed->gzip = source_is_gzip(feed->source);
  block->taken = source_bytes(feed->source);
  if (feed->prefix) digest_value(feed->prefix, block->before);
  enum seek found = seek(feed, block, *more);
  if (feed->prefix) digest_update(feed->prefix, chunk->data, chunk_taken(chunk));
  return found;
}

void feed_fill(struct feed *feed, const struct feed_options *options, void *context,
               struct block *block) {
  struct slot *slot = &block->slot;
  bool more = true;
  enum seek found = SEEK_ON;
  slot->status = feed->source ? PS_OK : feed_open(feed, options, context, &slot->error);
  while (!slot->status && found == SEEK_ON) found = read_chunk(feed, block, &more);
  if (feed->prefix) digest_value(feed->prefix, block->prefix);
  const bool unopened = slot->status == PS_E_INPUT && !error_is_passing(&slot->error);
  if (unopened && !feed->begun) nothing(block, BLOCK_UNOPENED, slot->status);
  else if (slot->status && slot->status != PS_E_INPUT_DAMAGED) failed(feed, block, &slot->error);
  else if (found == SEEK_LOST) lost(feed, block);
  else if (more) block->end = BLOCK_MORE;
  else end(feed, options, block);
  feed->begun = true;
  slot->last = block->end != BLOCK_MORE;
  if (slot->last) feed_close(feed);
}

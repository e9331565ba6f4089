/* The pool of a crew's blocks. */
#include "base/error.h"
#include "crew/state.h"

#include <stdlib.h>

#define BLOCKS_LEAST  4u
#define EMPTIED_BYTES (16u << 20) /* made of the chunks that were given back */

/* ---- from hand to hand ---- */

/* As long as what was made of such chunks is not much. */
void block_empty(struct crew *c, struct block *block) {
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

void block_recycle(struct crew *c, struct block *block) {
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

struct block *block_obtain(struct crew *c, struct lane *lane) {
  struct block *block = c->free;
  c->free = block->next;
  c->nfree--;
  slot_clear(&block->slot);
  block->next = block->next_emitted = NULL;
  block->lane = lane;
  block->end = BLOCK_MORE;
  block->ready = block->working = false;
  buffer_clear(&block->packed);
  return block;
}

/* ---- the beginning and the end ---- */

static struct block *block_at(const struct crew *c, size_t i) {
  return (void *)((char *)c->blocks + i * c->stages->block_bytes);
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

int blocks_init(struct crew *c, size_t n, size_t emptied, struct ps_error *err) {
  c->blocks = calloc(n + emptied, c->stages->block_bytes);
  if (!c->blocks) return error_memory(err, (n + emptied) * c->stages->block_bytes);
  for (; c->nblocks < n; c->nblocks++) {
    struct block *block = block_at(c, c->nblocks);
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
    struct block *block = block_at(c, c->nblocks);
    block->next = c->emptied;
    c->emptied = block;
  }
  return PS_OK;
}

void blocks_release(struct crew *c) {
  for (size_t i = 0; i < c->nblocks; i++) {
    struct block *block = block_at(c, i);
    slot_release(&block->slot);
    buffer_release(&block->packed);
    if (c->stages->release_block) c->stages->release_block(block);
  }
  free(c->blocks);
}

/* The choice of the thing that a thread of a crew does next. */
#include "base/error.h"
#include "crew/state.h"

#include <stdlib.h>

/* The earliest block that can be packed, or emitted straight away. */
static struct block *choose_passed(struct crew *c) {
  struct block **link = &c->passed, *before = NULL, *block;
  for (; (block = *link); before = block, link = &block->next) {
    const struct lane *lane = block->lane;
    bool in_turn = lane->emit_first == block && !lane->emitting;
    if (block == c->large && !in_turn) continue;
    *link = block->next;
    if (c->passed_last == block) c->passed_last = before;
    c->npassed--;
    return block;
  }
  return NULL;
}

static struct lane *lane_begin(struct crew *c) {
  const struct crew_options *o = &c->options;
  struct lane *lane = calloc(1, c->stages->lane_bytes);
  if (!lane) {
    struct ps_error error;
    (void)error_memory(&error, c->stages->lane_bytes);
    crew_fail(c, &error);
    return NULL;
  }
  lane->crew = c;
  lane->entry = c->next_entry++;
  lane->input = o->input(o->context, lane->entry);
  if (c->head) c->tail->next = lane;
  else c->head = lane;
  c->tail = lane;
  return lane;
}

bool entry_is_left(struct crew *c) {
  const struct crew_options *o = &c->options;
  for (; c->next_entry < o->nentries; c->next_entry++)
    if (o->input(o->context, c->next_entry)) return true;
  return false;
}

/* The head, if it wants a block and can have one. */
static struct lane *choose_head(const struct crew *c) {
  const struct lane *head = c->head;
  return head && c->nfree && !head->reading && !head->ended ? c->head : NULL;
}

/* The head's earliest block that nobody works on yet. */
static struct block *choose_unworked(const struct crew *c) {
  struct block *block = c->head ? c->head->first : NULL;
  while (block && block->working) block = block->next;
  return block;
}

/* The earliest input after it that wants a block and may have one. */
static struct lane *choose_ahead(struct crew *c) {
  unsigned ahead = 0; /* workers that fill blocks of other inputs than the head */
  if (!c->nfree) return NULL;
  for (struct lane *l = c->head; l; l = l->next) ahead += l != c->head && l->reading;
  bool may = c->nfree > c->reserve && ahead + 1 < c->nworkers;
  if (c->head && !may) return NULL;
  for (struct lane *l = c->head; l; l = l->next)
    if (!l->reading && !l->ended && !l->piped) return l;
  return entry_is_left(c) ? lane_begin(c) : NULL;
}

struct choice choose(struct crew *c, bool fills) {
  const bool many = !fills || !c->nfree || c->npassed >= c->reserve / 2;
  struct choice choice = {.passed = many ? choose_passed(c) : NULL};
  if (choice.passed) return choice;
  if (fills) choice.lane = choose_head(c);
  if (choice.lane) return choice;
  choice.unworked = choose_unworked(c);
  if (choice.unworked) return choice;
  choice.passed = choose_passed(c);
  if (!choice.passed && fills) choice.lane = choose_ahead(c);
  return choice;
}

/* Fragments: pieces of pings made once from the seed and put together many times.
 *
 * Their shapes, key order and oddities (escapes, non-ASCII names, exponents, empty arrays) follow
 * real Firefox main, event and health pings of 2018.
 */
#ifndef GEN_FRAGMENTS_H
#define GEN_FRAGMENTS_H

#include "random.h"
#include "text.h"

enum fragment_kind {
  FRAGMENT_HISTOGRAM,    /* {"range":[1,100],...} */
  FRAGMENT_NAME,         /* "GC_MS": each is a different one, in random order */
  FRAGMENT_KEY,          /* "more tabs": of a keyed histogram */
  FRAGMENT_SCALAR,       /* "gfx.paint_3":17 */
  FRAGMENT_EVENT,        /* [12,"ui","click",...] */
  FRAGMENT_ADDON,        /* "{id}@mozilla.org":{...} */
  FRAGMENT_ENVIRONMENT,  /* {"build":...,"addons":{"activeAddons":{ */
  FRAGMENT_MEASUREMENTS, /* {"start":1,...}: simpleMeasurements */
  FRAGMENT_LOG,          /* [["EXPERIMENT_ACTIVATION",...],...] */
  FRAGMENT_QUERY,        /* "SELECT ...":[1,250] */
  FRAGMENT_PLACE,        /* "geoCity":"M\u00fcnchen","geoCountry":"DE" */
  FRAGMENT_KINDS
};

#define FRAGMENT_NAMES 421u /* prime: any stride visits them all before one comes twice */

struct fragment_pool {
  struct text text;
  uint32_t *start; /* count + 1 offsets into text */
  uint32_t count;
};

struct fragments {
  struct fragment_pool pool[FRAGMENT_KINDS];
};

void fragments_init(struct fragments *f, uint64_t seed);
void fragments_release(struct fragments *f);

static inline void fragment_put(const struct fragments *f, enum fragment_kind kind, uint32_t i,
                                struct text *t) {
  const struct fragment_pool *pool = &f->pool[kind];
  text_put(t, pool->text.data + pool->start[i], pool->start[i + 1] - pool->start[i]);
}

static inline void fragment_any(const struct fragments *f, enum fragment_kind kind,
                                struct random *r, struct text *t) {
  fragment_put(f, kind, random_below(r, f->pool[kind].count), t);
}

#endif

/* A stream of pings, each of which is a function of the seed and its number alone.
 *
 * So a duplicate is made by making the earlier ping again, byte for byte, and nothing needs to be
 * remembered.
 */
#ifndef GEN_STREAM_H
#define GEN_STREAM_H

#include "fragments.h"

enum ping_shape {
  SHAPE_MAIN,  /* main pings, about 36 kB */
  SHAPE_SMALL, /* event and health pings, about 1 kB */
  SHAPE_ID     /* only an id and a day, about 90 bytes: to fill stores */
};

struct stream_options {
  enum ping_shape shape;
  uint64_t seed;
  uint32_t duplicates;    /* a million times their share */
  uint32_t window;        /* a duplicate copies one of the `window` lines before it */
  uint32_t days, per_day; /* the day goes on after per_day pings, and round after `days` */
  uint32_t first_day;     /* days since 1970 */
  uint32_t clients;
  uint32_t malformed_every, no_id_every; /* lines; 0: never */
};

struct stream {
  struct stream_options options;
  struct fragments fragments;
  uint64_t line; /* number of the next one, from 0 */
};

void stream_init(struct stream *s, const struct stream_options *options);
void stream_release(struct stream *s);

/* Appends the next line, '\n' included. */
void stream_next(struct stream *s, struct text *t);

#endif

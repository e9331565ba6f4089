/* The members of struct batch; private to batch.c and judge.c. */
#ifndef SIEVE_BATCH_STATE_H
#define SIEVE_BATCH_STATE_H

#include "sieve/batch.h"
#include "sieve/counted.h"
#include "sieve/one_per_client.h"

struct batch {
  struct ps_seen *seen;
  struct accounts *accounts; /* NULL: none */
  struct outputs *outputs;
  struct figures *figures;
  struct outlet_ops outlet;
  struct one_per_client *one_per_client; /* NULL: as many as there are */
  enum ps_flagged flagged;
  struct batch_limits limits;
  const struct batch_clock *clock; /* NULL: the system's */
  void (*tell)(void *context, bool committing);
  void *tell_context;
  uint32_t keep_days;

  struct carried carried;
  struct counted counted;
  uint64_t given; /* bytes, to the outlet */

  bool open, marked;
  bool carried_marked; /* in the open batch */
  bool torn;           /* a segment was begun and not counted to its end */
  uint32_t pings;
  uint64_t bytes, begun_ns, touched_ns, committed_ns;
  uint16_t watermark, today;
  uint16_t expires; /* the watermark that the next ping wants; 0: it may be judged */
  const char *input_name;
  uint64_t lines; /* of the input, before the next one */

  struct invalid_place overlong; /* the over-long line being passed on; line 0: none */
  day_t overlong_day;            /* of the accounts */

  /* one segment's look-up */
  size_t nkeys;
  struct ps_key keys[SLOT_PINGS];
  uint16_t days[SLOT_PINGS];
  uint8_t verdicts[SLOT_PINGS];
  uint8_t classes[SLOT_PINGS];
  day_t account_days[SLOT_PINGS];
  bool withheld[SLOT_PINGS];
};

#endif

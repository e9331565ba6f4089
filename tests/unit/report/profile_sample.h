/* Profiles to render, the same at every call, made by hand. */
#ifndef PROFILE_SAMPLE_H
#define PROFILE_SAMPLE_H

#include <pingsieve/profile.h>

enum profile_sample {
  PROFILE_SAMPLE_COPIES,  /* 2017-03-12: 232,287 pings of 10 documents */
  PROFILE_SAMPLE_SHARED,  /* 46 days, 4,571,188 pings, 312,266 of documents seen once */
  PROFILE_SAMPLE_SEVERAL, /* these two, a chatty one, one that is not clear, one without pings */
  PROFILE_SAMPLE_WHOLE,   /* no client was asked for; 800 days, some pings without one; caps met */
  PROFILE_SAMPLE_HOSTILE, /* texts that want to be markup, formulas or terminal escapes, in every
                             place; no day and no fleet */
  PROFILE_SAMPLE_EMPTY,   /* nothing was read */
  PROFILE_SAMPLES
};
#define PROFILE_SAMPLE_MADE UINT64_C(1489708800) /* 2017-03-17 */

/* NULL: no memory. */
struct ps_profile *profile_sample_create(enum profile_sample which);
void profile_sample_free(struct ps_profile *profile);

#endif

/* A client's look: verdicts from counted evidence, given only where it is clear.
 *
 * Copies of few documents: pings are many and hardly any is a first copy (the client of the first
 * post sent 232,287 pings of about ten documents). A tenth is far beyond any resending: a sender
 * with a bug came to 20 % duplicates, all others to 0.5 to 1.6 %. Copies of hundreds of thousands
 * of documents, as the second post's client sent them, are told as a share only.
 *
 * A shared profile: first copies tell of more machines than one. One machine has one CPU, whose
 * reported speed differs by a little at most, is in a city or a few, and is one Firefox, which
 * sends at most ten pings a minute. A traveller, a proxy or an odd clock can bring about one such
 * sign, so two are asked for.
 *
 * One chatty client: many pings a day, nearly all different, of what can be one machine in one
 * place. 25 pings a day is where Firefox' own people call a client chatty.
 */
#ifndef PROFILE_LOOK_H
#define PROFILE_LOOK_H

#include <pingsieve/profile.h>

#define LOOK_COPIES_PINGS     100u
#define LOOK_COPIES_PART      10u   /* first copies are at most one in so many */
#define LOOK_COPIES_DOCUMENTS 1000u /* of more, nobody would say a few */
#define LOOK_SHARED_SIGNS     2
#define LOOK_SHARED_CITIES    30u /* as the rule shared-profile */
#define LOOK_SHARED_SPEEDS    10u
#define LOOK_SHARED_ONE_SPEED 95u    /* percent of first copies that one machine's speed has */
#define LOOK_SPEED_NEAR       100u   /* MHz between speeds that may be one machine's */
#define LOOK_SHARED_SESSIONS  100u   /* different ones a day, on average */
#define LOOK_SHARED_DAY       14400u /* pings that one Firefox can send a day */
#define LOOK_CHATTY_FIRST     90u    /* percent of pings that are first copies */
#define LOOK_CHATTY_DAY       25u
#define LOOK_CHATTY_CITIES    3u
#define LOOK_CHATTY_SPEEDS    3u

/* Counts of first copies that are not in the evidence. */
struct look_data {
  uint64_t with_id;              /* pings that have a documentId */
  uint64_t cities_of, speeds_of; /* with a city, a speed */
  uint64_t one_speed;            /* with the most frequent speed or one near it */
};

void look_judge(const struct ps_profile_evidence *evidence, const struct look_data *data,
                bool looks[PS_LOOKS]);

#endif

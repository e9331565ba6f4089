/* Words that the text and the HTML page of a profile share: shares, lifts and numbers for people,
 * and the values that stand out against the fleet. The words for its looks are in profile_render.h.
 */
#ifndef REPORT_PROFILE_WORDS_H
#define REPORT_PROFILE_WORDS_H

#include <pingsieve/profile.h>

/* Texts are NUL-terminated, UTF-8, at most PROFILE_WORD bytes, and returned. `ascii`: without
 * characters beyond ASCII. */
#define PROFILE_WORD 48

/* "61.18 %"; "0 %" and "100 %" are exactly that, else "<0.01 %", ">99.99 %"; "-": of nothing. */
char *profile_share(uint64_t part, uint64_t of, char text[PROFILE_WORD]);
/* Of the others' pings: "0.03 %", "none", "\u22640.01 %" where the bound is what is known; "" when
 * there are no others. */
char *profile_others(const struct ps_profile_client *client, const struct ps_profile_value *value,
                     bool ascii, char text[PROFILE_WORD]);
/* "31 x", "0.4 x", "\u226531 x" where the others' share is a bound, "only here"; "" for none. */
char *profile_lift(const struct ps_profile_value *value, enum ps_population population, bool ascii,
                   char text[PROFILE_WORD]);
/* 508,085; -1; 0.125; 2.4e+21. At least four digits are exact. */
char *profile_number(double number, char text[PROFILE_WORD]);

/* A value stands out when at least PROFILE_STANDOUT_SHARE of one of the populations have it, and
 * its lift there is at least PROFILE_STANDOUT_LIFT: common enough to be this client, and rare
 * enough elsewhere; and so many documents have it, or half of them. Sorted by the greatest lift
 * times share; a value that none of the others has counts as if one of their pings had it. */
#define PROFILE_STANDOUTS          8u
#define PROFILE_STANDOUT_SHARE     0.1
#define PROFILE_STANDOUT_LIFT      5.0
#define PROFILE_STANDOUT_DOCUMENTS 3u
struct profile_standout {
  const struct ps_profile_field *field;
  const struct ps_profile_value *value;
  enum ps_population population; /* in which it is greatest */
  double score;
};
/* Returns how many. */
size_t profile_standouts(const struct ps_profile_client *client,
                         struct profile_standout out[PROFILE_STANDOUTS]);

#endif

/* Pings for the tests of whole profiles: written into files, and counted naively from the same
 * description.
 */
#ifndef TEST_PROFILE_PINGS_H
#define TEST_PROFILE_PINGS_H

#include "../archive.h"
#include <pingsieve/profile.h>
#include <stdbool.h>

#define PING_ADDONS 4u

/* -1: it has none. */
struct test_ping {
  int client; /* a small number; TEST_CANARY */
  int id;
  int day;  /* days since 2017-01-01 */
  int time; /* seconds of the day */
  int os, speed, length;
  unsigned naddons;
  int addon[PING_ADDONS]; /* different ones */
  uint64_t sum;           /* of the values of the histogram SSL */
  int member;             /* its `sum` member less `sum`; TEST_ODD: a string */
};
#define TEST_CANARY 1000
#define TEST_ODD    1000
#define TEST_DAY    17167u /* 2017-01-01 */

struct ping_list {
  size_t n, cap;
  struct test_ping *at;
};

/* n pings of documents that come again, in any state, from a fixed seed. */
void pings_make(struct ping_list *list, uint64_t seed, size_t n);
void pings_append(struct ping_list *list, const struct test_ping *ping);
void pings_free(struct ping_list *list);
/* Appends the pings [from, to) as lines. With a day those are of this day, whatever they say. */
void pings_write(struct ping_list *list, size_t from, size_t to, struct text *text);
struct ps_client pings_client(int client);

/* client -1: everybody. Fails the test where the profile of the client is another. Its fields are
 * "os", "speed" and "addons", its measure SSL's. */
void pings_expect(const struct ping_list *list, int client, const struct ps_profile *profile,
                  const struct ps_profile_client *found);

/* All of a profile as text, but for when it was made. */
void profile_dump(const struct ps_profile *profile, struct text *text);

#endif

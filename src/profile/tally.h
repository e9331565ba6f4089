/* Tallies: how often each number came, by group and population; exact, in bounded memory, sorted.
 * Works as documents.h does. One thread at a time.
 */
#ifndef PROFILE_TALLY_H
#define PROFILE_TALLY_H

#include <pingsieve/profile.h>

struct tally;

int tally_open(const char *directory, size_t memory, struct tally **tally, struct ps_error *err);
void tally_close(struct tally *tally); /* NULL is fine */
int tally_add(struct tally *tally, uint32_t group, uint64_t value,
              const uint64_t count[PS_POPULATIONS], struct ps_error *err);
int tally_finish(struct tally *tally, struct ps_error *err);
/* Ascending by group, then by value. May be called again. */
typedef int tally_visit(void *context, uint32_t group, uint64_t value,
                        const uint64_t count[PS_POPULATIONS], struct ps_error *err);
int tally_each(struct tally *tally, tally_visit *visit, void *context, struct ps_error *err);

#endif

/* Frequencies: how often each number came, by group and population; exact, in bounded memory,
 * sorted. Works as documents.h does. One thread at a time.
 */
#ifndef PROFILE_FREQUENCIES_H
#define PROFILE_FREQUENCIES_H

#include <pingsieve/profile.h>

struct frequencies;

/* memory: 7 KiB at least. */
int frequencies_open(const char *directory, size_t memory, struct frequencies **frequencies,
                     struct ps_error *err);
void frequencies_close(struct frequencies *frequencies); /* NULL is fine */
int frequencies_add(struct frequencies *frequencies, uint32_t group, uint64_t value,
                    const uint64_t count[PS_POPULATIONS], struct ps_error *err);
int frequencies_finish(struct frequencies *frequencies, struct ps_error *err);
/* Ascending by group, then by value. May be called again. */
typedef int frequencies_visit(void *context, uint32_t group, uint64_t value,
                              const uint64_t count[PS_POPULATIONS], struct ps_error *err);
int frequencies_each(struct frequencies *frequencies, frequencies_visit *visit, void *context,
                     struct ps_error *err);

#endif

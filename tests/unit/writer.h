/* Another process that writes to a store. */
#ifndef TESTS_UNIT_WRITER_H
#define TESTS_UNIT_WRITER_H

#include <pingsieve/seen.h>
#include <sys/types.h>

struct writer {
  pid_t process;
  int to, from; /* pipes */
};

/* Forks, before the test has threads. The other process ends by itself after a minute. */
struct writer writer_start(const char *store, const struct ps_seen_options *options);
/* It takes the turn on the store, and keeps it: returns when it has it. */
void writer_begin(const struct writer *writer);
void writer_kill(const struct writer *writer);

#endif

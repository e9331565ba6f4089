/* The process that reads a store.
 *
 * Readers of a store are told apart by process number, and in two containers on one volume the
 * numbers are the same: both programs are process 1. So a command that reads a store first takes
 * its number there, and when another has it, goes on in a child, which has another one; as many
 * times as it takes (cli/child.h).
 */
#ifndef CLI_READER_H
#define CLI_READER_H

#include <pingsieve/error.h>

/* Before anything starts a thread, opens the store, or is printed. Returns in the process that is
 * to go on, which keeps its number until it ends. No store in the directory is fine. */
int reader_begin(const char *store, struct ps_error *err);

#endif

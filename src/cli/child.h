/* A child that goes on in place of this process, which waits for it, passes signals on to it and
 * ends as it ended; when this process is killed, so is the child.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Of the process that waits: its signals while there is a child, and before. */
struct parent {
  pid_t number;
  int asked; /* the last signal that should have ended the child; 0: none */
  sigset_t signals, before;
  struct sigaction child_before;
};

/* To be called before fork(), and before a thread is started. All output must have been flushed
 * before, else it appears twice. */
void parent_begin(struct parent *parent);
/* Undoes parent_begin(): in the child that goes on, and where there is none. */
void parent_end(const struct parent *parent);
/* Waits; returns the child's exit code, or ends by the signal that ended it. */
int parent_wait(struct parent *parent, pid_t child);
/* Ends this process as the signal does. */
void parent_end_by(int number);

/* In the child, first: it ends with the parent. */
void child_tie(const struct parent *parent);

#endif

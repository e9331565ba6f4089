/* The turn decides which of the processes that share a store may write, and which comes next.
 *
 * LMDB has a mutex for this, in shared memory. It is no queue, and when a process that waits for it
 * is killed just as it was woken, the wake-up is lost: the process that took the mutex meanwhile
 * does not know that others wait, and they wait for ever. So a writer takes a lock of the kernel's
 * first, and finds LMDB's mutex free. The locks are open file description locks (fcntl(2)) on
 * single bytes of the open data file. They touch no data, and end with the descriptor.
 *
 * Byte 0 is the turn (earlier versions lock it too, so that they and this one exclude each other).
 * The bytes behind it are the places of a queue, held exclusively: a waiter enters at the far end
 * and moves up whenever the place ahead is free. So the turn goes round in the order of coming, a
 * process that gives it up and wants it again comes last, the holder sees that another waits, and a
 * waiter that is killed leaves no gap. Behind TURN_PLACES waiters chance decides which enters next.
 * Waiters that do not run (SIGSTOP) are overtaken when the turn has been free for half a second.
 *
 * A process that can open the file for reading only takes turns by shared locks: at the same time
 * as other such readers, never at the same time as a writer, and in the order of coming.
 *
 * Waiters look again and again instead of sleeping in fcntl(2), which could not be ended by
 * another thread: every millisecond at the head of the queue, less often behind.
 */
#ifndef SEEN_TURN_H
#define SEEN_TURN_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stdint.h>

#define TURN_PLACES 16u

/* Which descriptor, when it is readable, asks waiters to end (0: none), and, once it did, until
 * when they go on trying. A process waits TURN_GRACE_NS more, since what it has read and not judged
 * is lost to a pipe. */
struct turn_stop {
  int fd;
  uint64_t deadline_ns; /* on the monotonic clock; 0: not asked yet */
  /* Called once when a wait has taken TURN_LONG_NS; NULL: nothing is. */
  void (*waits)(void *context, const char *dir);
  void *waits_context;
};
#define TURN_GRACE_NS UINT64_C(1000000000)
#define TURN_LONG_NS  UINT64_C(3000000000)

/* Waits for the turn on the data file fd, which does not have it. PS_E_STOPPED:
 * asked to end, and it was not to be had. `dir` is for sentences. */
int turn_take(int fd, const char *dir, struct turn_stop *stop, struct ps_error *err);
void turn_give(int fd);
/* Whether another open file description waits, at this moment. One system call. */
bool turn_wanted(int fd);

/* Locks of the callers' own, on bytes far behind the queue (pingsieve/seen.h, ps_seen_claim()). */
bool turn_claim(int fd, uint32_t number);
void turn_disclaim(int fd, uint32_t number);

#endif

#include "seen/turn.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/retry.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>

#define TURN         0u
#define OUTSIDE      (TURN_PLACES + 1) /* not in the queue yet */
#define CLAIMS       (1u << 20)
#define NAP_FIRST_NS UINT64_C(50000)
#define NAP_PLACE_NS UINT64_C(1000000) /* the longest at the head; times the place behind it */
#define STUCK_NS     UINT64_C(500000000)

struct waiter {
  int fd;
  short type;     /* of its locks: a descriptor for reading can have shared ones only */
  unsigned place; /* that it has: a place of the queue, TURN, or OUTSIDE */
  uint64_t nap_ns;
  uint64_t free_ns; /* since when the turn has been seen free; 0: it is not */
  uint64_t begun_ns;
};

/* Returns 0, or errno. */
static int lock_set(int fd, unsigned at, short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1};
  int r;
  do r = fcntl(fd, F_OFD_SETLK, &lock);
  while (r && errno == EINTR);
  return r ? errno : 0;
}

/* Whether another holds a lock on [at, at + n). */
static bool lock_held(int fd, unsigned at, unsigned n) {
  struct flock lock = {
      .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = (off_t)n};
  return !RETRY(fcntl(fd, F_OFD_GETLK, &lock)) && lock.l_type != F_UNLCK;
}

static bool is_busy(int os_error) { return os_error == EAGAIN || os_error == EACCES; }

bool turn_wanted(int fd) { return lock_held(fd, TURN + 1, TURN_PLACES); }

bool turn_claim(int fd, uint32_t number) { return !lock_set(fd, CLAIMS + number, F_WRLCK); }
void turn_disclaim(int fd, uint32_t number) { (void)lock_set(fd, CLAIMS + number, F_UNLCK); }

void turn_give(int fd) { (void)lock_set(fd, TURN, F_UNLCK); }

/* From its place to one nearer to the turn; the new one is held before the old one is left. */
static int move_to(struct waiter *w, unsigned place) {
  const int failed = lock_set(w->fd, place, w->type);
  if (failed) return failed;
  if (w->place <= TURN_PLACES) (void)lock_set(w->fd, w->place, F_UNLCK);
  w->place = place;
  w->nap_ns = NAP_FIRST_NS;
  w->free_ns = 0;
  return 0;
}

/* As far as places are free. Returns 0 with the turn, or errno. */
static int move_up(struct waiter *w) {
  int failed = 0;
  while (w->place > TURN && !failed) failed = move_to(w, w->place - 1);
  return failed;
}

/* The turn is free, and those ahead would have taken it within milliseconds: they are stopped, and
 * are overtaken. */
static int overtake(struct waiter *w) {
  const uint64_t now = clock_monotonic_ns();
  if (w->place <= TURN + 1) return EAGAIN;
  if (lock_held(w->fd, TURN, 1)) {
    w->free_ns = 0;
    return EAGAIN;
  }
  if (!w->free_ns) w->free_ns = now;
  return now - w->free_ns < STUCK_NS ? EAGAIN : move_to(w, TURN);
}

static void tell(const struct waiter *w, const char *dir, struct turn_stop *stop) {
  if (!stop->waits || clock_monotonic_ns() - w->begun_ns < TURN_LONG_NS) return;
  stop->waits(stop->waits_context, dir);
  stop->waits = NULL;
}

/* Sleeps until it is time to look again; false when it was asked to end and its time is over. */
static bool nap(struct waiter *w, struct turn_stop *stop) {
  struct pollfd asked = {.fd = stop->fd, .events = POLLIN};
  const struct timespec t = {.tv_nsec = (long)w->nap_ns};
  const bool look = stop->fd > 0 && !stop->deadline_ns;
  if (ppoll(&asked, look ? 1 : 0, &t, NULL) > 0)
    stop->deadline_ns = clock_monotonic_ns() + TURN_GRACE_NS;
  const uint64_t longest = NAP_PLACE_NS * w->place;
  w->nap_ns = 2 * w->nap_ns < longest ? 2 * w->nap_ns : longest;
  return !stop->deadline_ns || clock_monotonic_ns() < stop->deadline_ns;
}

int turn_take(int fd, const char *dir, struct turn_stop *stop, struct ps_error *err) {
  struct waiter w = {.fd = fd, .type = F_WRLCK, .place = OUTSIDE, .nap_ns = NAP_FIRST_NS};
  w.begun_ns = clock_monotonic_ns();
  if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) w.type = F_RDLCK;
  int failed = turn_wanted(fd) ? EAGAIN : lock_set(fd, TURN, w.type);
  while (is_busy(failed)) {
    failed = move_up(&w);
    if (is_busy(failed)) failed = overtake(&w);
    if (!is_busy(failed)) break;
    tell(&w, dir, stop);
    if (nap(&w, stop)) continue;
    if (w.place <= TURN_PLACES) (void)lock_set(fd, w.place, F_UNLCK);
    return error_set(err, PS_E_STOPPED, "stopped while another process wrote to the store in %s",
                     dir);
  }
  if (!failed) {
    stop->deadline_ns = 0; /* a grace for each wait */
    return PS_OK;
  }
  if (w.place <= TURN_PLACES) (void)lock_set(fd, w.place, F_UNLCK);
  return error_set_os(err, PS_E_STORE, failed, "%s/data.mdb cannot be locked", dir);
}

#include "cli/reader.h"

#include "base/error.h"
#include "cli/child.h"
#include <errno.h>
#include <pingsieve/seen.h>
#include <unistd.h>

#define CHILDREN_MAX 4096u /* LMDB's table has 510 places */
#define TAKEN        125   /* exit code of a child whose number is taken as well; no command's */

/* In the child: ends when its number is taken. */
static int child_begin(const char *store, const struct parent *parent, struct ps_error *err) {
  int number;
  child_tie(parent);
  const int r = ps_seen_number_take(store, &number, err);
  if (r == PS_E_STORE_NUMBER) _exit(TAKEN);
  return r;
}

/* Returns in the child that goes on, or when there can be none. */
static int children_try(const char *store, struct parent *parent, struct ps_error *err) {
  for (unsigned i = 0; i < CHILDREN_MAX; i++) {
    const pid_t child = fork();
    if (child < 0)
      return error_set_os(err, PS_E_MEMORY, errno,
                          "a process to read the store in %s cannot be started", store);
    if (!child) return child_begin(store, parent, err);
    const int code = parent_wait(parent, child);
    if (code != TAKEN) _exit(code);
    if (parent->asked) parent_end_by(parent->asked); /* it went with the child */
  }
  return error_set(err, PS_E_STORE_NUMBER,
                   "too many processes read the store in %s: run again when some have ended",
                   store);
}

int reader_begin(const char *store, struct ps_error *err) {
  int number;
  int r = ps_seen_number_take(store, &number, err);
  if (r != PS_E_STORE_NUMBER) return r;
  struct parent parent;
  parent_begin(&parent);
  r = children_try(store, &parent, err);
  parent_end(&parent);
  return r;
}

#include "cli/limits.h"

#include "base/format.h"
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>

static const struct {
  unsigned resource;
  const char *what, *command;
  bool bytes;
} rows[] = {{RLIMIT_AS, "of address space", "ulimit -v", true},
            {RLIMIT_DATA, "of data", "ulimit -d", true},
            {RLIMIT_NPROC, "processes and threads", "ulimit -u", false},
            {RLIMIT_NOFILE, "open files", "ulimit -n", false},
            {RLIMIT_FSIZE, "a file", "ulimit -f", true}};

static bool may_cause(unsigned resource, const struct ps_error *err) {
  const bool memory = err->status == PS_E_MEMORY || err->os_error == ENOMEM;
  switch (resource) {
  case RLIMIT_AS:
  case RLIMIT_DATA: return memory;
  /* Of a thread or process that could not be started; elsewhere it means to try again. */
  case RLIMIT_NPROC: return err->status == PS_E_MEMORY && err->os_error == EAGAIN;
  case RLIMIT_NOFILE: return err->os_error == EMFILE;
  default: return err->os_error == EFBIG;
  }
}

const char *limits_remark(const struct ps_error *err, char text[LIMITS_TEXT]) {
  size_t at = 0;
  text[0] = '\0';
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct rlimit limit;
    char value[FORMAT_TEXT];
    if (!may_cause(rows[i].resource, err) || getrlimit(rows[i].resource, &limit) != 0 ||
        limit.rlim_cur == RLIM_INFINITY)
      continue;
    if (rows[i].bytes) (void)format_bytes(limit.rlim_cur, value);
    else (void)format_count(limit.rlim_cur, value);
    int n = snprintf(text + at, LIMITS_TEXT - at, "; this process is limited to %s %s (%s)", value,
                     rows[i].what, rows[i].command);
    at += n > 0 ? (size_t)n : 0;
    if (at >= LIMITS_TEXT) break;
  }
  return text;
}

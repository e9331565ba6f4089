#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *ps_status_text(enum ps_status status) {
  switch (status) {
  case PS_OK: return "no error";
  case PS_E_MEMORY: return "out of memory";
  case PS_E_ARGUMENT: return "unusable argument";
  case PS_E_INTERNAL: return "internal error";
  case PS_E_STOPPED: return "stopped";
  case PS_E_STORE: return "the store could not be read or written";
  case PS_E_STORE_DAMAGED: return "the store is damaged";
  case PS_E_STORE_VERSION: return "the store is of another version";
  case PS_E_STORE_MISMATCH: return "the store was made with other settings";
  case PS_E_STORE_FULL: return "no space left for the store";
  case PS_E_STORE_ABSENT: return "there is no store";
  case PS_E_STORE_NUMBER: return "another process of the same number reads the store";
  case PS_E_INPUT: return "the input could not be read";
  case PS_E_INPUT_DAMAGED: return "the input is damaged";
  case PS_E_OUTPUT: return "the output could not be written";
  case PS_E_PIPE: return "the reader of the output is gone";
  }
  return "unknown error";
}

static void text_of(struct ps_error *err, enum ps_status status, int os_error, const char *format,
                    va_list args) {
  if (!err) return;
  err->status = status;
  err->os_error = os_error;
  char text[PS_ERROR_TEXT]; /* the arguments may point into err->text */
  int n = vsnprintf(text, sizeof text, format, args);
  if (n < 0) text[n = 0] = '\0';
  if (os_error && (size_t)n < sizeof text - 1) {
    char reason[128];
    const char *why = strerror_r(os_error, reason, sizeof reason);
    (void)snprintf(text + n, sizeof text - (size_t)n, ": %s", why);
  }
  memcpy(err->text, text, strlen(text) + 1);
}

int error_set(struct ps_error *err, enum ps_status status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  text_of(err, status, 0, format, args);
  va_end(args);
  return status;
}

int error_set_os(struct ps_error *err, enum ps_status status, int os_error, const char *format,
                 ...) {
  va_list args;
  va_start(args, format);
  text_of(err, status, os_error, format, args);
  va_end(args);
  return status;
}

int error_memory(struct ps_error *err, unsigned long long bytes) {
  if (bytes) return error_set(err, PS_E_MEMORY, "out of memory (%llu bytes wanted)", bytes);
  return error_set(err, PS_E_MEMORY, "out of memory");
}

bool error_passes(int os_error) {
  switch (os_error) {
  case 0: /* no call failed: the format is not known, for example */
  case ENOENT:
  case ENOTDIR:
  case EACCES:
  case EPERM:
  case ELOOP:
  case ENAMETOOLONG:
  case EISDIR:
  case EBADF: /* not open for reading */
  case ENXIO: /* a socket, or a device that is not there */
  case ENODEV: return false;
  default: return true;
  }
}

bool error_is_passing(const struct ps_error *err) {
  return err->status == PS_E_INPUT && error_passes(err->os_error);
}

void error_append(struct ps_error *err, const char *text) {
  if (!err) return;
  const size_t len = strnlen(err->text, sizeof err->text - 1);
  (void)snprintf(err->text + len, sizeof err->text - len, "%s", text);
}

void error_clear(struct ps_error *err) {
  if (err) *err = (struct ps_error){.status = PS_OK};
}

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

#define WHOLE_TEXT 16384u /* several paths of the greatest length */

static bool is_within_character(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

/* Long paths must not push out what is wrong, which stands behind them: of a sentence that is too
 * long the middle is left out. */
static void text_fit(struct ps_error *err, const char *whole) {
  const size_t len = strlen(whole);
  if (len < PS_ERROR_TEXT) {
    memcpy(err->text, whole, len + 1);
    return;
  }
  size_t head = PS_ERROR_TEXT / 3, tail = len - (PS_ERROR_TEXT - 4 - head);
  while (is_within_character(whole[head])) head--;
  while (is_within_character(whole[tail])) tail++;
  (void)snprintf(err->text, PS_ERROR_TEXT, "%.*s...%s", (int)head, whole, whole + tail);
}

static void text_of(struct ps_error *err, enum ps_status status, int os_error, const char *format,
                    va_list args) {
  if (!err) return;
  err->status = status;
  err->os_error = os_error;
  char text[WHOLE_TEXT + 160]; /* the arguments may point into err->text */
  const int n = vsnprintf(text, WHOLE_TEXT, format, args);
  if (n < 0) *text = '\0';
  if (os_error) {
    char reason[128];
    const size_t len = strlen(text);
    (void)snprintf(text + len, sizeof text - len, ": %s",
                   strerror_r(os_error, reason, sizeof reason));
  }
  text_fit(err, text);
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
  char whole[WHOLE_TEXT];
  (void)snprintf(whole, sizeof whole, "%s%s", err->text, text);
  text_fit(err, whole);
}

void error_clear(struct ps_error *err) {
  if (err) *err = (struct ps_error){.status = PS_OK};
}

int error_of_size(size_t size, size_t right, const char *what, struct ps_error *err) {
  if (size == right) return PS_OK;
  return error_set(
      err, PS_E_ARGUMENT,
      "the options of a %s begin with a size of %zu bytes, not of %zu: set it to their "
      "sizeof, and compile against the header of this version",
      what, size, right);
}

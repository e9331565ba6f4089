/* Linked into pingsieve_buffers, in which each appending to a struct buffer from another file
 * counts as a call of the kind `buffer` (see fault.c). Real allocations fail where a buffer happens
 * to grow, which is seldom at the end of a text; these fail at every place where it could. */
#include "base/buffer.h"
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((weak)) int pingsieve_fault_buffer(void); /* of pingsieve_fault, if that is there */

int __real_buffer_reserve(struct buffer *b, size_t more, struct ps_error *err);
int __wrap_buffer_reserve(struct buffer *b, size_t more, struct ps_error *err);
int __real_buffer_append(struct buffer *b, const void *data, size_t len, struct ps_error *err);
int __wrap_buffer_append(struct buffer *b, const void *data, size_t len, struct ps_error *err);
int __wrap_buffer_printf(struct buffer *b, struct ps_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int __real_buffer_json_string(struct buffer *b, const void *text, size_t len, struct ps_error *err);
int __wrap_buffer_json_string(struct buffer *b, const void *text, size_t len, struct ps_error *err);

static bool fails(void) { return pingsieve_fault_buffer && pingsieve_fault_buffer(); }

int __wrap_buffer_reserve(struct buffer *b, size_t more, struct ps_error *err) {
  return fails() ? error_memory(err, more) : __real_buffer_reserve(b, more, err);
}

int __wrap_buffer_append(struct buffer *b, const void *data, size_t len, struct ps_error *err) {
  return fails() ? error_memory(err, len) : __real_buffer_append(b, data, len, err);
}

int __wrap_buffer_json_string(struct buffer *b, const void *text, size_t len,
                              struct ps_error *err) {
  return fails() ? error_memory(err, len) : __real_buffer_json_string(b, text, len, err);
}

int __wrap_buffer_printf(struct buffer *b, struct ps_error *err, const char *format, ...) {
  if (fails()) return error_memory(err, 0);
  char *text;
  va_list args;
  va_start(args, format);
  const int n = vasprintf(&text, format, args);
  va_end(args);
  if (n < 0) return error_memory(err, 0);
  const int status = __real_buffer_append(b, text, (size_t)n, err);
  free(text);
  return status;
}

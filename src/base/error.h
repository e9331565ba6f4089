/* Setting and passing on errors (see pingsieve/error.h for what they are).
 *
 * The first error that is set wins nothing: each call overwrites. All functions accept err == NULL
 * and return the status, so that `return error_set(err, ...)` is the usual way out.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <errno.h>
#include <pingsieve/error.h>

/* Sets status and text. os_error is set to 0. The arguments may point into err->text. */
int error_set(struct ps_error *err, enum ps_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: appends ": " and strerror(os_error). */
int error_set_os(struct ps_error *err, enum ps_status status, int os_error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The status when an input cannot be opened: PS_E_INPUT; but PS_E_MEMORY when the process lacks
 * memory or descriptors, which says nothing about the input, so that it is not left out for it. */
static inline enum ps_status error_input_status(int os_error) {
  return os_error == ENOMEM || os_error == EMFILE || os_error == ENFILE ? PS_E_MEMORY : PS_E_INPUT;
}

/* "out of memory" with the number of bytes wanted, 0 if unknown. */
int error_memory(struct ps_error *err, unsigned long long bytes);

void error_clear(struct ps_error *err);

#endif

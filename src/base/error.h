/* Setting and passing on errors (see pingsieve/error.h for what they are).
 *
 * The first error that is set wins nothing: each call overwrites. All functions accept err == NULL
 * and return the status, so that `return error_set(err, ...)` is the usual way out.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>

/* Sets status and text; of a sentence that is too long, as with long paths, the middle is left out.
 * os_error is set to 0. The arguments may point into err->text. */
int error_set(struct ps_error *err, enum ps_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: appends ": " and strerror(os_error). */
int error_set_os(struct ps_error *err, enum ps_status status, int os_error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Whether an input could not be read for a reason that lies in the system (EIO, ESTALE, ENOMEM,
 * EMFILE, ...) and may pass. It says nothing about the input, which is to be read again. Else the
 * reason lies in the input or in its path: it is not there, not allowed, of another format. */
bool error_is_passing(const struct ps_error *err); /* of status PS_E_INPUT */
bool error_passes(int os_error);                   /* the same of an errno */

/* Appends to the sentence; status and os_error stay. NULL is fine. */
void error_append(struct ps_error *err, const char *text);

/* PS_E_ARGUMENT unless the size that stands in a struct of options is the right one. */
int error_of_size(size_t size, size_t right, const char *what, struct ps_error *err);
/* "out of memory" with the number of bytes wanted, 0 if unknown. */
int error_memory(struct ps_error *err, unsigned long long bytes);

void error_clear(struct ps_error *err);

#endif

/* Errors: the status that every fallible call of the library returns, and the sentence that goes
 * with it.
 *
 * A call returns PS_OK or a negative `enum ps_status`; the caller's `struct ps_error` (which may be
 * NULL) then holds one clear sentence that names the path and the way out. The library never
 * prints.
 */
#ifndef PINGSIEVE_ERROR_H
#define PINGSIEVE_ERROR_H

#include <pingsieve/export.h>

PS_BEGIN_DECLS

#define PS_ERROR_TEXT 640 /* bytes, the final NUL included */

enum ps_status {
  PS_OK = 0,
  PS_E_MEMORY = -1,          /* an allocation failed */
  PS_E_ARGUMENT = -2,        /* the caller's value is not usable: a path, a number, a combination */
  PS_E_INTERNAL = -3,        /* a bug: an invariant did not hold */
  PS_E_STOPPED = -4,         /* asked to stop before the work was done */
  PS_E_STORE = -10,          /* the store could not be read or written */
  PS_E_STORE_DAMAGED = -11,  /* a checksum, count or structure in the store is wrong */
  PS_E_STORE_VERSION = -12,  /* made by another version, or no store of ours at all */
  PS_E_STORE_MISMATCH = -13, /* retention or scope differ from what the store was made with */
  PS_E_STORE_FULL = -14,     /* no space; the store is as it was */
  PS_E_STORE_ABSENT = -15,   /* no store there */
  PS_E_STORE_NUMBER = -16,   /* another process of the same number (PID) reads the store */
  PS_E_INPUT = -20,          /* reading the input failed */
  PS_E_INPUT_DAMAGED = -21,  /* the input ends early or is corrupt; the part before was used */
  PS_E_OUTPUT = -30,         /* writing, flushing or closing an output failed */
  PS_E_PIPE = -31            /* the reader of an output is gone */
};

struct ps_error {
  enum ps_status status;
  int os_error; /* errno of the failed system call, 0 if there was none */
  char text[PS_ERROR_TEXT];
};

/* A few words for a status, for example "the store is damaged". Static storage, never NULL. */
PS_API const char *ps_status_text(enum ps_status status);

PS_END_DECLS

#endif

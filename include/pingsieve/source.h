/* Sources: where the bytes of a stream come from when that is no descriptor: a socket's library, a
 * queue, memory. The caller fills in a table of operations; gzip is inflated on the way as from a
 * file.
 */
#ifndef PINGSIEVE_SOURCE_H
#define PINGSIEVE_SOURCE_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PS_BEGIN_DECLS

struct ps_source {
  size_t size;      /* sizeof(struct ps_source) */
  void *context;    /* given to each operation; one thread at a time calls them */
  const char *name; /* for messages */
  /* Reads 1 to cap bytes. PS_OK with *got = 0 is the end; it is not called again after that, or
   * after an error. With `wait` it waits for a first byte, but no longer than until stop_fd is
   * readable, and then returns PS_E_STOPPED. Without, it never waits, and *idle = true tells that
   * nothing is there now. An error is a negative enum ps_status; PS_E_INPUT_DAMAGED says that all
   * that can be had of the input was given. Its sentence goes to err->text, or is left empty. */
  int (*read)(void *context, void *data, size_t cap, bool wait, int stop_fd, size_t *got,
              bool *idle, struct ps_error *err);
  /* How far it was read, in bytes or whatever the source counts. NULL: the bytes that read() gave.
   */
  uint64_t (*position)(void *context);
  void (*close)(void *context); /* after the last call of the others; NULL: nothing to do */
};

PS_END_DECLS

#endif

/* The files that a run reads and writes. A run must not write a file that it uses otherwise too: an
 * output that is an input grows for ever or destroys it, two outputs in one file overwrite each
 * other, and nothing but the store writes the store's files.
 *
 * Files are told apart by device and inode, not by their names: ./a, a link to a, and a descriptor
 * that is open on it are the same file. Outputs may share a device, a pipe, a file that was opened
 * once for all of them (`> file 2>&1`, where --summary is /dev/stderr), and one opened to append.
 */
#ifndef CLI_FILE_USE_H
#define CLI_FILE_USE_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>

enum file_use_kind { FILE_READ, FILE_WRITTEN };

struct file_use {
  const char *what; /* an option, or "standard output", "the input" */
  const char *path; /* NULL: that of the descriptor */
  int fd;           /* with path NULL; -1: the row is void */
  enum file_use_kind kind;
};

/* PS_E_INPUT, PS_E_OUTPUT: the system does not tell which file it is. PS_E_ARGUMENT: two of them
 * are one file and one is written, or one that is written lies below an input that is a directory,
 * or is a file of the run's store (store: its directory, or NULL) or of any other store. */
int file_use_check(const struct file_use *uses, size_t n, const char *store, struct ps_error *err);

#endif

/* The file of a spill: temporary, without a name, so that nothing stays of it after a crash. It is
 * made with the first write. Errors are PS_E_OUTPUT and name the directory.
 */
#ifndef PROFILE_SPILL_FILE_H
#define PROFILE_SPILL_FILE_H

#include <pingsieve/error.h>
#include <stddef.h>
#include <stdint.h>

struct spill_file {
  char *directory; /* owned */
  int fd;          /* -1: not made yet */
  uint64_t size;
};

int spill_file_init(struct spill_file *file, const char *directory, struct ps_error *err);
void spill_file_release(struct spill_file *file);

/* At the end. */
int spill_file_append(struct spill_file *file, const void *data, size_t len, struct ps_error *err);
/* All of len bytes; that there are fewer is an error as well. */
int spill_file_read(const struct spill_file *file, void *data, size_t len, uint64_t offset,
                    struct ps_error *err);
/* They are not read any more: their room is given back where the file system can. */
void spill_file_drop(const struct spill_file *file, uint64_t from, uint64_t to);
/* For what was read and is not what was written. */
int spill_file_damaged(const struct spill_file *file, struct ps_error *err);

#endif

/* Parts: outputs below one directory that appear under their names only when they are whole.
 *
 * A part is written as ".pingsieve-HASH.part" beside its final name (HASH: 16 hexadecimal digits of
 * XXH3-64 of the name), made durable with the others of its batch by part_tree_sync(), and renamed
 * by part_publish(). Symbolic links below the directory are never followed: a component that is one
 * is an error, so that nothing is written outside. Directories are made as needed (mode 0777 less
 * umask, files 0666 less umask).
 *
 * Threads: a part belongs to one thread at a time, the tree to all (it locks).
 */
#ifndef IO_PART_H
#define IO_PART_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct part_tree;
struct part;

/* The directory is made (its parents too) if it is not there. */
int part_tree_open(const char *directory, struct part_tree **tree, struct ps_error *err);
void part_tree_close(struct part_tree *tree); /* NULL is fine */

/* Opens the part of `name`, cut to `length` bytes: 0 begins anew. PS_E_OUTPUT when it has fewer. */
int part_open(struct part_tree *tree, const char *name, uint64_t length, struct part **part,
              struct ps_error *err);
/* Appends; partial writes are continued, and big parts are handed to the disk early. */
int part_write(struct part *part, struct iovec *vectors, size_t n, struct ps_error *err);
uint64_t part_length(const struct part *part);
/* Not durable before the next part_tree_sync(). Frees, also after errors; NULL is fine. */
int part_close(struct part *part, struct ps_error *err);

/* Everything written to parts (open or closed), made and renamed until now is durable: fdatasync()
 * of each file and directory when they are few, else one syncfs(). */
int part_tree_sync(struct part_tree *tree, struct ps_error *err);

/* Gives the part its name. Without overwrite an existing file is PS_E_OUTPUT (renameat2(2) with
 * RENAME_NOREPLACE where the file system knows it). */
int part_publish(struct part_tree *tree, const char *name, bool overwrite, struct ps_error *err);
int part_discard(struct part_tree *tree, const char *name,
                 struct ps_error *err); /* absent is fine */

enum part_presence { PART_NOTHING, PART_FILE, PART_OTHER /* a directory, a link, ... */ };
/* What is under the name, and whether the part is there (may be NULL) and how long. */
int part_look(struct part_tree *tree, const char *name, enum part_presence *whole,
              enum part_presence *part, uint64_t *part_bytes, struct ps_error *err);

#endif

/* Parts: outputs below one directory that appear under their names only when they are whole.
 *
 * A part is written as ".pingsieve-HASH.part" beside its final name (HASH: 16 hexadecimal digits of
 * XXH3-64 of the name), made durable with the others of its batch by part_tree_sync(), and renamed
 * by part_publish(). Symbolic links below the directory are never followed: a component that is one
 * is an error, so that nothing is written outside. Directories are made as needed (mode 0777 less
 * umask, files 0666 less umask).
 *
 * Names are relative, at most PART_NAME bytes with components of at most 255, none of them empty,
 * "." or "..": anything else is PS_E_ARGUMENT. A refusal of the disk is PS_E_OUTPUT; sentences name
 * the final path.
 *
 * Threads: a part belongs to one thread at a time, the tree to all (it locks; a sync holds up all
 * but part_write()).
 */
#ifndef IO_PART_H
#define IO_PART_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define PART_NAME 4095u

struct part_tree;
struct part;

/* A directory that is not there is made, its parents too, by part_tree_make() or the first part.
 * part_tree_make() also locks it (flock(2)) until the tree is closed: PS_E_OUTPUT when another
 * process has done so. */
int part_tree_open(const char *directory, struct part_tree **tree, struct ps_error *err);
int part_tree_make(struct part_tree *tree, struct ps_error *err);
void part_tree_close(struct part_tree *tree); /* after its parts; syncs nothing; NULL is fine */

/* Opens the part of `name`, cut to `length` bytes: 0 begins anew. PS_E_OUTPUT when it has fewer. */
int part_open(struct part_tree *tree, const char *name, uint64_t length, struct part **part,
              struct ps_error *err);
/* Appends; partial writes are continued, and big parts are handed to the disk early. Vectors may be
 * changed by the call. After an error every later call returns the same one. */
int part_write(struct part *part, struct iovec *vectors, size_t n, struct ps_error *err);
uint64_t part_length(const struct part *part);
/* Not durable before the next part_tree_sync(). Frees, also after errors, the first of which it
 * returns; NULL is fine. */
int part_close(struct part *part, struct ps_error *err);

/* Everything written to parts (open or closed), made and renamed until now is durable. A few files
 * are given an fdatasync() each, and their directories an fsync(); more of them one syncfs() of the
 * file system, since a sync each would be a disk's flush each. That loses no error: Linux (5.8 and
 * later) keeps for every open descriptor whether a page of its file system could not be written
 * since it was opened, also of files that were closed meanwhile (errseq_t, s_wb_err), and syncfs()
 * tells; the tree's descriptors are open from the beginning. An error stays: the system tells it
 * once, and the pages it was about are gone. PS_E_OUTPUT also when the directory of the tree is not
 * under its name any more: it was moved or deleted. */
int part_tree_sync(struct part_tree *tree, struct ps_error *err);

/* Gives the part its name. Without overwrite an existing file is PS_E_OUTPUT (renameat2(2) with
 * RENAME_NOREPLACE where the file system knows it). Durable with the next part_tree_sync(). */
int part_publish(struct part_tree *tree, const char *name, bool overwrite, struct ps_error *err);
int part_discard(struct part_tree *tree, const char *name,
                 struct ps_error *err); /* absent is fine */

enum part_presence { PART_NOTHING, PART_FILE, PART_OTHER /* a directory, a link, ... */ };
/* Tells what is under the name, and whether the part is there (may be NULL) and how long (may be
 * NULL; 0 if it is not there). */
int part_look(struct part_tree *tree, const char *name, enum part_presence *whole,
              enum part_presence *part, uint64_t *part_bytes, struct ps_error *err);

/* Whether the last component of a path is such as parts have. */
bool part_is_name(const char *component);

#endif

/* The place: the directory of a store and the file in it, before LMDB is let near them.
 *
 * A store is made whole or not at all: in a directory of its own inside the store's, then linked to
 * its name, so that data.mdb is never seen half made and two programs that create at once agree.
 */
#ifndef SEEN_PLACE_H
#define SEEN_PLACE_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stdint.h>

/* The file of malformed lines in a store's directory, where no other name is given; that of their
 * reasons begins with the same. */
#define PLACE_INVALID "invalid.ndjson"

/* Whether a file of this name in a store's directory is one of the store: only its own writers may
 * write it. */
bool place_is_own(const char *name);

/* Whether a store lies in a directory, or something that cannot be read in its place. */
bool place_holds_store(const char *dir);

/* "NFS" and the like for the f_type of statfs(2) of a file system that several machines share,
 * where LMDB's locks and map do not work; NULL for others. */
const char *place_network_name(uint64_t f_type);

/* Sets *exists when dir holds a data.mdb of plausible size. Refuses: not a directory, a network
 * file system, a directory with other files and no store, a store of another user: files made in it
 * (lock.mdb, malformed pings) would be the caller's, and in its owner's way. That holds for root,
 * too, which could; but not when the owner lets a group or everybody write to data.mdb. Makes dir
 * (0700) if `create` and it is missing; PS_E_STORE_ABSENT if not `create` and there is no store. */
int place_prepare(const char *dir, bool create, bool *exists, struct ps_error *err);

/* Makes a store in dir by calling fill(context, new_dir) on a new directory, which must leave a
 * complete, closed data.mdb there. It is no error when another program was faster. */
int place_create(const char *dir,
                 int (*fill)(void *context, const char *new_dir, struct ps_error *), void *context,
                 bool sync, struct ps_error *err);

/* The files of an open store: which they are, and the names they were opened by. */
struct place_file {
  char *path;
  uint64_t device, number;
  uint64_t bytes; /* the most it had; LMDB's files never get shorter */
  bool there;
};
struct place_files {
  struct place_file data, lock; /* no lock: on a file system that cannot be written */
};
/* Notes the files in the directory `path` once LMDB has opened them; `data` is its descriptor,
 * `dir` the directory's name in sentences. Keeps them as they are when they were noted before, and
 * looks whether they are the same. */
int place_note(struct place_files *files, const char *dir, const char *path, int data,
               struct ps_error *err);
/* PS_E_STORE unless dir still holds the files that were noted: a store that was deleted, moved or
 * replaced lives on in descriptors, where its new data are lost; and with another lock.mdb others
 * do not see this process. One that has become shorter was written over: LMDB would reach beyond
 * its end (SIGBUS). Two system calls. */
int place_check(struct place_files *files, const char *dir, struct ps_error *err);
/* The same where data.mdb is the same still; a view of another one is as good as before. A reader
 * that others do not see may have read what they wrote over. */
int place_check_view(struct place_files *files, const char *dir, struct ps_error *err);
/* PS_E_STORE: the sentence for a file that is the same and has other bytes. */
int place_overwritten(const char *dir, struct ps_error *err);
void place_forget(struct place_files *files);

/* fsync() on a directory or file. */
int place_sync(const char *path, struct ps_error *err);

/* The same for the directory of a store, which may be new: its name reaches the disk as well as the
 * names in it. A directory above that may not be read is left to its file system. */
int place_sync_directory(const char *dir, struct ps_error *err);

/* The directory by a name that chdir() does not change. Links stay in it: one that leads elsewhere
 * by and by is noticed. Where that would be too long, or the current directory is not known, the
 * name as it is. The caller frees; NULL: out of memory. */
char *place_from_root(const char *dir);

/* Gives an empty file of the caller's in a store to the same writers as data.mdb beside it: a store
 * that its owner shares stays shared. Does nothing where that is not to be had. */
void place_share(const char *path);

/* A path joined of two; the caller frees; NULL when out of memory. */
char *place_path(const char *dir, const char *name);

#endif

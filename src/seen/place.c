#include "seen/place.h"

#include "base/directory.h"
#include "base/error.h"
#include "base/retry.h"
#include "seen/leftovers.h"
#include "seen/metas.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The numbers are those of statfs(2) and linux/magic.h; some are missing in older headers. */
static const struct {
  uint32_t type;
  const char *name;
} network_types[] = {
    {0x6969, "NFS"},          {0x517b, "SMB"},        {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB2"},     {0x01021997, "9p"},     {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},      {0x00c36400, "Ceph"},   {0x0bd00bd0, "Lustre"},
    {0x73757245, "Coda"},     {0x564c, "NCP"},        {0x01161970, "GFS2"},
    {0x7461636f, "OCFS2"},    {0x47504653, "GPFS"},   {0x19830326, "BeeGFS"},
    {0x20030528, "OrangeFS"}, {0x786f4256, "vboxsf"}, {0xbacbacbc, "vmhgfs"},
    {0xaad7aaea, "PanFS"},
};

const char *place_network_name(uint64_t f_type) {
  for (size_t i = 0; i < sizeof network_types / sizeof *network_types; i++)
    if (network_types[i].type == (uint32_t)f_type) return network_types[i].name;
  return NULL;
}

char *place_path(const char *dir, const char *name) {
  char *path;
  return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

char *place_from_root(const char *dir) {
  char current[PATH_MAX];
  if (*dir == '/' || !getcwd(current, sizeof current) || *current != '/' ||
      strlen(current) + strlen(dir) + sizeof "//data.mdb" > sizeof current)
    return strdup(dir);
  return place_path(current, dir);
}

static int network_refuse(const char *dir, struct ps_error *err) {
  struct statfs fs;
  if (RETRY(statfs(dir, &fs)))
    return error_set_os(err, PS_E_STORE, errno, "the directory %s cannot be examined", dir);
  const char *name = place_network_name((uint64_t)fs.f_type);
  if (!name) return PS_OK;
  return error_set(err, PS_E_STORE,
                   "%s lies on a network file system (%s), where a store cannot be kept safely: "
                   "name a directory on a local disk",
                   dir, name);
}

static bool ends_in(const char *name, const char *ending) {
  const size_t len = strlen(name), tail = strlen(ending);
  return len > tail && !strcmp(name + len - tail, ending);
}

bool place_is_own(const char *name) {
  return ends_in(name, ".mdb") || ends_in(name, ".lock") ||
         !strncmp(name, PLACE_INVALID, strlen(PLACE_INVALID));
}

bool place_holds_store(const char *dir) {
  char path[PATH_MAX];
  uint32_t magic;
  const int n = snprintf(path, sizeof path, "%s/data.mdb", dir);
  if (n < 0 || (size_t)n >= sizeof path) return false;
  const int fd = RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd < 0) return errno != ENOENT && errno != ENOTDIR;
  const int failed = metas_read_at(fd, &magic, sizeof magic, sizeof(struct page_header));
  (void)close(fd);
  return failed > 0 || (!failed && magic == META_MAGIC);
}

/* A directory that is to get a store may hold the lock, hidden files, the filter's own files, and
 * the store itself, if another process has just put it there. */
static bool may_stay(const char *name) {
  return name[0] == '.' || !strcmp(name, "lock.mdb") || !strcmp(name, "data.mdb") ||
         !strncmp(name, PLACE_INVALID, strlen(PLACE_INVALID));
}

/* The next one, or NULL with errno, which is 0 at the end. */
static const struct dirent *next_entry(DIR *list) {
  const struct dirent *entry;
  do {
    errno = 0;
    entry = readdir(list);
  } while (!entry && errno == EINTR);
  return entry;
}

static int others_refuse(const char *dir, struct ps_error *err) {
  DIR *list;
  do list = opendir(dir);
  while (!list && errno == EINTR);
  if (!list)
    return error_set_os(
        err, PS_E_STORE, errno,
        errno == EACCES || errno == EPERM
            ? "the directory %s cannot be read: change its permissions, or name another"
            : "the directory %s cannot be read",
        dir);
  const struct dirent *entry;
  int r = PS_OK;
  while (!r && (entry = next_entry(list)))
    if (!may_stay(entry->d_name))
      r = error_set(err, PS_E_STORE_VERSION,
                    "%s holds no store but other files (%.100s): name the directory of a store, "
                    "or a new one",
                    dir, entry->d_name);
  if (!r && errno) r = error_set_os(err, PS_E_STORE, errno, "the directory %s cannot be read", dir);
  closedir(list);
  return r;
}

static int absent(const char *dir, struct ps_error *err) {
  return error_set(err, PS_E_STORE_ABSENT, "there is no store in %s: is the directory right?", dir);
}

/* --- whose it is --- */

static void user_name(uid_t user, char *name, size_t bytes) {
  char text[1024];
  struct passwd entry, *found = NULL;
  if (getpwuid_r(user, &entry, text, sizeof text, &found)) found = NULL;
  (void)snprintf(name, bytes, "%s", found ? found->pw_name : "");
}

static int owner_refuse(const char *dir, uid_t owner, struct ps_error *err) {
  char theirs[64], ours[64], as[72];
  user_name(owner, theirs, sizeof theirs);
  user_name(geteuid(), ours, sizeof ours);
  if (*theirs) (void)snprintf(as, sizeof as, "%s", theirs);
  else (void)snprintf(as, sizeof as, "'#%u'", (unsigned)owner);
  return error_set(err, PS_E_STORE,
                   "the store in %s belongs to the user %s (%u), and this program runs as %s (%u): "
                   "run it as that user (sudo -u %s pingsieve ...), or name a store of your own",
                   dir, *theirs ? theirs : "without a name", (unsigned)owner,
                   *ours ? ours : "a user without a name", (unsigned)geteuid(), as);
}

static int owner_check(const char *dir, const struct stat *data, struct ps_error *err) {
  const bool shared = data->st_mode & (S_IWGRP | S_IWOTH);
  return shared || data->st_uid == geteuid() ? PS_OK : owner_refuse(dir, data->st_uid, err);
}

static int directory_prepare(const char *dir, bool create, struct ps_error *err) {
  struct stat st;
  if (!RETRY(stat(dir, &st))) {
    if (S_ISDIR(st.st_mode)) return PS_OK;
    return error_set(err, PS_E_STORE,
                     "%s is not a directory: a store is a directory, name one or a new one", dir);
  }
  if (errno != ENOENT)
    return error_set_os(err, PS_E_STORE, errno, "the directory %s cannot be examined", dir);
  if (!create) return absent(dir, err);
  if (!RETRY(mkdir(dir, 0700)) || errno == EEXIST) return PS_OK;
  return error_set_os(err, PS_E_STORE, errno,
                      "the directory %s for a new store cannot be made: make its parent, or name "
                      "another",
                      dir);
}

/* The error of a directory whose content cannot even be seen. */
static int unreadable(const char *dir, const char *file, int os_error, struct ps_error *err) {
  struct stat st;
  if (os_error == EACCES && !RETRY(stat(dir, &st)) && st.st_uid != geteuid())
    return owner_refuse(dir, st.st_uid, err);
  return error_set_os(err, PS_E_STORE, os_error,
                      "%s cannot be examined: change the directory's permissions, or name another",
                      file);
}

int place_prepare(const char *dir, bool create, bool *exists, struct ps_error *err) {
  struct stat st;
  int r;
  *exists = false;
  if (!*dir) return error_set(err, PS_E_ARGUMENT, "the directory of the store has an empty name");
  if ((r = directory_prepare(dir, create, err)) || (r = network_refuse(dir, err))) return r;
  char *file = place_path(dir, "data.mdb");
  if (!file) return error_memory(err, strlen(dir));
  if (!RETRY(stat(file, &st))) {
    *exists = true;
    r = S_ISREG(st.st_mode) ? owner_check(dir, &st, err)
                            : error_set(err, PS_E_STORE_VERSION,
                                        "%s is no regular file: name another directory", file);
  } else if (errno != ENOENT) {
    r = unreadable(dir, file, errno, err);
  } else if (!(r = others_refuse(dir, err)) && !create) {
    r = absent(dir, err);
  }
  free(file);
  return r;
}

/* --- the files of an open store --- */

int place_overwritten(const char *dir, struct ps_error *err) {
  return error_set(err, PS_E_STORE,
                   "the store in %s was written over, or cut, while this program used it (a copy "
                   "put back by cp does that), so that nothing more can be marked there: put the "
                   "one that is meant in its place while no program uses it, see `pingsieve store "
                   "check`, and run again",
                   dir);
}

static void file_note(struct place_file *file, const struct stat *st) {
  file->bytes = (uint64_t)st->st_size;
  file->device = st->st_dev;
  file->number = st->st_ino;
  file->there = true;
}

struct comparison {
  bool same, gone; /* the path leads to the file that was noted, to none */
  bool shorter;
};

/* The path leads to the file that was noted, or to none if there was none. Returns errno if that
 * cannot be told. */
static int file_compare(struct place_file *file, struct comparison *found) {
  struct stat st;
  *found = (struct comparison){.same = false};
  if (RETRY(stat(file->path, &st))) {
    found->gone = errno == ENOENT || errno == ENOTDIR;
    found->same = found->gone && !file->there;
    return found->gone ? 0 : errno;
  }
  found->same = file->there && st.st_dev == file->device && st.st_ino == file->number;
  found->shorter = found->same && (uint64_t)st.st_size < file->bytes;
  if (found->same && !found->shorter) file->bytes = (uint64_t)st.st_size;
  return 0;
}

static int lock_check(struct place_files *files, const char *dir, struct ps_error *err) {
  struct comparison lock;
  const int failed = file_compare(&files->lock, &lock);
  if (failed) return error_set_os(err, PS_E_STORE, failed, "%s/lock.mdb cannot be examined", dir);
  if (lock.shorter) {
    /* LMDB keeps its mutex there, and reaches for it when a transaction is given up. */
    (void)!truncate(files->lock.path, (off_t)files->lock.bytes);
    return place_overwritten(dir, err);
  }
  if (lock.same) return PS_OK;
  return error_set(err, PS_E_STORE,
                   "%s/lock.mdb was deleted or replaced while this program used the store, so that "
                   "others do not know of it: end all programs that use the store, and run again",
                   dir);
}

int place_check(struct place_files *files, const char *dir, struct ps_error *err) {
  struct comparison data;
  const int failed = file_compare(&files->data, &data);
  if (failed)
    return error_set_os(err, PS_E_STORE, failed, "the store in %s cannot be examined", dir);
  if (data.gone)
    return error_set(
        err, PS_E_STORE,
        "the store in %s was deleted or moved away while this program used it, so that "
        "nothing more can be marked there: put it back, or begin a new one, and run "
        "again",
        dir);
  if (!data.same)
    return error_set(err, PS_E_STORE,
                     "%s holds another store than the one that this program opened there, which "
                     "was replaced meanwhile: run again with the one that is meant",
                     dir);
  return data.shorter ? place_overwritten(dir, err) : lock_check(files, dir, err);
}

int place_check_view(struct place_files *files, const char *dir, struct ps_error *err) {
  struct comparison data;
  const int failed = file_compare(&files->data, &data);
  if (failed)
    return error_set_os(err, PS_E_STORE, failed, "the store in %s cannot be examined", dir);
  if (!data.same) return PS_OK;
  return data.shorter ? place_overwritten(dir, err) : lock_check(files, dir, err);
}

int place_note(struct place_files *files, const char *dir, const char *path, int data,
               struct ps_error *err) {
  struct stat st;
  if (files->data.path) return place_check(files, dir, err);
  files->data.path = place_path(path, "data.mdb");
  files->lock.path = place_path(path, "lock.mdb");
  if (!files->data.path || !files->lock.path) return error_memory(err, strlen(path));
  if (RETRY(fstat(data, &st)))
    return error_set_os(err, PS_E_STORE, errno, "the store in %s cannot be examined", dir);
  file_note(&files->data, &st);
  if (!RETRY(stat(files->lock.path, &st))) file_note(&files->lock, &st);
  else if (errno != ENOENT)
    return error_set_os(err, PS_E_STORE, errno, "%s cannot be examined", files->lock.path);
  return place_check(files, dir, err);
}

void place_forget(struct place_files *files) {
  free(files->data.path);
  free(files->lock.path);
  *files = (struct place_files){.data = {.path = NULL}};
}

int place_sync(const char *path, struct ps_error *err) {
  const int fd = RETRY(open(path, O_RDONLY | O_CLOEXEC));
  if (fd < 0) return error_set_os(err, PS_E_STORE, errno, "%s cannot be opened", path);
  const int failed = RETRY(fsync(fd)) ? errno : 0;
  close(fd);
  return failed ? error_set_os(err, PS_E_STORE, failed, "%s cannot be flushed to disk", path)
                : PS_OK;
}

int place_sync_directory(const char *dir, struct ps_error *err) {
  char *above = place_path(dir, "..");
  if (!above) return error_memory(err, strlen(dir));
  const char *failed = directory_sync(dir) < 0 ? dir : directory_sync(above) < 0 ? above : NULL;
  if (failed) (void)error_set_os(err, PS_E_STORE, errno, "%s cannot be flushed to disk", failed);
  free(above);
  return failed ? PS_E_STORE : PS_OK;
}

void place_share(const char *path) {
  const char *slash = strrchr(path, '/');
  struct stat data, st;
  char *beside;
  if (!slash || asprintf(&beside, "%.*s/data.mdb", (int)(slash - path), path) < 0) return;
  const int fd = RETRY(open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (fd >= 0 && !RETRY(stat(beside, &data)) && !RETRY(fstat(fd, &st)) && S_ISREG(st.st_mode) &&
      !st.st_size && st.st_nlink == 1 && st.st_uid == geteuid()) {
    mode_t mode = data.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH);
    if (st.st_gid != data.st_gid && RETRY(fchown(fd, (uid_t)-1, data.st_gid))) mode &= S_IRWXO;
    (void)fchmod(fd, st.st_mode | mode);
  }
  if (fd >= 0) close(fd);
  free(beside);
}

/* Moves the finished file to its name, unless there is one by now. */
static int publish(const char *made, const char *file, struct ps_error *err) {
  if (!RETRY(link(made, file)) || errno == EEXIST) return PS_OK;
  const int no_links = errno; /* file systems without hard links */
  if (!RETRY(renameat2(AT_FDCWD, made, AT_FDCWD, file, RENAME_NOREPLACE)) || errno == EEXIST)
    return PS_OK;
  return error_set_os(err, PS_E_STORE, no_links, "the new store %s cannot be put in place", file);
}

static void clear_away(const char *new_dir, const char *made) {
  char *lock = place_path(new_dir, "lock.mdb");
  (void)unlink(made);
  if (lock) (void)unlink(lock);
  (void)rmdir(new_dir);
  free(lock);
}

int place_create(const char *dir,
                 int (*fill)(void *context, const char *new_dir, struct ps_error *), void *context,
                 bool sync, struct ps_error *err) {
  char *file = place_path(dir, "data.mdb"), *new_dir = place_path(dir, LEFTOVERS_NEW);
  char *made = NULL;
  int r, held = -1;
  if (!file || !new_dir) {
    r = error_memory(err, strlen(dir));
    goto out;
  }
  if ((held = leftovers_make_directory(new_dir)) < 0) {
    r = error_set_os(err, PS_E_STORE, errno,
                     "no store can be made in %s: change the directory's permissions, or name "
                     "another",
                     dir);
    goto out;
  }
  made = place_path(new_dir, "data.mdb");
  if (!made) {
    (void)rmdir(new_dir);
    r = error_memory(err, strlen(new_dir));
    goto out;
  }
  r = fill(context, new_dir, err);
  if (!r && sync) r = place_sync(made, err);
  if (!r) r = publish(made, file, err);
  if (!r && sync) r = place_sync_directory(dir, err);
  clear_away(new_dir, made);
out:
  if (held >= 0) close(held);
  free(file);
  free(new_dir);
  free(made);
  return r;
}

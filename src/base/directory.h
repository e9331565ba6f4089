/* Directories reach the disk: the names in them are durable only after an fsync() of the directory
 * itself (fsync(2), "Calling fsync() does not necessarily ensure ...").
 *
 * 0: on disk, or the file system knows no fsync() of directories (EINVAL, EROFS). 1: the directory
 * may not be read by this user, and its file system has to do. -1 with errno: not on disk, or
 * there is no descriptor to find out. Any thread.
 */
#ifndef BASE_DIRECTORY_H
#define BASE_DIRECTORY_H

int directory_sync(const char *path);
int directory_sync_above(const char *path); /* the directory that the last name of a path is in */

#endif

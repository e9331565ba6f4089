/* Claims: a regular file that two processes write at once by accident is noticed.
 *
 * A process that writes at an offset of its own (`> out`) claims the file alone. One that appends
 * (`>> out`, --duplicates) shares it with others that append, since appended writes do not
 * overwrite each other. A claim is a lock of the open file description (fcntl(2), F_OFD_SETLK) on
 * bytes far behind any file's end, so that no reader and no other program's lock meets it.
 * Processes that write through one description, `{ a & b; } > out`, share its offset and its claim.
 * A claim ends with the description, or by claim_release(). On a file system without locks nothing
 * is noticed.
 */
#ifndef IO_CLAIM_H
#define IO_CLAIM_H

#include <pingsieve/error.h>
#include <stdbool.h>

/* fd: open for writing. PS_E_OUTPUT: another process has a claim that excludes this one. */
int claim_file(int fd, bool append, const char *name, struct ps_error *err);
void claim_release(int fd);

#endif

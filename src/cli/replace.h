/* Files that are replaced as a whole: readers see the old text or the new one, never half of it.
 *
 * A regular file is written under a temporary name beside it (which ends in .tmp, so that patterns
 * like *.prom do not match it) and renamed; symbolic links are followed first. Devices and
 * pipes, /dev/stderr for example, are written directly.
 */
#ifndef CLI_REPLACE_H
#define CLI_REPLACE_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>

/* durable: wait until it is on disk (fsync of the file and of its directory). PS_E_OUTPUT. */
int replace_file(const char *path, const void *data, size_t len, bool durable,
                 struct ps_error *err);

/* Whether replace_file() has a chance, to be asked before work starts. */
int replace_check(const char *path, struct ps_error *err);

#endif

/* Identity: whether a file is the one that a record tells of (backfill/checkpoint.h says what
 * counts).
 */
#ifndef BACKFILL_IDENTITY_H
#define BACKFILL_IDENTITY_H

#include "backfill/checkpoint.h"
#include <sys/stat.h>

/* All but the digest, which is zero. */
void identity_of(const struct stat *st, struct identity *identity);
/* Equal device, inode, size and both times. */
bool identity_untouched(const struct identity *a, const struct identity *b);
/* Reads the file and digests it as source_digest() does. PS_E_INPUT: it cannot be read;
 * PS_E_STOPPED: stop_fd (-1: none) is readable. */
int identity_digest(const char *path, int stop_fd, uint8_t digest[SOURCE_DIGEST],
                    struct ps_error *err);

#endif

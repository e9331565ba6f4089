/* A disk that fails: what LMDB calls to write is intercepted, so that the n-th call fails, or that
 * the file can be put together as a loss of power would have left it. One file at a time.
 */
#ifndef TEST_SEEN_DISK_H
#define TEST_SEEN_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum disk_fault { DISK_FULL, DISK_BROKEN, DISK_SHORT_WRITE };

/* The n-th write or sync from now on fails (n from 1), the ones after it succeed; 0: none. */
void disk_fail_at(unsigned n, enum disk_fault fault);
/* The fault has not come yet. */
bool disk_fault_waits(void);

/* The n-th fsync() from now on fails (n from 1); 0: none. */
void disk_fsync_fail_at(unsigned n);

/* The next write() fails with this errno; 0: none. */
void disk_write_fail(int os_error);

/* Shared maps of files are refused for want of address space. */
void disk_no_shared_map(bool refused);

/* From now on the writes to this file are recorded. Before each write and sync `lose` is called,
 * which may ask for the file as it might be after a loss of power. */
typedef void disk_lose(void *context);
void disk_record(const char *path, disk_lose *lose, void *context);
void disk_record_stop(void);

/* The file as of the last sync, with a random part of the writes since (in sectors of 512 bytes).
 * The caller frees. */
uint8_t *disk_after_loss(uint64_t *random, size_t *bytes);

#endif

/* How long this program has waited for the disk: fdatasync() and LMDB's write of its meta page
 * (small and synchronous) are intercepted, so that the time of a batch can be told from the
 * device's.
 */
#ifndef BENCH_DISK_TIME_H
#define BENCH_DISK_TIME_H

double disk_seconds(void);  /* waiting for the device */
double write_seconds(void); /* in other writes: copying into the page cache */

#endif

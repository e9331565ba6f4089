/* How many processors this process may run on. */
#ifndef BASE_CPUS_H
#define BASE_CPUS_H

#define CPUS_MAX 65536u /* processors of the machine; 1 is told where it has more */

/* At least 1; 1 also where the system does not tell. The system refuses a set that is smaller than
 * its own (sched_setaffinity(2), EINVAL): the usual cpu_set_t ends at 1024. */
unsigned cpus_count(void);

#endif

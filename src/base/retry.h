/* RETRY: a system call that a signal has interrupted is made again. The result is an int, -1 with
 * errno when the call failed.
 */
#ifndef BASE_RETRY_H
#define BASE_RETRY_H

#include <errno.h>

#define RETRY(call)                                                                                \
  (__extension__({                                                                                 \
    int retry_result;                                                                              \
    do retry_result = (call);                                                                      \
    while (retry_result < 0 && errno == EINTR);                                                    \
    retry_result;                                                                                  \
  }))

#endif

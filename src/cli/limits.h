/* Limits of the process (setrlimit(2)) that an error may come from: the limit is too low then, and
 * a larger machine would not help. */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

#include <pingsieve/error.h>

#define LIMITS_TEXT 320

/* To stand behind the error's own sentence: "; this process is limited to 100 MB of address space
 * (ulimit -v)", of each limit that may be its cause. "" for errors that none causes. Returns text.
 */
const char *limits_remark(const struct ps_error *err, char text[LIMITS_TEXT]);

#endif

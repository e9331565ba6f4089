/* Assertions about calls that return a status and fill a struct ps_error. After cmocka.h. */
#ifndef TESTS_UNIT_ASSERTIONS_H
#define TESTS_UNIT_ASSERTIONS_H

#include <pingsieve/error.h>
#include <string.h>

#define assert_ok(call)                                                                            \
  do {                                                                                             \
    struct ps_error error_ = {.status = PS_OK};                                                    \
    struct ps_error *const err = &error_;                                                          \
    if (call) fail_msg("%s: %s", #call, error_.text);                                              \
  } while (0)

/* The call (which must use `err`) fails with this status and a sentence that holds `part`. */
#define assert_refused(call, want, part)                                                           \
  do {                                                                                             \
    struct ps_error error_ = {.status = PS_OK};                                                    \
    struct ps_error *const err = &error_;                                                          \
    assert_int_equal(call, want);                                                                  \
    assert_int_equal(error_.status, want);                                                         \
    if (!strstr(error_.text, part)) fail_msg("\"%s\" lacks \"%s\"", error_.text, part);            \
  } while (0)

#endif

/* cmocka, whose assertions about text take pointers to char alone with every version of it. Older
 * ones cast whatever they get, so that a comparison of bytes is built there and not elsewhere.
 */
#ifndef TEST_CMOCKA_H
#define TEST_CMOCKA_H

#include_next <cmocka.h>

#undef assert_string_equal
#undef assert_string_not_equal
#define assert_string_equal(a, b)     _assert_string_equal((a), (b), __FILE__, __LINE__)
#define assert_string_not_equal(a, b) _assert_string_not_equal((a), (b), __FILE__, __LINE__)

#endif

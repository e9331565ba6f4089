/* UTF-8 validation by three nibble look-ups (John Keiser and Daniel Lemire, "Validating UTF-8 in
 * less than one instruction per byte", https://arxiv.org/abs/2010.03090): a byte is wrong if the
 * entries for its predecessor's high and low nibble and its own high nibble have an error in
 * common.
 */
#ifndef SCAN_UTF8_TABLES_H
#define SCAN_UTF8_TABLES_H

#include <stdint.h>

#define UTF8_SHORT      0x01u /* a lead byte without its continuation */
#define UTF8_LONG       0x02u /* a continuation after ASCII */
#define UTF8_OVERLONG_3 0x04u
#define UTF8_LARGE      0x08u /* over U+10FFFF */
#define UTF8_SURROGATE  0x10u
#define UTF8_OVERLONG_2 0x20u
#define UTF8_LARGE_1000 0x40u
#define UTF8_OVERLONG_4 0x40u
#define UTF8_TWO        0x80u /* two continuations: right in a longer character only */
#define UTF8_CARRY      (UTF8_SHORT | UTF8_LONG | UTF8_TWO)
#define UTF8_ALL_LARGE  (UTF8_CARRY | UTF8_LARGE | UTF8_LARGE_1000)

static const uint8_t utf8_first_high[16] = {UTF8_LONG,
                                            UTF8_LONG,
                                            UTF8_LONG,
                                            UTF8_LONG,
                                            UTF8_LONG,
                                            UTF8_LONG,
                                            UTF8_LONG,
                                            UTF8_LONG,
                                            UTF8_TWO,
                                            UTF8_TWO,
                                            UTF8_TWO,
                                            UTF8_TWO,
                                            UTF8_SHORT | UTF8_OVERLONG_2,
                                            UTF8_SHORT,
                                            UTF8_SHORT | UTF8_OVERLONG_3 | UTF8_SURROGATE,
                                            UTF8_SHORT | UTF8_LARGE | UTF8_LARGE_1000 |
                                                UTF8_OVERLONG_4};
static const uint8_t utf8_first_low[16] = {UTF8_CARRY | UTF8_OVERLONG_3 | UTF8_OVERLONG_2 |
                                               UTF8_OVERLONG_4,
                                           UTF8_CARRY | UTF8_OVERLONG_2,
                                           UTF8_CARRY,
                                           UTF8_CARRY,
                                           UTF8_CARRY | UTF8_LARGE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE | UTF8_SURROGATE,
                                           UTF8_ALL_LARGE,
                                           UTF8_ALL_LARGE};
static const uint8_t utf8_second_high[16] = {
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_LONG | UTF8_OVERLONG_2 | UTF8_TWO | UTF8_OVERLONG_3 | UTF8_LARGE_1000 | UTF8_OVERLONG_4,
    UTF8_LONG | UTF8_OVERLONG_2 | UTF8_TWO | UTF8_OVERLONG_3 | UTF8_LARGE,
    UTF8_LONG | UTF8_OVERLONG_2 | UTF8_TWO | UTF8_SURROGATE | UTF8_LARGE,
    UTF8_LONG | UTF8_OVERLONG_2 | UTF8_TWO | UTF8_SURROGATE | UTF8_LARGE,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT,
    UTF8_SHORT};
/* Bytes after which, two and three on, a continuation must stand: saturating subtraction of these
 * leaves the top bit set for lead bytes of three and more, and of four. */
#define UTF8_LEAD_3 (0xE0 - 0x80)
#define UTF8_LEAD_4 (0xF0 - 0x80)

#endif

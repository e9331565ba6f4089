/* Regular expressions of the user's: POSIX extended ones, of bounded cost.
 *
 * The C library takes more than POSIX has, and neither bounds time nor memory (regex(3), BUGS).
 * Expressions of excessive cost are refused before they are compiled, with a sentence:
 * - back references (\1 to \9), an extension that makes matching exponential;
 * - repetitions that multiply: a{1,1000} stands for a thousand a, ((a{100}){100}){100} for a
 *   million. The expression may have at most PATTERN_PLACES of them when all are written out, where
 *   one that may be missing counts one more: (a{,1}{,1}...){900} overflowed the library's stack;
 * - anchors (^ $ \b \B \< \> \` \') next to one another, each of which counts as PATTERN_ANCHOR:
 *   compiling 64 times \b takes many seconds;
 * - parentheses, and signs of repetition behind one another, nested deeper than PATTERN_DEPTH:
 *   compiling a*****... takes time that grows with the third power.
 */
#ifndef SCAN_PATTERN_H
#define SCAN_PATTERN_H

#include <pingsieve/error.h>
#include <regex.h>
#include <stdint.h>

#define PATTERN_BYTES  4096u
#define PATTERN_PLACES 1000u
#define PATTERN_DEPTH  100u
#define PATTERN_ANCHOR 40u

/* As regcomp(3), with `flags` beside REG_EXTENDED; regfree() after PS_OK only. PS_E_ARGUMENT: what
 * is wrong with the text, to stand behind "TEXT is no POSIX extended regular expression: ".
 * PS_E_MEMORY: a sentence of its own. */
int pattern_compile(const char *text, int flags, regex_t *regex, struct ps_error *why);

/* For those that read an expression which regcomp(3) has taken. */

/* Behind the bracket expression that begins at p; its end if it is not closed. */
const char *pattern_after_bracket(const char *p);
/* Behind the interval that begins at p ("{2}", "{2,}", "{,5}", "{2,5}"), or p: it is none. Without
 * an upper end *most is PATTERN_MANY. */
#define PATTERN_MANY UINT32_MAX
const char *pattern_interval(const char *p, uint32_t *least, uint32_t *most);

#endif

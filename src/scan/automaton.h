/* Finding a POSIX extended regular expression in time that grows with text times expression, and in
 * memory that does not grow at all, whatever both are.
 *
 * regexec(3) searches from each byte anew (64 KiB took "a.*b" twelve seconds) and builds states as
 * it goes that it keeps for good. Here all places where a match may stand move through the text
 * together (Thompson 1968; https://swtch.com/~rsc/regexp/regexp1.html, regexp2.html). Only whether
 * there is a match is told, not where.
 *
 * The C library decides, in its "C" locale, what an expression means: automaton_create() lets it
 * judge the whole (scan/pattern.h) and asks it for the bytes that each bracket expression, period
 * and escape stands for. GNU's \w \W \s \S \b \B \< \> \` and \' mean the same as there.
 */
#ifndef SCAN_AUTOMATON_H
#define SCAN_AUTOMATON_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct automaton;

/* As pattern_compile(). */
int automaton_create(const char *text, struct automaton **automaton, struct ps_error *why);
void automaton_free(struct automaton *automaton); /* NULL is fine */

/* Any thread, several at once. The text may have NULs in it. */
bool automaton_finds(const struct automaton *automaton, const uint8_t *text, size_t len);

#endif

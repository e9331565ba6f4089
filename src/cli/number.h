/* Numbers as people type them: "65536", "64k", "256MiB".
 *
 * k, M, G (also kB, MB, GB) are powers of 1000; KiB, MiB, GiB (also Ki, Mi, Gi) powers of 1024.
 * Only whole numbers; nothing may surround them.
 */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBER_TEXT 32

/* False if text is no number of this form or does not fit. With suffixes = false only digits count.
 */
bool number_parse(const char *text, bool suffixes, uint64_t *number);

/* The shortest form that number_parse() reads back: "64MiB", "65536". Returns out. */
char *number_format_size(uint64_t number, char out[NUMBER_TEXT]);

#endif

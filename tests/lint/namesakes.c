/* A program's own functions with names that the library has inside. The library calls its own ones:
 * these end the program. */
#include <stdlib.h>

void batch_take(void);
void buffer_append(void);
void error_set(void);
void scan_line(void);

void batch_take(void) { abort(); }
void buffer_append(void) { abort(); }
void error_set(void) { abort(); }
void scan_line(void) { abort(); }

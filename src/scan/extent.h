/* Where a value of a validated line ends. */
#ifndef SCAN_EXTENT_H
#define SCAN_EXTENT_H

#include <stdint.h>

/* The byte behind the object or array whose bracket is at p. The line must be well formed there;
 * reads at most SCAN_PAD bytes beyond the closing bracket. */
const uint8_t *extent_container(const uint8_t *p);

#endif

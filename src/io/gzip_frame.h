/* The frame around a gzip member (RFC 1952): its header and its trailer, fed in pieces of any size.
 * Private to src/io.
 */
#ifndef IO_GZIP_FRAME_H
#define IO_GZIP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GZIP_TRAILER 8

struct gzip_header { /* all zero: at its first byte */
  uint8_t part, flags;
  uint32_t at;   /* bytes of this part so far */
  uint32_t want; /* bytes of a part of known length */
  uint32_t crc;  /* of all bytes before the header's own checksum */
};

enum gzip_frame { GZIP_FRAME_MORE, GZIP_FRAME_DONE, GZIP_FRAME_BAD };

/* Takes header bytes; *used: how many. At GZIP_FRAME_BAD *why says what is wrong (static). Names
 * and comments of any length are passed over without being kept. */
enum gzip_frame gzip_header_feed(struct gzip_header *header, const uint8_t *data, size_t len,
                                 size_t *used, const char **why);

/* Whether the trailer fits the member's checksum and length (modulo 2^32); else *why. */
bool gzip_trailer_fits(const uint8_t trailer[GZIP_TRAILER], uint32_t crc, uint64_t len,
                       const char **why);

#endif

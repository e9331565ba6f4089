/* Deflate: blocks of a gzip file that can be made in any order and by any thread, and put together.
 *
 * A block is raw DEFLATE (RFC 1951) that refers to nothing before it and ends at a byte boundary
 * with an empty stored block (a full flush, as pigz makes them), so that any number of them,
 * between GZIP_HEAD and gzip_tail(), is one gzip member (RFC 1952). The bytes of a block depend on
 * what goes in, the level and the backend alone: not on the vectors nor on the blocks before it.
 * (ISA-L's may depend on the processor's instruction set as well.)
 */
#ifndef IO_DEFLATE_H
#define IO_DEFLATE_H

#include <pingsieve/error.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define DEFLATE_LEVEL_MAX 9u

struct deflate; /* memory to compress with, under a MiB; one thread at a time */

/* Levels 1 to 3 go to ISA-L where the build has it (several times as fast as zlib), the others to
 * zlib. */
int deflate_open(unsigned level, struct deflate **deflate, struct ps_error *err);
void deflate_close(struct deflate *deflate);                /* NULL is fine */
const char *deflate_backend(const struct deflate *deflate); /* "isal", "zlib" */

/* Compresses the vectors, one after another, as one block. put() gets the output in pieces; its
 * first error ends the block. *crc and *len: CRC-32 and length of the input. No bytes in, no bytes
 * out. */
typedef int deflate_put(void *context, const void *data, size_t len, struct ps_error *err);
int deflate_block(struct deflate *deflate, const struct iovec *vectors, size_t n, deflate_put *put,
                  void *context, uint32_t *crc, uint64_t *len, struct ps_error *err);

#define GZIP_HEAD_BYTES 10u
extern const uint8_t gzip_head[GZIP_HEAD_BYTES]; /* no name, no time */
#define GZIP_TAIL_BYTES 10u
/* The final empty block and the trailer for all that went in. */
void gzip_tail(uint32_t crc, uint64_t len, uint8_t tail[GZIP_TAIL_BYTES]);
/* The checksum of two pieces from theirs (zlib's crc32_combine). */
uint32_t gzip_crc_join(uint32_t first, uint32_t second, uint64_t second_len);

#endif

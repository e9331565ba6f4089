#include "io/gzip_frame.h"

#include <zlib.h>

enum { FLAG_HCRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAG_RESERVED = 0xe0 };
enum { PART_FIXED, PART_EXTRA_LEN, PART_EXTRA, PART_NAME, PART_COMMENT, PART_HCRC, PART_END };

/* One byte of the part of ten: the magic, the method, the flags; time, level and system say nothing
 * that matters here. */
static bool fixed_byte(struct gzip_header *h, uint8_t c, const char **why) {
  static const uint8_t begin[] = {0x1f, 0x8b, 8};
  if (h->at < sizeof begin && c != begin[h->at]) {
    *why = h->at < 2 ? "no gzip header" : "an unknown compression method";
    return false;
  }
  if (h->at == 3) h->flags = c;
  if (h->flags & FLAG_RESERVED) {
    *why = "unknown gzip header flags";
    return false;
  }
  return true;
}

/* The next part that the flags announce. */
static void next_part(struct gzip_header *h) {
  static const uint8_t flag_of[] = {
      [PART_EXTRA_LEN] = FLAG_EXTRA, [PART_EXTRA] = FLAG_EXTRA, [PART_NAME] = FLAG_NAME,
      [PART_COMMENT] = FLAG_COMMENT, [PART_HCRC] = FLAG_HCRC,   [PART_END] = 0};
  do h->part++;
  while (h->part != PART_END && !(h->flags & flag_of[h->part]));
  h->at = 0;
}

static bool take_byte(struct gzip_header *h, uint8_t c, const char **why) {
  bool done = false;
  switch (h->part) {
  case PART_FIXED:
    if (!fixed_byte(h, c, why)) return false;
    done = ++h->at == 10;
    break;
  case PART_EXTRA_LEN:
    h->want = h->at ? h->want | (uint32_t)c << 8 : c;
    done = ++h->at == 2;
    break;
  case PART_EXTRA: done = ++h->at == h->want; break;
  case PART_NAME:
  case PART_COMMENT: done = c == 0; break;
  case PART_HCRC:
    if (c != (uint8_t)(h->crc >> (8 * h->at))) {
      *why = "a gzip header whose checksum is wrong";
      return false;
    }
    done = ++h->at == 2;
    break;
  default: break;
  }
  if (h->part != PART_HCRC) h->crc = (uint32_t)crc32(h->crc, &c, 1);
  if (done) {
    next_part(h);
    if (h->part == PART_EXTRA && h->want == 0) next_part(h);
  }
  return true;
}

enum gzip_frame gzip_header_feed(struct gzip_header *header, const uint8_t *data, size_t len,
                                 size_t *used, const char **why) {
  *used = 0;
  while (header->part != PART_END) {
    if (*used == len) return GZIP_FRAME_MORE;
    if (!take_byte(header, data[*used], why)) return GZIP_FRAME_BAD;
    (*used)++;
  }
  return GZIP_FRAME_DONE;
}

static uint32_t little32(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool gzip_trailer_fits(const uint8_t trailer[GZIP_TRAILER], uint32_t crc, uint64_t len,
                       const char **why) {
  if (little32(trailer) != crc) *why = "the checksum of the data is wrong";
  else if (little32(trailer + 4) != (uint32_t)len) *why = "the length of the data is wrong";
  else return true;
  return false;
}

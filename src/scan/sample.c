#include "scan/sample.h"
#include "base/error.h"
#include "scan/token.h"
#include "scan/uuid.h"

/* ---- the list ---- */

static bool take_number(const char **p, unsigned *number) {
  if (!token_is_digit((uint8_t) * *p)) return false;
  for (*number = 0; token_is_digit((uint8_t) * *p) && *number < SAMPLE_IDS; (*p)++)
    *number = *number * 10 + (unsigned)(**p - '0');
  return *number < SAMPLE_IDS;
}

int sample_parse(const char *text, struct sample *sample, struct ps_error *err) {
  *sample = (struct sample){{0}};
  for (const char *p = text;; p++) {
    unsigned from, to;
    if (!take_number(&p, &from)) break;
    to = from;
    if (*p == '-' && (p++, !take_number(&p, &to) || to < from)) break;
    for (; from <= to; from++) sample->ids[from / 64] |= 1ull << from % 64;
    if (!*p) return PS_OK;
    if (*p != ',') break;
  }
  return error_set(err, PS_E_ARGUMENT,
                   "the sample ids \"%.200s\" are no list of numbers from 0 to 99: write them as "
                   "42, 0-9 or 0-9,50",
                   text);
}

/* ---- the sample id ---- */

/* zlib's CRC-32, four bits at a time: ids are short. */
static uint32_t crc_byte(uint32_t crc, uint8_t byte) {
  static const uint32_t nibbles[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                       0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
  crc ^= byte;
  crc = crc >> 4 ^ nibbles[crc & 15];
  return crc >> 4 ^ nibbles[crc & 15];
}

static uint32_t crc_text(uint32_t crc, const uint8_t *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    const bool upper = (uint8_t)(text[i] - 'A') < 26;
    crc = crc_byte(crc, upper ? text[i] | 0x20 : text[i]);
  }
  return crc;
}

static uint32_t client_crc(const uint8_t *line, const struct scan_span *span) {
  const uint8_t *p = line + span->offset, *end = p + span->len;
  uint8_t folded[UUID_TEXT], start[UUID_TEXT + 2 + 4];
  uint32_t crc = ~0u;
  size_t len = 0, written;
  if (likely(!span->escaped)) {
    if (likely(uuid_in(p, span->len, folded))) return ~crc_text(crc, folded, UUID_TEXT);
    return ~crc_text(crc, p, span->len);
  }
  for (const uint8_t *q = p; q < end && len <= UUID_TEXT + 2; len += written)
    q = token_decode(q, end, start + len, &written);
  if (uuid_in(start, len, folded)) return ~crc_text(crc, folded, UUID_TEXT);
  while (p < end) {
    uint8_t character[4];
    p = token_decode(p, end, character, &written);
    crc = crc_text(crc, character, written);
  }
  return ~crc;
}

bool sample_has(const struct sample *sample, const uint8_t *line, const struct scan_span *span) {
  if (span->type != SCAN_STRING || !span->len) return false;
  const uint32_t id = client_crc(line, span) % SAMPLE_IDS;
  return sample->ids[id / 64] >> id % 64 & 1;
}

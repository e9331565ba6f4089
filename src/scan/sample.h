/* Samples of clients: the sample id of a client is crc32 of its id in lower case, mod 100 (zlib's
 * crc32, as mozilla/gcp-ingestion and the pipelines before it compute it).
 */
#ifndef SCAN_SAMPLE_H
#define SCAN_SAMPLE_H

#include "scan/scan.h"
#include <stdbool.h>

#define SAMPLE_IDS 100u

struct sample {
  uint64_t ids[2]; /* bit i % 64 of word i / 64: sample id i is in */
};

/* "0-9,50". PS_E_ARGUMENT tells what is wrong with it. */
int sample_parse(const char *text, struct sample *sample, struct ps_error *err);

/* Is the client whose clientId stands at `span` in? One without (type SCAN_NONE, or anything but a
 * string that is not empty) never is. */
bool sample_has(const struct sample *sample, const uint8_t *line, const struct scan_span *span);

#endif

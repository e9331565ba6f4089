/* A client as a report names it: a key that joins reports, and a name that is shown.
 *
 * The key is the XXH3-128 (canonical form, no seed) of the kind's byte and the id, so that two
 * reports with shortened names still know the same client.
 */
#ifndef REPORT_IDENTITY_H
#define REPORT_IDENTITY_H

#include <pingsieve/client.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_KEY   16
#define IDENTITY_NAME  56 /* 16 bytes, each of them three of U+FFFD at worst, and a NUL */
#define IDENTITY_SHORT 8  /* characters that shortening leaves */

struct identity {
  uint8_t key[IDENTITY_KEY];
  struct ps_client client; /* read from JSON: id all 0 */
  bool whole;              /* the name is not shortened */
  char name[IDENTITY_NAME];
};

/* A hashed id has no name but its hash, of which "#" and 8 digits are shown in any case. */
void identity_of_client(struct identity *who, const struct ps_client *client, bool show_ids);

int identity_compare(const struct identity *a, const struct identity *b); /* by key */
void identity_format_key(const struct identity *who, char out[2 * IDENTITY_KEY + 1]);
bool identity_parse_key(const char *text, size_t len, struct identity *who);

/* "uuid", "text", ...; static storage. */
const char *identity_kind_name(unsigned kind);
bool identity_kind_parse(const char *name, uint8_t *kind);

/* Copies text into out[cap] as valid UTF-8, with U+FFFD for what is none; cut at a character. */
void identity_clean(const char *text, char *out, size_t cap);

/* Cuts a whole name to IDENTITY_SHORT characters and U+2026. */
void identity_shorten(struct identity *who);

#endif

/* The harvest: scans the lines of blocks, any number at a time, and leaves traces of them.
 *
 * With clients asked for, a line is first scanned lean: for its client and its fields' values, not
 * for the sums, which cost a third of a full scan; only the clients' pings are scanned again, full.
 * Where most pings were theirs, the worker's next block is scanned full at once. The results are
 * the same.
 */
#ifndef PROFILE_HARVEST_H
#define PROFILE_HARVEST_H

#include "crew/block.h"
#include "inputs/reading.h"
#include "profile/clients.h"
#include "profile/field.h"
#include "scan/scan.h"

struct harvest;

struct harvest_options {
  const struct ps_profile_options *profile; /* nothing of it is needed later */
  const struct clients *clients;            /* borrowed; none: all pings are of client 0 */
  const struct reading *reading;            /* of its options; borrowed while it is opened */
  unsigned workers;                         /* that harvest_block() is called by */
};

int harvest_open(const struct harvest_options *options, struct harvest **harvest,
                 struct ps_error *err);
void harvest_close(struct harvest *harvest); /* NULL is fine */

const struct fields *harvest_fields(const struct harvest *harvest);
/* The measure is of one histogram by name, whose `sum` member is looked at. */
bool harvest_has_member(const struct harvest *harvest, unsigned measure);

/* A stage of a crew (`work`); the context is the harvest. Deals with all of the block's lines and
 * leaves traces of them in block->packed, and in slot.scan_status what went wrong. */
void harvest_block(void *context, unsigned worker, struct block *block);

#endif

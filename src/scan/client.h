/* Reading a clientId as <pingsieve/client.h> tells it, whose functions are here as well. */
#ifndef SCAN_CLIENT_H
#define SCAN_CLIENT_H

#include "scan/scan.h"
#include <pingsieve/client.h>

/* The client of the clientId at span; anything but a non-empty string is none. */
void client_parse(const uint8_t *line, const struct scan_span *span, struct ps_client *client);

#endif

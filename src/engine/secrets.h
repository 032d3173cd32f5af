/* SPDX-License-Identifier: MIT */
/* Signing keys that lie in files of their own (SecretFile). */
#ifndef INCIDENT_SECRETS_H
#define INCIDENT_SECRETS_H

#include <stdbool.h>

struct settings;

/* Reads each webhook's SecretFiles, at a start. One that cannot be read, is
 * empty or above 4 KiB never stops the start: it is logged, and without another
 * key the webhook is in trouble. One that others can read is warned about. */
void secrets_read(struct settings *s);

/* Others than its owner can do something with a file of that mode. */
bool secrets_is_open(unsigned mode);

#endif

/* SPDX-License-Identifier: MIT */
/* Signing keys that lie in files of their own (SecretFile). */
#ifndef INCIDENT_SECRETS_H
#define INCIDENT_SECRETS_H

struct settings;

/* Reads each webhook's SecretFile into its secret, at a start. One that cannot
 * be read, is empty or above 4 KiB never stops the start: it is logged, and the
 * webhook is in trouble. One that others can read is warned about. */
void secrets_read(struct settings *s);

#endif

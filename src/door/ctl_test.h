/* SPDX-License-Identifier: MIT */
/* Test pages for other commands. */
#ifndef INCIDENT_CTL_TEST_H
#define INCIDENT_CTL_TEST_H

#include "door/ctl.h"

/* Has the plugin send a test page to the webhook, and waits for what comes of
 * it; the ledger is open to be written, c->by is known, the plugin runs.
 * CTL_DONE or a complaint; *reached: it got through. */
int ctl_test_webhook(struct ctl *c, const char *webhook, bool *reached);

#endif

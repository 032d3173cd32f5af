/* SPDX-License-Identifier: MIT */
/* What other plugins of the daemon should hear: a notification of plugin
 * "incident". */
#ifndef INCIDENT_ANNOUNCEMENT_H
#define INCIDENT_ANNOUNCEMENT_H

#include "core/signal.h"

#define ANNOUNCEMENT_MAX 256
struct announcement {
  enum level level;
  char plugin_instance[128]; /* a chain's name, or "webhook" */
  char type_instance[128];   /* an incident's id, "reach", a webhook's name */
  char message[ANNOUNCEMENT_MAX]; /* valid UTF-8, as are the others */
};

#endif

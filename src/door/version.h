/* SPDX-License-Identifier: MIT */
/* The version, for the door that cannot include build_config.h: collectd's own
 * config.h defines the same macros. Set by the build. */
#ifndef INCIDENT_DOOR_VERSION_H
#define INCIDENT_DOOR_VERSION_H

#ifndef INCIDENT_VERSION
#error "the build sets INCIDENT_VERSION"
#endif

#endif

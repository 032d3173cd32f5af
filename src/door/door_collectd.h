/* SPDX-License-Identifier: MIT */
/* The plugin's own headers between its parts: what the daemon hands over is
 * turned into what the other rooms know. */
#ifndef INCIDENT_DOOR_COLLECTD_H
#define INCIDENT_DOOR_COLLECTD_H

#include "base/conf.h"
#include "base/log.h"
#include "core/metric.h"
#include "core/signal.h"
#include "engine/meter.h"

#include "liboconfig/oconfig.h"

#include "daemon/collectd.h"

#include "daemon/plugin.h"

/* syslog's names for levels; the plugin's log goes through base/log.h, whose
 * names these would hide. */
enum {
  DAEMON_ERROR = LOG_ERR,
  DAEMON_WARNING = LOG_WARNING,
  DAEMON_NOTICE = LOG_NOTICE,
  DAEMON_INFO = LOG_INFO
};
#undef LOG_WARNING
#undef LOG_NOTICE
#undef LOG_INFO

/* The contents of a block as a neutral tree; what it holds is c's. */
enum err door_read_block(const oconfig_item_t *block, struct conf *c);

/* Packs a notification (in SIGNAL_BYTES_MAX bytes of 8-aligned memory), read
 * with the bounds of its fields: threshold may leave out a NUL
 * (threshold.c:ut_report_state). with_text: as signal_end. */
struct signal *door_pack(const notification_t *n, bool with_text,
                         struct intake *q, void *memory);

/* A value as the series' memory takes it; borrows from all three. */
void door_read_values(const data_set_t *ds, const value_list_t *vl,
                      struct source sources[SOURCES_MAX], struct reading *r);

/* From one read callback, every time: all that the meter has. */
void door_dispatch_values(struct meter *m, struct intake *q,
                          const char *ledger);

#endif

/* SPDX-License-Identifier: MIT */
/* The measurements: each adds its rows to the table. False: it could not be
 * made, stderr says why. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "rig.h"
#include "table.h"

typedef bool measurement(struct rig *rig, struct table *t);

/* measure_callback.c: what the callbacks keep collectd's threads */
measurement measure_callback, measure_hanging, measure_locked, measure_full,
    measure_values;
/* measure_storm.c: from notification to page and ledger */
measurement measure_page, measure_storm, measure_hosts, measure_restart,
    measure_okay;
/* measure_delivery.c: pages that are hard to deliver */
measurement measure_survival, measure_beside;
/* measure_tools.c: incidentctl, and doing nothing */
measurement measure_million, measure_postmortem, measure_change, measure_idle;
/* measure_duty.c: deciding who is on call */
measurement measure_duty;

#endif

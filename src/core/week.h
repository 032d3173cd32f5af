/* SPDX-License-Identifier: MIT */
/* Days of the week and times of day as people write them. */
#ifndef INCIDENT_WEEK_H
#define INCIDENT_WEEK_H

#include <stdbool.h>
#include <stdint.h>

#define WEEK_DAYS 7
#define WEEK_ALL ((1u << WEEK_DAYS) - 1)
#define DAY_MINUTES 1440
#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* "Sat", "Mon-Fri", "Fri-Mon", "Sat,Sunday": bit 0 is Sunday. *p is behind it
 * then; untouched if it is none of these. */
bool week_read_days(const char **p, uint8_t *days);
/* "9:05", "09:05", "24:00" in minutes after midnight; likewise. */
bool week_read_minute(const char **p, int *minute);

#endif

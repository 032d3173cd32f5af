/* SPDX-License-Identifier: MIT */
/* A POSIX TZ string as TZif files end with it (RFC 8536, section 3.3): how
 * daylight saving goes on after the last transition of the table. */
#ifndef INCIDENT_ZONE_RULE_H
#define INCIDENT_ZONE_RULE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct zone_change {
  char form;       /* 'J': day 1..365 without February 29th; 'N': day 0..365;
                      'M': month.week.weekday */
  int month, week; /* 'M': 1..12; 1..5, 5 is the last */
  int day;         /* 'M': 0 is Sunday */
  int32_t time_of_day; /* seconds after midnight; -167 h to 167 h */
};

struct zone_rule {
  int32_t standard, daylight; /* seconds east of UTC */
  bool has_daylight;
  struct zone_change begin, end; /* of daylight saving */
};

/* "CET-1CEST,M3.5.0,M10.5.0/3". ERR_INVALID. */
enum err zone_rule_parse(const char *text, struct zone_rule *rule);

/* Seconds east of UTC at that time in seconds since the epoch. */
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t at);

#endif

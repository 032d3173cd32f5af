/* SPDX-License-Identifier: MIT */
/* Lengths of time as people write them. */
#ifndef INCIDENT_SPAN_H
#define INCIDENT_SPAN_H

#include "base/clock.h"

/* Reads "90s", "5m", "2h", "3d", "1w", "500ms", a sum of them ("1h30m"), or a
 * bare number of seconds ("0.5"); the number may have a fraction. Negative,
 * empty, above ten years or anything else: ERR_INVALID. */
enum err span_parse(const char *text, span_ms *span);

/* Seconds from a number in the configuration; ERR_INVALID as above, and for
 * NaN. */
enum err span_from_seconds(double seconds, span_ms *span);

/* Exact and short: "90s" prints as "1m30s", 0 as "0s", 1500 as "1.5s". */
#define SPAN_TEXT 40
void span_print(span_ms span, char out[SPAN_TEXT]);

/* Rounded to its one or two largest units, for tables: "3d4h", "12m", "8s". */
void span_print_rough(span_ms span, char out[SPAN_TEXT]);

#endif

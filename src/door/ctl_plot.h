/* SPDX-License-Identifier: MIT */
/* How a value went, drawn in characters for a terminal:
 *
 *     100 ┤                                     ⣀⡠⠤
 *      95 ┤────────────────────────────────⡠⠤⠒⠉──── failure
 *      80 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⣀⡠⠤⠒⠉┄┄┄┄┄┄┄┄┄┄┄┄ warning
 *      60 ┤⣀⣀⣀⣀⡠⠤⠤⠔⠒⠒⠒⠉⠉⠉
 *         └────┬───────────────┬───────────────┬──
 *            10:00           10:05           10:10
 *
 * Pure, but for the local time zone. */
#ifndef INCIDENT_CTL_PLOT_H
#define INCIDENT_CTL_PLOT_H

#include "core/trend.h"
#include "door/ctl_table.h"

#define PLOT_WIDTH_MIN 24 /* narrower ones are as wide as that */
#define PLOT_WIDTH_MAX 160
#define PLOT_HEIGHT_MAX 40

struct ctl_plot {
  const struct trend *trend;
  /* NaN: none. One far away from all values is not drawn. */
  double warning_min, warning_max, failure_min, failure_max;
  size_t width;  /* in columns, all of it */
  size_t height; /* in lines, without the two of the time; 1 at least */
  struct ctl_style style;
};

/* Adds its lines; nothing without a finite value. */
void ctl_plot_draw(const struct ctl_plot *p, struct buf *out);

/* In four digits: "97.2", "12345", "1.235M", "1.2e-05". */
#define PLOT_NUMBER 16
void ctl_plot_number(double x, char out[PLOT_NUMBER]);

#endif

/* SPDX-License-Identifier: MIT */
/* What the engine has to do, in figures. */
#include "engine/engine_inside.h"

#define PAUSE_MIN_MS 1000
#define PAUSE_SHARE 100 /* counting takes a hundredth of the time at most */

void engine_measure(struct engine *e) {
  struct meter_figures figures;
  struct measure *m = &e->measure;
  wall_ms now = e->parts.clock->wall(e->parts.clock);
  if (e->parts.meter == NULL || !m->is_stale ||
      (now >= m->at && now - m->at < m->pause))
    return;
  int64_t began = clock_mono_ns();
  meter_count(&figures, &e->book, &e->pager);
  figures.is_degraded = e->is_degraded;
  meter_set(e->parts.meter, &figures);
  m->is_stale = false;
  m->at = now;
  m->pause = (clock_mono_ns() - began) / 1000000 * PAUSE_SHARE;
  if (m->pause < PAUSE_MIN_MS)
    m->pause = PAUSE_MIN_MS;
}

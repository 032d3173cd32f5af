/* SPDX-License-Identifier: MIT */
#include "engine/prune.h"

#include "base/log.h"

#define FIRST_MS 60000 /* after a start there is enough to do */
#define DAY_MS INT64_C(86400000)
#define RETRY_MS 3600000
#define ROWS_MAX 1000 /* some milliseconds, for which others wait */

void prune_init(struct prune *p, wall_ms now) {
  *p = (struct prune){.due = now + FIRST_MS, .started = WALL_NEVER};
}

static void end_round(struct prune *p, const struct ledger *l, wall_ms next) {
  if (p->incidents > 0)
    log_line(LOG_NOTICE,
             "incident: ledger %s: pruned %lld incident%s that %s resolved "
             "longer ago than Retention",
             ledger_path(l), (long long)p->incidents,
             p->incidents == 1 ? "" : "s", p->incidents == 1 ? "was" : "were");
  *p = (struct prune){.due = next, .started = WALL_NEVER};
}

int64_t prune_some(struct prune *p, struct ledger *l, span_ms retention,
                   wall_ms now) {
  struct ledger_pruned pruned = {.rows = 0};
  if (p->due > now + DAY_MS) /* the clock was set back */
    p->due = now + DAY_MS;
  if (now < p->due)
    return 0;
  if (p->started == WALL_NEVER)
    p->started = now;
  enum err err = ledger_prune(l, p->started - retention, ROWS_MAX, 0, &pruned);
  if (err == ERR_BUSY)
    return 0;
  p->incidents += pruned.incidents;
  if (err != OK) {
    log_line(LOG_WARNING, "incident: cannot prune ledger %s: %s",
             ledger_path(l), ledger_why(l));
    end_round(p, l, now + RETRY_MS);
  } else if (pruned.is_done) {
    end_round(p, l, p->started + DAY_MS);
  }
  return pruned.rows;
}

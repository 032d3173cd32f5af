/* SPDX-License-Identifier: MIT */
/* The plugin's own values, as collectd takes them. */
#include "door/door_collectd.h"

#include "daemon/globals.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* stat opens nothing: closing a file of SQLite's would drop its locks. */
static int64_t size_of(const char *ledger) {
  char wal[PATH_MAX];
  struct stat db, log;
  if (stat(ledger, &db) != 0)
    return -1;
  int n = snprintf(wal, sizeof wal, "%s-wal", ledger);
  if (n < 0 || (size_t)n >= sizeof wal || stat(wal, &log) != 0)
    log.st_size = 0;
  return (int64_t)db.st_size + (int64_t)log.st_size;
}

static void dispatch(void *arg, const struct meter_value *v) {
  value_t value = {.gauge = v->gauge};
  value_list_t vl = VALUE_LIST_INIT;
  (void)arg;
  if (v->is_derive)
    value.derive = v->derive;
  vl.values = &value;
  vl.values_len = 1;
  snprintf(vl.host, sizeof vl.host, "%s", hostname_g);
  snprintf(vl.plugin, sizeof vl.plugin, "incident");
  snprintf(vl.plugin_instance, sizeof vl.plugin_instance, "%s",
           v->plugin_instance);
  snprintf(vl.type, sizeof vl.type, "%s", v->type);
  snprintf(vl.type_instance, sizeof vl.type_instance, "%s", v->type_instance);
  plugin_dispatch_values(&vl);
}

void door_dispatch_values(struct meter *m, struct intake *q,
                          const char *ledger) {
  static struct meter_figures before; /* of the only caller's last time */
  struct meter_figures figures;
  struct meter_surroundings s = {.ledger_bytes = size_of(ledger)};
  struct clock *clock = clock_real();
  if (!meter_get(m, &figures))
    return;
  intake_counts(q, &s.intake);
  s.now = clock->wall(clock);
  meter_each(&figures, &before, &s, dispatch, NULL);
  before = figures;
}

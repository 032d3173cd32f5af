/* SPDX-License-Identifier: MIT */
#include "core/impact.h"

#include <stdlib.h>

void impact_fini(struct impact *i) {
  free(i->text);
  free(i->by);
}

span_ms impact_duration(const struct impact *i, wall_ms now) {
  wall_ms until = i->until != WALL_NEVER ? i->until : now;
  return until > i->from ? until - i->from : 0;
}

void impact_print(const struct impact *i, wall_ms now, struct json *j) {
  json_object(j);
  json_put_int(j, "id", i->id);
  json_put_text(j, "text", i->text);
  json_put_time(j, "from", i->from);
  json_put_time(j, "to", i->until);
  json_put_text(j, "by", i->by);
  json_put_int(j, "duration", impact_duration(i, now) / 1000);
  json_object_end(j);
}

/* SPDX-License-Identifier: MIT */
#include "core/team.h"

#include <stdlib.h>

void team_fini(struct team *t) {
  free(t->name);
  free(t->leader);
  free(t->by);
}

void team_print(const struct team *t, struct json *j) {
  json_object(j);
  json_put_int(j, "id", t->id);
  json_put_text(j, "name", t->name);
  json_put_text(j, "leader", t->leader);
  json_put_time(j, "since", t->since);
  json_put_time(j, "until", t->until);
  json_put_time(j, "ended_at", t->ended_at);
  json_put_text(j, "by", t->by);
  json_object_end(j);
}

/* SPDX-License-Identifier: MIT */
#include "core/role.h"

#include <stdlib.h>
#include <string.h>

bool role_is_shared(const char *role) { return strcmp(role, ROLE_EXPERT) == 0; }

void holding_fini(struct holding *h) {
  free(h->role);
  free(h->who);
  free(h->by);
}

void holding_print(const struct holding *h, struct json *j) {
  json_object(j);
  json_put_text(j, "role", h->role);
  json_put_text(j, "who", h->who);
  json_put_time(j, "since", h->since);
  json_put_time(j, "until", h->until);
  json_object_end(j);
}

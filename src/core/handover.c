/* SPDX-License-Identifier: MIT */
#include "core/handover.h"

#include <string.h>

static bool is_before(const struct settings *s, const struct incident *a,
                      const struct incident *b) {
  size_t x = settings_rank(s, a->severity), y = settings_rank(s, b->severity);
  if (x != y)
    return x < y;
  return a->declared_at != b->declared_at ? a->declared_at > b->declared_at
                                          : a->id > b->id;
}

void handover_add(struct handover *h, const struct settings *settings,
                  const struct incident *i) {
  size_t at = h->incidents_n;
  h->open++;
  while (at > 0 && is_before(settings, i, h->incidents[at - 1]))
    at--;
  if (at == HANDOVER_INCIDENTS_MAX)
    return;
  if (h->incidents_n < HANDOVER_INCIDENTS_MAX)
    h->incidents_n++;
  memmove(&h->incidents[at + 1], &h->incidents[at],
          (h->incidents_n - 1 - at) * sizeof h->incidents[0]);
  h->incidents[at] = i;
}

void handover_print(const struct handover *h, struct json *j) {
  json_object(j);
  json_put_text(j, "schedule", h->schedule);
  json_put_time(j, "until", h->until);
  json_put_int(j, "open", h->open);
  json_key(j, "incidents");
  json_array(j);
  for (size_t n = 0; n < h->incidents_n; n++) {
    const struct incident *i = h->incidents[n];
    json_object(j);
    json_put_int(j, "id", i->id);
    json_put_text(j, "title", incident_name(i));
    json_put_text(j, "severity", i->severity);
    json_put_text(j, "status", status_names[i->status]);
    json_put_text(j, "acknowledged_by", i->acknowledged_by);
    json_object_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

void handover_add_headline(const struct handover *h, struct buf *out) {
  buf_addf(out, "You are on call for %s: ", h->schedule);
  if (h->open == 1)
    buf_add(out, "1 incident is open");
  else if (h->open > 1)
    buf_addf(out, "%lld incidents are open", (long long)h->open);
  else
    buf_add(out, "no incident is open any more");
}

void handover_add_line(const struct handover *h, size_t i, struct buf *out) {
  const struct incident *x = h->incidents[i];
  buf_addf(out, "[%s] %lld %s%s: %s", x->severity, (long long)x->id,
           incident_mark(x, incident_name(x)), incident_name(x),
           status_names[x->status]);
  if (x->acknowledged_by != NULL)
    buf_addf(out, ", acknowledged by %s", x->acknowledged_by);
}

/* SPDX-License-Identifier: MIT */
/* What `show` says of a postmortem. */
#include "door/ctl_postmortem.h"

#include <stdlib.h>

wall_ms ctl_postmortem_due(const struct ctl *c, const struct incident *i) {
  const struct settings *s = c->settings;
  return postmortem_due(s != NULL ? settings_severity(s, i->severity) : NULL,
                        i->resolved_at != WALL_NEVER ? i->resolved_at : c->now);
}

/* ERR_NOTFOUND: there is none. */
static enum err find(const struct ctl *c, const struct incident *i,
                     struct postmortem *p) {
  return c->ledger != NULL ? ledger_postmortem(c->ledger, i->id, p)
                           : ERR_NOTFOUND;
}

static void add(struct ctl_table *t, const struct ctl *c,
                const struct incident *i, const struct postmortem *p) {
  char at[CLOCK_LOCAL];
  bool has_meeting = p->meeting_at != WALL_NEVER;
  wall_ms when = has_meeting ? p->meeting_at : ctl_postmortem_due(c, i);
  clock_print_local(when, at);
  ctl_table_add(t, COLOUR_DIM, "postmortem");
  if (p->status == POSTMORTEM_CLOSED || (!has_meeting && incident_is_open(i)))
    ctl_table_addf(t, COLOUR_NONE, "%s, of %s",
                   postmortem_status_names[p->status],
                   p->owner != NULL ? p->owner : "nobody");
  else
    ctl_table_addf(t, has_meeting || when > c->now ? COLOUR_NONE : COLOUR_RED,
                   "%s, of %s, %s %.16s", postmortem_status_names[p->status],
                   p->owner != NULL ? p->owner : "nobody",
                   has_meeting ? "meeting at" : "meeting due by", at);
}

void ctl_postmortem_add(struct ctl_table *t, const struct ctl *c,
                        const struct incident *i) {
  struct postmortem p;
  enum err err = find(c, i, &p);
  if (err == OK) {
    add(t, c, i, &p);
    postmortem_fini(&p);
  } else if (err != ERR_NOTFOUND) {
    t->err = err;
  } else if (i->is_major && !i->is_test && !incident_is_open(i) &&
             i->merged_into == 0) {
    ctl_table_add(t, COLOUR_DIM, "postmortem");
    ctl_table_addf(t, COLOUR_YELLOW,
                   "missing: incidentctl postmortem create %lld",
                   (long long)i->id);
  }
}

enum err ctl_postmortem_show_json(const struct ctl *c,
                                  const struct incident *i) {
  struct postmortem p;
  char *text = NULL;
  enum err err = find(c, i, &p);
  if (err == ERR_NOTFOUND) {
    fputs(",\"postmortem\":null", c->out);
    return OK;
  }
  if (err != OK)
    return err;
  struct json *j = json_new();
  if (j != NULL)
    postmortem_put(&p, ctl_postmortem_due(c, i), true, j);
  err = j != NULL ? json_done(j, &text) : ERR_NOMEM;
  json_free(j);
  postmortem_fini(&p);
  if (err == OK)
    fprintf(c->out, ",\"postmortem\":%s", text);
  free(text);
  return err;
}

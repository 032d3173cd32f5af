/* SPDX-License-Identifier: MIT */
#include "door/ctl_related.h"

#include <string.h>

#define TEXT_MAX 8192

struct relations {
  int64_t id;
  struct buf children, open, parts; /* "incident 43: Checkout is slow, ..." */
};

static void add(struct buf *b, const struct incident *i, const char *state) {
  buf_addf(b, "%sincident %lld: %s%s", b->len > 0 ? ", " : "", (long long)i->id,
           incident_name(i), state);
}

/* What there is no room for is left out. */
static enum err take(void *arg, const struct incident *i) {
  struct relations *r = arg;
  if (i->merged_into == r->id) {
    add(&r->parts, i, "");
    return OK;
  }
  add(&r->children, i, incident_is_open(i) ? "" : " (resolved)");
  if (incident_is_open(i))
    add(&r->open, i, "");
  return OK;
}

static void find(struct relations *r, const struct ctl *c, int64_t id) {
  r->id = id;
  buf_init(&r->children, TEXT_MAX);
  buf_init(&r->open, TEXT_MAX);
  buf_init(&r->parts, TEXT_MAX);
  if (c->ledger != NULL) /* fewer if it cannot tell */
    (void)ledger_related(c->ledger, id, take, r);
}

static void fini(struct relations *r) {
  buf_fini(&r->children);
  buf_fini(&r->open);
  buf_fini(&r->parts);
}

static void add_field(struct ctl_table *t, const char *name,
                      const struct buf *b) {
  if (b->len == 0)
    return;
  ctl_table_add(t, COLOUR_DIM, name);
  ctl_table_add(t, COLOUR_NONE, buf_text(b));
}

void ctl_related_add(struct ctl_table *t, const struct ctl *c,
                     const struct incident *i) {
  struct relations r;
  if (i->merged_into != 0) {
    ctl_table_add(t, COLOUR_DIM, "merged into");
    ctl_table_addf(t, COLOUR_BOLD, "incident %lld: incidentctl show %lld",
                   (long long)i->merged_into, (long long)i->merged_into);
  }
  if (i->parent != 0) {
    ctl_table_add(t, COLOUR_DIM, "part of");
    ctl_table_addf(t, COLOUR_NONE, "incident %lld", (long long)i->parent);
  }
  find(&r, c, i->id);
  add_field(t, "under it", &r.children);
  add_field(t, "merged here", &r.parts);
  fini(&r);
}

void ctl_related_warn(const struct ctl *c, int64_t id) {
  struct relations r;
  find(&r, c, id);
  if (r.open.len > 0)
    ctl_warn(c, "warning: what hangs under it is open: %s", buf_text(&r.open));
  fini(&r);
}

/* ---- for programs ---- */

struct list {
  struct ctl_list_json json;
  int64_t id;
  bool is_of_parts;
};

static enum err put(void *arg, const struct incident *i) {
  struct list *l = arg;
  struct json *j = NULL;
  if ((i->merged_into == l->id) != l->is_of_parts)
    return OK;
  j = json_new();
  if (j != NULL) {
    json_object(j);
    json_put_int(j, "id", i->id);
    json_put_text(j, "title", incident_name(i));
    json_put_text(j, "status", status_names[i->status]);
    json_object_end(j);
  }
  ctl_json_item(&l->json, j);
  return l->json.err;
}

enum err ctl_related_json(const struct ctl *c, int64_t id) {
  struct list l = {.id = id};
  enum err err = OK;
  for (int i = 0; i < 2 && err == OK; i++) {
    l.is_of_parts = i == 1;
    ctl_json_begin(&l.json, c, i == 0 ? ",\"children\":" : ",\"merged\":");
    if (c->ledger != NULL)
      err = ledger_related(c->ledger, id, put, &l);
    fputc(']', c->out);
  }
  return err;
}

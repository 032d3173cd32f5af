/* SPDX-License-Identifier: MIT */
/* Silences, overrides, roles, absences and exhibits. */
#include "engine/book_inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- silences ---- */

static void free_silence(struct silence *s) {
  silence_fini(s);
  free(s);
}

struct silence *book_silence(const struct book *b, int64_t id) {
  for (size_t i = 0; i < b->silences.n; i++) {
    struct silence *s = b->silences.items[i];
    if (s->id == id)
      return s;
  }
  return NULL;
}

enum err book_take_silence(struct book *b, struct silence *own_silence) {
  bool is_new = own_silence->id == 0;
  if (!is_new && book_silence(b, own_silence->id) != NULL) {
    free_silence(own_silence);
    return OK;
  }
  enum err err = stack_push(&b->silences, own_silence);
  if (err != OK) {
    free_silence(own_silence);
    return err;
  }
  if (is_new) {
    own_silence->id = b->ids.silence++;
    book_touch_silence(b, own_silence);
  }
  return OK;
}

void book_touch_silence(struct book *b, struct silence *s) {
  book_mark(&b->dirty_silences, s, &s->is_dirty);
}

void book_drop_silence(struct book *b, struct silence *s) {
  size_t i = 0;
  while (b->silences.items[i] != s)
    i++;
  b->silences.n--;
  memmove(&b->silences.items[i], &b->silences.items[i + 1],
          (b->silences.n - i) * sizeof b->silences.items[0]);
  if (s->is_dirty)
    s->is_dropped = true;
  else
    free_silence(s);
}

/* ---- overrides ---- */

static void free_override(struct override *o) {
  override_fini(o);
  free(o);
}

struct override *book_override(const struct book *b, int64_t id) {
  for (size_t i = 0; i < b->overrides_n; i++)
    if (b->overrides[i]->id == id)
      return b->overrides[i];
  return NULL;
}

static enum err insert_override(struct book *b, struct override *o) {
  size_t at = b->overrides_n;
  if (b->overrides_n == b->overrides_cap) {
    size_t cap = b->overrides_cap == 0 ? 8 : b->overrides_cap * 2;
    struct override **more = realloc(b->overrides, cap * sizeof *more);
    if (more == NULL)
      return ERR_NOMEM;
    b->overrides = more;
    b->overrides_cap = cap;
  }
  for (; at > 0 && b->overrides[at - 1]->id > o->id; at--)
    b->overrides[at] = b->overrides[at - 1];
  b->overrides[at] = o;
  b->overrides_n++;
  return OK;
}

enum err book_take_override(struct book *b, struct override *own_override) {
  bool is_new = own_override->id == 0;
  if (!is_new && book_override(b, own_override->id) != NULL) {
    free_override(own_override);
    return OK;
  }
  if (is_new)
    own_override->id = b->ids.override;
  enum err err = insert_override(b, own_override);
  if (err != OK) {
    free_override(own_override);
    return err;
  }
  if (is_new) {
    b->ids.override++;
    book_touch_override(b, own_override);
  }
  return OK;
}

void book_touch_override(struct book *b, struct override *o) {
  book_mark(&b->dirty_overrides, o, &o->is_dirty);
}

void book_drop_override(struct book *b, struct override *o) {
  size_t i = 0;
  while (b->overrides[i] != o)
    i++;
  b->overrides_n--;
  memmove(&b->overrides[i], &b->overrides[i + 1],
          (b->overrides_n - i) * sizeof(struct override *));
  if (o->is_dirty)
    o->is_dropped = true;
  else
    free_override(o);
}

/* ---- absences ---- */

void book_touch_absence(struct book *b, struct absence *a) {
  book_mark(&b->dirty_absences, a, &a->is_dirty);
}

/* ---- exhibits ---- */

static void free_exhibit(struct exhibit *x) {
  trend_fini(&x->trend);
  free(x->data_source);
  free(x);
}

void book_free_exhibits(struct casefile *c) {
  for (struct exhibit *x = c->exhibits, *next; x != NULL; x = next) {
    next = x->next;
    free_exhibit(x);
  }
}

struct exhibit *book_add_exhibit(struct casefile *c, int64_t alert,
                                 uint64_t series, const char *data_source) {
  struct exhibit *x = calloc(1, sizeof *x);
  if (x == NULL || incident_set_text(&x->data_source, data_source) != OK) {
    free(x);
    return NULL;
  }
  x->incident = c->incident.id;
  x->alert = alert;
  x->series = series;
  x->next = c->exhibits;
  c->exhibits = x;
  c->exhibits_n++;
  return x;
}

void book_touch_exhibit(struct book *b, struct exhibit *x) {
  book_mark(&b->dirty_exhibits, x, &x->is_dirty);
}

/* ---- writing, and the end ---- */

/* ---- roles ---- */

static void free_role(struct holding *h) {
  holding_fini(h);
  free(h);
}

void book_note_role(struct book *b, const struct incident *i,
                    const struct request *r) {
  bool is_declared = r->verb == VERB_DECLARE;
  struct holding *h = NULL;
  if (b->roles.n < BOOK_EVENTS_MAX)
    h = calloc(1, sizeof *h);
  if (h == NULL) {
    b->entries_lost++;
    return;
  }
  h->incident = i->id;
  h->since = r->at;
  h->until = r->is_released ? r->at : WALL_NEVER;
  if (incident_set_text(&h->role, is_declared ? ROLE_COMMANDER : r->role) !=
          OK ||
      incident_set_text(&h->who, is_declared ? i->commander : r->who) != OK ||
      incident_set_text(&h->by, r->by) != OK ||
      stack_push(&b->roles, h) != OK) {
    free_role(h);
    b->entries_lost++;
  }
}

void book_written_others(struct book *b) {
  for (size_t i = 0; i < b->wrote_silences; i++) {
    struct silence *s = b->dirty_silences.items[i];
    s->is_dirty = false;
    if (s->is_dropped)
      free_silence(s);
  }
  for (size_t i = 0; i < b->wrote_overrides; i++) {
    struct override *o = b->dirty_overrides.items[i];
    o->is_dirty = false;
    if (o->is_dropped)
      free_override(o);
  }
  for (size_t i = 0; i < b->wrote_absences; i++) {
    struct absence *a = b->dirty_absences.items[i];
    a->is_dirty = false;
    a->is_stored = true;
    free(a->row_rule); /* the row has the rule's name now */
    a->row_rule = NULL;
    if (a->is_dropped)
      absence_free(a);
  }
  for (size_t i = 0; i < b->wrote_exhibits; i++) {
    struct exhibit *x = b->dirty_exhibits.items[i];
    struct casefile *c = book_casefile(b, x->incident);
    x->is_dirty = false;
    if (c != NULL && !incident_is_open(&c->incident))
      book_touch_casefile(b, c); /* it may be over now */
  }
  for (size_t i = 0; i < b->wrote_roles; i++)
    free_role(b->roles.items[i]);
  stack_shift(&b->roles, b->wrote_roles);
  b->wrote_roles = 0;
  stack_shift(&b->dirty_silences, b->wrote_silences);
  stack_shift(&b->dirty_overrides, b->wrote_overrides);
  stack_shift(&b->dirty_absences, b->wrote_absences);
  stack_shift(&b->dirty_exhibits, b->wrote_exhibits);
  b->wrote_silences = b->wrote_overrides = 0;
  b->wrote_absences = b->wrote_exhibits = 0;
}

void book_free_others(struct book *b) {
  for (size_t i = 0; i < b->roles.n; i++)
    free_role(b->roles.items[i]);
  for (size_t i = 0; i < b->dirty_silences.n; i++)
    if (((struct silence *)b->dirty_silences.items[i])->is_dropped)
      free_silence(b->dirty_silences.items[i]);
  for (size_t i = 0; i < b->silences.n; i++)
    free_silence(b->silences.items[i]);
  for (size_t i = 0; i < b->dirty_overrides.n; i++)
    if (((struct override *)b->dirty_overrides.items[i])->is_dropped)
      free_override(b->dirty_overrides.items[i]);
  for (size_t i = 0; i < b->overrides_n; i++)
    free_override(b->overrides[i]);
  free(b->overrides);
  for (size_t i = 0; i < b->dirty_absences.n; i++)
    if (((struct absence *)b->dirty_absences.items[i])->is_dropped)
      absence_free(b->dirty_absences.items[i]);
}

/* SPDX-License-Identifier: MIT */
#include "engine/book_inside.h"

#include <stdlib.h>

void book_init(struct book *b, const struct settings *settings) {
  *b = (struct book){.settings = settings};
}

void book_free_alert(struct alert *a) {
  alert_fini(a);
  free(a);
}

void book_free_entry(struct entry *e) {
  entry_fini(e);
  free(e);
}

void book_fini(struct book *b) {
  /* What was dropped but never written is only in the dirty stacks. */
  for (size_t i = 0; i < b->dirty_alerts.n; i++)
    if (((struct alert *)b->dirty_alerts.items[i])->is_dropped)
      book_free_alert(b->dirty_alerts.items[i]);
  for (size_t i = 0; i < b->dirty_pages.n; i++)
    if (((struct page *)b->dirty_pages.items[i])->is_dropped)
      book_free_page(b->dirty_pages.items[i]);
  book_free_others(b);
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i], *next; a != NULL; a = next) {
      next = a->bucket_next;
      book_free_alert(a);
    }
  for (struct casefile *c = b->casefiles, *next; c != NULL; c = next) {
    next = c->next;
    for (struct page *p = c->pages_first, *after; p != NULL; p = after) {
      after = p->next;
      book_free_page(p);
    }
    book_free_casefile(c);
  }
  for (struct page *p = b->tests_first, *after; p != NULL; p = after) {
    after = p->next;
    book_free_page(p);
  }
  for (size_t i = 0; i < b->entries.n; i++)
    book_free_entry(b->entries.items[i]);
  for (size_t i = 0; i < b->events.n; i++)
    book_free_event(b->events.items[i]);
  struct stack *stacks[] = {&b->dirty_casefiles,
                            &b->dirty_alerts,
                            &b->dirty_runs,
                            &b->dirty_pages,
                            &b->dirty_silences,
                            &b->dirty_absences,
                            &b->dirty_overrides,
                            &b->dirty_exhibits,
                            &b->silences,
                            &b->entries,
                            &b->events,
                            &b->noted,
                            &b->roles};
  for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++)
    stack_fini(stacks[i]);
  free(b->alert_table);
  free(b->id_table);
  free(b->key_table);
  timers_fini(&b->timers);
  past_fini(&b->past);
  *b = (struct book){0};
}

/* Room for one timer more than there are things that have one. */
enum err book_reserve_timer(struct book *b) {
  return timers_reserve(&b->timers, b->alerts_n + b->casefiles_n + b->runs_n +
                                        b->pages_n + b->others_n + 1);
}

/* ---- alerts ---- */

static enum err grow_alerts(struct book *b) {
  if (b->alerts_n < b->alert_buckets)
    return OK;
  size_t buckets =
      b->alert_buckets == 0 ? BOOK_BUCKETS_MIN : b->alert_buckets * 2;
  struct alert **table = calloc(buckets, sizeof(struct alert *));
  if (table == NULL)
    return b->alert_buckets == 0 ? ERR_NOMEM : OK; /* longer chains will do */
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i], *next; a != NULL; a = next) {
      next = a->bucket_next;
      struct alert **head = &table[a->signal->hash & (buckets - 1)];
      a->bucket_next = *head;
      *head = a;
    }
  free(b->alert_table);
  b->alert_table = table;
  b->alert_buckets = buckets;
  return OK;
}

static struct alert *same_series(struct alert *a, const struct signal *s) {
  while (a != NULL &&
         (a->signal->hash != s->hash || !signal_same_series(a->signal, s)))
    a = a->bucket_next;
  return a;
}

struct alert *book_alert(const struct book *b, const struct signal *s) {
  if (b->alert_buckets == 0)
    return NULL;
  return same_series(b->alert_table[s->hash & (b->alert_buckets - 1)], s);
}

struct alert *book_alert_next(const struct alert *a) {
  return same_series(a->bucket_next, a->signal);
}

static enum err insert_alert(struct book *b, struct alert *a) {
  enum err err = grow_alerts(b);
  if (err == OK)
    err = book_reserve_timer(b);
  if (err != OK)
    return err;
  struct alert **head =
      &b->alert_table[a->signal->hash & (b->alert_buckets - 1)];
  a->bucket_next = *head;
  *head = a;
  a->timer = (struct timer){.due = WALL_NEVER, .kind = TIMER_ALERT};
  b->alerts_n++;
  return OK;
}

struct alert *book_add_alert(struct book *b, struct signal *own_signal) {
  struct alert *a = malloc(sizeof *a);
  if (a == NULL) {
    free(own_signal);
    return NULL;
  }
  alert_init(a);
  a->signal = own_signal;
  a->id = b->ids.alert;
  if (insert_alert(b, a) != OK) {
    book_free_alert(a);
    return NULL;
  }
  b->ids.alert++;
  return a;
}

enum err book_take_alert(struct book *b, struct alert *own_alert) {
  enum err err = insert_alert(b, own_alert);
  if (err != OK)
    book_free_alert(own_alert);
  return err;
}

void book_drop_alert(struct book *b, struct alert *a) {
  struct alert **link =
      &b->alert_table[a->signal->hash & (b->alert_buckets - 1)];
  while (*link != a)
    link = &(*link)->bucket_next;
  *link = a->bucket_next;
  b->alerts_n--;
  past_keep(&b->past, a);
  timers_set(&b->timers, &a->timer, WALL_NEVER);
  book_detach_alert(a);
  if (a->is_dirty)
    a->is_dropped = true;
  else
    book_free_alert(a);
}

void book_attach_alert(struct casefile *c, struct alert *a) {
  a->casefile = c;
  a->incident = c->incident.id;
  a->prev = NULL;
  a->next = c->alerts;
  if (c->alerts != NULL)
    c->alerts->prev = a;
  c->alerts = a;
}

void book_detach_alert(struct alert *a) {
  struct casefile *c = a->casefile;
  if (c == NULL)
    return;
  if (a->prev != NULL)
    a->prev->next = a->next;
  else
    c->alerts = a->next;
  if (a->next != NULL)
    a->next->prev = a->prev;
  if (c->joined_one == a)
    c->joined_one = NULL;
  if (c->cleared_one == a)
    c->cleared_one = NULL;
  a->prev = a->next = NULL;
  a->casefile = NULL; /* a->incident still says whose it was */
}

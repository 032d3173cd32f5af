/* SPDX-License-Identifier: MIT */
#include "core/report.h"

#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void report_init(struct report *r, wall_ms since, wall_ms until,
                 const struct hours *hours) {
  *r = (struct report){.since = since, .until = until, .hours = hours};
}

static void free_row(struct report_row *row) {
  free(row->name);
  free(row->acknowledge.items);
  free(row->resolve.items);
}

static void free_past(struct report_past *p) {
  free(p->rule);
  free(p->group);
}

static void free_index(struct report_index *index) {
  free(index->slots);
  *index = (struct report_index){.cap = 0};
}

static void free_indices(struct report *r) {
  for (size_t by = 0; by < REPORT_BYS; by++)
    free_index(&r->by[by].index);
  free_index(&r->persons.index);
}

void report_fini(struct report *r) {
  free_indices(r);
  free_row(&r->all);
  for (size_t by = 0; by < REPORT_BYS; by++) {
    for (size_t i = 0; i < r->by[by].n; i++)
      free_row(&r->by[by].items[i]);
    free(r->by[by].items);
  }
  for (size_t i = 0; i < r->persons.n; i++)
    free(r->persons.items[i].name);
  free(r->persons.items);
  for (size_t i = 0; i < r->repeated.n; i++)
    free_past(&r->repeated.items[i]);
  free(r->repeated.items);
  free(r->reopened.items);
  for (size_t i = 0; i < r->silences.n; i++) {
    free(r->silences.items[i].matches);
    free(r->silences.items[i].by);
    free(r->silences.items[i].reason);
  }
  free(r->silences.items);
}

/* ---- adding ---- */

/* Room for one more of them, empty; NULL: out of memory. */
static void *extend(void **items, size_t *n, size_t *cap, size_t size) {
  if (*n == *cap) {
    size_t more = *cap > 0 ? 2 * *cap : 16;
    void *moved = realloc(*items, more * size);
    if (moved == NULL)
      return NULL;
    *items = moved;
    *cap = more;
  }
  char *item = (char *)*items + *n * size;
  memset(item, 0, size);
  (*n)++;
  return item;
}
#define EXTEND(list)                                                           \
  extend((void **)&(list)->items, &(list)->n, &(list)->cap,                    \
         sizeof *(list)->items)

static enum err copy(char **own, const char *text) {
  *own = text != NULL ? strdup(text) : NULL;
  return text != NULL && *own == NULL ? ERR_NOMEM : OK;
}

static enum err add_span(struct report_spans *all, wall_ms from, wall_ms to) {
  span_ms *span = EXTEND(all);
  if (span == NULL)
    return ERR_NOMEM;
  *span = to > from ? to - from : 0;
  return OK;
}

/* ---- items by their name, which is their first member ---- */

_Static_assert(offsetof(struct report_row, name) == 0 &&
                   offsetof(struct report_person, name) == 0,
               "names come first");

/* The slot that has it, or the free one where it belongs. */
static uint32_t *find_slot(const struct report_index *index, const char *items,
                           size_t size, const char *name) {
  size_t len = name != NULL ? strlen(name) : 0;
  size_t at = hash_bytes(name, len) & (index->cap - 1);
  while (index->slots[at] != 0 &&
         !text_is_same(*(char *const *)(items + (index->slots[at] - 1) * size),
                       name))
    at = (at + 1) & (index->cap - 1);
  return &index->slots[at];
}

/* So that one more of the n items finds a free slot. */
static bool make_room(struct report_index *index, const char *items, size_t n,
                      size_t size) {
  if (2 * (n + 1) <= index->cap)
    return true;
  struct report_index more = {.cap = index->cap > 0 ? 2 * index->cap : 32};
  more.slots = calloc(more.cap, sizeof *more.slots);
  if (more.slots == NULL)
    return false;
  for (size_t i = 0; i < n; i++)
    *find_slot(&more, items, size, *(char *const *)(items + i * size)) =
        (uint32_t)(i + 1);
  free_index(index);
  *index = more;
  return true;
}

/* The one of that name, a new one if there is none; NULL: out of memory. */
static void *item_of(void **items, size_t *n, size_t *cap, size_t size,
                     struct report_index *index, const char *name) {
  if (!make_room(index, *items, *n, size))
    return NULL;
  uint32_t *slot = find_slot(index, *items, size, name);
  if (*slot != 0)
    return (char *)*items + (*slot - 1) * size;
  char *own_name = NULL;
  if (copy(&own_name, name) != OK)
    return NULL;
  char **item = extend(items, n, cap, size);
  if (item == NULL) {
    free(own_name);
    return NULL;
  }
  *item = own_name;
  *slot = (uint32_t)*n;
  return item;
}
#define ITEM_OF(list, name)                                                    \
  item_of((void **)&(list)->items, &(list)->n, &(list)->cap,                   \
          sizeof *(list)->items, &(list)->index, name)

static enum err count(struct report_row *row, const struct report_case *c) {
  enum err err = OK;
  if (row == NULL)
    return ERR_NOMEM;
  row->incidents++;
  row->alerts += c->alerts;
  row->open += c->resolved_at == WALL_NEVER;
  row->unattended += c->resolved_at != WALL_NEVER && !c->is_resolved_by_hand &&
                     c->acknowledged_at == WALL_NEVER;
  if (c->acknowledged_at != WALL_NEVER)
    err = add_span(&row->acknowledge, c->declared_at, c->acknowledged_at);
  if (err == OK && c->resolved_at != WALL_NEVER)
    err = add_span(&row->resolve, c->declared_at, c->resolved_at);
  return err;
}

static enum err remember(struct report *r, const struct report_case *c) {
  struct report_past *p = EXTEND(&r->repeated);
  if (p == NULL)
    return ERR_NOMEM;
  p->at = c->declared_at;
  p->id = c->id;
  enum err err = copy(&p->rule, c->rule);
  return err == OK ? copy(&p->group, c->group) : err;
}

static enum err count_names(struct report *r, const struct report_case *c) {
  const char *names[REPORT_BYS] = {[REPORT_SEVERITY] = c->severity,
                                   [REPORT_RULE] = c->rule,
                                   [REPORT_SERVICE] = c->service,
                                   [REPORT_TEAM] = c->team};
  enum err err = OK;
  for (size_t by = 0; err == OK && by < REPORT_BYS; by++)
    if (by == REPORT_SEVERITY || !c->is_private)
      err = count(ITEM_OF(&r->by[by], names[by]), c);
  return err;
}

enum err report_add_case(struct report *r, const struct report_case *c) {
  enum err err = OK;
  if (c->rule != NULL && c->group != NULL && !c->is_private)
    err = remember(r, c);
  if (err != OK || c->declared_at < r->since || c->declared_at >= r->until)
    return err;
  err = count(&r->all, c);
  if (err == OK)
    err = count_names(r, c);
  if (err == OK && c->reopened > 0) {
    struct report_reopened *again = EXTEND(&r->reopened);
    if (again == NULL)
      return ERR_NOMEM;
    *again = (struct report_reopened){c->id, c->reopened};
  }
  return err;
}

enum err report_add_page(struct report *r, const char *responder,
                         const char *rule, wall_ms at) {
  r->all.pages++;
  if (rule != NULL) {
    struct report_row *row = ITEM_OF(&r->by[REPORT_RULE], rule);
    if (row == NULL)
      return ERR_NOMEM;
    row->pages++;
  }
  if (responder == NULL)
    return OK;
  struct report_person *p = ITEM_OF(&r->persons, responder);
  if (p == NULL)
    return ERR_NOMEM;
  p->pages++;
  p->out_of_hours += !hours_is_open(r->hours, at);
  return OK;
}

enum err report_add_silence(struct report *r, const struct silence *s) {
  wall_ms until = s->ended_at != WALL_NEVER ? s->ended_at : s->ends_at;
  struct buf matches;
  if (s->suppressed == 0 || s->starts_at >= r->until || until < r->since)
    return OK;
  struct report_silence *own = EXTEND(&r->silences);
  if (own == NULL)
    return ERR_NOMEM;
  own->id = s->id;
  own->suppressed = s->suppressed;
  own->from = s->starts_at;
  own->until = until;
  r->suppressed += s->suppressed;
  buf_init(&matches, REPORT_MAX);
  for (size_t i = 0; i < s->matches_n; i++)
    buf_addf(&matches, "%s%s", i > 0 ? ", " : "", s->matches[i].text);
  enum err err = buf_take(&matches, &own->matches);
  buf_fini(&matches);
  if (err == OK)
    err = copy(&own->by, s->by);
  return err == OK ? copy(&own->reason, s->reason != NULL ? s->reason : "")
                   : err;
}

/* ---- the end ---- */

static int compare_int(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int compare_text(const char *a, const char *b) {
  if (a == NULL || b == NULL)
    return (a == NULL) - (b == NULL);
  return strcmp(a, b);
}

static int compare_span(const void *a, const void *b) {
  return compare_int(*(const span_ms *)a, *(const span_ms *)b);
}

static int compare_row(const void *a, const void *b) {
  const struct report_row *x = a, *y = b;
  int by_n = compare_int(y->incidents, x->incidents);
  return by_n != 0 ? by_n : compare_text(x->name, y->name);
}

static int compare_name(const void *a, const void *b) {
  return compare_text(((const struct report_row *)a)->name,
                      ((const struct report_row *)b)->name);
}

static int compare_person(const void *a, const void *b) {
  const struct report_person *x = a, *y = b;
  int by_n = compare_int(y->pages, x->pages);
  return by_n != 0 ? by_n : strcmp(x->name, y->name);
}

static int compare_past(const void *a, const void *b) {
  const struct report_past *x = a, *y = b;
  int order = compare_text(x->rule, y->rule);
  if (order == 0)
    order = compare_text(x->group, y->group);
  if (order == 0)
    order = compare_int(x->at, y->at);
  return order != 0 ? order : compare_int(x->id, y->id);
}

static int compare_id(const void *a, const void *b) {
  return compare_int(((const struct report_past *)a)->id,
                     ((const struct report_past *)b)->id);
}

static int compare_reopened(const void *a, const void *b) {
  return compare_int(((const struct report_reopened *)a)->id,
                     ((const struct report_reopened *)b)->id);
}

static void sort(void *items, size_t n, size_t size,
                 int (*compare)(const void *a, const void *b)) {
  if (n > 1)
    qsort(items, n, size, compare);
}
#define SORT(list, compare)                                                    \
  sort((list)->items, (list)->n, sizeof *(list)->items, compare)

static void end_row(struct report_row *row) {
  SORT(&row->acknowledge, compare_span);
  SORT(&row->resolve, compare_span);
}

static void find_repeats(struct report *r) {
  struct report_pasts *all = &r->repeated;
  size_t kept = 0;
  SORT(all, compare_past);
  for (size_t i = 1; i < all->n; i++) {
    const struct report_past *before = &all->items[i - 1];
    struct report_past *p = &all->items[i];
    if (p->at >= r->since && p->at < r->until &&
        p->at - before->at <= REPORT_REPEAT_MS &&
        strcmp(p->rule, before->rule) == 0 &&
        strcmp(p->group, before->group) == 0)
      p->earlier = before->id;
  }
  for (size_t i = 0; i < all->n; i++)
    if (all->items[i].earlier != 0)
      all->items[kept++] = all->items[i];
    else
      free_past(&all->items[i]);
  all->n = kept;
  SORT(all, compare_id);
}

void report_end(struct report *r) {
  free_indices(r);
  end_row(&r->all);
  for (size_t by = 0; by < REPORT_BYS; by++) {
    for (size_t i = 0; i < r->by[by].n; i++)
      end_row(&r->by[by].items[i]);
    SORT(&r->by[by], by == REPORT_SEVERITY ? compare_name : compare_row);
  }
  SORT(&r->persons, compare_person);
  SORT(&r->reopened, compare_reopened);
  find_repeats(r);
}

/* ---- figures ---- */

span_ms report_median(const struct report_spans *s) {
  if (s->n == 0)
    return -1;
  span_ms low = s->items[(s->n - 1) / 2], high = s->items[s->n / 2];
  return low + (high - low) / 2;
}

span_ms report_p90(const struct report_spans *s) {
  return s->n > 0 ? s->items[(9 * s->n + 9) / 10 - 1] : -1;
}

static bool is_noisier(const struct report_row *a, const struct report_row *b) {
  if (a->pages != b->pages)
    return a->pages > b->pages;
  return a->alerts > b->alerts;
}

size_t report_noisiest(const struct report *r, const struct report_row **out,
                       size_t max) {
  const struct report_rows *rules = &r->by[REPORT_RULE];
  size_t n = 0;
  for (size_t i = 0; i < rules->n; i++) {
    const struct report_row *row = &rules->items[i];
    size_t at = n;
    if (row->name == NULL || row->pages + row->alerts == 0)
      continue;
    while (at > 0 && is_noisier(row, out[at - 1]))
      at--;
    if (at == max)
      continue;
    n += n < max;
    memmove(&out[at + 1], &out[at], (n - at - 1) * sizeof *out);
    out[at] = row;
  }
  return n;
}

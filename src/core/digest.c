/* SPDX-License-Identifier: MIT */
#include "core/digest.h"

#include <string.h>

#define TITLE_MAX 4096

static bool is_before(const struct digest_item *a,
                      const struct digest_item *b) {
  if (a->event != b->event)
    return a->event < b->event;
  if (a->rank != b->rank)
    return a->rank < b->rank;
  return a->at != b->at ? a->at > b->at : a->id > b->id;
}

void digest_add(struct digest *d, const struct digest_item *item) {
  size_t at = d->items_n;
  d->pages++;
  while (at > 0 && is_before(item, &d->items[at - 1]))
    at--;
  if (at == DIGEST_ITEMS_MAX)
    return;
  if (d->items_n < DIGEST_ITEMS_MAX)
    d->items_n++;
  memmove(&d->items[at + 1], &d->items[at],
          (d->items_n - 1 - at) * sizeof d->items[0]);
  d->items[at] = *item;
}

/* With the mark: it is text again when it is read. */
static void put_title(const struct digest_item *item, struct json *j) {
  struct buf title;
  buf_init(&title, TITLE_MAX);
  if (item->mark != NULL)
    buf_add(&title, item->mark);
  buf_add(&title, item->title);
  json_put_text(j, "title", title.err == OK ? buf_text(&title) : item->title);
  buf_fini(&title);
}

void digest_put(const struct digest *d, struct json *j) {
  json_put_int(j, "pages", d->pages);
  json_key(j, "incidents");
  json_array(j);
  for (size_t i = 0; i < d->items_n; i++) {
    json_object(j);
    json_put_int(j, "id", d->items[i].id);
    put_title(&d->items[i], j);
    json_put_text(j, "severity", d->items[i].severity);
    json_put_text(j, "event", page_event_names[d->items[i].event]);
    json_object_end(j);
  }
  json_array_end(j);
}

enum err digest_print(const struct digest *d, char **own_text) {
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  json_object(j);
  digest_put(d, j);
  json_object_end(j);
  enum err err = json_done(j, own_text);
  json_free(j);
  return err;
}

static enum page_event event_named(const char *name) {
  enum page_event e = PAGE_PAGE;
  while (e < PAGE_EVENTS && strcmp(page_event_names[e], name) != 0)
    e++;
  return e < PAGE_EVENTS ? e : PAGE_PAGE;
}

enum err digest_read(const char *text, struct digest *d) {
  struct digest read = {0};
  enum err err = json_parse(text, strlen(text), &read.doc, NULL);
  if (err != OK)
    return err;
  read.pages = json_at_int(read.doc, "pages", 0);
  const struct json_in *list = json_at(read.doc, "incidents");
  size_t n = json_count(list);
  for (size_t i = 0; i < n && i < DIGEST_ITEMS_MAX; i++) {
    const char *key;
    const struct json_in *v = json_member(list, i, &key);
    read.items[read.items_n++] = (struct digest_item){
        .id = json_at_int(v, "id", 0),
        .title = json_at_text(v, "title", ""),
        .severity = json_at_text(v, "severity", ""),
        .event = event_named(json_at_text(v, "event", ""))};
  }
  *d = read;
  return OK;
}

void digest_fini(struct digest *d) { json_in_free(d->doc); }

static void add_text(const struct digest_item *item, struct buf *out) {
  static const char *const before[PAGE_EVENTS] = {
      [PAGE_UPDATE] = "update: ", [PAGE_RESOLVED] = "resolved: "};
  const char *prefix = before[item->event];
  buf_addf(out, "%s%s %s", prefix != NULL ? prefix : "", item->severity,
           item->title);
}

void digest_add_headline(const struct digest *d, struct buf *out) {
  buf_addf(out, "%lld more page%s", (long long)d->pages,
           d->pages == 1 ? "" : "s");
  if (d->items_n == 0)
    return;
  buf_add(out, ": ");
  add_text(&d->items[0], out);
  buf_add(out, d->pages > 1 ? " …" : "");
}

void digest_add_item(const struct digest *d, size_t i, struct buf *out) {
  add_text(&d->items[i], out);
  buf_addf(out, " (incident %lld)", (long long)d->items[i].id);
}

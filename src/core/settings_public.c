/* SPDX-License-Identifier: MIT */
/* The configuration as the ledger may keep it: without secrets. */
#include "core/settings_reader.h"

#include <string.h>
#include <strings.h>

static bool is_one_of(const char *key, const char *const *keys, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcasecmp(key, keys[i]) == 0)
      return true;
  return false;
}

/* The block; an option of that name has nothing inside. */
static bool is_webhook(const struct conf *block) {
  return block->key != NULL && block->children_n > 0 &&
         strcasecmp(block->key, "Webhook") == 0;
}

static bool is_secret(const struct conf *block, const char *key) {
  static const char *const keys[] = {"Password", "Secret", "ClientKeyPass",
                                     "Header"};
  /* A Body may hold anything; a Format asks for what must not be there. */
  static const char *const hooks[] = {"Format", "Body", "ContentType",
                                      "RoutingKey"};
  return is_one_of(key, keys, sizeof keys / sizeof keys[0]) ||
         (is_webhook(block) &&
          is_one_of(key, hooks, sizeof hooks / sizeof hooks[0]));
}

/* Scheme and host; what follows is often a token. */
static enum err add_host(struct conf *to, const char *text) {
  struct url u;
  const char *why;
  struct buf host;
  if (url_split(text, &u, &why) != OK)
    return OK; /* rather no value than a secret */
  buf_init(&host, strlen(text));
  buf_addn(&host, text, strcspn(text, "/") + 2);
  buf_addn(&host, u.host, u.host_len);
  enum err err = host.err;
  if (err == OK)
    err = conf_add_text(to, buf_text(&host));
  buf_fini(&host);
  return err;
}

/* A channel's URL is for everybody. */
static bool is_hidden(const struct conf *block, const char *key) {
  return strcasecmp(key, "URL") == 0 &&
         (block->key == NULL || strcasecmp(block->key, "Channel") != 0);
}

static enum err add_value(const struct conf *block, struct conf *to,
                          const struct conf_value *v) {
  switch (v->type) {
  case CONF_TEXT:
    return is_hidden(block, to->key) ? add_host(to, v->text)
                                     : conf_add_text(to, v->text);
  case CONF_NUMBER:
    return conf_add_number(to, v->number);
  case CONF_BOOL:
    return conf_add_bool(to, v->flag);
  }
  return ERR_INVALID;
}

/* With Format "pagerduty" there may be none. */
static enum err add_missing_url(const struct conf *webhook, struct conf *to) {
  if (reader_find(webhook, "URL") != NULL)
    return OK;
  struct conf *url = conf_add_child(to);
  if (url == NULL)
    return ERR_NOMEM;
  enum err err = conf_set_key(url, "URL");
  return err == OK ? conf_add_text(url, "https://events.pagerduty.com") : err;
}

/* Copies what is below from. Recursion goes as deep as the file. */
static enum err copy_public(const struct conf *from, struct conf *to) {
  enum err err = OK;
  for (size_t i = 0; i < from->children_n && err == OK; i++) {
    const struct conf *item = &from->children[i];
    if (is_secret(from, item->key))
      continue;
    struct conf *copy = conf_add_child(to);
    if (copy == NULL)
      return ERR_NOMEM;
    err = conf_set_key(copy, item->key);
    for (size_t k = 0; k < item->values_n && err == OK; k++)
      err = add_value(from, copy, &item->values[k]);
    if (err == OK)
      err = copy_public(item, copy);
    if (err == OK && is_webhook(item))
      err = add_missing_url(item, copy);
  }
  return err;
}

enum err settings_print_public(const struct conf *const *blocks,
                               size_t blocks_n, struct buf *out) {
  struct conf root = {.key = NULL};
  enum err err = OK;
  for (size_t i = 0; i < blocks_n && err == OK; i++)
    err = copy_public(blocks[i], &root);
  if (err == OK)
    conf_print(&root, out);
  conf_fini(&root);
  return err == OK ? out->err : err;
}

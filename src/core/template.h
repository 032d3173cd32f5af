/* SPDX-License-Identifier: MIT */
/* Text with collectd-style placeholders, %{host} and so on, checked when it is
 * read and filled in later. */
#ifndef INCIDENT_TEMPLATE_H
#define INCIDENT_TEMPLATE_H

#include "base/buf.h"

#include <stddef.h>

enum placeholder {
  PLACE_HOST,
  PLACE_PLUGIN,
  PLACE_PLUGIN_INSTANCE,
  PLACE_TYPE,
  PLACE_TYPE_INSTANCE,
  PLACE_DATA_SOURCE,
  PLACE_VALUE,
  PLACE_LEVEL,
  PLACE_MESSAGE,
  PLACE_RULE,
  PLACE_SEVERITY,
  PLACE_ID,
  PLACE_TITLE,
  PLACE_STATUS,
  PLACE_ALERTS,
  PLACE_HOSTS,
  PLACE_META,
  PLACE_LABEL,
  /* Of a page, in the Body of a webhook only. */
  PLACE_EVENT,
  PLACE_PAGE,
  PLACE_RESPONDER,
  PLACE_CHAIN,
  PLACE_STEP,
  PLACE_RUNBOOK,
  PLACE_URL,
  PLACE_ACK_URL,
  PLACE_ACKNOWLEDGED_BY,
  PLACE_TREND,
  /* Of a statement, in a <Template> only. */
  PLACE_TEXT,
  PLACE_NEXT,
  PLACE_IMPACT,
  PLACE_SUMMARY
};

struct template;

/* Gives the text of a placeholder; name is that of meta:NAME and label:NAME,
 * else NULL. Adds nothing for what is not known. */
typedef void template_value(void *arg, enum placeholder place, const char *name,
                            struct buf *out);

/* ERR_INVALID for an unknown or unclosed placeholder: *why (static, per
 * thread) names it. "%" that no "{" follows stands for itself. */
enum err template_parse(const char *text, struct template **own_template,
                        const char **why);
/* The same with those of a page. */
enum err template_parse_page(const char *text, struct template **own_template,
                             const char **why);
/* The same with those of a statement. */
enum err template_parse_statement(const char *text,
                                  struct template **own_template,
                                  const char **why);
void template_free(struct template *t);

void template_fill(const struct template *t, template_value *value, void *arg,
                   struct buf *out);
/* As it is written. */
void template_print(const struct template *t, struct buf *out);

#endif

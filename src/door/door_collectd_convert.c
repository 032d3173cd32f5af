/* SPDX-License-Identifier: MIT */
#include "door/door_collectd.h"

#include "utils/metadata/meta_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- configuration ---- */

static enum err read_value(const oconfig_value_t *v, struct conf *c) {
  switch (v->type) {
  case OCONFIG_TYPE_STRING:
    return conf_add_text(c, v->value.string);
  case OCONFIG_TYPE_NUMBER:
    return conf_add_number(c, v->value.number);
  case OCONFIG_TYPE_BOOLEAN:
    return conf_add_bool(c, v->value.boolean != 0);
  }
  return ERR_INVALID;
}

enum err door_read_block(const oconfig_item_t *block, struct conf *c) {
  enum err err = conf_set_key(c, block->key);
  for (int i = 0; i < block->values_num && err == OK; i++)
    err = read_value(&block->values[i], c);
  for (int i = 0; i < block->children_num && err == OK; i++) {
    struct conf *child = conf_add_child(c);
    err =
        child == NULL ? ERR_NOMEM : door_read_block(&block->children[i], child);
  }
  return err;
}

/* ---- notifications ---- */

/* The host checks severities only where they come from outside; bindings pass
 * on any number. What cannot be told must not be missed. */
static enum level level_of(int severity) {
  switch (severity) {
  case NOTIF_OKAY:
    return LEVEL_OKAY;
  case NOTIF_WARNING:
    return LEVEL_WARNING;
  default:
    return LEVEL_FAILURE;
  }
}

/* A number, or text that is one as a whole (PUTNOTIF knows only strings). */
static bool number_of(const notification_meta_t *m, double *number) {
  char *end = NULL;
  switch (m->type) {
  case NM_TYPE_DOUBLE:
    *number = m->nm_value.nm_double;
    return true;
  case NM_TYPE_SIGNED_INT:
    *number = (double)m->nm_value.nm_signed_int;
    return true;
  case NM_TYPE_UNSIGNED_INT:
    *number = (double)m->nm_value.nm_unsigned_int;
    return true;
  case NM_TYPE_STRING:
    *number = strtod(m->nm_value.nm_string, &end);
    return end != m->nm_value.nm_string && *end == '\0';
  case NM_TYPE_BOOLEAN:
    break;
  }
  return false;
}

/* Of a constant size, which the compiler turns into a few comparisons: this is
 * done for each name of each notification. The host's names are longer than all
 * that are looked for. */
#define IS_NAMED(m, text) (memcmp((m)->name, text, sizeof text) == 0)

/* Where a number of that name goes, NULL: nowhere. */
static double *number_named(struct signal *s, const notification_meta_t *m) {
  if (IS_NAMED(m, "CurrentValue"))
    return &s->value;
  if (IS_NAMED(m, "WarningMin"))
    return &s->warning_min;
  if (IS_NAMED(m, "WarningMax"))
    return &s->warning_max;
  if (IS_NAMED(m, "FailureMin"))
    return &s->failure_min;
  if (IS_NAMED(m, "FailureMax"))
    return &s->failure_max;
  return NULL;
}

/* threshold's: they have fields of their own. */
static bool take_known(struct signal *s, const notification_meta_t *m) {
  double number;
  double *place = number_named(s, m);
  if (place != NULL && number_of(m, &number)) {
    *place = number;
    s->has_value = s->has_value || place == &s->value;
    return true;
  }
  if (IS_NAMED(m, "network:received") && m->type == NM_TYPE_BOOLEAN) {
    s->is_remote = m->nm_value.nm_boolean;
    return true;
  }
  return IS_NAMED(m, "DataSource") && m->type == NM_TYPE_STRING;
}

static void add_meta(struct packer *p, const notification_meta_t *m) {
  char name[sizeof m->name + 1] = {0};
  char text[64];
  memcpy(name, m->name, strnlen(m->name, sizeof m->name));
  switch (m->type) {
  case NM_TYPE_STRING:
    signal_add_meta(p, name, m->nm_value.nm_string);
    return;
  case NM_TYPE_SIGNED_INT:
    snprintf(text, sizeof text, "%lld", (long long)m->nm_value.nm_signed_int);
    break;
  case NM_TYPE_UNSIGNED_INT:
    snprintf(text, sizeof text, "%llu",
             (unsigned long long)m->nm_value.nm_unsigned_int);
    break;
  case NM_TYPE_DOUBLE:
    snprintf(text, sizeof text, "%.15g", m->nm_value.nm_double);
    break;
  case NM_TYPE_BOOLEAN:
    snprintf(text, sizeof text, "%s",
             m->nm_value.nm_boolean ? "true" : "false");
    break;
  default:
    return;
  }
  signal_add_meta(p, name, text);
}

struct signal *door_pack(const notification_t *n, bool with_text,
                         struct intake *q, void *memory) {
  const char *const field[FIELDS] = {n->host, n->plugin, n->plugin_instance,
                                     n->type, n->type_instance};
  const char *data_source = "";
  struct packer p;
  uint64_t hash = signal_hash_of(field, sizeof n->host);
  intake_expect(q, hash);
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_NOTIFICATION;
  p.signal->level = (uint8_t)level_of(n->severity);
  p.signal->sent = (wall_ms)CDTIME_T_TO_MS(n->time);
  signal_add_series(&p, field, sizeof n->host, hash);
  signal_add(&p, n->message, sizeof n->message);
  for (const notification_meta_t *m = n->meta; m != NULL; m = m->next)
    if (IS_NAMED(m, "DataSource") && m->type == NM_TYPE_STRING)
      data_source = m->nm_value.nm_string;
  signal_add(&p, data_source, strnlen(data_source, DATA_MAX_NAME_LEN));
  for (const notification_meta_t *m = n->meta; m != NULL; m = m->next)
    if (!take_known(p.signal, m))
      add_meta(&p, m);
  signal_end(&p, with_text && p.signal->level != LEVEL_OKAY);
  return p.signal;
}

/* ---- values ---- */

_Static_assert(SOURCE_COUNTER == DS_TYPE_COUNTER &&
                   SOURCE_GAUGE == DS_TYPE_GAUGE &&
                   SOURCE_DERIVE == DS_TYPE_DERIVE &&
                   SOURCE_ABSOLUTE == DS_TYPE_ABSOLUTE,
               "types of data sources go by the same numbers");
_Static_assert(sizeof(value_t) == sizeof(((struct source *)NULL)->raw),
               "values are kept alike");

void door_read_values(const data_set_t *ds, const value_list_t *vl,
                      struct source sources[SOURCES_MAX], struct reading *r) {
  size_t n = ds->ds_num < vl->values_len ? ds->ds_num : vl->values_len;
  uint64_t at_ns = CDTIME_T_TO_NS(vl->time);
  if (n > SOURCES_MAX)
    n = SOURCES_MAX;
  for (size_t i = 0; i < n; i++) {
    const data_source_t *from = &ds->ds[i];
    sources[i].name = from->name;
    sources[i].type = (enum source_type)from->type;
    sources[i].min = from->min;
    sources[i].max = from->max;
    memcpy(&sources[i].raw, &vl->values[i], sizeof sources[i].raw);
  }
  *r = (struct reading){.field = {vl->host, vl->plugin, vl->plugin_instance,
                                  vl->type, vl->type_instance},
                        .field_max = sizeof vl->host,
                        .sent = (wall_ms)CDTIME_T_TO_MS(vl->time),
                        .sent_ns =
                            at_ns < INT64_MAX ? (int64_t)at_ns : INT64_MAX,
                        .interval = (span_ms)CDTIME_T_TO_MS(vl->interval),
                        .sources = sources,
                        .sources_n = n};
}

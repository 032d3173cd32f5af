/* SPDX-License-Identifier: MIT */
#include "core/explain.h"

#include "base/json.h"
#include "core/metric.h"
#include "core/rule.h"

#include <stdio.h>

#define NAME_MAX_BYTES 40 /* of a block */

/* Names of the keys as they stand in the file. */
static const char *const keys[FIELDS] = {"Host", "Plugin", "PluginInstance",
                                         "Type", "TypeInstance"};

static void add_patterns(struct buf *out, const struct selector *s) {
  for (size_t i = 0; i < s->patterns_n; i++)
    buf_addf(out, "%s\"%s\"", i > 0 ? " or " : "", selector_text(s, i));
}

/* `Host is "web1", not "db1" or "/^x/"` */
static void add_selector(struct buf *out, const char *key, const char *text,
                         const struct selector *wanted) {
  buf_addf(out, "%s is \"%s\", not ", key, text);
  add_patterns(out, wanted);
}

static void add_meta(struct buf *out, const struct signal *s,
                     const struct meta_selector *m) {
  const char *value = signal_meta(s, m->name);
  buf_addf(out, "Meta \"%s\" ", m->name);
  if (value == NULL)
    buf_add(out, "is not there, wanted is ");
  else
    buf_addf(out, "is \"%s\", not ", value);
  add_patterns(out, &m->value);
}

static void add_match(struct buf *out, const struct match *m,
                      const struct signal *s, int differs) {
  switch (differs) {
  case MATCH_LEVEL:
    buf_addf(out, "Level is %s, not %s", level_names[s->level],
             m->level == LEVEL_WARNING ? "warning or worse" : "failure");
    break;
  case MATCH_REMOTE:
    buf_addf(out, "Remote is %s", s->is_remote ? "true" : "false");
    break;
  case MATCH_MESSAGE:
    add_selector(out, "Message", signal_message(s), &m->message);
    break;
  case MATCH_META:
    add_meta(out, s, &m->metas[match_meta_differs(m, s)]);
    break;
  case MATCH_MISSING:
    buf_addf(out, "Missing is %s", signal_is_missing(s) ? "true" : "false");
    break;
  default:
    add_selector(out, keys[differs], signal_field(s, (enum field)differs),
                 &m->field[differs]);
  }
}

/* ---- values ---- */

static void add_number(struct buf *out, double x) {
  char text[JSON_NUMBER];
  json_number(x, text);
  buf_add(out, text);
}

static void add_judgement(struct buf *out, const struct metric *m,
                          double value) {
  enum judgement judged = metric_judge(m, value, JUDGED_OPEN);
  if (m->kind == METRIC_ABSENT) {
    buf_add(out, "Absent: there is a value");
    return;
  }
  add_number(out, value);
  if (judged == JUDGED_OPEN) {
    buf_add(out, " decides nothing: bad is ");
    buf_add(out, m->kind == METRIC_ABOVE ? "above " : "below ");
    add_number(out, m->limit);
    buf_add(out, m->kind == METRIC_ABOVE ? ", good below " : ", good above ");
    add_number(out, m->clear);
  } else {
    buf_add(out, m->kind == METRIC_ABOVE ? " is not above " : " is not below ");
    add_number(out, m->limit);
  }
}

/* True if it takes the value; else says why not. */
static bool take_metric(struct buf *out, const struct metric *m,
                        const struct signal *s, const char *name) {
  for (int f = 0; f < FIELDS; f++)
    if (!selector_matches(&m->field[f], signal_field(s, (enum field)f))) {
      buf_addf(out, "%s: ", name);
      add_selector(out, keys[f], signal_field(s, (enum field)f), &m->field[f]);
      return false;
    }
  if (s->has_value &&
      !selector_matches(&m->data_source, signal_data_source(s))) {
    buf_addf(out, "%s: ", name);
    add_selector(out, "DataSource", signal_data_source(s), &m->data_source);
    return false;
  }
  if (s->has_value && m->kind != METRIC_ABSENT &&
      metric_judge(m, s->value, JUDGED_OPEN) == JUDGED_BAD)
    return true;
  buf_addf(out, "%s: ", name);
  if (s->has_value)
    add_judgement(out, m, s->value);
  else
    buf_add(out, m->kind == METRIC_ABSENT
                     ? "looks at values that stop coming, not at notifications"
                     : "looks at values, and none is given");
  return false;
}

/* ---- rules ---- */

/* "Match", "Metric 2" */
static void name_block(char name[NAME_MAX_BYTES], const char *kind, size_t i) {
  if (i == 0)
    snprintf(name, NAME_MAX_BYTES, "%s", kind);
  else
    snprintf(name, NAME_MAX_BYTES, "%s %zu", kind, i + 1);
}

bool explain_rule(const struct rule *r, const struct signal *s,
                  struct buf *out) {
  char name[NAME_MAX_BYTES];
  struct buf why;
  bool takes = false;
  buf_init(&why, out->max);
  for (size_t i = 0; i < r->matches_n && !takes; i++) {
    int differs = match_differs(&r->matches[i], s);
    takes = differs == MATCH_TAKES;
    name_block(name, "Match", i);
    buf_addf(&why, "%s%s: ", i > 0 ? "; " : "", name);
    if (!takes)
      add_match(&why, &r->matches[i], s, differs);
  }
  for (size_t i = 0; i < r->metrics_n && !takes; i++) {
    name_block(name, "Metric", i);
    if (r->matches_n + i > 0)
      buf_add(&why, "; ");
    takes = take_metric(&why, &r->metrics[i], s, name);
  }
  buf_add(out, takes ? name : buf_text(&why));
  if (why.err == ERR_NOMEM)
    out->err = ERR_NOMEM; /* a text that is too long is cut */
  buf_fini(&why);
  return takes;
}

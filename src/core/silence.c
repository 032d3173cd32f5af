/* SPDX-License-Identifier: MIT */
/* When it holds is a set of windows: one from starts_at to ends_at, or, when it
 * recurs, those of every that touch this one, cut to it. */
#include "core/silence.h"

#include "base/span.h"
#include "base/text.h"
#include "base/zone.h"
#include "core/silence_every.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const other_fields[] = {"rule", "severity", "level",
                                           "message", "data_source"};
#define OTHERS (sizeof other_fields / sizeof other_fields[0])

void silence_init(struct silence *s) {
  *s = (struct silence){.created_at = WALL_NEVER,
                        .starts_at = WALL_NEVER,
                        .ends_at = WALL_NEVER,
                        .reminded_at = WALL_NEVER,
                        .ended_at = WALL_NEVER};
}

static void match_fini(struct silence_match *m) {
  free(m->field);
  free(m->text);
  selector_fini(&m->selector);
}

void silence_fini(struct silence *s) {
  for (size_t i = 0; i < s->matches_n; i++)
    match_fini(&s->matches[i]);
  free(s->matches);
  free(s->by);
  free(s->reason);
  free(s->every);
  free(s->zone);
  zone_free(s->loaded);
  free(s->ended_by);
  silence_init(s);
}

/* ---- matching ---- */

static bool is_field(const char *name) {
  if (strncmp(name, "meta:", 5) == 0)
    return name[5] != '\0';
  for (size_t i = 0; i < FIELDS; i++)
    if (strcmp(name, field_names[i]) == 0)
      return true;
  for (size_t i = 0; i < OTHERS; i++)
    if (strcmp(name, other_fields[i]) == 0)
      return true;
  return false;
}

static const char *unknown_field(const char *name) {
  static _Thread_local char said[160];
  const char *names[FIELDS + OTHERS];
  memcpy(names, field_names, sizeof field_names);
  memcpy(names + FIELDS, other_fields, sizeof other_fields);
  const char *near = text_nearest(name, names, FIELDS + OTHERS);
  if (near != NULL)
    snprintf(said, sizeof said, "no field \"%.64s\"; did you mean \"%s\"?",
             name, near);
  else
    snprintf(said, sizeof said,
             "no field \"%.64s\" (a field of the series, rule, severity, "
             "level, message, data_source or meta:NAME)",
             name);
  return said;
}

enum err silence_add_match(struct silence *s, const char *text,
                           const char **why) {
  struct silence_match m = {.field = NULL};
  enum err err = ERR_NOMEM;
  const char *equals = strchr(text, '=');
  if (equals == NULL || equals == text) {
    *why = "a match is FIELD=PATTERN";
    return ERR_INVALID;
  }
  if (s->matches_n >= SILENCE_MATCHES_MAX) {
    *why = "too many matches";
    return ERR_CEILING;
  }
  m.field = strndup(text, (size_t)(equals - text));
  m.text = strdup(text);
  if (m.field == NULL || m.text == NULL)
    goto out;
  m.pattern = m.text + (equals - text) + 1;
  if (!is_field(m.field)) {
    err = ERR_INVALID;
    *why = unknown_field(m.field);
    goto out;
  }
  err = selector_add(&m.selector, m.pattern, why);
  if (err != OK)
    goto out;
  struct silence_match *grown =
      realloc(s->matches, (s->matches_n + 1) * sizeof *grown);
  if (grown == NULL) {
    err = ERR_NOMEM;
    goto out;
  }
  s->matches = grown;
  s->matches[s->matches_n++] = m;
  return OK;
out:
  match_fini(&m);
  return err;
}

/* NULL: there is none, so nothing matches it. */
static const char *value_of(const struct signal *signal, const char *rule,
                            const char *severity, const char *field) {
  for (unsigned i = 0; i < FIELDS; i++)
    if (strcmp(field, field_names[i]) == 0)
      return signal_field(signal, (enum field)i);
  if (strcmp(field, "rule") == 0)
    return rule;
  if (strcmp(field, "severity") == 0)
    return severity;
  if (strcmp(field, "level") == 0)
    return level_names[signal->level];
  if (strcmp(field, "message") == 0)
    return signal_message(signal);
  if (strcmp(field, "data_source") == 0)
    return signal_data_source(signal);
  return signal_meta(signal, field + strlen("meta:"));
}

/* Any of the patterns that the field of match i has. */
static bool field_matches(const struct silence *s, size_t i,
                          const char *value) {
  for (size_t k = i; k < s->matches_n; k++)
    if (strcmp(s->matches[k].field, s->matches[i].field) == 0 &&
        selector_matches(&s->matches[k].selector, value))
      return true;
  return false;
}

static bool is_first_of_field(const struct silence *s, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (strcmp(s->matches[k].field, s->matches[i].field) == 0)
      return false;
  return true;
}

bool silence_matches(const struct silence *s, const struct signal *signal,
                     const char *rule, const char *severity) {
  for (size_t i = 0; i < s->matches_n; i++) {
    if (!is_first_of_field(s, i))
      continue;
    const char *value = value_of(signal, rule, severity, s->matches[i].field);
    if (value == NULL || !field_matches(s, i, value))
      return false;
  }
  return s->matches_n > 0; /* one without any would silence everything */
}

/* ---- time ---- */

struct window {
  wall_ms from, until;
};

/* The window that holds now or, with is_next, the first that begins after it.
 */
static bool find_window(const struct silence *s, wall_ms now, bool is_next,
                        struct window *w) {
  struct window found = {s->starts_at, s->ends_at};
  if (s->ended_at != WALL_NEVER)
    return false;
  if (s->every == NULL) {
    if (is_next ? found.from <= now : now < found.from || now >= found.until)
      return false;
    *w = found;
    return found.from < found.until;
  }
  if (is_next) {
    bool has_begun = now >= s->starts_at;
    if (has_begun || !every_holds(s, s->starts_at, &found.from, &found.until))
      every_next(s, has_begun ? now : s->starts_at, &found.from, &found.until);
  } else if (now < s->starts_at || now >= s->ends_at ||
             !every_holds(s, now, &found.from, &found.until)) {
    return false;
  }
  if (found.from < s->starts_at)
    found.from = s->starts_at;
  if (found.until > s->ends_at)
    found.until = s->ends_at;
  if (found.from >= found.until)
    return false;
  *w = found;
  return true;
}

bool silence_is_active(const struct silence *s, wall_ms now) {
  struct window w;
  return find_window(s, now, false, &w);
}

bool silence_is_over(const struct silence *s, wall_ms now) {
  struct window w;
  return !find_window(s, now, false, &w) && !find_window(s, now, true, &w);
}

wall_ms silence_from(const struct silence *s, wall_ms now) {
  struct window w;
  return find_window(s, now, false, &w) || find_window(s, now, true, &w)
             ? w.from
             : WALL_NEVER;
}

wall_ms silence_until(const struct silence *s, wall_ms now) {
  struct window w;
  return find_window(s, now, false, &w) ? w.until : WALL_NEVER;
}

/* When the reminder of that window is due. */
static wall_ms reminder_of(const struct silence *s, const struct window *w) {
  if (s->remind <= 0 || w->until == WALL_NEVER)
    return WALL_NEVER;
  wall_ms at = w->until - s->remind;
  return at < w->from ? w->from : at;
}

wall_ms silence_next(const struct silence *s, wall_ms now) {
  struct window w;
  if (find_window(s, now, false, &w)) {
    wall_ms remind = reminder_of(s, &w);
    return remind > now && remind < w.until ? remind : w.until;
  }
  return find_window(s, now, true, &w) ? w.from : WALL_NEVER;
}

bool silence_wants_reminder(const struct silence *s, wall_ms now) {
  struct window w;
  if (!find_window(s, now, false, &w))
    return false;
  wall_ms due = reminder_of(s, &w);
  return now >= due && (s->reminded_at == WALL_NEVER || s->reminded_at < due);
}

/* ---- JSON ---- */

static void put_span(struct json *j, const char *key, span_ms span) {
  char text[SPAN_TEXT];
  span_print(span, text);
  json_put_text(j, key, span > 0 ? text : NULL);
}

void silence_print(const struct silence *s, wall_ms now, struct json *j) {
  json_object(j);
  json_put_int(j, "id", s->id);
  json_key(j, "matches");
  json_array(j);
  for (size_t i = 0; i < s->matches_n; i++)
    json_text(j, s->matches[i].text);
  json_array_end(j);
  json_put_text(j, "by", s->by);
  json_put_text(j, "reason", s->reason);
  json_put_time(j, "created_at", s->created_at);
  json_put_time(j, "starts_at", s->starts_at);
  json_put_time(j, "ends_at", s->ends_at);
  if (s->until_incident != 0)
    json_put_int(j, "until_incident", s->until_incident);
  else
    json_put_null(j, "until_incident");
  json_put_bool(j, "until_resolved", s->until_resolved);
  json_put_text(j, "every", s->every);
  json_put_text(j, "zone", s->zone);
  put_span(j, "for", s->every_for);
  put_span(j, "remind", s->remind);
  json_put_time(j, "reminded_at", s->reminded_at);
  json_put_time(j, "ended_at", s->ended_at);
  json_put_text(j, "ended_by", s->ended_by);
  json_put_int(j, "suppressed", s->suppressed);
  json_put_bool(j, "active", silence_is_active(s, now));
  json_put_time(j, "from", silence_from(s, now));
  json_put_time(j, "until", silence_until(s, now));
  json_object_end(j);
}

/* Absent and null: as it is. */
static enum err read_at(const struct json_in *v, const char *key, wall_ms *at) {
  const char *text = json_at_text(v, key, NULL);
  return text == NULL ? OK : clock_parse(text, at);
}

static enum err read_span(const struct json_in *v, const char *key,
                          span_ms *span) {
  const char *text = json_at_text(v, key, NULL);
  return text == NULL ? OK : span_parse(text, span);
}

static enum err read_text(const struct json_in *v, const char *key,
                          char **text) {
  const char *got = json_at_text(v, key, NULL);
  *text = got == NULL ? NULL : strdup(got);
  return got != NULL && *text == NULL ? ERR_NOMEM : OK;
}

static enum err read_matches(const struct json_in *v, struct silence *s) {
  const struct json_in *matches = json_at(v, "matches");
  const char *key, *why;
  enum err err = json_count(matches) == 0 ? ERR_INVALID : OK;
  for (size_t i = 0; i < json_count(matches) && err == OK; i++) {
    const char *text = json_at_text(json_member(matches, i, &key), "", NULL);
    err = text == NULL ? ERR_INVALID : silence_add_match(s, text, &why);
  }
  return err;
}

static enum err read_times(const struct json_in *v, struct silence *s) {
  const struct {
    const char *key;
    wall_ms *at;
  } times[] = {{"created_at", &s->created_at},
               {"starts_at", &s->starts_at},
               {"ends_at", &s->ends_at},
               {"reminded_at", &s->reminded_at},
               {"ended_at", &s->ended_at}};
  enum err err = OK;
  for (size_t i = 0; i < sizeof times / sizeof times[0] && err == OK; i++)
    err = read_at(v, times[i].key, times[i].at);
  if (err == OK && (s->created_at == WALL_NEVER || s->starts_at == WALL_NEVER))
    err = ERR_INVALID;
  return err;
}

static enum err read_every(const struct json_in *v, struct silence *s) {
  const char *every = json_at_text(v, "every", NULL), *why;
  span_ms span = 0;
  enum err err = read_span(v, "for", &span);
  if (err == OK && every != NULL)
    err =
        silence_set_every(s, every, json_at_text(v, "zone", NULL), span, &why);
  return err;
}

enum err silence_read(const struct json_in *v, struct silence *s) {
  struct silence got;
  silence_init(&got);
  got.id = json_at_int(v, "id", 0);
  got.until_incident = json_at_int(v, "until_incident", 0);
  got.until_resolved = json_at_bool(v, "until_resolved", false);
  got.suppressed = json_at_int(v, "suppressed", 0);
  enum err err = read_matches(v, &got);
  if (err == OK)
    err = read_times(v, &got);
  if (err == OK)
    err = read_every(v, &got);
  if (err == OK)
    err = read_span(v, "remind", &got.remind);
  if (err == OK)
    err = read_text(v, "by", &got.by);
  if (err == OK)
    err = read_text(v, "reason", &got.reason);
  if (err == OK)
    err = read_text(v, "ended_by", &got.ended_by);
  if (err == OK && got.ends_at == WALL_NEVER && !got.until_resolved &&
      got.every == NULL)
    err = ERR_INVALID; /* none is without an end */
  if (err != OK) {
    silence_fini(&got);
    return err == ERR_CEILING ? ERR_INVALID : err;
  }
  silence_fini(s);
  *s = got;
  return OK;
}

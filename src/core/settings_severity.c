/* SPDX-License-Identifier: MIT */
/* <Severity>: those of the file, or SEV-1 to SEV-5; and UNKNOWN always. */
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>

/* The last is there always, the others as long as the file has none. */
static const struct known {
  const char *name, *description;
  bool is_major;
} known[] = {
    {"SEV-1", "Critical: the service is down or data is in danger", true},
    {"SEV-2", "Critical: many users are hampered now", true},
    {"SEV-3", "Unstable or some users hampered: needs its owners now", false},
    {"SEV-4", "Minor: needs work, but hampers nobody", false},
    {"SEV-5", "Cosmetic: hampers nobody", false},
    {"UNKNOWN", "Not assessed yet", false},
};
#define KNOWN (sizeof known / sizeof known[0])

void reader_urgency(struct reader *r, const struct place *at, bool *is_high) {
  static const char *const words[] = {"high", "low"};
  if (!reader_is_one(r, at))
    return;
  size_t i = reader_word_at(r, at, 0, words, 2);
  if (i < 2)
    *is_high = i == 0;
}

static void read_urgency(struct reader *r, const struct place *at,
                         const struct option *o, void *object) {
  (void)o;
  reader_urgency(r, at, &((struct severity *)object)->is_high_urgency);
}

#define AT(field) offsetof(struct severity, field)
static const struct option options[] = {
    {.name = "Description", .read = reader_text, .offset = AT(description)},
    {.name = "Response", .read = reader_text, .offset = AT(response)},
    {.name = "Major", .read = reader_flag, .offset = AT(is_major)},
    {.name = "Urgency", .read = read_urgency},
    {.name = "Chain", .read = reader_chain, .offset = AT(chain)},
    {.name = "UpdateEvery",
     .read = reader_span,
     .offset = AT(update_every),
     .min = 1000},
    {.name = "PostmortemDue",
     .read = reader_span,
     .offset = AT(postmortem_due),
     .min = 1000},
};

static void *add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct severity **grown =
      reader_grow(r, s->severities, s->severities_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->severities = grown;
  struct severity *v = reader_new(r, sizeof *v);
  if (v == NULL)
    return NULL;
  v->rank = s->severities_n;
  s->severities[s->severities_n++] = v;
  reader_keep(r, &v->name, name);
  v->is_major = strcmp(name, "SEV-1") == 0 || strcmp(name, "SEV-2") == 0;
  v->is_high_urgency = strcmp(name, "SEV-4") != 0 && strcmp(name, "SEV-5") != 0;
  return v;
}

static void *get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->severities_n)
    return NULL;
  *name = s->severities[i]->name;
  return s->severities[i];
}

void reader_imply_severities(struct reader *r) {
  bool has_blocks = r->settings->severities_n > 0;
  for (size_t i = has_blocks ? KNOWN - 1 : 0; i < KNOWN && r->err == OK; i++) {
    if (settings_severity(r->settings, known[i].name) != NULL)
      continue;
    struct severity *s = add(r, known[i].name);
    if (s == NULL)
      return;
    s->is_major = known[i].is_major;
    reader_keep(r, &s->description, known[i].description);
    reader_keep(r, &s->response, "");
  }
}

const struct block_kind settings_block_severity = {
    .name = "Severity",
    .table = OPTION_TABLE(options),
    .add = add,
    .get = get,
};

/* SPDX-License-Identifier: MIT */
/* <Checklist>: what to do when somebody has broken in, and when the team last
 * went through it. */
#include "core/settings_reader.h"

#include <string.h>

#define DAY_MS ((span_ms)24 * 3600 * 1000)
#define EVERY_DEFAULT (365 * DAY_MS)

/* As long as the file has no Step. */
static const char *const usual[] = {
    "Stop what is going on; switch off what is attacked if need be",
    "Close the way by which they came in",
    "Call those who are needed and nobody else, in a place of their own",
    "Cut machines that were reached off the network, and keep them as they are",
    "Work out when it began and what has been done since",
    "Find out which data was reached",
    "Ask which other systems are in danger",
    "Ask whether and how they could come back",
    "Protect and watch the rest: patches, passwords, keys, alerts",
    "Have copies of what was reached examined",
    "Tell those inside who must know, by the codename",
    "Decide with counsel about the police and the authorities",
    "Warn others by whom it came in, or whom it may reach",
    "Tell customers, in time and in words that are agreed"};

static void read_step(struct reader *r, const struct place *at,
                      const struct option *o, void *object) {
  (void)o;
  struct checklist *l = object;
  reader_texts(r, at, &l->steps, &l->steps_n);
}

static void read_date(struct reader *r, const struct place *at,
                      const struct option *o, void *object) {
  wall_ms *slot = (void *)((char *)object + o->offset);
  struct hours_date date;
  const char *why = "", *text;
  if (!reader_is_one(r, at) || (text = reader_text_at(r, at, 0)) == NULL)
    return;
  if (hours_parse_date(text, &date, &why) != OK)
    reader_complain(r, at, "%s", why);
  else
    *slot = clock_days(date.year, date.month, date.day) * DAY_MS;
}

#define AT(field) offsetof(struct checklist, field)
static const struct option options[] = {
    {.name = "Step", .read = read_step, .flags = OPTION_MANY},
    {.name = "Reviewed", .read = read_date, .offset = AT(reviewed_at)},
    {.name = "Tested", .read = read_date, .offset = AT(tested_at)},
    {.name = "Every", .read = reader_span, .offset = AT(every), .min = DAY_MS},
};
#undef AT

void reader_checklist(struct reader *r, const struct place *at,
                      const struct option *o, void *object) {
  (void)o;
  struct settings *s = object;
  const struct option_table table = OPTION_TABLE(options);
  if (!reader_is_bare_block(r, at))
    return;
  s->checklist.is_given = true;
  reader_block(r, at, table, &s->checklist);
}

void reader_imply_checklist(struct reader *r) {
  struct checklist *l = &r->settings->checklist;
  if (l->every == 0)
    l->every = EVERY_DEFAULT;
  if (l->steps_n > 0)
    return;
  l->steps = reader_new(r, sizeof usual / sizeof usual[0] * sizeof *l->steps);
  if (l->steps == NULL)
    return;
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
    reader_keep(r, &l->steps[i], usual[i]);
    l->steps_n++;
  }
}

bool checklist_is_due(const struct checklist *l, wall_ms last, wall_ms now) {
  return last == WALL_NEVER || now - last > l->every;
}

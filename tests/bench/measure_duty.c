/* SPDX-License-Identifier: MIT */
/* Who is on call, in this process: what each step that names a schedule asks.
 */
#include "measure.h"

#include "core/schedule.h"
#include "core/week.h"

#include <stdlib.h>
#include <string.h>

#define DAYS 365
#define CALLS 20000
#define ROUNDS 9
#define LIMIT_US 10.0

static const char config[] =
    "<Responder \"alice\">\n</Responder>\n<Responder \"bob\">\n</Responder>\n"
    "<Schedule \"primary\">\n  TimeZone \"Europe/Berlin\"\n"
    "  <Rotation>\n    Responder \"alice\" \"bob\"\n"
    "    Start \"2026-01-05 09:00\"\n  </Rotation>\n"
    "  <Rotation>\n    Responder \"bob\"\n    Every \"1d\"\n"
    "    Start \"2026-01-05 09:00\"\n    During \"Sat,Sun 08:00-20:00\"\n"
    "  </Rotation>\n</Schedule>\n";

static struct settings *read_config(void) {
  struct conf_file *file = NULL;
  struct settings *s = NULL;
  if (conf_read_text("bench", config, strlen(config), NULL, NULL, &file) ==
      OK) {
    const struct conf *block = &file->root;
    (void)settings_read(&block, 1, true, NULL, NULL, &s);
  }
  conf_file_free(file);
  return s;
}

/* Microseconds a call, at times all over the year. */
static double ask(const struct schedule *s, const struct duty_facts *facts,
                  wall_ms from, size_t calls) {
  struct duty duty;
  wall_ms at = from;
  int64_t began = clock_mono_ns();
  for (size_t i = 0; i < calls; i++) {
    schedule_at(s, facts, at, &duty);
    at += duty.responder != NULL ? 7919 * 1000 : 7919 * 999;
    if (at > from + DAYS * DAY_MS)
      at -= DAYS * DAY_MS;
  }
  return (double)(clock_mono_ns() - began) / 1e3 / (double)calls;
}

/* For two hours on each day. */
static void make_overrides(wall_ms from, struct override *all,
                           struct override **pointers) {
  for (int64_t i = 0; i < DAYS; i++) {
    all[i] = (struct override){.id = i + 1,
                               .schedule = (char *)"primary",
                               .responder = (char *)"bob",
                               .from = from + i * DAY_MS,
                               .until = from + i * DAY_MS + DAY_MS / 12};
    pointers[i] = &all[i];
  }
}

bool measure_duty(struct rig *rig, struct table *t) {
  static struct override all[DAYS];
  static struct override *pointers[DAYS];
  struct settings *s = read_config();
  wall_ms from = 0;
  double took[ROUNDS];
  size_t rounds = rig->is_quick ? 3 : ROUNDS;
  if (s == NULL || clock_parse("2026-03-01T00:00:00Z", &from) != OK) {
    settings_free(s);
    return false;
  }
  make_overrides(from, all, pointers);
  const struct duty_facts facts = {
      .settings = s, .overrides = pointers, .overrides_n = DAYS};
  for (size_t i = 0; i < rounds; i++)
    took[i] = ask(s->schedules[0], &facts, from, CALLS);
  double worst = largest(took, rounds), half = median(took, rounds);
  table_row(t, "who is on call, with a year of overrides",
            table_text("%.2f µs median, worst round %.2f", half, worst), "",
            "10 µs", half <= LIMIT_US);
  settings_free(s);
  return true;
}

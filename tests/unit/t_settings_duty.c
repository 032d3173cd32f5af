/* SPDX-License-Identifier: MIT */
/* <Hours>, <Schedule> and what refers to them. */
#include "core/schedule.h"

#include "settings_text.h"

#include <stdlib.h>

#define PEOPLE                                                                 \
  "<Responder \"alice\">\n</Responder>\n<Responder \"bob\">\n</Responder>\n"
#define START "Start \"2026-01-05 09:00\"\n"

static void check_hours(const char *options, const char *want) {
  char text[1024];
  snprintf(text, sizeof text, "<Hours \"h\">\n%s\n</Hours>\n", options);
  check_wrong(text, want);
}

static void check_schedule(const char *options, const char *want) {
  char text[1024];
  snprintf(text, sizeof text, PEOPLE "<Schedule \"s\">\n%s\n</Schedule>\n",
           options);
  check_wrong(text, want);
}

static void check_rotation(const char *options, const char *want) {
  char text[1024];
  snprintf(text, sizeof text, "<Rotation>\n%s\n</Rotation>\n", options);
  check_schedule(text, want);
}

static void all_of_it_is_read(void) {
  struct settings *s = read_right(
      PEOPLE
      "<Hours \"office\">\n TimeZone \"Europe/Berlin\"\n"
      " During \"Mon-Thu 09:00-17:00\" \"Fri 09:00-15:00\"\n"
      " Except \"2026-12-25\"\n Except \"2026-12-26\"\n</Hours>\n"
      "<Schedule \"primary\">\n TimeZone \"Australia/Lord_Howe\"\n"
      " Fallback \"bob\"\n"
      " <Rotation>\n  Responder \"alice\" \"bob\"\n"
      "  Responder \"alice\"\n"
      "  Start \"2026-01-05 09:30\"\n </Rotation>\n"
      " <Rotation>\n  Responder \"bob\"\n  Every \"2d\"\n"
      "  Start \"2026-01-05 00:00\"\n  During \"Sat,Sun\"\n"
      " </Rotation>\n</Schedule>\n"
      "<Schedule \"other\">\n Calendar \"/etc/oncall.ics\"\n"
      "</Schedule>\n"
      "<Chain \"c\">\n <Step>\n  Schedule \"other\" \"primary\"\n"
      "  Responder \"bob\"\n </Step>\n</Chain>\n"
      "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n PageHours \"office\"\n"
      "</Rule>\n");
  const struct hours *h = s->hours[0];
  CHECK(s->hours_n == 1 && h->during_n == 2 && h->except_n == 2);
  CHECK_TEXT(h->name, "office");
  CHECK_TEXT(h->zone_name, "Europe/Berlin");
  CHECK(h->during[1].days == 0x20 && h->except[1].day == 26);
  CHECK(s->rules[0]->page_hours == h);
  const struct schedule *p = settings_schedule(s, "primary");
  CHECK(s->schedules_n == 2 && p == s->schedules[0]);
  CHECK(settings_schedule(s, "secondary") == NULL);
  CHECK_TEXT(p->zone_name, "Australia/Lord_Howe");
  CHECK_TEXT(p->calendar, "");
  CHECK(p->fallback == s->responders[1] && p->rotations_n == 2);
  CHECK(p->rotations[0].responders_n == 3 && p->rotations[0].days == 7 &&
        p->rotations[0].start.minute == 30 &&
        p->rotations[0].during.during_n == 0);
  CHECK(p->rotations[1].responders_n == 1 && p->rotations[1].days == 2 &&
        p->rotations[1].during.during_n == 1 &&
        p->rotations[1].during.zone == p->zone);
  CHECK_TEXT(s->schedules[1]->calendar, "/etc/oncall.ics");
  CHECK_TEXT(s->schedules[1]->zone_name, "");
  const struct step *step = &s->chains[0]->steps[0];
  CHECK(step->targets_n == 3 && step->targets[0].kind == TARGET_SCHEDULE &&
        step->targets[0].schedule == s->schedules[1] &&
        step->targets[0].responder == NULL && step->targets[1].schedule == p &&
        step->targets[2].schedule == NULL);
  settings_free(s);
}

static void the_zone_of_a_responder_is_checked(void) {
  check_wrong("<Responder \"p\">\n TimeZone \"Europe/Berlinn\"\n</Responder>\n",
              "Responder \"p\" / TimeZone: there is no time zone "
              "\"Europe/Berlinn\" on this machine; they have names like "
              "\"Europe/Berlin\"\n");
}

static void what_is_wrong_with_hours_is_told(void) {
  check_hours("", "Hours \"h\": the option During is missing\n");
  check_hours("During \"Mo 9-17\"",
              "Hours \"h\" / During: takes days and times like \"Mon-Fri "
              "09:00-17:00\", \"Sat,Sun\", \"22:00-06:00\"\n");
  check_hours("During 9",
              "Hours \"h\" / During: takes text, not a number; quote it\n");
  check_hours("During \"Mon\"\nExcept \"25.12.2026\"",
              "Hours \"h\" / Except: takes a date like \"2026-12-25\"\n");
  check_hours("During \"Mon\"\nTimeZone \"Europe/Berlinn\"",
              "Hours \"h\" / TimeZone: there is no time zone "
              "\"Europe/Berlinn\" on this machine; they have names like "
              "\"Europe/Berlin\"\n");
  check_hours("During \"Mon\"\nTimeZone \"../../etc/passwd\"",
              "Hours \"h\" / TimeZone: there is no time zone "
              "\"../../etc/passwd\" on this machine; they have names like "
              "\"Europe/Berlin\"\n");
  check_hours("During \"Mon\"\nTimeZone \"\"",
              "Hours \"h\" / TimeZone: there is no time zone \"\" on this "
              "machine; they have names like \"Europe/Berlin\"\n");
  check_wrong("<Hours \"h\">\n During \"Mon\"\n</Hours>\n"
              "<Hours \"h\">\n During \"Tue\"\n</Hours>\n",
              "Hours \"h\": there is a Hours of this name already\n");
  check_rule("PageHours \"h\"", "Rule \"r\" / PageHours: there is no Hours "
                                "\"h\"\n");
  check_wrong(CHAIN
              "<Hours \"h\">\n During \"Mon\"\n</Hours>\n"
              "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n Record true\n"
              " PageHours \"h\"\n</Rule>\n",
              "Rule \"r\" / PageHours: means nothing with Record: there is no "
              "incident\n");
}

static void what_is_wrong_with_schedules_is_told(void) {
  check_schedule("", "Schedule \"s\": has nobody; give it a <Rotation> or a "
                     "Calendar\n");
  check_schedule("Calendar \"x.ics\"\n<Rotation>\n Responder \"bob\"\n " START
                 "</Rotation>",
                 "Schedule \"s\": has a <Rotation> and a Calendar; it takes "
                 "either\n");
  check_schedule("Calendar \"\"",
                 "Schedule \"s\" / Calendar: must not be empty\n");
  check_schedule("Calendar \"x.ics\"\nTimeZone \"Mars/Olympus\"",
                 "Schedule \"s\" / TimeZone: there is no time zone "
                 "\"Mars/Olympus\" on this machine; they have names like "
                 "\"Europe/Berlin\"\n");
  check_schedule("Calendar \"x.ics\"\nFallback \"alicia\"",
                 "Schedule \"s\" / Fallback: there is no Responder \"alicia\"; "
                 "there are \"alice\", \"bob\"\n");
  check_schedule("Calendar \"x.ics\"\nRotatoin 1",
                 "Schedule \"s\" / Rotatoin: unknown option, did you mean "
                 "Rotation?\n");
  check_wrong(HOOK "<Chain \"c\">\n <Step>\n  Schedule \"primary\"\n </Step>\n"
                   "</Chain>\n",
              "Chain \"c\" / Step / Schedule: there is no Schedule "
              "\"primary\"\n");
  check_wrong("<Schedule \"s\">\n Calendar \"x\"\n</Schedule>\n"
              "<Chain \"c\">\n <Step>\n  Schedule \"s\" \"s\"\n </Step>\n"
              "</Chain>\n",
              "Chain \"c\" / Step / Schedule: \"s\" is named twice\n");
}

static void what_is_wrong_with_rotations_is_told(void) {
  check_rotation("Every \"1d\"",
                 "Schedule \"s\" / Rotation: the option Responder is "
                 "missing\nSchedule \"s\" / Rotation: the option Start is "
                 "missing\n");
  check_rotation("Responder \"eve\"\n" START,
                 "Schedule \"s\" / Rotation / Responder: there is no Responder "
                 "\"eve\"; there are \"alice\", \"bob\"\n");
  check_rotation("Responder \"bob\"\nStart \"Monday\"",
                 "Schedule \"s\" / Rotation / Start: takes a local time like "
                 "\"2026-01-05 09:00\"\n");
  check_rotation("Responder \"bob\"\nEvery \"12h\"\n" START,
                 "Schedule \"s\" / Rotation / Every: must be at least 1d\n");
  check_rotation("Responder \"bob\"\nEvery \"36h\"\n" START,
                 "Schedule \"s\" / Rotation / Every: takes whole days, like "
                 "\"1d\" or \"2w\": hand-overs are at one time of day\n");
  check_rotation("Responder \"bob\"\nEvery \"1d\" \"12h\"\n" START,
                 "Schedule \"s\" / Rotation / Every: takes one value; quote "
                 "it\n");
  check_rotation("Responder \"bob\"\nEvery \"53w\"\n" START,
                 "Schedule \"s\" / Rotation / Every: must be at most 52w\n");
  check_rotation("Responder \"bob\"\nDuring \"noon\"\n" START,
                 "Schedule \"s\" / Rotation / During: takes days and times "
                 "like \"Mon-Fri 09:00-17:00\", \"Sat,Sun\", "
                 "\"22:00-06:00\"\n");
  check_schedule("<Rotation \"night\">\n Responder \"bob\"\n " START
                 "</Rotation>",
                 "Schedule \"s\" / Rotation: is a block without a name: "
                 "<Rotation> ... </Rotation>\n");
}

/* What a mirrored configuration is read from knows all of it. */
static void nothing_of_it_is_a_secret(void) {
  static const char text[] =
      "Responder \"alice\"\nResponder \"bob\"\n<Hours \"h\">\n  TimeZone "
      "\"UTC\"\n  During \"Mon\" \"Tue\"\n"
      "  Except \"2026-12-25\"\n</Hours>\n"
      "<Schedule \"s\">\n  TimeZone \"UTC\"\n  <Rotation>\n"
      "    Responder \"alice\" \"bob\"\n    Every \"1d\"\n"
      "    Start \"2026-01-05 09:00\"\n    During \"Mon\"\n"
      "  </Rotation>\n  Fallback \"bob\"\n</Schedule>\n"
      "<Schedule \"t\">\n  Calendar \"/etc/oncall.ics\"\n"
      "</Schedule>\n";
  struct source source;
  struct buf out;
  open_source(&source, text, NULL);
  buf_init(&out, 10000);
  CHECK(settings_print_public(source.blocks, source.n, &out) == OK);
  CHECK_TEXT(buf_text(&out), text);
  buf_fini(&out);
  close_source(&source);
}

/* ---- advice ---- */

static void check_advice(const char *text, const char *now, const char *want) {
  struct source source;
  struct settings *s = NULL;
  struct buf said;
  wall_ms at = 0;
  CHECK(clock_parse(now, &at) == OK);
  open_source(&source, text, NULL);
  buf_init(&said, 100000);
  CHECK(settings_read(source.blocks, source.n, true, collect, &said, &s) == OK);
  const struct duty_facts facts = {.settings = s};
  for (size_t i = 0; s != NULL && i < s->schedules_n; i++)
    settings_advise_gaps(s->schedules[i], &facts, at, source.blocks, source.n,
                         collect, &said);
  CHECK_TEXT(buf_text(&said), want);
  settings_free(s);
  buf_fini(&said);
  close_source(&source);
}

#define ZONE " TimeZone \"Europe/Berlin\"\n"
#define TURNS(more)                                                            \
  " <Rotation>\n Responder \"bob\"\n" START more "</Rotation>\n"

static void gaps_are_advised(void) {
  check_advice(PEOPLE "<Schedule \"s\">\n" ZONE TURNS("") "</Schedule>\n",
               "2026-03-01T00:00:00Z", "");
  check_advice(
      PEOPLE "<Schedule \"s\">\n" ZONE TURNS("During \"Mon-Fri\"\n")
          TURNS("During \"Sat\"\n") "</Schedule>\n",
      "2026-03-22T12:00:00Z",
      "warning: Schedule \"s\": nobody is on call from now to "
      "2026-03-23 00:00, Europe/Berlin\n"
      "warning: Schedule \"s\": nobody is on call from 2026-03-29 "
      "00:00 to 2026-03-30 00:00, Europe/Berlin\n"
      "warning: Schedule \"s\": nobody is on call from 2026-04-05 "
      "00:00 to 2026-04-06 00:00, Europe/Berlin\n"
      "warning: Schedule \"s\": nobody is on call 10 more times in the "
      "next 90 days\n");
  check_advice(PEOPLE "<Schedule \"s\">\n" TURNS("") "</Schedule>\n",
               "2025-01-01T00:00:00Z",
               "warning: Schedule \"s\": nobody is on call in the next 90 "
               "days\n");
}

static void a_fallback_fills_gaps(void) {
  check_advice(PEOPLE "<Schedule \"s\">\n Fallback \"alice\"\n" TURNS(
                   "During \"Mon\"\n") "</Schedule>\n",
               "2026-03-22T12:00:00Z", "");
}

static void a_calendar_that_was_not_read_says_nothing(void) {
  check_advice("<Schedule \"s\">\n Calendar \"x.ics\"\n</Schedule>\n",
               "2026-03-22T12:00:00Z", "");
}

static void a_schedule_in_no_step_is_advised(void) {
  struct source source;
  struct settings *s = NULL;
  struct buf said;
  open_source(&source,
              "<Schedule \"s\">\n Calendar \"x\"\n</Schedule>\n"
              "<Schedule \"t\">\n Calendar \"x\"\n</Schedule>\n"
              "<Chain \"c\">\n <Step>\n  Schedule \"t\"\n </Step>\n</Chain>\n",
              NULL);
  buf_init(&said, 100000);
  CHECK(settings_read(source.blocks, source.n, true, collect, &said, &s) == OK);
  settings_advise(s, source.blocks, source.n, collect, &said);
  CHECK_TEXT(buf_text(&said),
             "warning: Schedule \"s\": is in no Step: only `incidentctl page` "
             "pages it\nwarning: Rule: there is none: nothing will be an "
             "incident\n");
  settings_free(s);
  buf_fini(&said);
  close_source(&source);
}

int main(void) {
  all_of_it_is_read();
  the_zone_of_a_responder_is_checked();
  what_is_wrong_with_hours_is_told();
  what_is_wrong_with_schedules_is_told();
  what_is_wrong_with_rotations_is_told();
  nothing_of_it_is_a_secret();
  gaps_are_advised();
  a_fallback_fills_gaps();
  a_calendar_that_was_not_read_says_nothing();
  a_schedule_in_no_step_is_advised();
  return check_done("t_settings_duty");
}

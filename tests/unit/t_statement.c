/* SPDX-License-Identifier: MIT */
/* What is said of an incident: filling, for whom, clocks, what had better not
 * be said. */
#include "core/format.h"
#include "core/reminder.h"
#include "core/statement.h"

#include "settings_text.h"

#include <stdlib.h>

#define NOW INT64_C(1795255500000) /* 2026-11-21T10:05:00Z */
#define MINUTE 60000

static const char config[] =
    "<Webhook \"bosses\">\n URL \"http://h/a\"\n</Webhook>\n"
    "<Webhook \"page\">\n URL \"http://h/b\"\n</Webhook>\n"
    "<Rule \"disk\">\n <Match>\n  Host \"x\"\n </Match>\n</Rule>\n"
    "<Notify>\n Severity \"SEV-2\"\n On \"update\"\n Webhook \"bosses\"\n"
    "</Notify>\n"
    "<Notify>\n Rule \"disk\"\n On \"declared\"\n Webhook \"page\"\n</Notify>\n"
    "<Template \"known\">\n Subject \"[%{severity}] %{title}\"\n"
    " Body \"%{text} \" \"%{impact}\" \"(%{status}, %{label:site})\""
    " \"%{summary}\" \"Next: %{next}\"\n Category \"Public\"\n</Template>\n"
    "<Template \"over\">\n Body \"%{text}\"\n Category \"resolved\"\n"
    "</Template>\n";

static void set(char **text, const char *to) {
  CHECK(incident_set_text(text, to) == OK);
}

static void make_incident(struct incident *i) {
  incident_init(i);
  i->id = 42;
  set(&i->title, "Payments\nfail");
  set(&i->severity, "SEV-2");
  set(&i->labels, "{\"site\":\"fra\"}");
  i->is_major = true;
}

static void a_template_is_filled_and_tidied(void) {
  struct settings *s = read_right(config);
  struct incident i;
  struct statement st;
  if (s == NULL)
    return;
  make_incident(&i);
  statement_init(&st);
  struct statement_facts f = {.incident = &i,
                              .text = "A bad\nrelease.",
                              .impact = "Nobody can pay",
                              .next_at = NOW};
  CHECK(statement_fill(&st, settings_wording(s, "known"), &f) == OK);
  CHECK_TEXT(st.subject, "[SEV-2] Payments fail");
  CHECK_TEXT(st.body,
             "A bad\nrelease.\nNobody can pay\n(investigating, fra)\n\n"
             "Next: 2026-11-21 10:05 UTC");
  f.next_at = WALL_NEVER;
  f.text = NULL;
  CHECK(statement_fill(&st, settings_wording(s, "known"), &f) == OK);
  CHECK_TEXT(st.body, "\nNobody can pay\n(investigating, fra)\n\n"
                      "Next: when there is news");
  CHECK(wording_is_public(settings_wording(s, "known")));
  CHECK(!wording_is_last(settings_wording(s, "known")));
  CHECK(wording_is_last(settings_wording(s, "over")));
  statement_fini(&st);
  incident_fini(&i);
  settings_free(s);
}

static void without_a_template_it_says_the_text_or_the_state(void) {
  struct incident i;
  struct statement st;
  make_incident(&i);
  statement_init(&st);
  struct statement_facts f = {
      .incident = &i, .text = "We are at it.", .next_at = NOW};
  CHECK(statement_fill(&st, NULL, &f) == OK);
  CHECK_TEXT(st.subject, "Payments fail");
  CHECK_TEXT(st.body, "We are at it.\nNext update: 2026-11-21 10:05 UTC");
  f.text = NULL;
  f.summary = "Half of it.";
  CHECK(statement_fill(&st, NULL, &f) == OK);
  CHECK_TEXT(st.body, "investigating, SEV-2. Half of it.\n"
                      "Next update: 2026-11-21 10:05 UTC");
  i.is_private = true;
  set(&i.codename, "heron");
  CHECK(statement_fill(&st, NULL, &f) == OK);
  CHECK_TEXT(st.subject, "heron");
  i.status = STATUS_RESOLVED;
  CHECK(statement_fill(&st, NULL, &f) == OK);
  CHECK_TEXT(st.body, "resolved, SEV-2.");
  statement_fini(&st);
  incident_fini(&i);
}

static void a_text_that_is_too_long_is_cut_at_a_character(void) {
  struct incident i;
  struct statement st;
  const size_t n = 40000;
  char *text = calloc(1, n + 1);
  make_incident(&i);
  statement_init(&st);
  CHECK(text != NULL);
  for (size_t k = 0; text != NULL && k + 2 <= n; k += 2)
    memcpy(text + k, "é", 2);
  struct statement_facts f = {.incident = &i, .text = text, .next_at = NOW};
  CHECK(statement_fill(&st, NULL, &f) == OK);
  CHECK(strlen(st.body) <= 2 * STATEMENT_MAX);
  free(text);
  statement_fini(&st);
  incident_fini(&i);
}

static bool is_for(const struct statement *st, const struct settings *s,
                   const struct incident *i, const struct webhook *w) {
  bool is = false;
  CHECK(statement_is_for(st, s, i, w, &is) == OK);
  return is;
}

static void it_is_for_those_named_and_those_who_hear_updates(void) {
  struct settings *s = read_right(config);
  struct incident i;
  struct statement st;
  if (s == NULL)
    return;
  const struct webhook *bosses = settings_webhook(s, "bosses");
  const struct webhook *page = settings_webhook(s, "page");
  make_incident(&i);
  statement_init(&st);
  set(&st.webhooks, "[]");
  CHECK(is_for(&st, s, &i, bosses));
  CHECK(!is_for(&st, s, &i, page));
  CHECK(!statement_is_public(&st, s));
  i.is_private = true;
  CHECK(!is_for(&st, s, &i, bosses));
  CHECK(!statement_has_public_clock(s, &i));
  i.is_private = false;
  CHECK(statement_has_public_clock(s, &i));
  i.is_test = true;
  CHECK(!is_for(&st, s, &i, bosses));
  set(&st.webhooks, "[\"page\"]");
  CHECK(is_for(&st, s, &i, page));
  CHECK(statement_is_public(&st, s));
  i.is_test = i.is_major = false;
  CHECK(!statement_has_public_clock(s, &i));
  set(&i.severity, "SEV-3");
  CHECK(!is_for(&st, s, &i, bosses));
  set(&st.webhooks, "[]");
  set(&st.wording, "known");
  CHECK(statement_is_public(&st, s));
  statement_fini(&st);
  incident_fini(&i);
  settings_free(s);
}

static void the_public_hears_often_then_seldom(void) {
  CHECK(statement_public_wait(1, NOW, NOW) == 5 * MINUTE);
  CHECK(statement_public_wait(2, NOW, NOW + 5 * MINUTE) == 20 * MINUTE);
  CHECK(statement_public_wait(7, NOW, NOW + 119 * MINUTE) == 20 * MINUTE);
  CHECK(statement_public_wait(8, NOW, NOW + 120 * MINUTE) == 60 * MINUTE);
}

static void a_reminder_comes_again_or_ends(void) {
  struct reminder r = {.due_at = NOW,
                       .every = 10 * MINUTE,
                       .ended_at = WALL_NEVER,
                       .owed_at = WALL_NEVER};
  reminder_step(&r, NOW + 35 * MINUTE); /* three were missed */
  CHECK(r.owed_at == NOW && r.due_at == NOW + 45 * MINUTE);
  reminder_step(&r, NOW + 45 * MINUTE);
  CHECK(r.owed_at == NOW && r.due_at == NOW + 55 * MINUTE);
  CHECK(r.ended_at == WALL_NEVER);
  r.every = 0;
  reminder_step(&r, NOW + 55 * MINUTE);
  CHECK(r.ended_at == NOW + 55 * MINUTE);
}

/* ---- remarks ---- */

static void note(void *arg, const char *line) { buf_addf(arg, "%s\n", line); }

static const char *lint(struct buf *b, const char *subject, const char *body) {
  static const char *const hosts[] = {"web1", ""};
  struct statement st;
  statement_init(&st);
  set(&st.subject, subject);
  set(&st.body, body);
  buf_clear(b);
  statement_lint(&st, hosts, 2, note, b);
  statement_fini(&st);
  return buf_text(b);
}

static void what_had_better_not_be_said_is_remarked(void) {
  struct buf b;
  buf_init(&b, 4096);
  CHECK_TEXT(lint(&b, "Payments fail",
                  "Since 10:05 some cannot pay, at most 1.2.3 of us.\n"
                  "Next update: 2026-11-21 10:30 UTC. See https://x.example.com"
                  "/a: web10, web1x, beta, metadata"),
             "");
  CHECK_TEXT(lint(&b, "Outage", "an outage"),
             "\"Outage\" says more than is known; say what people notice\n");
  CHECK_TEXT(lint(&b, "x", "ETA: soon"),
             "\"ETA\" promises a time; say when the next update comes\n");
  CHECK_TEXT(lint(&b, "x", "in the next 20 minutes, or within an hour"),
             "\"in the next 20 minutes\" promises a time; say when the next "
             "update comes\n");
  CHECK_TEXT(lint(&b, "x", "All will be fixed tomorrow."),
             "\"will be fixed tomorrow\" promises that; say what is being "
             "done\n");
  CHECK_TEXT(lint(&b, "x", "10.0.0.1 is down"),
             "\"10.0.0.1\" is an address: internal\n");
  CHECK_TEXT(lint(&b, "x", "at 2001:db8:0:1:1:1:1:1 now"),
             "\"2001:db8:0:1:1:1:1:1\" is an address: internal\n");
  CHECK_TEXT(lint(&b, "x", "db1.fra.internal fails"),
             "\"db1.fra.internal\" is a name of the inside\n");
  CHECK_TEXT(lint(&b, "WEB1 is slow", "y"),
             "\"web1\" is the name of a host: internal\n");
  buf_fini(&b);
}

/* ---- what a page of it says ---- */

static const char *const bodies[FORMATS] = {
    [FORMAT_SLACK] =
        "{\"text\":\"Payments fail\",\"attachments\":[{\"fallback\":\"Payments "
        "fail\",\"color\":\"#8a8a8a\",\"text\":\"We know why.\\nSome &amp; "
        "all.\",\"fields\":[{\"title\":\"Status\",\"value\":\"investigating\","
        "\"short\":true},{\"title\":\"Next update\",\"value\":\"2026-11-21 "
        "10:30 UTC\",\"short\":true}],\"mrkdwn_in\":[],\"footer\":\"collectd-"
        "incident\",\"ts\":1795255500}]}",
    [FORMAT_NTFY] =
        "{\"topic\":\"a\",\"title\":\"Payments fail\",\"message\":\"We know "
        "why.\\nSome & all.\\nStatus: investigating\\nNext update: 2026-11-21 "
        "10:30 UTC\",\"priority\":2,\"tags\":[\"speech_balloon\"],\"actions\":"
        "[]}",
    [FORMAT_DISCORD] =
        "{\"content\":\"Payments fail\",\"allowed_mentions\":{\"parse\":[]},"
        "\"embeds\":[{\"title\":\"Payments fail\",\"description\":\"We know "
        "why.\\nSome & all.\",\"color\":9079434,\"timestamp\":"
        "\"2026-11-21T10:05:00.000Z\",\"fields\":[{\"name\":\"Status\","
        "\"value\":\"investigating\",\"inline\":true},{\"name\":\"Next "
        "update\",\"value\":\"2026-11-21 10:30 UTC\",\"inline\":true}]}"
        "]}",
};

static void no_format_tells_what_is_behind_an_update(void) {
  struct incident i;
  const struct message_update u = {.id = 3,
                                   .subject = "Payments fail",
                                   .body = "We know why.\nSome & all.",
                                   .by = "alice",
                                   .next_at = "2026-11-21T10:30:00.000Z"};
  struct page page = {.id = "01KAJZ0T4W8Y6V2M5RZC3D7H9K",
                      .incident = 42,
                      .event = PAGE_UPDATE,
                      .webhook_name = (char *)(uintptr_t) "w",
                      .target = (char *)(uintptr_t) "statement:3",
                      .attempts = 1};
  make_incident(&i);
  set(&i.title, "INSIDE");
  set(&i.description, "INSIDE");
  set(&i.runbook, "https://INSIDE");
  set(&i.service, "INSIDE");
  const struct message m = {.page = &page,
                            .incident = &i,
                            .update = &u,
                            .text = u.subject,
                            .next_step_at = WALL_NEVER,
                            .ledger_id = "L",
                            .sent_at = NOW,
                            .base_url = "https://INSIDE"};
  static const enum format public_ones[] = {FORMAT_SLACK, FORMAT_DISCORD,
                                            FORMAT_TEAMS, FORMAT_NTFY};
  for (size_t k = 0; k < sizeof public_ones / sizeof public_ones[0]; k++) {
    char *body = NULL;
    struct webhook w = {.name = page.webhook_name,
                        .format = public_ones[k],
                        .topic = (char *)(uintptr_t) "a"};
    CHECK(format_print(&m, &w, &body) == OK);
    CHECK(body != NULL && strstr(body, "INSIDE") == NULL);
    if (body != NULL && bodies[w.format] != NULL)
      CHECK_TEXT(body, bodies[w.format]);
    free(body);
  }
  incident_fini(&i);
}

int main(void) {
  a_template_is_filled_and_tidied();
  without_a_template_it_says_the_text_or_the_state();
  a_text_that_is_too_long_is_cut_at_a_character();
  it_is_for_those_named_and_those_who_hear_updates();
  the_public_hears_often_then_seldom();
  a_reminder_comes_again_or_ends();
  what_had_better_not_be_said_is_remarked();
  no_format_tells_what_is_behind_an_update();
  return check_done("t_statement");
}

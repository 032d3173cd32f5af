/* SPDX-License-Identifier: MIT */
/* The whole bodies, one file for each format in tests/data/format: lines of a
 * case's name and its body. `t_format print FORMAT` prints what they would be,
 * to be read before it is kept. */
#include "format_things.h"

static void be_declared_by_hand(struct things *t) {
  set(&t->incident.rule, NULL);
  set(&t->incident.runbook, NULL);
  set(&t->incident.severity, "UNKNOWN");
  set(&t->incident.declared_by, "alice");
  set(&t->incident.service, "shop");
  t->incident.alerts_total = t->incident.alerts_firing = 0;
  t->message.alerts_n = 0;
}

static void be_without_links(struct things *t) {
  t->message.base_url = "";
  t->page.ack_token[0] = '\0';
  t->page.step = t->page.round = 2;
  t->page.responder = NULL;
  t->page.webhook_name = "room";
}

static void be_a_storm(struct things *t) {
  set(&t->incident.title, "storm: disk-full");
  t->incident.is_storm = t->incident.is_major = true;
  set(&t->incident.severity, "SEV-1");
  t->message.gravity = GRAVITY_CRITICAL;
  for (int i = 2; i <= ALERTS; i++) {
    char host[16];
    snprintf(host, sizeof host, "web%d", i);
    add_alert(t, host, "it is full", 95.5);
  }
  t->alerts[1].state = ALERT_CLEARING;
  t->alerts[2].is_flapping = true;
  t->silenced.silence = 7;
  t->alerts[3].extra = &t->silenced;
  t->inhibited.inhibitor = 41;
  t->alerts[4].extra = &t->inhibited;
  t->incident.alerts_firing = t->incident.alerts_total = 5000;
  t->message.alerts_omitted = 4980;
  t->message.hosts = 5000;
}

static const struct {
  const char *name;
  void (*be)(struct things *t);
} cases[] = {{"page", NULL},
             {"update", be_acknowledged},
             {"resolved", be_resolved},
             {"test", be_test},
             {"reminder", be_reminder},
             {"handover", be_handover},
             {"by-hand", be_declared_by_hand},
             {"no-base-url", be_without_links},
             {"hostile", be_hostile},
             {"storm", be_a_storm},
             {"notice", be_notice},
             {"heartbeat", be_heartbeat},
             {"digest", be_digest},
             {"small-digest", be_small_digest}};
#define CASES (sizeof cases / sizeof cases[0])

static const struct {
  const char *name, *options;
} formats[] = {
    {"incident", "Format \"incident\""},
    {"pagerduty", "Format \"pagerduty\"\nRoutingKey \"R0UT1NGKEY\""},
    {"slack", "Format \"slack\""},
    {"discord", "Format \"discord\""},
    {"teams", "Format \"teams\""},
    {"ntfy", "Format \"ntfy\""},
    {"alertmanager", "Format \"alertmanager\""},
    {"custom",
     "Format \"custom\"\n"
     "Body \"{\\\"id\\\":%{id},\\\"text\\\":\\\"%{event} %{title}: %{host} "
     "%{value} %{message} %{meta:rack} %{label:site} %{status} %{trend}\\\","
     "\\\"ack\\\":\\\"%{ack_url}\\\",\\\"who\\\":\\\"%{responder} %{chain} "
     "%{acknowledged_by}\\\",\\\"n\\\":[%{alerts},%{hosts},%{step}]}\""}};
#define FORMATS_TESTED (sizeof formats / sizeof formats[0])

/* PageLimit is for people, as are hand-overs: tools get neither. */
static bool is_sent(size_t format, size_t at) {
  const char *name = formats[format].name;
  bool is_tool =
      strcmp(name, "pagerduty") == 0 || strcmp(name, "alertmanager") == 0;
  return !is_tool ||
         (cases[at].be != be_digest && cases[at].be != be_small_digest &&
          cases[at].be != be_handover);
}

static char *body_of(size_t format, size_t at) {
  struct things *t = things_new(formats[format].options);
  if (cases[at].be != NULL)
    cases[at].be(t);
  char *body = print_of(t, NULL);
  things_free(t);
  return body;
}

static void print_all(const char *format) {
  for (size_t f = 0; f < FORMATS_TESTED; f++)
    for (size_t i = 0; i < CASES && strcmp(formats[f].name, format) == 0; i++) {
      if (!is_sent(f, i))
        continue;
      char *body = body_of(f, i);
      printf("%s %s\n", cases[i].name, body);
      free(body);
    }
}

static void the_bodies_of(size_t format) {
  char path[500], line[65536];
  const char *srcdir = getenv("srcdir");
  snprintf(path, sizeof path, "%s/tests/data/format/%s.txt",
           srcdir != NULL ? srcdir : ".", formats[format].name);
  FILE *f = fopen(path, "re");
  CHECK(f != NULL);
  for (size_t i = 0; f != NULL && i < CASES; i++) {
    if (!is_sent(format, i))
      continue;
    char *body = body_of(format, i);
    char *at = fgets(line, sizeof line, f);
    line[strcspn(line, "\n")] = '\0';
    size_t n = strlen(cases[i].name);
    bool is_named =
        at != NULL && strncmp(line, cases[i].name, n) == 0 && line[n] == ' ';
    CHECK(is_named);
    CHECK_TEXT(body, is_named ? line + n + 1 : "");
    free(body);
  }
  CHECK(f == NULL || fgets(line, sizeof line, f) == NULL);
  if (f != NULL)
    fclose(f);
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "print") == 0) {
    print_all(argv[2]);
    return 0;
  }
  for (size_t f = 0; f < FORMATS_TESTED; f++)
    the_bodies_of(f);
  return check_done("t_format");
}

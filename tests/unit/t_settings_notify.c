/* SPDX-License-Identifier: MIT */
/* <Notify> and <Heartbeat>. */
#include "settings_text.h"

#define HOOKS                                                                  \
  "<Webhook \"w\">\n URL \"http://h\"\n</Webhook>\n"                           \
  "<Webhook \"v\">\n URL \"http://h\"\n</Webhook>\n"                           \
  "<Webhook \"pd\">\n Format \"pagerduty\"\n RoutingKey \"k\"\n</Webhook>\n"   \
  "<Chain \"c\">\n <Step>\n  Webhook \"w\"\n </Step>\n</Chain>\n"              \
  "DefaultChain \"c\"\n"                                                       \
  "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n</Rule>\n"

static void what_is_not_said_is_any(void) {
  struct settings *s = read_right(HOOKS "<Notify>\n Webhook \"w\"\n</Notify>\n"
                                        "<Heartbeat \"b\">\n Webhook \"v\"\n"
                                        "</Heartbeat>\n");
  if (s == NULL)
    return;
  CHECK(s->notifies_n == 1 && s->heartbeats_n == 1);
  const struct notify *n = &s->notifies[0];
  CHECK(n->severity == NULL && n->rules_n == 0 && n->on == 0x1f);
  CHECK(n->webhooks_n == 1 && n->webhooks[0] == settings_webhook(s, "w"));
  const struct heartbeat *h = s->heartbeats[0];
  CHECK_TEXT(h->name, "b");
  CHECK(h->every == 60000 && h->webhook == settings_webhook(s, "v"));
  settings_free(s);
}

static void every_option_is_taken(void) {
  struct settings *s =
      read_right("<Notify>\n Severity \"SEV-2\"\n Rule \"r\"\n"
                 " On \"declared\" \"severity\"\n On \"resolved\"\n"
                 " Webhook \"w\" \"v\"\n</Notify>\n"
                 "<Heartbeat \"b\">\n Webhook \"v\"\n Every 1\n"
                 "</Heartbeat>\n" HOOKS);
  if (s == NULL)
    return;
  const struct notify *n = &s->notifies[0];
  CHECK(n->severity == settings_severity(s, "SEV-2"));
  CHECK(n->rules_n == 1 && n->rules[0] == s->rules[0]);
  CHECK(n->on == (1u << ON_DECLARED | 1u << ON_SEVERITY | 1u << ON_RESOLVED));
  CHECK(n->webhooks_n == 2 && n->webhooks[1] == settings_webhook(s, "v"));
  CHECK(s->heartbeats[0]->every == 1000);
  settings_free(s);
}

static void what_makes_no_sense_is_told(void) {
  check_wrong(
      HOOKS "<Notify>\n On \"opened\"\n</Notify>\n",
      "Notify / On: \"opened\" means nothing here; there are \"declared\", "
      "\"severity\", \"status\", \"update\", \"resolved\"\n"
      "Notify: the option Webhook is missing\n");
  check_wrong(HOOKS "<Notify \"x\">\n Webhook \"w\" \"w\"\n</Notify>\n",
              "Notify: is a block without a name: <Notify> ... </Notify>\n");
  check_wrong(HOOKS "<Notify>\n Webhook \"w\" \"w\"\n</Notify>\n",
              "Notify / Webhook: \"w\" is named twice\n");
  check_wrong(HOOKS "<Heartbeat \"b\">\n Every 0.5\n Webhook \"w\"\n"
                    "</Heartbeat>\n",
              "Heartbeat \"b\" / Every: must be at least 1s\n");
  check_wrong(HOOKS "<Heartbeat \"b\">\n Every 1\n</Heartbeat>\n",
              "Heartbeat \"b\": the option Webhook is missing\n");
  check_wrong(HOOKS "<Heartbeat \"b\">\n Webhook \"pd\"\n</Heartbeat>\n",
              "Heartbeat \"b\" / Webhook: has the Format \"pagerduty\", which "
              "takes every beat for an alert\n");
}

int main(void) {
  what_is_not_said_is_any();
  every_option_is_taken();
  what_makes_no_sense_is_told();
  return check_done("t_settings_notify");
}

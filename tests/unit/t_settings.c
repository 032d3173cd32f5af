/* SPDX-License-Identifier: MIT */
#include "settings_text.h"

#include <stdlib.h>

static void collect_lines(void *arg, const struct finding *f) {
  buf_addf(arg, "%s:%d: %s\n", f->file == NULL ? "-" : f->file, f->line,
           f->path);
}

static void check_webhook(const char *options, const char *want) {
  char text[4096];
  snprintf(text, sizeof text, "<Webhook \"w\">\n%s\n</Webhook>\n", options);
  check_wrong(text, want);
}

static void check_url(const char *url, const char *want) {
  char options[1024], complaint[1024];
  snprintf(options, sizeof options, "URL \"%s\"", url);
  snprintf(complaint, sizeof complaint, "Webhook \"w\" / URL: %s\n", want);
  check_webhook(options, complaint);
}

static void check_chain(const char *options, const char *want) {
  char text[4096];
  snprintf(text, sizeof text,
           HOOK "<Chain \"c\">\n <Step>\n  Webhook \"w\"\n </Step>\n%s\n"
                "</Chain>\n",
           options);
  check_wrong(text, want);
}

/* ---- what is right ---- */

static void nothing_at_all_has_severities_only(void) {
  struct settings *s = read_right("");
  if (s == NULL)
    return;
  static const char *const names[] = {"SEV-1", "SEV-2", "SEV-3",
                                      "SEV-4", "SEV-5", "UNKNOWN"};
  CHECK(s->severities_n == 6);
  for (size_t i = 0; i < 6 && i < s->severities_n; i++) {
    const struct severity *v = s->severities[i];
    CHECK_TEXT(v->name, names[i]);
    CHECK(v->rank == i);
    CHECK(v->is_major == (i < 2));
    CHECK(v->is_high_urgency == (i != 3 && i != 4));
    CHECK(v->description[0] != '\0' && v->response != NULL);
  }
  CHECK_TEXT(s->ledger, "");
  CHECK_TEXT(s->base_url, "");
  CHECK(s->default_chain == NULL && !s->sees_text);
  CHECK(s->rules_n + s->webhooks_n + s->responders_n + s->chains_n == 0);
  settings_free(s);
}

static void defaults_are_those_of_the_manual(void) {
  struct settings *s =
      read_right(CHAIN "<Responder \"bob\">\n Webhook \"w\"\n</Responder>\n"
                       "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n"
                       "</Rule>\n");
  if (s == NULL)
    return;
  const struct webhook *w = settings_webhook(s, "w");
  CHECK(w->verify_peer && w->verify_host && w->timeout == 10000 &&
        w->retry == 900000 && w->in_flight_max == 4 && w->headers_n == 0);
  CHECK_TEXT(w->user, "");
  CHECK_TEXT(w->password, "");
  CHECK(w->keys_n == 0);
  CHECK_TEXT(w->ca_cert, "");
  CHECK_TEXT(w->client_key_pass, "");
  const struct responder *p = settings_responder(s, "bob");
  CHECK_TEXT(p->full_name, "bob");
  CHECK_TEXT(p->contact, "");
  CHECK(p->ways_n == 1 && p->ways[0].webhook == w);
  const struct chain *c = settings_chain(s, "c");
  CHECK(c->steps_n == 1 && c->steps[0].wait == 300000 && c->repeat == 0 &&
        c->remind == 3600000 && c->notify_resolved);
  CHECK(c == s->default_chain);
  const struct rule *r = settings_rule(s, "r");
  CHECK(r->clear == 60000 && r->hold == 3600000 && r->auto_resolve &&
        !r->is_continued && r->group_by.fields == 31 && r->chain == NULL &&
        r->title == NULL && r->runbook == NULL && r->labels_n == 0);
  CHECK_TEXT(r->severity->name, "UNKNOWN");
  CHECK_TEXT(r->service, "");
  CHECK(r->matches[0].level == LEVEL_FAILURE);
  settings_free(s);
}

static void every_option_is_read(void) {
  struct settings *s = read_right(
      "ledger \"/tmp/l.db\"\n"
      "BASEURL \"https://oncall.example.com/x//\"\n"
      "DefaultChain \"ops\"\n"
      "<severity \"P1\">\n"
      " Description \"bad\"\n Response \"run\"\n Major true\n"
      " Urgency \"low\"\n Chain \"ops\"\n UpdateEvery \"30m\"\n"
      " PostmortemDue \"3d\"\n"
      "</severity>\n"
      "<Webhook \"w\">\n"
      " URL \"https://h.example.com:8443/p?q\"\n User \"u\"\n"
      " Format \"incident\"\n Password \"\"\n Header \"A: b\"\n"
      " Header \"C:d\"\n VerifyPeer false\n VerifyHost \"No\"\n"
      " CACert \"/ca\"\n CAPath \"/cas\"\n ClientKey \"/k\"\n"
      " ClientCert \"/c\"\n ClientKeyPass \"kp\"\n Timeout 2500\n"
      " SecretFile \"/s\"\n Retry 0\n MaxInFlight 64\n"
      "</Webhook>\n"
      "<Webhook \"v\">\n URL \"http://[::1]:80\"\n"
      " Secret \"whsec_AAECAwQ=\"\n</Webhook>\n"
      "<Responder \"alice\">\n"
      " Name \"Alice Liddell\"\n Contact \"+1 555\"\n"
      " TimeZone \"Europe/Berlin\"\n Webhook \"v\"\n Webhook \"w\"\n"
      "</Responder>\n"
      "<Chain \"ops\">\n"
      " <Step>\n  Responder \"alice\"\n  Wait 0.1\n </Step>\n"
      " <Step>\n  Webhook \"w\" \"v\"\n  Responder \"alice\"\n"
      "  Wait \"1h30m\"\n </Step>\n"
      " Repeat 2\n Remind 1\n NotifyResolved off\n"
      "</Chain>\n"
      "<Rule \"r\">\n"
      " <Match>\n"
      "  Host \"a\" \"/^b/\"\n  Host \"c\"\n  Plugin \"df\"\n"
      "  PluginInstance \"root\"\n  Type \"t\"\n  TypeInstance \"\"\n"
      "  Message \"/full/\"\n  Meta \"k\" \"v\"\n  Meta \"k\" \"w\"\n"
      "  Meta \"l\" \"x\" \"y\"\n  Level \"warning\"\n"
      " </Match>\n"
      " <Match>\n  Plugin \"load\" \"incident\"\n </Match>\n"
      " GroupBy \"host\" \"Type\"\n GroupBy \"plugin_instance\"\n"
      " Clear 0\n AutoResolve false\n Hold \"2h\"\n Severity \"P1\"\n"
      " Title \"%{host}\"\n Description \"d\"\n Runbook \"http://x\"\n"
      " Service \"s\"\n Team \"t\"\n Label \"k\" \"%{label:x}\"\n"
      " Label \"l\" \"v\"\n Chain \"ops\"\n Continue yes\n"
      "</Rule>\n");
  if (s == NULL)
    return;
  CHECK_TEXT(s->ledger, "/tmp/l.db");
  CHECK_TEXT(s->base_url, "https://oncall.example.com/x");
  const struct severity *v = settings_severity(s, "P1");
  CHECK_TEXT(v->description, "bad");
  CHECK_TEXT(v->response, "run");
  CHECK(v->is_major && !v->is_high_urgency && v->rank == 0 &&
        v->update_every == 1800000 && v->postmortem_due == 3 * 86400000);
  CHECK(v->chain == s->chains[0] && s->default_chain == s->chains[0]);
  const struct webhook *w = settings_webhook(s, "w");
  CHECK_TEXT(w->url, "https://h.example.com:8443/p?q");
  CHECK_TEXT(w->user, "u");
  CHECK(w->headers_n == 2);
  CHECK_TEXT(w->headers[1], "C:d");
  CHECK(!w->verify_peer && !w->verify_host && w->timeout == 2500 &&
        w->retry == 0 && w->in_flight_max == 64);
  CHECK_TEXT(w->ca_cert, "/ca");
  CHECK_TEXT(w->ca_path, "/cas");
  CHECK_TEXT(w->client_key, "/k");
  CHECK_TEXT(w->client_cert, "/c");
  CHECK_TEXT(w->client_key_pass, "kp");
  CHECK(w->keys_n == 1);
  CHECK_TEXT(w->keys[0].file, "/s");
  CHECK_TEXT(w->keys[0].secret, "");
  CHECK_TEXT(settings_webhook(s, "v")->keys[0].secret, "whsec_AAECAwQ=");
  const struct responder *p = settings_responder(s, "alice");
  CHECK_TEXT(p->full_name, "Alice Liddell");
  CHECK_TEXT(p->contact, "+1 555");
  CHECK_TEXT(p->time_zone, "Europe/Berlin");
  CHECK(p->ways_n == 2 && p->ways[1].webhook == w);
  const struct chain *c = settings_chain(s, "ops");
  CHECK(c->steps_n == 2 && c->repeat == 2 && c->remind == 1000 &&
        !c->notify_resolved);
  CHECK(c->steps[0].wait == 100 && c->steps[1].wait == 5400000);
  CHECK(c->steps[1].targets_n == 3);
  CHECK(c->steps[1].targets[0].kind == TARGET_WEBHOOK &&
        c->steps[1].targets[0].webhook == w &&
        c->steps[1].targets[2].kind == TARGET_RESPONDER &&
        c->steps[1].targets[2].responder == p);
  const struct rule *r = settings_rule(s, "r");
  CHECK(r->matches_n == 2);
  const struct match *m = &r->matches[0];
  CHECK(m->field[FIELD_HOST].patterns_n == 3);
  CHECK(selector_matches(&m->field[FIELD_HOST], "bx"));
  CHECK(selector_matches(&m->field[FIELD_PLUGIN], "df"));
  CHECK(selector_matches(&m->field[FIELD_PLUGIN_INSTANCE], "root"));
  CHECK(selector_matches(&m->field[FIELD_TYPE], "t"));
  CHECK(!selector_matches(&m->field[FIELD_TYPE_INSTANCE], "x"));
  CHECK(!selector_matches(&m->message, "empty"));
  CHECK(m->metas_n == 2 && m->metas[0].value.patterns_n == 2 &&
        m->metas[1].value.patterns_n == 2);
  CHECK(m->level == LEVEL_WARNING);
  CHECK(r->group_by.fields ==
        (1u << FIELD_HOST | 1u << FIELD_TYPE | 1u << FIELD_PLUGIN_INSTANCE));
  CHECK(r->clear == 0 && !r->auto_resolve && r->hold == 7200000 &&
        r->severity == v && r->chain == c && r->is_continued);
  CHECK(r->title != NULL && r->description != NULL && r->runbook != NULL);
  CHECK_TEXT(r->service, "s");
  CHECK_TEXT(r->team, "t");
  CHECK(r->labels_n == 2);
  CHECK_TEXT(r->labels[1].name, "l");
  CHECK(s->sees_text);
  settings_free(s);
}

static void unknown_comes_last_unless_it_has_a_block(void) {
  struct settings *s = read_right("<Severity \"A\">\n Major on\n</Severity>\n"
                                  "<Severity \"SEV-5\">\n Major no\n"
                                  "</Severity>\n");
  if (s == NULL)
    return;
  CHECK(s->severities_n == 3);
  CHECK_TEXT(s->severities[2]->name, "UNKNOWN");
  CHECK(s->severities[0]->is_high_urgency &&
        !s->severities[1]->is_high_urgency);
  settings_free(s);
  s = read_right("<Severity \"UNKNOWN\">\n Major on\n</Severity>\n"
                 "<Severity \"A\">\n Major no\n</Severity>\n");
  if (s == NULL)
    return;
  CHECK(s->severities_n == 2);
  CHECK_TEXT(s->severities[0]->name, "UNKNOWN");
  CHECK(s->severities[0]->is_major);
  settings_free(s);
}

static void credentials_are_taken_out_of_the_url(void) {
  struct settings *s =
      read_right("<Webhook \"w\">\n URL \"https://a%40b:p%3Aw%25@h:1/x@y\"\n"
                 "</Webhook>\n"
                 "<Webhook \"v\">\n URL \"http://u@h\"\n Password \"p\"\n"
                 "</Webhook>\n"
                 "<Webhook \"same\">\n URL \"http://u:p@h\"\n User \"u\"\n"
                 " Password \"p\"\n</Webhook>\n");
  if (s == NULL)
    return;
  CHECK_TEXT(s->webhooks[0]->url, "https://h:1/x@y");
  CHECK_TEXT(s->webhooks[0]->user, "a@b");
  CHECK_TEXT(s->webhooks[0]->password, "p:w%");
  CHECK_TEXT(s->webhooks[1]->url, "http://h");
  CHECK_TEXT(s->webhooks[1]->user, "u");
  CHECK_TEXT(s->webhooks[1]->password, "p");
  CHECK_TEXT(s->webhooks[2]->user, "u");
  settings_free(s);
}

static void a_chain_of_the_severity_pages_enough(void) {
  settings_free(read_right(HOOK
                           "<Chain \"c\">\n <Step>\n  Webhook \"w\"\n </Step>\n"
                           "</Chain>\n"
                           "<Severity \"A\">\n Chain \"c\"\n</Severity>\n"
                           "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n"
                           " Severity \"A\"\n</Rule>\n"));
}

/* ---- what is wrong ---- */

static void unknown_options_are_named_with_the_nearest(void) {
  check_match("Levle \"failure\"",
              "Rule \"r\" / Match / Levle: unknown option, did you mean "
              "Level?\n");
  check_wrong("<Rul \"r\">\n Foo 1\n</Rul>\n",
              "Rul: unknown option, did you mean Rule?\n");
  check_chain("Frobnicate 1",
              "Chain \"c\" / Frobnicate: unknown option; there are Step, "
              "Repeat, Remind, AckTimeout, NotifyResolved\n");
  check_rule(
      "Frobnicate \"x\"",
      "Rule \"r\" / Frobnicate: unknown option; there are Match, "
      "Metric, GroupBy, GroupWait, Quorum, For, Clear, Expire, "
      "AutoResolve, Reopen, Hold, Severity, Title, Description, "
      "Runbook, Service, Team, Label, Chain, PageHours, Private, Record, "
      "Continue, Formerly, Upgrade\n");
}

static void include_belongs_outside(void) {
  check_wrong("Include \"x\"\n",
              "Include: Include works at the top level of the file only; put "
              "it outside of <Plugin incident>\n");
  check_rule("include \"x\"",
             "Rule \"r\" / include: Include works at the top level of the file "
             "only; put it outside of <Plugin incident>\n");
}

static void a_second_block_without_a_name_is_numbered(void) {
  check_chain("<Step>\n Wait \"x\"\n Webhook \"w\"\n</Step>\n"
              "<Step>\n Wait 0\n Webhook \"w\"\n</Step>\n",
              "Chain \"c\" / Step 2 / Wait: takes a duration: seconds, or text "
              "like \"90s\", \"5m\", \"2h\", \"3d\", \"1w\"\n"
              "Chain \"c\" / Step 3 / Wait: must be at least 100ms\n");
}

static void wrong_types_are_told_what_is_right(void) {
  check_rule("Service 5", "Rule \"r\" / Service: takes text, not a number; "
                          "quote it\n");
  check_rule("Title on", "Rule \"r\" / Title: takes text, not a boolean; "
                         "quote it\n");
  check_rule("AutoResolve 1", "Rule \"r\" / AutoResolve: takes true or "
                              "false\n");
  check_rule("AutoResolve \"maybe\"",
             "Rule \"r\" / AutoResolve: takes true or false\n");
  check_chain("Repeat \"2\"", "Chain \"c\" / Repeat: takes a whole number from "
                              "0 to 1000, without quotes\n");
  check_match("Level 1", "Rule \"r\" / Match / Level: takes text, not a "
                         "number; quote it\n");
  check_match("Host 1", "Rule \"r\" / Match / Host: takes text, not a number; "
                        "quote it\n");
  check_rule("Clear true",
             "Rule \"r\" / Clear: takes a duration: seconds, or text like "
             "\"90s\", \"5m\", \"2h\", \"3d\", \"1w\"\n");
}

static void wrong_numbers_of_values_are_told(void) {
  check_rule("Severity web-01",
             "Rule \"r\" / Severity: takes one value; quote it\n");
  check_match("Meta \"x\"", "Rule \"r\" / Match / Meta: takes a name and one "
                            "pattern or several\n");
  check_rule("Label \"x\"", "Rule \"r\" / Label: takes two values, a name and "
                            "a text; quote them\n");
  check_match("Host web-01", "Rule \"r\" / Match / Host: takes text, not a "
                             "number; quote it\n");
}

static void numbers_out_of_range_are_told_the_range(void) {
#define TIMEOUT                                                                \
  "Webhook \"w\" / Timeout: takes a whole number of milliseconds from 1 to "   \
  "600000\n"
  check_webhook("URL \"http://h\"\nTimeout 0", TIMEOUT);
  check_webhook("URL \"http://h\"\nTimeout 600001", TIMEOUT);
  check_webhook("URL \"http://h\"\nTimeout 1.5", TIMEOUT);
  check_webhook("URL \"http://h\"\nMaxInFlight 65",
                "Webhook \"w\" / MaxInFlight: takes a whole number from 1 to "
                "64\n");
  check_chain("Repeat 1001",
              "Chain \"c\" / Repeat: takes a whole number from 0 to 1000\n");
  check_chain("Repeat -1",
              "Chain \"c\" / Repeat: takes a whole number from 0 to 1000\n");
  check_chain("Remind 0.5", "Chain \"c\" / Remind: must be at least 1s\n");
  check_webhook("URL \"http://h\"\nRetry \"8d\"",
                "Webhook \"w\" / Retry: must be at most 1w\n");
  check_rule("Hold -1",
             "Rule \"r\" / Hold: takes a duration: seconds, or text like "
             "\"90s\", \"5m\", \"2h\", \"3d\", \"1w\"\n");
}

static void an_option_given_twice_is_an_error(void) {
  check_rule("Clear 1\nclear 2", "Rule \"r\" / Clear: given twice\n");
  check_rule("Label \"a\" \"b\"\nLabel \"a\" \"c\"",
             "Rule \"r\" / Label: \"a\" is given twice\n");
  check_wrong("Ledger \"a\"\nLedger \"b\"\n", "Ledger: given twice\n");
}

static void a_name_given_twice_is_an_error_and_both_are_checked(void) {
  check_wrong(HOOK "<Webhook \"w\">\n Usr 1\n URL \"http://h\"\n</Webhook>\n",
              "Webhook \"w\": there is a Webhook of this name already\n"
              "Webhook \"w\" / Usr: unknown option, did you mean User?\n");
}

static void names_must_make_sense(void) {
  check_wrong("<Chain 5>\n <Step>\n  Webhook \"w\"\n </Step>\n</Chain>\n" HOOK,
              "Chain: takes text, not a number; quote it\n");
  check_wrong("<Responder \"\">\n Name \"x\"\n</Responder>\n",
              "Responder: takes a name of 1 to 255 bytes\n");
  check_wrong("<Responder \"a\nb\">\n Name \"x\"\n</Responder>\n",
              "Responder \"a\\nb\": has a control character in its name\n");
  check_wrong("<Responder>\n Name \"x\"\n</Responder>\n",
              "Responder: takes one name: <Responder \"name\">\n");
  check_wrong("<Responder \"a\" \"b\">\n Name \"x\"\n</Responder>\n",
              "Responder: takes one name: <Responder \"name\">\n");
}

static void blocks_and_options_are_told_apart(void) {
  check_rule("<Title \"x\">\n Foo 1\n</Title>",
             "Rule \"r\" / Title: is an option, not a block\n");
  check_rule("Match \"x\"",
             "Rule \"r\" / Match 2: is a block without a name: <Match> ... "
             "</Match>\n");
}

static void dangling_references_are_named_with_the_nearest(void) {
  check_rule("Chain \"C\"", "Rule \"r\" / Chain: there is no Chain \"C\", "
                            "did you mean \"c\"?\n");
  check_rule("Severity \"sev1\"", "Rule \"r\" / Severity: there is no Severity "
                                  "\"sev1\", did you mean \"SEV-1\"?\n");
  check_rule("Severity \"catastrophe\"",
             "Rule \"r\" / Severity: there is no Severity \"catastrophe\"; "
             "there are \"SEV-1\", \"SEV-2\", \"SEV-3\", \"SEV-4\", \"SEV-5\", "
             "\"UNKNOWN\"\n");
  check_wrong("DefaultChain \"x\"\n",
              "DefaultChain: there is no Chain \"x\"\n");
  check_wrong("<Responder \"a\">\n Webhook \"phone\"\n</Responder>\n" HOOK,
              "Responder \"a\" / Webhook: there is no Webhook \"phone\"; there "
              "is \"w\"\n");
  check_chain("<Step>\n Responder \"x\" \"y\"\n</Step>\n",
              "Chain \"c\" / Step 2 / Responder: there is no Responder \"x\"\n"
              "Chain \"c\" / Step 2 / Responder: there is no Responder "
              "\"y\"\n");
}

static void bad_expressions_say_what_regcomp_says(void) {
  check_match("Host \"/(/\"",
              "Rule \"r\" / Match / Host: \"/(/\" is no regular "
              "expression: Unmatched ( or \\(\n");
  check_match("Meta \"k\" \"/a)(/\"",
              "Rule \"r\" / Match / Meta: \"/a)(/\" is no regular expression: "
              "Unmatched ( or \\(\n");
}

static void bad_placeholders_are_named(void) {
  check_rule("Title \"%{hots}\"",
             "Rule \"r\" / Title: unknown placeholder %{hots}, did you mean "
             "%{host}?\n");
  check_rule("Label \"k\" \"%{host\"",
             "Rule \"r\" / Label: placeholder %{host lacks its \"}\"\n");
}

static void bad_words_are_named_with_the_right_ones(void) {
  check_match("Level \"okay\"",
              "Rule \"r\" / Match / Level: \"okay\" means nothing here; there "
              "are \"failure\", \"warning\"\n");
  check_rule("GroupBy \"host\" \"plugininstance\"",
             "Rule \"r\" / GroupBy: \"plugininstance\" means nothing here, did "
             "you mean \"plugin_instance\"?\n");
  check_wrong(
      "<Severity \"A\">\n Urgency \"lo\"\n</Severity>\n",
      "Severity \"A\" / Urgency: \"lo\" means nothing here, did you mean "
      "\"low\"?\n");
  check_webhook("URL \"http://h\"\nFormat \"snail\"",
                "Webhook \"w\" / Format: \"snail\" means nothing here; there "
                "are \"incident\", \"pagerduty\", \"slack\", \"discord\", "
                "\"teams\", \"ntfy\", \"alertmanager\", \"custom\"\n");
}

static void bad_urls_are_told_why_but_not_shown(void) {
#define URL "takes an http or https URL; "
  check_url("ftp://h", URL "it does not begin with http:// or https://");
  check_url("", URL "it does not begin with http:// or https://");
  check_url("http://", URL "it has no host");
  check_url("http:///path", URL "it has no host");
  check_url("http://u:p@", URL "it has no host");
  check_url("http://:80/", URL "it has no host");
  check_url("http://h:0/", URL "its port is no number from 1 to 65535");
  check_url("http://h:65536/", URL "its port is no number from 1 to 65535");
  check_url("http://h:/", URL "its port is no number from 1 to 65535");
  check_url("http://u:p/w@h/", URL "its port is no number from 1 to 65535");
  check_url("http://a b/",
            URL "it has a blank or a control character; percent-encode it");
  check_url("http://h/\n",
            URL "it has a blank or a control character; percent-encode it");
  check_url("http://a,b/", URL "its host has a character no host has");
  check_url("http://[::1/", URL "its host is no IPv6 address in brackets");
  check_url("http://[]/", URL "its host is no IPv6 address in brackets");
  check_url("http://[::g]/", URL "its host is no IPv6 address in brackets");
  check_url("http://[::1]x/", URL "its port is no number from 1 to 65535");
  check_url("http://u%zz:p@h", "its credentials have a bad percent-encoding");
  check_url("http://u%4@h", "its credentials have a bad percent-encoding");
  check_url("http://u%00@h", "its credentials have a bad percent-encoding");
}

static void base_urls_can_be_appended_to(void) {
  check_wrong("BaseURL \"http://h/?q\"\n",
              "BaseURL: must end with its path: paths are appended to it\n");
  check_wrong("BaseURL \"http://u:p@h/\"\n",
              "BaseURL: must not have credentials: pages show it\n");
  check_wrong("BaseURL \"oncall\"\n",
              "BaseURL: " URL "it does not begin with http:// or https://\n");
}

static void credentials_must_not_contradict_each_other(void) {
  check_webhook("URL \"http://u:p@h\"\nUser \"v\"",
                "Webhook \"w\" / URL: its credentials contradict the option "
                "User\n");
  check_webhook("Password \"q\"\nURL \"http://u:p@h\"",
                "Webhook \"w\" / URL: its credentials contradict the option "
                "Password\n");
  check_webhook("Password \"q\"\nURL \"http://h\"",
                "Webhook \"w\": has a password, but no User\n");
}

static void secrets_must_make_sense(void) {
#define SECRET "URL \"http://h\"\nSecret \"whsec_"
#define NO_BASE64 "Webhook \"w\" / Secret: has no base64 after \"whsec_\"\n"
  check_webhook(SECRET "AAECA\"", NO_BASE64);
  check_webhook(SECRET "\"", NO_BASE64);
  check_webhook(SECRET "AAE*\"", NO_BASE64);
  check_webhook(SECRET "A===\"", NO_BASE64);
  check_webhook(SECRET "AA=A\"", NO_BASE64);
  check_webhook("URL \"http://h\"\nSecret \"x\"\nSecretFile \"/y\"\n"
                "Secret \"z\"",
                "Webhook \"w\" / Secret: is one too many: Secret and "
                "SecretFile may be given twice in all\n");
  check_webhook("URL \"http://h\"\nSecret \"\"",
                "Webhook \"w\" / Secret: must not be empty\n");
}

static void two_secrets_keep_their_order(void) {
  struct settings *s =
      read_right("<Webhook \"w\">\nURL \"http://h\"\nSecretFile \"/y\"\n"
                 "Secret \"x\"\n</Webhook>\n");
  if (s == NULL)
    return;
  const struct webhook *w = settings_webhook(s, "w");
  CHECK(w->keys_n == 2);
  CHECK_TEXT(w->keys[0].file, "/y");
  CHECK_TEXT(w->keys[1].secret, "x");
  settings_free(s);
}

static void headers_are_one_line_with_a_colon(void) {
#define HEADER                                                                 \
  "Webhook \"w\" / Header: takes one header line, \"Name: value\"\n"
  check_webhook("URL \"http://h\"\nHeader \"X-Room\"", HEADER);
  check_webhook("URL \"http://h\"\nHeader \": x\"", HEADER);
  check_webhook("URL \"http://h\"\nHeader \"a b: x\"", HEADER);
  check_webhook("URL \"http://h\"\nHeader \"A: x\nB: y\"", HEADER);
}

static void mandatory_options_are_asked_for(void) {
  check_webhook("User \"u\"", "Webhook \"w\": the option URL is missing\n");
  check_wrong("<Chain \"c\">\n Repeat 1\n</Chain>\n",
              "Chain \"c\": has no <Step>\n");
  check_chain("<Step>\n Wait 1\n</Step>\n",
              "Chain \"c\" / Step 2: pages nobody; give it a Responder, a "
              "Schedule or a Webhook\n");
}

static void a_target_named_twice_is_an_error(void) {
  check_chain("<Step>\n Webhook \"w\" \"w\"\n</Step>\n",
              "Chain \"c\" / Step 2 / Webhook: \"w\" is named twice\n");
  check_wrong(HOOK "<Responder \"a\">\n Webhook \"w\"\n Webhook \"w\"\n"
                   "</Responder>\n",
              "Responder \"a\" / Webhook: \"w\" is named twice\n");
}

static void rules_that_can_never_match_are_errors(void) {
  check_wrong(CHAIN "<Rule \"r\">\n Clear 1\n</Rule>\n",
              "Rule \"r\": can never match; give it a <Match> or a "
              "<Metric>\n");
  check_match("Plugin \"incident\"",
              "Rule \"r\" / Match: can never match: the plugin does not look "
              "at its own notifications\n");
}

static void text_must_be_utf8(void) {
  check_rule("Team \"\xff\"", "Rule \"r\" / Team: is not valid UTF-8\n");
  check_wrong("<Responder \"a\xff\">\n Name \"x\"\n</Responder>\n",
              "Responder \"a\xef\xbf\xbd\": is not valid UTF-8\n");
}

static void what_is_shown_of_the_file_is_harmless(void) {
  check_rule("Chain \"\x1b[31m\"", "Rule \"r\" / Chain: there is no Chain "
                                   "\"\\x1b[31m\"; there is \"c\"\n");
}

static void all_errors_come_in_one_run_with_their_lines(void) {
  struct source source;
  struct settings *s = NULL;
  struct buf said;
  buf_init(&said, 10000);
  open_source(&source,
              "Foo 1\n"
              "<Rule \"r\">\n"
              "  Chain \"gone\"\n"
              "  <Match>\n"
              "    Hots \"h\"\n"
              "    Type \"/(/\"\n"
              "  </Match>\n"
              "  Clear \"x\"\n"
              "</Rule>\n",
              "<Webhook \"w\">\n"
              "  Timeout 0\n"
              "</Webhook>\n");
  CHECK(settings_read(source.blocks, source.n, true, collect_lines, &said,
                      &s) == ERR_INVALID);
  CHECK_TEXT(buf_text(&said), "a.conf:1: Foo\n"
                              "a.conf:5: Rule \"r\" / Match / Hots\n"
                              "a.conf:6: Rule \"r\" / Match / Type\n"
                              "a.conf:8: Rule \"r\" / Clear\n"
                              "b.conf:2: Webhook \"w\" / Timeout\n"
                              "b.conf:1: Webhook \"w\"\n"
                              "a.conf:3: Rule \"r\" / Chain\n");
  buf_fini(&said);
  close_source(&source);
}

/* ---- several blocks ---- */

static enum err read_two(const char *a, const char *b, bool is_whole,
                         struct buf *said) {
  struct source source;
  struct settings *s = NULL;
  buf_clear(said);
  open_source(&source, a, b);
  enum err err =
      settings_read(source.blocks, source.n, is_whole, collect, said, &s);
  settings_free(s);
  close_source(&source);
  return err;
}

static void blocks_are_merged(void) {
  struct buf said;
  buf_init(&said, 10000);
  CHECK(read_two("<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n</Rule>\n",
                 CHAIN, true, &said) == OK);
  CHECK(read_two("Ledger \"a\"\n" HOOK, "Ledger \"b\"\n" HOOK, true, &said) ==
        ERR_INVALID);
  CHECK_TEXT(buf_text(&said),
             "Ledger: given twice\n"
             "Webhook \"w\": there is a Webhook of this name already\n");
  buf_fini(&said);
}

static void a_reference_may_dangle_while_blocks_may_follow(void) {
  const char *rule = "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n"
                     " Chain \"c\"\n Severity \"A\"\n</Rule>\n"
                     "DefaultChain \"c\"\n"
                     "<Severity \"A\">\n Chain \"c\"\n</Severity>\n"
                     "<Responder \"p\">\n Webhook \"w\"\n</Responder>\n"
                     "<Chain \"d\">\n <Step>\n  Webhook \"w\"\n </Step>\n"
                     "</Chain>\n";
  struct buf said;
  buf_init(&said, 10000);
  CHECK(read_two(rule, NULL, false, &said) == OK);
  CHECK_TEXT(buf_text(&said), "");
  CHECK(read_two(rule, NULL, true, &said) == ERR_INVALID);
  CHECK(read_two(rule, CHAIN, false, &said) == ERR_INVALID); /* DefaultChain */
  buf_fini(&said);
}

static void dangling_references_come_with_other_errors(void) {
  struct buf said;
  buf_init(&said, 10000);
  CHECK(read_two("Foo 1\nDefaultChain \"c\"\n", NULL, false, &said) ==
        ERR_INVALID);
  CHECK(strstr(buf_text(&said), "DefaultChain: there is no") != NULL);
  buf_fini(&said);
}

static void a_default_chain_may_still_come(void) {
  const char *rule =
      "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n</Rule>\n";
  struct buf said;
  buf_init(&said, 10000);
  CHECK(read_two(rule, NULL, false, &said) == OK);
  buf_fini(&said);
}

/* ---- advice ---- */

static void check_advice(const char *text, const char *want) {
  struct source source;
  struct settings *s = NULL;
  struct buf said;
  buf_init(&said, 10000);
  open_source(&source, text, NULL);
  CHECK(settings_read(source.blocks, source.n, true, collect, &said, &s) == OK);
  if (s != NULL)
    settings_advise(s, source.blocks, source.n, collect, &said);
  CHECK_TEXT(buf_text(&said), want);
  settings_free(s);
  buf_fini(&said);
  close_source(&source);
}

static void advice_is_given_and_stays_advice(void) {
  check_advice("", "warning: Rule: there is none: nothing will be an "
                   "incident\n");
  check_advice(CHAIN "<Responder \"p\">\n Name \"P\"\n</Responder>\n"
                     "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n"
                     "</Rule>\n",
               "warning: Responder \"p\": has no Webhook, so nothing reaches "
               "them\n"
               "warning: Rule \"r\": has no Runbook: say where to read what "
               "to do\n"
               "warning: Rule: none takes every failure: what no rule matches "
               "pages nobody\n");
}

#define HOOKS                                                                  \
  "<Webhook \"w\">\n URL \"http://h/\"\n Urgency low\n</Webhook>\n"            \
  "<Webhook \"v\">\n URL \"http://h/\"\n Urgency high\n</Webhook>\n"           \
  "<Webhook \"u\">\n URL \"http://h/\"\n</Webhook>\n"

static void personal_rules_are_taken(void) {
  struct settings *s =
      read_right(HOOKS "<Responder \"p\">\n Webhook \"w\"\n"
                       " Webhook \"v\" \"90s\"\n Webhook \"u\" 1\n"
                       " Again \"2m\"\n</Responder>\n"
                       "<Responder \"q\">\n</Responder>\n");
  if (s == NULL)
    return;
  const struct responder *p = settings_responder(s, "p");
  CHECK(p->ways_n == 3 && p->again == 120000);
  CHECK(p->ways[0].delay == 0 && p->ways[1].delay == 90000);
  CHECK(p->ways[2].delay == 1000 && p->ways[2].webhook == s->webhooks[2]);
  CHECK(s->webhooks[0]->is_low_urgency && !s->webhooks[1]->is_low_urgency);
  CHECK(!s->webhooks[2]->is_low_urgency);
  CHECK(settings_responder(s, "q")->again == 0);
  settings_free(s);
}

static void personal_rules_are_checked(void) {
  check_wrong(HOOKS "<Responder \"p\">\n Webhook \"w\" \"u\" \"v\"\n"
                    " Webhook \"w\" \"soon\"\n Webhook \"w\" \"2d\"\n"
                    " Again 0\n</Responder>\n"
                    "<Webhook \"x\">\n URL \"http://h/\"\n"
                    " Urgency middling\n</Webhook>\n",
              "Responder \"p\" / Webhook: takes a name, or a name and a "
              "delay\n"
              "Responder \"p\" / Webhook: takes a duration: seconds, or "
              "text like \"90s\", \"5m\", \"2h\", \"3d\", \"1w\"\n"
              "Responder \"p\" / Webhook: must be at most 1d\n"
              "Responder \"p\" / Again: must be at least 1s\n"
              "Webhook \"x\" / Urgency: \"middling\" means nothing here; there "
              "are \"high\", "
              "\"low\"\n");
}

static void a_delay_that_no_step_waits_for_is_warned_of(void) {
#define LATE(delay, target)                                                    \
  HOOKS "<Responder \"p\">\n Webhook \"w\" " delay "\n</Responder>\n"          \
        "<Schedule \"s\">\n <Rotation>\n  Responder \"p\"\n"                   \
        "  Start \"2026-01-05 09:00\"\n </Rotation>\n</Schedule>\n"            \
        "<Chain \"c\">\n <Step>\n  Responder \"p\"\n </Step>\n"                \
        " <Step>\n  " target "\n  Wait \"1m\"\n </Step>\n"                     \
        " <Step>\n  Schedule \"s\"\n  Wait \"1h\"\n </Step>\n</Chain>\n"       \
        "DefaultChain \"c\"\n"                                                 \
        "<Rule \"r\">\n <Match>\n  Level \"failure\"\n </Match>\n Runbook "    \
        "\"x\"\n</Rule>\n"
#define LATE_SAID(delay, wait)                                                 \
  "warning: Responder \"p\": Webhook \"w\" comes " delay                       \
  " after a step began, but a step of chain \"c\" waits " wait " only\n"
  check_advice(LATE("\"59s\"", "Responder \"p\""), "");
  check_advice(LATE("\"60s\"", "Responder \"p\""), LATE_SAID("1m", "1m"));
  check_advice(LATE("\"60s\"", "Schedule \"s\""), LATE_SAID("1m", "1m"));
  check_advice(LATE("\"60s\"", "Webhook \"v\""), "");
  check_advice(LATE("\"10m\"", "Webhook \"v\""), LATE_SAID("10m", "5m"));
}

static void a_rule_that_pages_nobody_is_warned_of(void) {
  check_advice("<Rule \"r\">\n <Match>\n  Level \"failure\"\n </Match>\n"
               " Runbook \"x\"\n</Rule>\n",
               "warning: Rule \"r\": pages nobody; give it a Chain, or set "
               "DefaultChain\n");
}

static void a_catch_all_is_seen(void) {
#define ALL(match)                                                             \
  CHAIN "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n <Match>\n" match    \
        "\n </Match>\n Runbook \"x\"\n</Rule>\n"
#define NONE                                                                   \
  "warning: Rule: none takes every failure: what no rule matches pages "       \
  "nobody\n"
  check_advice(ALL("Level \"failure\""), "");
  check_advice(ALL("Level \"warning\"\nPlugin \"/.*/\""), "");
  check_advice(ALL("Plugin \"/^a/\""), NONE);
  check_advice(ALL("Message \"/./\""), NONE);
  check_advice(ALL("Meta \"k\" \"/.*/\""), NONE);
}

static void advice_knows_its_line(void) {
  struct source source;
  struct settings *s = NULL;
  struct buf said;
  buf_init(&said, 10000);
  open_source(&source, "\n\n<Responder \"p\">\n Name \"P\"\n</Responder>\n",
              NULL);
  CHECK(settings_read(source.blocks, source.n, true, collect, &said, &s) == OK);
  if (s != NULL) {
    settings_advise(s, source.blocks, source.n, collect_lines, &said);
    settings_advise(s, NULL, 0, collect_lines, &said);
  }
  CHECK_TEXT(buf_text(&said), "a.conf:3: Responder \"p\"\n-:0: Rule\n"
                              "-:0: Responder \"p\"\n-:0: Rule\n");
  settings_free(s);
  buf_fini(&said);
  close_source(&source);
}

/* ---- the public copy ---- */

static void the_public_copy_has_no_secrets(void) {
  struct source source;
  struct buf out;
  buf_init(&out, 100000);
  open_source(
      &source,
      "<Webhook \"w\">\n url \"https://u:geheim@h.example.com:8443/geheim\"\n"
      " password \"geheim\"\n ClientKeyPass \"geheim\"\n"
      " HEADER \"Authorization: geheim\"\n Timeout 500\n</Webhook>\n"
      "<Webhook \"v\">\n URL \"http://h?geheim\"\n Secret \"geheim\"\n"
      "</Webhook>\n",
      "<Responder \"p\">\n Contact \"a \\\"b\\\"\"\n Webhook \"w\"\n"
      "</Responder>\n"
      "<Chain \"c\">\n <Step>\n  Responder \"p\"\n  Wait 0.5\n </Step>\n"
      "</Chain>\n"
      "<Rule \"r\">\n <Match>\n  Host \"/a\\\\.b/\"\n </Match>\n Chain \"c\"\n"
      " Continue true\n</Rule>\n");
  CHECK(settings_print_public(source.blocks, source.n, &out) == OK);
  CHECK(strstr(buf_text(&out), "geheim") == NULL);
  struct settings *s = read_right(buf_text(&out));
  if (s != NULL) {
    CHECK_TEXT(settings_webhook(s, "w")->url, "https://h.example.com:8443");
    CHECK_TEXT(settings_webhook(s, "v")->url, "http://h");
    CHECK(settings_webhook(s, "w")->timeout == 500);
    CHECK_TEXT(settings_responder(s, "p")->contact, "a \"b\"");
    CHECK(settings_chain(s, "c")->steps[0].wait == 500);
    const struct rule *r = settings_rule(s, "r");
    CHECK(r->is_continued && r->chain == settings_chain(s, "c"));
    CHECK(selector_matches(&r->matches[0].field[FIELD_HOST], "a.b"));
    CHECK(!selector_matches(&r->matches[0].field[FIELD_HOST], "axb"));
  }
  settings_free(s);
  buf_fini(&out);
  close_source(&source);
}

int main(void) {
  nothing_at_all_has_severities_only();
  defaults_are_those_of_the_manual();
  every_option_is_read();
  unknown_comes_last_unless_it_has_a_block();
  credentials_are_taken_out_of_the_url();
  a_chain_of_the_severity_pages_enough();
  unknown_options_are_named_with_the_nearest();
  include_belongs_outside();
  a_second_block_without_a_name_is_numbered();
  wrong_types_are_told_what_is_right();
  wrong_numbers_of_values_are_told();
  numbers_out_of_range_are_told_the_range();
  an_option_given_twice_is_an_error();
  a_name_given_twice_is_an_error_and_both_are_checked();
  names_must_make_sense();
  blocks_and_options_are_told_apart();
  dangling_references_are_named_with_the_nearest();
  bad_expressions_say_what_regcomp_says();
  bad_placeholders_are_named();
  bad_words_are_named_with_the_right_ones();
  bad_urls_are_told_why_but_not_shown();
  base_urls_can_be_appended_to();
  credentials_must_not_contradict_each_other();
  secrets_must_make_sense();
  two_secrets_keep_their_order();
  headers_are_one_line_with_a_colon();
  mandatory_options_are_asked_for();
  a_target_named_twice_is_an_error();
  rules_that_can_never_match_are_errors();
  text_must_be_utf8();
  what_is_shown_of_the_file_is_harmless();
  all_errors_come_in_one_run_with_their_lines();
  blocks_are_merged();
  a_reference_may_dangle_while_blocks_may_follow();
  dangling_references_come_with_other_errors();
  a_default_chain_may_still_come();
  advice_is_given_and_stays_advice();
  personal_rules_are_taken();
  personal_rules_are_checked();
  a_delay_that_no_step_waits_for_is_warned_of();
  a_rule_that_pages_nobody_is_warned_of();
  a_catch_all_is_seen();
  advice_knows_its_line();
  the_public_copy_has_no_secrets();
  return check_done("t_settings");
}

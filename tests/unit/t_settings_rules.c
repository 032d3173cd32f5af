/* SPDX-License-Identifier: MIT */
/* Options of rules and what goes together in them. */
#include "settings_text.h"

#include <math.h>
#include <stdlib.h>

#define MATCH "<Match>\n Plugin \"df\"\n</Match>\n"

/* Rule "r" with these options and nothing else. */
static void check_bare(const char *options, const char *want) {
  char text[4096];
  snprintf(text, sizeof text, CHAIN "<Rule \"r\">\n%s\n</Rule>\n", options);
  check_wrong(text, want);
}

static void check_metric(const char *options, const char *want) {
  char text[4096];
  snprintf(text, sizeof text, "<Metric>\n%s\n</Metric>\n", options);
  check_bare(text, want);
}

/* ---- what is right ---- */

static void defaults_are_those_of_the_manual(void) {
  struct settings *s = read_right("<Rule \"r\">\n" MATCH "</Rule>\n");
  if (s == NULL)
    return;
  CHECK(s->retention == (span_ms)365 * 24 * 3600 * 1000);
  CHECK(s->evidence == 60 && s->series_limit == 1000000);
  CHECK(s->storm_limit == 10 && s->storm_span == 60000);
  CHECK(s->page_limit == 10 && s->page_span == 60000);
  const struct rule *r = s->rules[0];
  CHECK(r->quorum == 1 && r->group_wait == 0 && r->bad_for == 0);
  CHECK(r->expire == 0 && r->reopen == 600000 && !r->is_recorded);
  CHECK(r->metrics_n == 0 && r->upgrades_n == 0 && r->formerly_n == 0);
  CHECK(r->group_by.fields == 31 && r->group_by.metas_n == 0);
  CHECK(r->matches[0].remote == WANTED_EITHER);
  CHECK(r->matches[0].missing == WANTED_EITHER);
  CHECK(s->inhibits_n == 0 && !s->sees_text);
  settings_free(s);
}

static void limits_are_taken_at_top_level(void) {
  struct settings *s = read_right("Retention \"30d\"\nEvidence 0\n"
                                  "SeriesLimit 5000\n"
                                  "StormLimit 20 \"2m\"\n"
                                  "PageLimit 5 \"90s\"\n");
  if (s == NULL)
    return;
  CHECK(s->retention == (span_ms)30 * 24 * 3600 * 1000);
  CHECK(s->evidence == 0 && s->series_limit == 5000);
  CHECK(s->storm_limit == 20 && s->storm_span == 120000);
  CHECK(s->page_limit == 5 && s->page_span == 90000);
  settings_free(s);
  s = read_right("StormLimit 0\nPageLimit 0\n");
  CHECK(s != NULL && s->storm_limit == 0 && s->page_limit == 0);
  settings_free(s);
}

static void every_option_of_a_rule_is_taken(void) {
  struct settings *s = read_right(
      "<Rule \"r\">\n" MATCH " GroupBy \"plugin\" \"META:site\" \"meta:site\"\n"
      " GroupWait 30\n Quorum 3\n For \"1m\"\n Expire \"1d\"\n Reopen 0\n"
      " Formerly \"q\" \"p\"\n Formerly \"o\"\n Severity \"SEV-3\"\n"
      " <Upgrade>\n  Alerts 3\n  Hosts 2\n  Severity \"SEV-2\"\n </Upgrade>\n"
      " <Upgrade>\n  After \"1h\"\n  Severity \"SEV-1\"\n </Upgrade>\n"
      "</Rule>\n"
      "<Rule \"x\">\n" MATCH " Record true\n</Rule>\n");
  if (s == NULL)
    return;
  const struct rule *r = s->rules[0];
  CHECK(r->group_by.fields == 1u << FIELD_PLUGIN && r->group_by.metas_n == 1);
  CHECK_TEXT(r->group_by.metas[0], "site");
  CHECK(s->sees_text);
  CHECK(r->group_wait == 30000 && r->quorum == 3 && r->bad_for == 60000);
  CHECK(r->expire == 86400000 && r->reopen == 0);
  CHECK(r->formerly_n == 3);
  CHECK_TEXT(r->formerly[2], "o");
  CHECK(settings_rule_known_as(s, "p") == r);
  CHECK(settings_rule_known_as(s, "x") == s->rules[1]);
  CHECK(settings_rule_known_as(s, "y") == NULL);
  CHECK(r->upgrades_n == 2);
  CHECK(r->upgrades[0].alerts == 3 && r->upgrades[0].hosts == 2 &&
        r->upgrades[0].after == 0);
  CHECK(r->upgrades[1].alerts == 0 && r->upgrades[1].hosts == 0 &&
        r->upgrades[1].after == 3600000);
  CHECK_TEXT(r->upgrades[1].severity->name, "SEV-1");
  CHECK(s->rules[1]->is_recorded);
  settings_free(s);
}

static void metric_blocks_say_what_is_bad(void) {
  struct settings *s = read_right(
      "<Rule \"r\">\n"
      "<Metric>\n Plugin \"load\"\n DataSource \"midterm\"\n Above 8\n"
      " ClearBelow 6.5\n</Metric>\n"
      "<Metric>\n Host \"/^web/\"\n Below -1.5\n ClearAbove 0\n</Metric>\n"
      "<Metric>\n Type \"uptime\"\n Absent \"5m\"\n</Metric>\n"
      "<Metric>\n Type \"x\"\n Below 4\n</Metric>\n"
      "</Rule>\n");
  if (s == NULL)
    return;
  const struct rule *r = s->rules[0];
  CHECK(r->metrics_n == 4 && r->matches_n == 0);
  const struct metric *m = r->metrics;
  CHECK(m[0].kind == METRIC_ABOVE && m[0].limit == 8 && m[0].clear == 6.5);
  CHECK(selector_is_only(&m[0].data_source, "midterm"));
  CHECK(m[1].kind == METRIC_BELOW && m[1].limit == -1.5 && m[1].clear == 0);
  CHECK(selector_matches(&m[1].field[FIELD_HOST], "web1"));
  CHECK(m[2].kind == METRIC_ABSENT && m[2].absent == 300000);
  CHECK(m[3].kind == METRIC_BELOW && m[3].limit == 4 && m[3].clear == 4);
  settings_free(s);
}

static void inhibitions_name_rules_before_or_after_them(void) {
  struct settings *s = read_right(
      "<Inhibit>\n Source \"a\"\n Target \"b\" \"c\"\n Target \"d\"\n"
      " Equal \"host\" \"meta:site\"\n</Inhibit>\n"
      "<Rule \"a\">\n" MATCH "</Rule>\n<Rule \"b\">\n" MATCH "</Rule>\n"
      "<Rule \"c\">\n" MATCH "</Rule>\n<Rule \"d\">\n" MATCH "</Rule>\n"
      "<Inhibit>\n Source \"b\"\n Target \"c\"\n</Inhibit>\n"
      "<Inhibit>\n Source \"a\"\n Target \"c\"\n</Inhibit>\n");
  if (s == NULL)
    return;
  CHECK(s->inhibits_n == 3);
  const struct inhibit *h = s->inhibits;
  CHECK(h[0].source == s->rules[0] && h[0].targets_n == 3);
  CHECK(h[0].targets[2] == s->rules[3]);
  CHECK(h[0].equal.fields == 1u << FIELD_HOST && h[0].equal.metas_n == 1);
  CHECK(h[1].equal.fields == 0 && h[1].equal.metas_n == 0);
  CHECK(s->sees_text);
  settings_free(s);
}

static void group_by_none_is_one_group(void) {
  struct settings *s =
      read_right("<Rule \"r\">\n" MATCH "GroupBy \"none\"\n</Rule>\n");
  CHECK(s != NULL && s->rules[0]->group_by.fields == 0);
  settings_free(s);
}

/* ---- what is wrong ---- */

static void limits_have_limits(void) {
  check_wrong("Retention 0\n", "Retention: must be at least 1s\n");
  check_wrong("Evidence -1\n",
              "Evidence: takes a whole number from 0 to 10000\n");
  check_wrong("SeriesLimit 0\n",
              "SeriesLimit: takes a whole number from 1 to 100000000\n");
  check_wrong("StormLimit 5\n",
              "StormLimit: takes a number and a duration, or 0\n");
  check_wrong("StormLimit \"60s\" 5\n",
              "StormLimit: takes a whole number from 0 to 10000, without "
              "quotes\n");
  check_wrong("StormLimit 5 \"often\"\n",
              "StormLimit: takes a duration: seconds, or text like \"90s\", "
              "\"5m\", \"2h\", \"3d\", \"1w\"\n");
  check_wrong("StormLimit 5 0\n", "StormLimit: must be at least 1s\n");
  check_wrong("PageLimit 5\n",
              "PageLimit: takes a number and a duration, or 0\n");
  check_wrong("PageLimit 20000 \"60s\"\n",
              "PageLimit: takes a whole number from 0 to 10000\n");
}

static void what_may_be_reopened_is_kept(void) {
  check_wrong("<Rule \"r\">\n" MATCH "Reopen \"2h\"\n</Rule>\n"
              "Retention \"1h\"\n",
              "Rule \"r\" / Reopen: must not be longer than Retention\n");
  check_wrong("<Rule \"q\">\n" MATCH "Reopen 0\n</Rule>\n"
              "<Rule \"r\">\n" MATCH "</Rule>\nRetention \"9m\"\n",
              "Rule \"r\" / Reopen: must not be longer than Retention\n");
}

static void a_metric_has_one_condition(void) {
  static const char one[] =
      "Rule \"r\" / Metric: takes one of Above, Below and Absent\n";
  check_metric("Plugin \"load\"", one);
  check_metric("Above 5\nBelow 3", one);
  check_metric("Absent 60\nBelow 3", one);
}

static void what_clears_goes_with_its_limit(void) {
  check_metric("Above 5\nClearAbove 3",
               "Rule \"r\" / Metric / ClearAbove: does not go with Above; use "
               "ClearBelow\n");
  check_metric("Below 5\nClearBelow 3",
               "Rule \"r\" / Metric / ClearBelow: does not go with Below; use "
               "ClearAbove\n");
  check_metric("Above 5\nClearBelow 6",
               "Rule \"r\" / Metric / ClearBelow: must not be above the "
               "limit\n");
  check_metric("Below 5\nClearAbove 4",
               "Rule \"r\" / Metric / ClearAbove: must not be below the "
               "limit\n");
  check_metric("Absent 60\nClearAbove 4",
               "Rule \"r\" / Metric / ClearAbove: means nothing with Absent: a "
               "value clears it\n");
  check_metric("Absent 60\nClearBelow 4",
               "Rule \"r\" / Metric / ClearBelow: means nothing with Absent: a "
               "value clears it\n");
}

static void limits_are_numbers(void) {
  check_metric("Above \"5\"",
               "Rule \"r\" / Metric / Above: takes a number, without quotes\n");
  check_metric("Above true", "Rule \"r\" / Metric / Above: takes a number\n");
  check_metric("Above 5 6", "Rule \"r\" / Metric / Above: takes one value; "
                            "quote it\n");
  check_metric("Absent 0.5",
               "Rule \"r\" / Metric / Absent: must be at least 1s\n");
}

static void a_metric_has_no_options_of_notifications(void) {
  check_metric("Above 5\nLevel \"warning\"",
               "Rule \"r\" / Metric / Level: unknown option; there are Host, "
               "Plugin, PluginInstance, Type, TypeInstance, DataSource, Above, "
               "Below, Absent, ClearAbove, ClearBelow\n");
  check_bare("<Metric \"x\">\n Above 5\n</Metric>",
             "Rule \"r\" / Metric: is a block without a name: <Metric> ... "
             "</Metric>\n");
}

static void absent_names_not_too_many(void) {
  char text[8192] = "Plugin \"p\"\nPluginInstance \"\"\nType \"t\"\n"
                    "TypeInstance \"a\" \"b\"\nAbsent 60\nHost";
  size_t at = strlen(text);
  for (int i = 0; i < 501; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, " \"h%d\"", i);
  char block[9000];
  snprintf(block, sizeof block,
           CHAIN "<Rule \"r\">\n<Metric>\n%s\n</Metric>\n"
                 "</Rule>\n",
           text);
  check_wrong(block, "Rule \"r\" / Metric / Absent: names more than 1000 "
                     "series; use several blocks\n");
}

static void matches_that_no_missing_value_has(void) {
  check_match("Missing true\nMeta \"k\" \"v\"",
              "Rule \"r\" / Match: can never match: a notification of a "
              "missing value has no metadata; leave out Meta or Missing\n");
  check_match("Missing true\nMessage \"disk full\"",
              "Rule \"r\" / Match: can never match: a notification of a "
              "missing value has another Message\n");
  check_match("Remote \"perhaps\"",
              "Rule \"r\" / Match / Remote: takes true or false\n");
  struct settings *s = read_right(
      "<Rule \"r\">\n<Match>\n Missing true\n Message \"/not been updated/\"\n"
      "</Match>\n<Match>\n Missing false\n Meta \"k\" \"v\"\n</Match>\n"
      "</Rule>\n");
  settings_free(s);
}

static void group_by_none_goes_alone(void) {
  check_bare(MATCH "GroupBy \"none\" \"host\"",
             "Rule \"r\" / GroupBy: \"none\" does not go with fields\n");
  check_bare(MATCH "GroupBy \"host\"\nGroupBy \"none\"",
             "Rule \"r\" / GroupBy: \"none\" does not go with fields\n");
  check_bare(MATCH "GroupBy \"meta:\"",
             "Rule \"r\" / GroupBy: takes a name after \"meta:\"\n");
}

static void a_quorum_that_is_never_reached_is_an_error(void) {
  check_bare(MATCH "Quorum 2", "Rule \"r\" / Quorum: can never be reached: a "
                               "group has 1 series at most\n");
  check_bare("<Match>\n Host \"/./\"\n Plugin \"a\" \"b\" \"a\"\n"
             " PluginInstance \"\"\n Type \"t\"\n TypeInstance \"\"\n"
             "</Match>\nGroupBy \"host\"\nQuorum 3",
             "Rule \"r\" / Quorum: can never be reached: a group has 2 series "
             "at most\n");
  /* What one block takes, another may take, too. */
  check_bare("<Match>\n Host \"h\"\n Plugin \"a\" \"b\"\n"
             " PluginInstance \"\"\n Type \"t\"\n TypeInstance \"\"\n"
             "</Match>\n"
             "<Metric>\n Host \"h\"\n Plugin \"a\"\n PluginInstance \"\"\n"
             " Type \"t\"\n TypeInstance \"\"\n Above 1\n</Metric>\n"
             "<Metric>\n Host \"h\"\n Plugin \"c\"\n PluginInstance \"\"\n"
             " Type \"t\"\n TypeInstance \"\"\n Above 1\n</Metric>\n"
             "<Metric>\n Host \"h\"\n Plugin \"c\"\n PluginInstance \"\"\n"
             " Type \"t\"\n TypeInstance \"\"\n Below 0\n</Metric>\n"
             "GroupBy \"none\"\nQuorum 4",
             "Rule \"r\" / Quorum: can never be reached: a group has 3 series "
             "at most\n");
  check_bare(MATCH "Quorum 0", "Rule \"r\" / Quorum: takes a whole number from "
                               "1 to 1000000\n");
}

static void a_quorum_that_can_be_reached_is_fine(void) {
  struct settings *s = read_right(
      CHAIN "<Rule \"a\">\n" MATCH "GroupBy \"host\"\nQuorum 1000\n</Rule>\n"
            "<Rule \"b\">\n<Match>\n Plugin \"a\" \"b\"\n</Match>\n"
            "GroupBy \"host\" \"type\" \"type_instance\" \"plugin_instance\"\n"
            "Quorum 2\n</Rule>\n");
  settings_free(s);
}

static void upgrades_rise(void) {
  check_bare(MATCH "Severity \"SEV-3\"\n<Upgrade>\n After 60\n"
                   " Severity \"SEV-3\"\n</Upgrade>\n"
                   "<Upgrade>\n After 60\n Severity \"SEV-4\"\n</Upgrade>\n",
             "Rule \"r\" / Upgrade / Severity: \"SEV-3\" is not worse than "
             "\"SEV-3\", which the rule declares with\n"
             "Rule \"r\" / Upgrade 2 / Severity: \"SEV-4\" is not worse than "
             "\"SEV-3\", which the rule declares with\n");
  check_bare(MATCH "<Upgrade>\n After 60\n</Upgrade>\n",
             "Rule \"r\" / Upgrade: the option Severity is missing\n");
  check_bare(MATCH "<Upgrade>\n Severity \"SEV-1\"\n</Upgrade>\n",
             "Rule \"r\" / Upgrade: has no condition; give it Alerts, Hosts or "
             "After\n");
  check_bare(MATCH "<Upgrade>\n After 60\n Severity \"SEV-11\"\n</Upgrade>\n",
             "Rule \"r\" / Upgrade / Severity: there is no Severity "
             "\"SEV-11\", did you mean \"SEV-1\"?\n");
}

static void upgrades_can_be_reached(void) {
  check_bare(MATCH "<Upgrade>\n Alerts 2\n Severity \"SEV-1\"\n</Upgrade>\n",
             "Rule \"r\" / Upgrade / Alerts: can never be reached: a group has "
             "1 series at most\n");
  check_bare(MATCH "GroupBy \"host\"\n"
                   "<Upgrade>\n Alerts 9\n Severity \"SEV-1\"\n</Upgrade>\n"
                   "<Upgrade>\n Hosts 2\n Severity \"SEV-1\"\n</Upgrade>\n",
             "Rule \"r\" / Upgrade 2 / Hosts: can never be reached: a group "
             "has 1 host at most\n");
  check_bare("<Match>\n Host \"a\" \"b\"\n</Match>\n"
             "<Match>\n Host \"b\" \"a\"\n Plugin \"x\"\n</Match>\n"
             "GroupBy \"none\"\n"
             "<Upgrade>\n Hosts 3\n Severity \"SEV-1\"\n</Upgrade>\n",
             "Rule \"r\" / Upgrade / Hosts: can never be reached: a group has "
             "2 hosts at most\n");
}

static void upgrades_are_not_endless(void) {
  char text[4096] = CHAIN "<Rule \"r\">\n" MATCH;
  for (int i = 0; i <= UPGRADES_MAX; i++)
    strcat(text, "<Upgrade>\n After 60\n Severity \"SEV-1\"\n</Upgrade>\n");
  strcat(text, "</Rule>\n");
  check_wrong(text,
              "Rule \"r\" / Upgrade 33: is one too many; there may be 32\n");
}

static void a_former_name_is_not_in_use(void) {
  check_wrong(CHAIN "<Rule \"r\">\n" MATCH "Formerly \"s\" \"r\"\n</Rule>\n"
                    "<Rule \"s\">\n" MATCH "Formerly \"t\" \"t\"\n</Rule>\n"
                    "<Rule \"u\">\n" MATCH "Formerly \"t\"\n</Rule>\n",
              "Rule \"r\" / Formerly: there is a Rule \"s\" now\n"
              "Rule \"r\" / Formerly: there is a Rule \"r\" now\n"
              "Rule \"s\" / Formerly: \"t\" is given twice\n"
              "Rule \"u\" / Formerly: \"t\" is given twice\n");
}

static void what_is_only_recorded_has_no_incident(void) {
  check_bare(MATCH "Record true\nChain \"c\"\nGroupBy \"host\"\n"
                   "Quorum 2\nFor 5\nRunbook \"x\"\n",
             "Rule \"r\" / GroupBy: means nothing with Record: there is no "
             "incident\n"
             "Rule \"r\" / Quorum: means nothing with Record: there is no "
             "incident\n"
             "Rule \"r\" / Chain: means nothing with Record: there is no "
             "incident\n");
}

#define RULES                                                                  \
  "<Rule \"a\">\n" MATCH "</Rule>\n<Rule \"b\">\n" MATCH "</Rule>\n"           \
  "<Rule \"c\">\n" MATCH "</Rule>\n"

static void an_inhibition_names_its_rules(void) {
  check_wrong(RULES "<Inhibit>\n Source \"a\"\n</Inhibit>\n"
                    "<Inhibit>\n Target \"a\" \"a\"\n</Inhibit>\n",
              "Inhibit: the option Target is missing\n"
              "Inhibit 2 / Target: \"a\" is named twice\n"
              "Inhibit 2: the option Source is missing\n");
  check_wrong(RULES "<Inhibit>\n Source \"x\"\n Target \"y\"\n"
                    " Equal \"hots\"\n</Inhibit>\n",
              "Inhibit / Equal: \"hots\" means nothing here, did you mean "
              "\"host\"?\n"
              "Inhibit / Source: there is no Rule \"x\"; there are \"a\", "
              "\"b\", \"c\"\n"
              "Inhibit / Target: there is no Rule \"y\"; there are \"a\", "
              "\"b\", \"c\"\n");
}

static void inhibitions_do_not_go_round(void) {
  check_wrong(RULES "<Inhibit>\n Source \"a\"\n Target \"b\" \"a\"\n"
                    "</Inhibit>\n",
              "Inhibit: \"a\" cannot inhibit itself\n");
  check_wrong(RULES "<Inhibit>\n Source \"a\"\n Target \"b\"\n</Inhibit>\n"
                    "<Inhibit>\n Source \"b\"\n Target \"c\"\n</Inhibit>\n"
                    "<Inhibit>\n Source \"c\"\n Target \"a\"\n</Inhibit>\n",
              "Inhibit 3: goes round: \"c\" is inhibited by \"b\", inhibited "
              "by \"a\", inhibited by \"c\"\n");
}

/* ---- advice ---- */

static void check_advice(const char *text, const char *want) {
  struct source source;
  struct settings *s = NULL;
  struct buf said;
  open_source(&source, text, NULL);
  buf_init(&said, 100000);
  CHECK(settings_read(source.blocks, source.n, true, collect, &said, &s) == OK);
  if (s != NULL)
    settings_advise(s, source.blocks, source.n, collect, &said);
  CHECK_TEXT(buf_text(&said), want);
  settings_free(s);
  buf_fini(&said);
  close_source(&source);
}

#define RUNBOOK "Runbook \"x\"\n"
#define ALL                                                                    \
  "<Rule \"all\">\n<Match>\n Host \"/.*/\"\n</Match>\n" RUNBOOK "</Rule>\n"

static void a_rule_that_others_leave_nothing_to_is_told(void) {
  check_advice(CHAIN ALL
               "<Rule \"w\">\n<Match>\n Level \"warning\"\n</Match>\n" RUNBOOK
               "</Rule>\n"
               "<Rule \"x\">\n" MATCH RUNBOOK "</Rule>\n"
               "<Rule \"y\">\n" MATCH "<Metric>\n Above 1\n</Metric>\n" RUNBOOK
               "</Rule>\n",
               "warning: Rule \"x\": never gets anything: rules before it take "
               "all that it matches\n");
  check_advice(
      CHAIN "<Rule \"a\">\n<Match>\n Host \"/^web/\"\n Meta \"k\" \"v\" \"w\"\n"
            "</Match>\n" RUNBOOK "</Rule>\n"
            "<Rule \"b\">\n<Match>\n Host \"web1\" \"web2\"\n"
            " Meta \"k\" \"v\"\n</Match>\n" RUNBOOK "</Rule>\n"
            "<Rule \"c\">\n<Match>\n Host \"web1\" \"db\"\n"
            " Meta \"k\" \"v\"\n</Match>\n" RUNBOOK "</Rule>\n"
            "<Rule \"d\">\n<Match>\n Host \"/^web/\"\n Meta \"k\" \"x\"\n"
            "</Match>\n" RUNBOOK "</Rule>\n" ALL,
      "warning: Rule \"b\": never gets anything: rules before it take all that "
      "it matches\n");
  check_advice(CHAIN "<Rule \"a\">\n" MATCH RUNBOOK "Continue true\n</Rule>\n"
                     "<Rule \"b\">\n" MATCH RUNBOOK "</Rule>\n"
                     "<Rule \"c\">\n<Match>\n Plugin \"x\"\n Remote true\n"
                     "</Match>\n" RUNBOOK "</Rule>\n"
                     "<Rule \"d\">\n<Match>\n Plugin \"x\"\n</Match>\n" RUNBOOK
                     "</Rule>\n" ALL,
               "");
}

static void an_expiry_within_for_is_told(void) {
  check_advice(CHAIN "<Rule \"a\">\n" MATCH RUNBOOK
                     "For \"5m\"\nExpire \"5m\"\n</Rule>\n" ALL,
               "warning: Rule \"a\": Expire is not longer than For: what does "
               "not repeat itself never fires\n");
}

static void what_is_recorded_needs_no_runbook(void) {
  check_advice(
      "<Rule \"a\">\n<Match>\n Host \"/.*/\"\n</Match>\nRecord true\n</Rule>\n",
      "");
}

static void a_catch_all_takes_all(void) {
  static const char want[] =
      "warning: Rule: none takes every failure: what no rule matches pages "
      "nobody\n";
  check_advice(CHAIN "<Rule \"a\">\n<Match>\n Remote true\n</Match>\n" RUNBOOK
                     "</Rule>\n",
               want);
  check_advice(CHAIN "<Rule \"a\">\n<Match>\n Missing false\n</Match>\n" RUNBOOK
                     "</Rule>\n",
               want);
  check_advice(CHAIN "<Rule \"a\">\n<Metric>\n Above 1\n</Metric>\n" RUNBOOK
                     "</Rule>\n",
               want);
}

/* ---- the copy in the ledger ---- */

static void the_copy_without_secrets_has_it_all(void) {
  static const char text[] =
      "Retention \"30d\"\nEvidence 0\nSeriesLimit 5000\n"
      "StormLimit 20 \"2m\"\n"
      "<Rule \"r\">\n"
      "<Match>\n Remote true\n Missing false\n Meta \"k\" \"v\"\n</Match>\n"
      "<Metric>\n Host \"/^web/\"\n DataSource \"value\"\n Below 0.1\n"
      " ClearAbove 0.25\n</Metric>\n"
      "<Metric>\n PluginInstance \"\"\n Absent \"5m\"\n</Metric>\n"
      "GroupBy \"host\" \"meta:site\"\nGroupWait 30\nQuorum 3\nFor \"1m\"\n"
      "Expire \"1d\"\nReopen 0\nFormerly \"q\"\n"
      "<Upgrade>\n Alerts 3\n Severity \"SEV-2\"\n</Upgrade>\n</Rule>\n"
      "<Rule \"x\">\n" MATCH "Record true\n</Rule>\n"
      "<Inhibit>\n Source \"r\"\n Target \"x\"\n Equal \"host\"\n</Inhibit>\n";
  struct source source;
  struct buf first, again;
  buf_init(&first, 65536);
  buf_init(&again, 65536);
  open_source(&source, text, NULL);
  CHECK(settings_print_public(source.blocks, source.n, &first) == OK);
  close_source(&source);
  open_source(&source, buf_text(&first), NULL);
  CHECK(settings_print_public(source.blocks, source.n, &again) == OK);
  close_source(&source);
  CHECK_TEXT(buf_text(&again), buf_text(&first));
  struct settings *s = read_right(buf_text(&first));
  if (s != NULL) {
    const struct rule *r = s->rules[0];
    CHECK(s->retention == (span_ms)30 * 24 * 3600 * 1000 && s->evidence == 0);
    CHECK(s->series_limit == 5000 && s->storm_limit == 20);
    CHECK(s->storm_span == 120000 && s->inhibits_n == 1);
    CHECK(s->inhibits[0].source == r && s->inhibits[0].equal.fields == 1);
    CHECK(r->matches[0].remote == WANTED_ONLY);
    CHECK(r->matches[0].missing == WANTED_NOT && r->matches[0].metas_n == 1);
    CHECK(r->metrics_n == 2 && r->metrics[0].limit == 0.1);
    CHECK(r->metrics[0].clear == 0.25 && r->metrics[1].absent == 300000);
    CHECK(r->quorum == 3 && r->bad_for == 60000 && r->expire == 86400000);
    CHECK(r->group_wait == 30000 && r->reopen == 0 && r->formerly_n == 1);
    CHECK(r->group_by.metas_n == 1 && r->upgrades_n == 1);
    CHECK(s->rules[1]->is_recorded);
  }
  settings_free(s);
  buf_fini(&first);
  buf_fini(&again);
}

/* ---- the example ---- */

static void the_example_is_right_and_needs_no_advice(void) {
  const char *srcdir = getenv("srcdir");
  struct conf_file *file = NULL;
  struct settings *s = NULL;
  struct buf said;
  char path[4096];
  snprintf(path, sizeof path, "%s/conf/incident.conf",
           srcdir != NULL ? srcdir : ".");
  buf_init(&said, 100000);
  CHECK(conf_read(path, complain, NULL, &file) == OK);
  if (file == NULL)
    return;
  CHECK(file->root.children_n == 1);
  const struct conf *block = &file->root.children[0];
  CHECK(settings_read(&block, 1, true, collect, &said, &s) == OK);
  if (s != NULL) {
    settings_advise(s, &block, 1, collect, &said);
    CHECK(s->rules_n == 8 && s->inhibits_n == 1);
  }
  CHECK_TEXT(buf_text(&said), "");
  settings_free(s);
  buf_fini(&said);
  conf_file_free(file);
}

int main(void) {
  defaults_are_those_of_the_manual();
  limits_are_taken_at_top_level();
  every_option_of_a_rule_is_taken();
  metric_blocks_say_what_is_bad();
  inhibitions_name_rules_before_or_after_them();
  group_by_none_is_one_group();
  limits_have_limits();
  what_may_be_reopened_is_kept();
  a_metric_has_one_condition();
  what_clears_goes_with_its_limit();
  limits_are_numbers();
  a_metric_has_no_options_of_notifications();
  absent_names_not_too_many();
  matches_that_no_missing_value_has();
  group_by_none_goes_alone();
  a_quorum_that_is_never_reached_is_an_error();
  a_quorum_that_can_be_reached_is_fine();
  upgrades_rise();
  upgrades_can_be_reached();
  upgrades_are_not_endless();
  a_former_name_is_not_in_use();
  what_is_only_recorded_has_no_incident();
  an_inhibition_names_its_rules();
  inhibitions_do_not_go_round();
  a_rule_that_others_leave_nothing_to_is_told();
  an_expiry_within_for_is_told();
  what_is_recorded_needs_no_runbook();
  a_catch_all_takes_all();
  the_copy_without_secrets_has_it_all();
  the_example_is_right_and_needs_no_advice();
  return check_done("t_settings_rules");
}

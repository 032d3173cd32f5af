/* SPDX-License-Identifier: MIT */
/* What no body may be, whatever is in it; markup; what answers mean; what the
 * configuration makes of a Format. */
#include "format_things.h"

#include "base/text.h"
#include "core/markup.h"

/* Of UTF-8, as the services count: UTF-16 units. */
static size_t units(const char *text) {
  size_t n = 0;
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
    n += (*c & 0xc0) == 0x80 ? 0 : *c >= 0xf0 ? 2 : 1;
  return n;
}

static const char *text_of(const struct json_in *doc, const char *path) {
  return json_at_text(doc, path, "");
}

/* ---- limits ---- */

static const char *const characters[] = {"x", "*",    "<",  "ä", "漢",
                                         "😀", "\x1b", "\\", "\""};
#define CHARACTERS (sizeof characters / sizeof characters[0])

static void each_long(const char *options,
                      void (*check)(const char *body,
                                    const struct json_in *doc)) {
  for (size_t c = 0; c < CHARACTERS; c++)
    for (int event = 0; event < 3; event++) {
      struct things *t = things_new(options);
      struct json_in *doc = NULL;
      be_long(t, characters[c]);
      if (event > 0)
        be_resolved(t);
      if (event == 1)
        t->page.event = PAGE_UPDATE;
      char *body = print_of(t, &doc);
      CHECK(text_is_utf8(body, strlen(body)));
      check(body, doc);
      json_in_free(doc);
      free(body);
      things_free(t);
    }
}

static void check_pagerduty(const char *body, const struct json_in *doc) {
  CHECK(strlen(body) <= 512000);
  CHECK(units(text_of(doc, "payload.summary")) <= 1024);
  CHECK(strstr(text_of(doc, "payload.summary"), "…") != NULL);
  CHECK(strlen(text_of(doc, "dedup_key")) <= 255);
  CHECK(text_of(doc, "payload.source")[0] != '\0');
}

static void check_discord(const char *body, const struct json_in *doc) {
  size_t all = 0, n = json_count(json_at(doc, "embeds.0.fields"));
  (void)body;
  CHECK(units(text_of(doc, "content")) <= 2000);
  CHECK(units(text_of(doc, "embeds.0.title")) <= 256);
  CHECK(units(text_of(doc, "embeds.0.description")) <= 4096);
  CHECK(n <= 25);
  all += units(text_of(doc, "embeds.0.title"));
  all += units(text_of(doc, "embeds.0.description"));
  for (size_t i = 0; i < n; i++) {
    char path[64];
    snprintf(path, sizeof path, "embeds.0.fields.%zu.value", i);
    size_t value = units(text_of(doc, path));
    CHECK(value >= 1 && value <= 1024);
    all += value;
    snprintf(path, sizeof path, "embeds.0.fields.%zu.name", i);
    all += units(text_of(doc, path));
  }
  CHECK(all <= 6000);
}

static void check_teams(const char *body, const struct json_in *doc) {
  (void)doc;
  CHECK(strlen(body) <= 28 * 1024);
}

static void check_ntfy(const char *body, const struct json_in *doc) {
  (void)body;
  CHECK(strlen(text_of(doc, "message")) <= 4096);
  CHECK(strlen(text_of(doc, "title")) <= 250);
  CHECK(json_count(json_at(doc, "actions")) <= 3);
}

static void check_slack(const char *body, const struct json_in *doc) {
  CHECK(strlen(body) < 16383); /* beyond that Mattermost makes two of it */
  CHECK(units(text_of(doc, "text")) <= 4000);
}

static void check_alertmanager(const char *body, const struct json_in *doc) {
  (void)body;
  CHECK(json_count(json_at(doc, "alerts")) == ALERTS);
  CHECK(json_at_int(doc, "truncatedAlerts", 0) == 4980);
}

static void nothing_is_too_long(void) {
  each_long("Format \"pagerduty\"\nRoutingKey \"k\"", check_pagerduty);
  each_long("Format \"discord\"", check_discord);
  each_long("Format \"teams\"", check_teams);
  each_long("Format \"ntfy\"", check_ntfy);
  each_long("Format \"slack\"", check_slack);
  each_long("Format \"alertmanager\"", check_alertmanager);
}

/* ---- markup ---- */

static void check_markup(enum markup markup, const char *text, size_t max,
                         const char *want) {
  struct buf b;
  buf_init(&b, 10000);
  buf_add(&b, "before ");
  markup_add(&b, markup, text, max);
  CHECK_TEXT(buf_text(&b) + 7, want);
  CHECK(b.err == OK);
  buf_fini(&b);
}

static void a_text_is_cut_at_a_character(void) {
  check_markup(MARKUP_NONE, "0123456789", 10, "0123456789");
  check_markup(MARKUP_NONE, "0123456789a", 10, "0123456…");
  check_markup(MARKUP_NONE, "ääääää", 12, "ääääää");
  check_markup(MARKUP_NONE, "äääääää", 12, "ääää…");
  check_markup(MARKUP_NONE, "漢漢漢漢漢", 14, "漢漢漢…");
  check_markup(MARKUP_SLACK, "ab&&&", 12, "ab&amp;…");
  check_markup(MARKUP_DISCORD, "*********", 10, "\\*\\*\\*…");
  check_markup(MARKUP_NONE, "", 10, "");
}

static void a_text_does_nothing_in_a_chat(void) {
  check_markup(MARKUP_SLACK, "<!here> a&b @all x@y", 100,
               "&lt;!here&gt; a&amp;b @\u200b"
               "all x@y");
  check_markup(MARKUP_DISCORD, "*_~`|<>[]#\\", 100,
               "\\*\\_\\~\\`\\|\\<\\>\\[\\]\\#\\\\");
  check_markup(MARKUP_TEAMS, "[a](b) *c*\n", 100, "\\[a\\](b) \\*c\\*\\\\n");
  check_markup(MARKUP_NONE, "a\x07\xe2\x80\xae", 100, "a\\x07\\u202e");
}

static void a_text_does_nothing_in_a_document(void) {
  check_markup(MARKUP_MARKDOWN, "a*b_c`<i>|&amp;[x](y)#", 100,
               "a\\*b\\_c\\`\\<i\\>\\|\\&amp;\\[x\\](y)\\#");
  check_markup(MARKUP_MARKDOWN, "- x - y", 100, "\\- x - y");
  check_markup(MARKUP_MARKDOWN, "12. x 1. y", 100, "12\\. x 1. y");
  check_markup(MARKUP_MARKDOWN, "===", 100, "\\===");
  check_markup(MARKUP_HTML, "<a href='x'>\"&", 100,
               "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
}

static void a_link_is_one(void) {
  char link[LINK_MAX], text[2 * LINK_MAX] = "http://h/";
  CHECK(link_make("https://h/a?b=c&d#e", link));
  CHECK_TEXT(link, "https://h/a?b=c&d#e");
  CHECK(link_make("http://h/ )>|\n\"ä", link));
  CHECK_TEXT(link, "http://h/%20%29%3E%7C%0A%22%C3%A4");
  CHECK(!link_make("javascript:alert(1)", link));
  CHECK_TEXT(link, "");
  CHECK(!link_make("see the wiki", link));
  memset(text + 9, ')', LINK_MAX / 2);
  CHECK(!link_make(text, link));
  CHECK_TEXT(link, "");
}

/* ---- custom ---- */

static void check_custom(const char *type, const char *body, const char *want) {
  char options[1000];
  snprintf(options, sizeof options,
           "Format \"custom\"\nContentType \"%s\"\nBody \"%s\"", type, body);
  struct things *t = things_new(options);
  char *got = NULL;
  set(&t->incident.title, "a \"b\" \\ c&d=\n\xc3\xa4");
  CHECK(format_print(&t->message, t->page.webhook, &got) == OK);
  CHECK_TEXT(got, want);
  CHECK_TEXT(format_content_type(t->page.webhook), type);
  free(got);
  things_free(t);
}

static void a_placeholder_stays_inside_of_its_body(void) {
  check_custom("application/json; charset=utf-8",
               "{\\\"t\\\":\\\"%{title}\\\",\\\"n\\\":%{id}}",
               "{\"t\":\"a \\\"b\\\" \\\\ c&d=\\n\xc3\xa4\",\"n\":42}");
  check_custom("application/x-www-form-urlencoded", "to=1&text=%{title}",
               "to=1&text=a%20%22b%22%20%5C%20c%26d%3D%0A%C3%A4");
  check_custom("text/plain", "%{severity} 100% %{title}",
               "SEV-3 100% a \"b\" \\ c&d=\\n\xc3\xa4");
}

static void what_is_not_known_is_nothing(void) {
  struct things *t =
      things_new("Format \"custom\"\nContentType \"text/plain\"\nBody "
                 "\"<%{host}%{value}%{meta:x}%{label:x}%{acknowledged_by}>\"");
  char *got = NULL;
  t->message.alerts_n = 0;
  CHECK(format_print(&t->message, t->page.webhook, &got) == OK);
  CHECK_TEXT(got, "<>");
  free(got);
  things_free(t);
}

/* ---- answers ---- */

static void an_answer_may_say_no(void) {
  const struct {
    enum format format;
    const char *body;
    enum format_verdict verdict;
  } rows[] = {
      {FORMAT_SLACK, "ok", FORMAT_TAKEN},
      {FORMAT_SLACK, "ok\n", FORMAT_TAKEN},
      {FORMAT_SLACK, "", FORMAT_TAKEN},
      {FORMAT_SLACK, "{\"success\":true}", FORMAT_TAKEN},
      {FORMAT_SLACK, "{\"success\":false}", FORMAT_REFUSED},
      {FORMAT_SLACK, "{\"ok\":false,\"error\":\"x\"}", FORMAT_REFUSED},
      {FORMAT_SLACK, "invalid_payload", FORMAT_REFUSED},
      {FORMAT_SLACK, "<html>log in</html>", FORMAT_REFUSED},
      {FORMAT_SLACK, "rollup_error", FORMAT_TAKE_LATER},
      {FORMAT_TEAMS, "1", FORMAT_TAKEN},
      {FORMAT_TEAMS, "", FORMAT_TAKEN},
      {FORMAT_TEAMS, "Bad payload received: an Error", FORMAT_REFUSED},
      {FORMAT_TEAMS,
       "Webhook message delivery failed with error: Microsoft Teams endpoint "
       "returned HTTP error 413 with ContextId x.",
       FORMAT_REFUSED},
      {FORMAT_TEAMS,
       "Webhook message delivery failed with error: Microsoft Teams endpoint "
       "returned HTTP error 429 with ContextId x.",
       FORMAT_TAKE_LATER},
      {FORMAT_TEAMS, "failed with error: HTTP error 502", FORMAT_TAKE_LATER},
      {FORMAT_PAGERDUTY, "{\"status\":\"success\"}", FORMAT_TAKEN},
      {FORMAT_PAGERDUTY, "{\"status\":\"invalid event\"}", FORMAT_REFUSED},
      {FORMAT_PAGERDUTY, "", FORMAT_TAKEN},
      {FORMAT_INCIDENT, "error", FORMAT_TAKEN},
      {FORMAT_CUSTOM, "failed", FORMAT_TAKEN},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    enum format_verdict got = format_judge(rows[i].format, rows[i].body);
    if (got != rows[i].verdict)
      printf("%s: %s\n", format_names[rows[i].format], rows[i].body);
    CHECK(got == rows[i].verdict);
  }
}

/* ---- the configuration ---- */

static const struct webhook *hook_of(struct settings **s, const char *options) {
  char text[1000];
  snprintf(text, sizeof text,
           CHAIN "<Webhook \"x\">\n%s\n</Webhook>\n"
                 "<Rule \"r\">\n <Match>\n  Host \"h\"\n"
                 " </Match>\n</Rule>\n",
           options);
  *s = read_right(text);
  return *s == NULL ? NULL : settings_webhook(*s, "x");
}

static void check_hook(const char *options, const char *url,
                       const char *topic) {
  struct settings *s = NULL;
  const struct webhook *w = hook_of(&s, options);
  CHECK(w != NULL);
  if (w != NULL) {
    CHECK_TEXT(w->url, url);
    CHECK_TEXT(w->topic, topic);
  }
  settings_free(s);
}

static void a_url_is_what_the_format_makes_of_it(void) {
  check_hook("Format \"pagerduty\"\nRoutingKey \"k\"",
             "https://events.pagerduty.com/v2/enqueue", "");
  check_hook("Format \"pagerduty\"\nRoutingKey \"k\"\nURL \"http://h/x\"",
             "http://h/x", "");
  check_hook("Format \"ntfy\"\nURL \"https://u:p@ntfy.sh/ops%2d1\"",
             "https://ntfy.sh/", "ops-1");
  check_hook("Format \"ntfy\"\nURL \"https://h/push/ops?auth=x\"",
             "https://h/push/?auth=x", "ops");
  check_hook("Format \"discord\"\nURL \"https://h/1/t\"",
             "https://h/1/t?wait=true", "");
  check_hook("Format \"discord\"\nURL \"https://h/1/t?thread_id=5\"",
             "https://h/1/t?thread_id=5&wait=true", "");
  check_hook("Format \"discord\"\nURL \"https://h/1/t?wait=false\"",
             "https://h/1/t?wait=false", "");
}

static void check_wrong_hook(const char *options, const char *want) {
  char text[1000];
  snprintf(text, sizeof text,
           CHAIN "<Webhook \"x\">\n%s\n</Webhook>\n"
                 "<Rule \"r\">\n <Match>\n  Host \"h\"\n"
                 " </Match>\n</Rule>\n",
           options);
  check_wrong(text, want);
}

static void what_does_not_go_together_is_an_error(void) {
  check_wrong_hook("Format \"slack\"",
                   "Webhook \"x\": the option URL is missing\n");
  check_wrong_hook("Format \"pagerduty\"",
                   "Webhook \"x\": the option RoutingKey is missing, which "
                   "Format \"pagerduty\" needs\n");
  check_wrong_hook("URL \"http://h/\"\nRoutingKey \"k\"",
                   "Webhook \"x\" / RoutingKey: is for Format \"pagerduty\" "
                   "only\n");
  check_wrong_hook("URL \"http://h/\"\nFormat \"custom\"",
                   "Webhook \"x\": the option Body is missing, which Format "
                   "\"custom\" needs\n");
  check_wrong_hook("URL \"http://h/\"\nBody \"x\"\nContentType \"text/plain\"",
                   "Webhook \"x\" / Body: is for Format \"custom\" only\n"
                   "Webhook \"x\" / ContentType: is for Format \"custom\" "
                   "only\n");
  check_wrong_hook("URL \"http://h\"\nFormat \"ntfy\"",
                   "Webhook \"x\" / URL: lacks the topic: Format \"ntfy\" "
                   "takes the last part of its path for it\n");
  check_wrong_hook("URL \"http://h/?x\"\nFormat \"ntfy\"",
                   "Webhook \"x\" / URL: lacks the topic: Format \"ntfy\" "
                   "takes the last part of its path for it\n");
  check_wrong_hook(
      "URL \"http://h/\"\nFormat \"slak\"",
      "Webhook \"x\" / Format: \"slak\" means nothing here, did you mean "
      "\"slack\"?\n");
  check_wrong_hook("URL \"http://h/\"\nFormat \"custom\"\nContentType \"x\"\n"
                   "Body \"1\"",
                   "Webhook \"x\" / ContentType: takes application/json, "
                   "application/x-www-form-urlencoded or text/plain\n");
}

static void a_body_that_could_be_no_json_is_an_error(void) {
  static const char said[] =
      "Webhook \"x\" / Body: is no JSON; placeholders belong in quotes, all "
      "but %{id}, %{alerts}, %{hosts} and %{step}\n";
#define CUSTOM "URL \"http://h/\"\nFormat \"custom\"\nBody "
  check_wrong_hook(CUSTOM "\"hello\"", said);
  check_wrong_hook(CUSTOM "\"{\\\"a\\\":%{value}}\"", said);
  check_wrong_hook(CUSTOM "\"{\\\"a\\\":%{title}}\"", said);
  check_wrong_hook(CUSTOM "\"{\\\"a\\\":%{id}\"", said);
  check_wrong_hook(CUSTOM "\"{\\\"a\\\":\\\"%{runbok}\\\"}\"",
                   "Webhook \"x\" / Body: unknown placeholder %{runbok}, did "
                   "you mean %{runbook}?\n");
}

static void severities_have_a_gravity(void) {
  struct settings *s = NULL;
  (void)hook_of(&s, "URL \"http://h/\"");
  if (s == NULL)
    return;
  CHECK(settings_gravity(s, "SEV-1", true) == GRAVITY_CRITICAL);
  CHECK(settings_gravity(s, "SEV-3", true) == GRAVITY_CRITICAL);
  CHECK(settings_gravity(s, "SEV-3", false) == GRAVITY_ERROR);
  CHECK(settings_gravity(s, "SEV-4", false) == GRAVITY_WARNING);
  CHECK(settings_gravity(s, "SEV-5", false) == GRAVITY_INFO);
  CHECK(settings_gravity(s, "UNKNOWN", false) == GRAVITY_ERROR);
  CHECK(settings_gravity(s, "gone", false) == GRAVITY_ERROR);
  settings_free(s);
}

static void the_public_text_reads_without_the_secrets(void) {
  struct source source;
  struct buf out;
  open_source(&source,
              CHAIN "<Webhook \"p\">\n Format \"pagerduty\"\n"
                    " RoutingKey \"hush1\"\n</Webhook>\n"
                    "<Webhook \"n\">\n URL \"http://h/hush2\"\n"
                    " Format \"ntfy\"\n</Webhook>\n"
                    "<Webhook \"c\">\n URL \"http://h/\"\n Format \"custom\"\n"
                    " ContentType \"text/plain\"\n Body \"hush3\"\n"
                    "</Webhook>\n<Rule \"r\">\n <Match>\n  Host \"h\"\n"
                    " </Match>\n</Rule>\n",
              NULL);
  buf_init(&out, 10000);
  CHECK(settings_print_public(source.blocks, source.n, &out) == OK);
  CHECK(strstr(buf_text(&out), "hush") == NULL);
  struct settings *s = read_right(buf_text(&out));
  CHECK(s != NULL && settings_webhook(s, "p") != NULL &&
        settings_webhook(s, "n") != NULL && settings_webhook(s, "c") != NULL);
  settings_free(s);
  buf_fini(&out);
  close_source(&source);
}

int main(void) {
  nothing_is_too_long();
  a_text_is_cut_at_a_character();
  a_text_does_nothing_in_a_chat();
  a_text_does_nothing_in_a_document();
  a_link_is_one();
  a_placeholder_stays_inside_of_its_body();
  what_is_not_known_is_nothing();
  an_answer_may_say_no();
  a_url_is_what_the_format_makes_of_it();
  what_does_not_go_together_is_an_error();
  a_body_that_could_be_no_json_is_an_error();
  severities_have_a_gravity();
  the_public_text_reads_without_the_secrets();
  return check_done("t_format_limits");
}

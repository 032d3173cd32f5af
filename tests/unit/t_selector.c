/* SPDX-License-Identifier: MIT */
#include "core/selector.h"

#include "check.h"

#include <regex.h>

static struct selector with(const char *pattern) {
  struct selector s = {.patterns = NULL};
  const char *why = NULL;
  CHECK(selector_add(&s, pattern, &why) == OK);
  return s;
}

static void without_a_pattern_it_matches_all(void) {
  struct selector s = {.patterns = NULL};
  CHECK(selector_matches(&s, ""));
  CHECK(selector_matches(&s, "web1"));
  selector_fini(&s);
}

static void a_plain_pattern_matches_exactly(void) {
  struct selector s = with("web1");
  CHECK(selector_matches(&s, "web1"));
  CHECK(!selector_matches(&s, "web10"));
  CHECK(!selector_matches(&s, "Web1"));
  CHECK(!selector_matches(&s, ""));
  selector_fini(&s);
}

static void an_empty_pattern_matches_what_is_empty(void) {
  struct selector s = with("");
  CHECK(selector_matches(&s, ""));
  CHECK(!selector_matches(&s, "x"));
  selector_fini(&s);
}

static void slashes_make_an_expression_that_matches_anywhere(void) {
  struct selector s = with("/b[0-9]+$/");
  CHECK(selector_matches(&s, "web12"));
  CHECK(!selector_matches(&s, "web12x"));
  CHECK(!selector_matches(&s, "/b[0-9]+$/"));
  selector_fini(&s);
}

static void two_slashes_are_no_expression(void) {
  struct selector s = with("//");
  CHECK(selector_matches(&s, "//"));
  CHECK(!selector_matches(&s, "x"));
  selector_fini(&s);
  s = with("/");
  CHECK(selector_matches(&s, "/"));
  selector_fini(&s);
}

static void one_slash_is_a_path(void) {
  struct selector s = with("/var");
  CHECK(selector_matches(&s, "/var"));
  CHECK(!selector_matches(&s, "/var/log"));
  selector_fini(&s);
}

static void any_of_its_patterns_will_do(void) {
  struct selector s = with("a");
  const char *why;
  CHECK(selector_add(&s, "/^b/", &why) == OK);
  CHECK(selector_add(&s, "c", &why) == OK);
  CHECK(selector_matches(&s, "a"));
  CHECK(selector_matches(&s, "bb"));
  CHECK(selector_matches(&s, "c"));
  CHECK(!selector_matches(&s, "ab"));
  selector_fini(&s);
}

static void a_bad_expression_says_why_and_changes_nothing(void) {
  struct selector s = with("a");
  const char *why = NULL;
  CHECK(selector_add(&s, "/(/", &why) == ERR_INVALID);
  CHECK(why != NULL && strstr(why, "(") != NULL);
  CHECK(s.patterns_n == 1);
  CHECK(!selector_matches(&s, "("));
  selector_fini(&s);
}

static void only_is_told_from_perhaps(void) {
  struct selector s = {.patterns = NULL};
  const char *why;
  CHECK(!selector_is_only(&s, "x"));
  CHECK(selector_add(&s, "x", &why) == OK);
  CHECK(selector_is_only(&s, "x"));
  CHECK(!selector_is_only(&s, "y"));
  CHECK(selector_add(&s, "y", &why) == OK);
  CHECK(!selector_is_only(&s, "x"));
  selector_fini(&s);
  s = with("/^x$/");
  CHECK(!selector_is_only(&s, "x"));
  selector_fini(&s);
}

/* Some are decided without the expression: no text may tell. */
static void an_expression_says_what_regexec_says(void) {
  static const char *const expressions[] = {
      "^",      "^$",      "^web",  "^web$",    "^web*$", "^web+",
      "^web?b", "^web{2}", "^a|b",  "^(web|a)", "^web1.", "^w e-b:,_$",
      "^web.*", "web",     "^^web", "^web$$",   "^[w]eb", "^web\\.x",
      "^web/x", "^web/$",  "$",     "^w*e*b*$"};
  static const char *const texts[] = {
      "",     "w",        "we",      "web",  "webb",  "web1",   "web12", "xweb",
      "b",    "a",        "wb",      "webx", "web.x", "web/x",  "web/",  "^web",
      "web$", "w e-b:,_", "w e-b:,", "*",    "weeb",  "webbbb", "/web/"};
  for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
    regex_t regex;
    char pattern[64];
    snprintf(pattern, sizeof pattern, "/%s/", expressions[i]);
    struct selector s = with(pattern);
    CHECK(regcomp(&regex, expressions[i], REG_EXTENDED | REG_NOSUB) == 0);
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
      if (selector_matches(&s, texts[k]) !=
          (regexec(&regex, texts[k], 0, NULL, 0) == 0)) {
        printf("%s on \"%s\"\n", pattern, texts[k]);
        CHECK(false);
      }
    regfree(&regex);
    selector_fini(&s);
  }
}

static void what_one_takes_another_may_take_surely(void) {
  struct selector none = {.patterns = NULL}, some = with("/^a/");
  struct selector plain = with("ab"), same = with("/^a/");
  const char *why;
  CHECK(selector_add(&some, "b", &why) == OK);
  CHECK(selector_covers(&none, &some) && selector_covers(&none, &none));
  CHECK(!selector_covers(&some, &none));
  CHECK(selector_covers(&some, &plain) && !selector_covers(&plain, &some));
  CHECK(selector_covers(&some, &same) && !selector_covers(&same, &some));
  CHECK(selector_is_plain(&plain) && !selector_is_plain(&some));
  CHECK(!selector_is_plain(&none));
  CHECK_TEXT(selector_text(&some, 0), "/^a/");
  CHECK(selector_is_regex(&some, 0) && !selector_is_regex(&some, 1));
  selector_fini(&some);
  selector_fini(&plain);
  selector_fini(&same);
}

static void an_expression_that_would_take_all_memory_is_refused(void) {
  static const char *const bad[] = {"((a{255}){255})", "((a{0,30}){30}){30}",
                                    "(a{200,}b{3}){100}", "[)]{30000}(",
                                    "a{99999999999999}"};
  static const char *const good[] = {
      "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
      "([0-9a-f]{1,4}:){1,4}[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}",
      "[]({]{2}\\{999", "(a{30}){100}"};
  char pattern[1000], deep[1000];
  const char *why = NULL;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct selector s = {.patterns = NULL};
    snprintf(pattern, sizeof pattern, "/%s/", bad[i]);
    CHECK(selector_add(&s, pattern, &why) == ERR_INVALID);
    selector_fini(&s);
  }
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    struct selector s = {.patterns = NULL};
    snprintf(pattern, sizeof pattern, "/%s/", good[i]);
    CHECK(selector_add(&s, pattern, &why) == OK);
    selector_fini(&s);
  }
  struct selector s = {.patterns = NULL};
  memset(deep, '(', 400);
  memset(deep + 400, ')', 400);
  deep[0] = deep[799] = '/';
  deep[800] = '\0';
  CHECK(selector_add(&s, deep, &why) == ERR_INVALID);
  CHECK(strstr(why, "too large") != NULL);
  selector_fini(&s);
}

int main(void) {
  without_a_pattern_it_matches_all();
  a_plain_pattern_matches_exactly();
  an_empty_pattern_matches_what_is_empty();
  slashes_make_an_expression_that_matches_anywhere();
  two_slashes_are_no_expression();
  one_slash_is_a_path();
  any_of_its_patterns_will_do();
  a_bad_expression_says_why_and_changes_nothing();
  only_is_told_from_perhaps();
  an_expression_says_what_regexec_says();
  an_expression_that_would_take_all_memory_is_refused();
  what_one_takes_another_may_take_surely();
  return check_done("t_selector");
}

/* SPDX-License-Identifier: MIT */
#include "core/template.h"

#include "check.h"

/* Writes which placeholder it was asked for. */
static void tell(void *arg, enum placeholder place, const char *name,
                 struct buf *out) {
  unsigned *calls = arg;
  (*calls)++;
  buf_addf(out, "<%d", (int)place);
  if (name != NULL)
    buf_addf(out, ":%s", name);
  buf_add(out, ">");
}

static void check_fill(const char *text, const char *want,
                       unsigned want_calls) {
  struct template *t = NULL;
  const char *why = NULL;
  struct buf b;
  unsigned calls = 0;
  buf_init(&b, 10000);
  CHECK(template_parse(text, &t, &why) == OK);
  if (t != NULL)
    template_fill(t, tell, &calls, &b);
  CHECK_TEXT(buf_text(&b), want);
  CHECK(calls == want_calls);
  template_free(t);
  buf_fini(&b);
}

static void check_bad(const char *text, const char *want) {
  struct template *t = NULL;
  const char *why = NULL;
  CHECK(template_parse(text, &t, &why) == ERR_INVALID);
  CHECK_TEXT(why, want);
  CHECK(t == NULL);
}

static void text_without_placeholders_stays(void) {
  check_fill("", "", 0);
  check_fill("disk is full", "disk is full", 0);
}

static void a_percent_sign_alone_stands_for_itself(void) {
  check_fill("97 % of %host, 100%", "97 % of %host, 100%", 0);
  check_fill("%%{host}", "%<0>", 1);
}

static void every_placeholder_is_known(void) {
  check_fill("%{host}%{plugin}%{plugin_instance}%{type}%{type_instance}",
             "<0><1><2><3><4>", 5);
  check_fill("%{data_source}%{value}%{level}%{message}%{rule}%{severity}",
             "<5><6><7><8><9><10>", 6);
  check_fill("%{id}%{title}%{status}%{alerts}%{hosts}", "<11><12><13><14><15>",
             5);
  check_fill("%{meta:a b}%{label:x}", "<16:a b><17:x>", 2);
}

static void text_around_placeholders_stays(void) {
  check_fill("a %{host} b %{value}", "a <0> b <6>", 2);
  check_fill("%{host}}{", "<0>}{", 1);
}

static void unknown_placeholders_are_named(void) {
  check_bad("%{hots}", "unknown placeholder %{hots}, did you mean %{host}?");
  check_bad("%{}", "unknown placeholder %{}");
  check_bad("x %{frobnicate} y", "unknown placeholder %{frobnicate}");
  check_bad("%{Meta:x}", "unknown placeholder %{Meta:x}");
}

static void a_name_must_follow_meta_and_label(void) {
  check_bad("%{meta:}", "placeholder %{meta:} needs a name: %{meta:NAME}");
  check_bad("%{label}", "placeholder %{label} needs a name: %{label:NAME}");
}

static void an_unclosed_placeholder_is_an_error(void) {
  check_bad("a %{host", "placeholder %{host lacks its \"}\"");
  check_bad("%{", "placeholder %{ lacks its \"}\"");
}

int main(void) {
  text_without_placeholders_stays();
  a_percent_sign_alone_stands_for_itself();
  every_placeholder_is_known();
  text_around_placeholders_stays();
  unknown_placeholders_are_named();
  a_name_must_follow_meta_and_label();
  an_unclosed_placeholder_is_an_error();
  return check_done("t_template");
}

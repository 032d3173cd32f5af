/* SPDX-License-Identifier: MIT */
/* Options about running an incident: roles, channels, templates, values. */
#include "settings_text.h"

static void without_blocks_there_are_the_usual_ones(void) {
  struct settings *s = read_right("");
  if (s == NULL)
    return;
  CHECK(s->roles_n == 6 && s->wordings_n == 4);
  CHECK(s->channels_n == 0 && s->values_n == 0);
  const struct role *r = settings_role(s, "commander");
  CHECK(r != NULL);
  if (r != NULL)
    CHECK_TEXT(r->title, "Incident Commander");
  CHECK(settings_role(s, "nobody") == NULL);
  CHECK(settings_wording(s, "resolved") != NULL);
  CHECK(s->chat_url == NULL && s->call_url == NULL);
  settings_free(s);
}

static void every_option_is_taken(void) {
  struct settings *s = read_right(
      "<Role \"ic\">\n Title \"Boss\"\n Contact \"+1 555\"\n Backup \"bob\"\n"
      " Responsibility \"Decides\"\n</Role>\n<Role \"scribe\">\n</Role>\n"
      "<Channel \"chat\">\n URL \"https://h/x?pin=1\"\n Purpose \"talk\"\n"
      " When \"always\"\n Who \"all\"\n How \"ask\"\n</Channel>\n"
      "<Template \"first\">\n Subject \"%{title}\"\n"
      " Body \"%{text}, %{next}, %{impact}, %{summary}, %{severity}\"\n"
      " Category \"public\"\n</Template>\n"
      "Value \"Detect\" \"Respond\"\nValue \"Learn\"\n"
      "ChatURL \"https://chat/i-%{id}\"\nCallURL "
      "\"https://call/%{severity}\"\n");
  if (s == NULL)
    return;
  CHECK(s->roles_n == 2 && s->channels_n == 1 && s->wordings_n == 1);
  CHECK_TEXT(s->roles[0]->title, "Boss");
  CHECK_TEXT(s->roles[0]->contact, "+1 555");
  CHECK_TEXT(s->roles[0]->backup, "bob");
  CHECK_TEXT(s->roles[0]->responsibility, "Decides");
  CHECK_TEXT(s->roles[1]->title, "scribe");
  CHECK_TEXT(s->channels[0]->url, "https://h/x?pin=1");
  CHECK_TEXT(s->channels[0]->how, "ask");
  CHECK_TEXT(s->wordings[0]->category, "public");
  CHECK(s->values_n == 3);
  CHECK_TEXT(s->values[2], "Learn");
  CHECK(s->chat_url != NULL && s->call_url != NULL);
  settings_free(s);
}

static void a_channel_is_public_with_its_whole_url(void) {
  static const char text[] = "<Channel \"c\">\n URL \"https://h/x?pin=1\"\n"
                             "</Channel>\n";
  struct source source;
  struct buf out;
  open_source(&source, text, NULL);
  buf_init(&out, 4096);
  CHECK(settings_print_public(source.blocks, source.n, &out) == OK);
  CHECK(strstr(buf_text(&out), "https://h/x?pin=1") != NULL);
  buf_fini(&out);
  close_source(&source);
}

static void what_is_wrong_is_said(void) {
  check_wrong("<Role \"a\">\n Titel \"x\"\n</Role>\n<Role \"a\">\n</Role>\n",
              "Role \"a\" / Titel: unknown option, did you mean Title?\n"
              "Role \"a\": there is a Role of this name already\n");
  check_wrong("<Template \"t\">\n Subject \"x\"\n</Template>\n",
              "Template \"t\": the option Body is missing\n");
  check_wrong("<Template \"t\">\n Body \"%{ack_url} %{nex}\"\n</Template>\n",
              "Template \"t\" / Body: unknown placeholder %{ack_url}\n");
  check_wrong("<Template \"t\">\n Body \"%{nex}\"\n</Template>\n",
              "Template \"t\" / Body: unknown placeholder %{nex}, did you mean "
              "%{next}?\n");
  check_wrong("ChatURL \"%{text}\"\n",
              "ChatURL: unknown placeholder %{text}\n");
}

static void fields_and_a_checklist_are_taken(void) {
  struct settings *s = read_right(
      "<Field \"detected\">\n Description \"who\"\n Value \"us\" \"them\"\n"
      " Required true\n</Field>\n<Field \"ticket\">\n</Field>\n"
      "<Checklist>\n Step \"one\" \"two\"\n Step \"three\"\n"
      " Reviewed \"1970-01-02\"\n Every \"2d\"\n</Checklist>\n");
  if (s == NULL)
    return;
  const struct custom *f = settings_field(s, "detected");
  CHECK(s->fields_n == 2 && f != NULL && f->values_n == 2 && f->is_required);
  CHECK(settings_field(s, "other") == NULL);
  CHECK(s->checklist.steps_n == 3 && s->checklist.is_given);
  CHECK(s->checklist.reviewed_at == 86400000);
  CHECK(s->checklist.tested_at == WALL_NEVER);
  CHECK(!checklist_is_due(&s->checklist, 86400000, 3 * 86400000));
  CHECK(checklist_is_due(&s->checklist, 86400000, 3 * 86400000 + 1));
  CHECK(checklist_is_due(&s->checklist, WALL_NEVER, 0));
  settings_free(s);
  s = read_right("");
  if (s == NULL)
    return;
  CHECK(s->checklist.steps_n == 14 && !s->checklist.is_given);
  settings_free(s);
}

int main(void) {
  fields_and_a_checklist_are_taken();
  without_blocks_there_are_the_usual_ones();
  every_option_is_taken();
  a_channel_is_public_with_its_whole_url();
  what_is_wrong_is_said();
  return check_done("t_settings_response");
}

/* SPDX-License-Identifier: MIT */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#define CONFIG                                                                 \
  ROOM_CONFIG                                                                  \
  "ChatURL \"https://chat.example.com/inc-%{id}\"\n"                           \
  "Value \"Detect: before customers do\"\n"                                    \
  "Value \"Learn: <b>no</b> *blame*\"\n"                                       \
  "<Severity \"SEV-1\">\n"                                                     \
  "  Description \"Most customers | cannot use it\"\n"                         \
  "  Response \"Page the commander, tell the public\"\n"                       \
  "  Major true\n"                                                             \
  "  Chain \"ops\"\n"                                                          \
  "  UpdateEvery \"30m\"\n"                                                    \
  "  PostmortemDue \"3d\"\n"                                                   \
  "</Severity>\n"                                                              \
  "<Severity \"SEV-4\">\n"                                                     \
  "  Urgency \"low\"\n"                                                        \
  "</Severity>\n"                                                              \
  "<Rule \"swap\">\n"                                                          \
  "  <Match>\n"                                                                \
  "    Plugin \"swap\"\n"                                                      \
  "  </Match>\n"                                                               \
  "  Severity \"SEV-4\"\n"                                                     \
  "  Description \"%{host} swaps: %{meta:why}\"\n"                             \
  "  Service \"shop\"\n"                                                       \
  "  Runbook \"https://wiki.example.com/%{plugin}\"\n"                         \
  "</Rule>\n"                                                                  \
  "<Rule \"trace\">\n"                                                         \
  "  <Match>\n"                                                                \
  "    Plugin \"cpu\"\n"                                                       \
  "  </Match>\n"                                                               \
  "  Record true\n"                                                            \
  "</Rule>\n"                                                                  \
  "<Role \"commander\">\n"                                                     \
  "  Title \"Incident Commander\"\n"                                           \
  "  Contact \"+1 555 0100\"\n"                                                \
  "  Backup \"bob\"\n"                                                         \
  "  Responsibility \"Decides\"\n"                                             \
  "</Role>\n"                                                                  \
  "<Channel \"status page\">\n"                                                \
  "  URL \"https://status.example.com/shop\"\n"                                \
  "  Purpose \"customers\"\n"                                                  \
  "  When \"SEV-1 and SEV-2\"\n"                                               \
  "  Who \"liaison\"\n"                                                        \
  "  How \"login of the team\"\n"                                              \
  "</Channel>\n"                                                               \
  "<Template \"identified\">\n"                                                \
  "  Category \"public\"\n"                                                    \
  "  Subject \"%{title}\"\n"                                                   \
  "  Body \"We know why. %{text}\"\n"                                          \
  "</Template>\n"                                                              \
  "<Schedule \"days\">\n"                                                      \
  "  TimeZone \"UTC\"\n"                                                       \
  "  <Rotation>\n"                                                             \
  "    Responder \"alice\" \"bob\"\n"                                          \
  "    Start \"2026-11-16 09:00\"\n"                                           \
  "    Every \"7d\"\n"                                                         \
  "  </Rotation>\n"                                                            \
  "</Schedule>\n"

static const char *read_golden(const char *name) {
  static char text[100000];
  char path[1024];
  const char *srcdir = getenv("srcdir");
  snprintf(path, sizeof path, "%s/tests/data/guide/%s",
           srcdir != NULL ? srcdir : ".", name);
  FILE *f = fopen(path, "re");
  size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
  if (f != NULL)
    fclose(f);
  text[n] = '\0';
  return text;
}

static void it_is_printed_as_it_was(void) {
  room_open();
  room_make_ledger(CONFIG);
  CHECK(ctl("guide", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, read_golden("guide.md"));
  CHECK(ctl("guide", "--json", NULL) == CTL_DONE);
  CHECK(strncmp(room_json("guide"), "# How we respond to incidents\n", 30) ==
        0);
  CHECK(ctl("guide", "--format", "html", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, read_golden("guide.html"));
  CHECK_TEXT(room.err, "");
  room_close();
}

static void whoever_took_over_is_on_call(void) {
  room_open();
  room_make_ledger(CONFIG);
  CHECK(ctl("guide", NULL) == CTL_DONE);
  CHECK(room_said("| days | Alice Liddell | \\+1 555 0100 |"));
  CHECK(ctl("oncall", "take", "days", "--for", "2h", "--by", "bob", NULL) ==
        CTL_DONE);
  CHECK(ctl("guide", NULL) == CTL_DONE);
  CHECK(room_said("| days | bob | \\+1 555 0101 | 2026-11-21 12:00:00 |"));
  room_close();
}

static void without_a_configuration_there_is_none(void) {
  room_open();
  room_make_ledger(NULL);
  CHECK(ctl("guide", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "guide: the ledger knows no configuration yet: start "
                       "collectd first\n");
  CHECK(ctl("guide", "--format", "pdf", NULL) == CTL_USAGE);
  CHECK(room_warned("guide: --format is md or html, not pdf\n"));
  room_close();
}

int main(void) {
  it_is_printed_as_it_was();
  whoever_took_over_is_on_call();
  without_a_configuration_there_is_none();
  return check_done("t_guide");
}

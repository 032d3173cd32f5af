/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "check.h"

static char seen[4096];
static unsigned lines;
static enum log_level seen_level;

static void sink(enum log_level level, const char *line) {
  lines++;
  seen_level = level;
  snprintf(seen, sizeof seen, "%s", line);
}

static void lines_go_nowhere_without_a_sink(void) {
  log_line(LOG_ERROR, "lost");
  CHECK(lines == 0);
}

static void a_line_arrives_with_its_level(void) {
  log_set(sink);
  log_line(LOG_NOTICE, "incident: opened id=%d", 7);
  CHECK(lines == 1 && seen_level == LOG_NOTICE);
  CHECK_TEXT(seen, "incident: opened id=7");
}

static void what_would_forge_lines_is_made_visible(void) {
  log_line(LOG_INFO, "a %s", "x\ny\x1b[2J\xff caf\xc3\xa9");
  CHECK_TEXT(seen, "a x\\ny\\x1b[2J\xef\xbf\xbd caf\xc3\xa9");
}

static void a_long_line_is_cut_between_characters(void) {
  char text[3001];
  memset(text, 'a', 3000);
  text[3000] = '\0';
  log_line(LOG_INFO, "%s", text);
  CHECK(strlen(seen) == 1000);

  /* 999 bytes and a character of two. */
  memcpy(text + 999, "\xc3\xa9", 2);
  log_line(LOG_INFO, "%s", text);
  CHECK(strlen(seen) == 999);

  /* One that grows when made visible is not cut in the middle either. */
  memset(text, '\n', 3000);
  text[0] = 'a';
  log_line(LOG_INFO, "%s", text);
  CHECK(strlen(seen) == 999);
  CHECK(strcmp(seen + 997, "\\n") == 0);
}

int main(void) {
  lines_go_nowhere_without_a_sink();
  a_line_arrives_with_its_level();
  what_would_forge_lines_is_made_visible();
  a_long_line_is_cut_between_characters();
  return check_done("t_log");
}

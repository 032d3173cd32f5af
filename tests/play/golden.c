/* SPDX-License-Identifier: MIT */
/* Whole texts that incidentctl prints: tests/data/ctl has them as they should
 * be. What is different each time is made alike first: the directory is DIR,
 * the plugin's process PID, ids of pages all the same; JSON has a line for each
 * row. */
#define _GNU_SOURCE
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_LEN 26

/* How long the id is that begins here, in Crockford's letters; else 0. */
static size_t id_at(const char *text) {
  size_t n = strspn(text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
  return n == ID_LEN && text[0] == '0' ? n : 0;
}

/* What stands here and is different each time: its length, and what to write
 * instead; else 0. */
static size_t passing_at(const struct stage *s, const char *text,
                         const char **instead) {
  static const char *const pids[] = {"pid ", "\"pid\":"};
  size_t n = strlen(s->dir);
  *instead = "DIR";
  if (strncmp(text, s->dir, n) == 0)
    return n;
  *instead = "01XXXXXXXXXXXXXXXXXXXXXXXX";
  if (id_at(text) > 0)
    return ID_LEN;
  for (size_t i = 0; i < 2; i++) {
    n = strlen(pids[i]);
    *instead = i == 0 ? "pid PID" : "\"pid\":PID";
    if (strncmp(text, pids[i], n) == 0)
      return n + strspn(text + n, "0123456789");
  }
  return 0;
}

static void make_alike(const struct stage *s, bool is_json, struct buf *out) {
  bool is_text = false;
  for (const char *at = buf_text(&s->out), *instead; *at != '\0'; at++) {
    size_t n = passing_at(s, at, &instead);
    if (n > 0) {
      buf_add(out, instead);
      at += n - 1;
      continue;
    }
    buf_addn(out, at, 1);
    if (*at == '\\' && is_text && at[1] != '\0')
      buf_addn(out, ++at, 1);
    else if (*at == '"')
      is_text = is_json && !is_text;
    else if (is_json && !is_text && at[0] == ',' && at[-1] == '}')
      buf_add(out, "\n");
  }
}

/* The number of the first line that is another. */
static unsigned first_other(const char *a, const char *b) {
  unsigned line = 1;
  for (; *a == *b && *a != '\0'; a++, b++)
    line += *a == '\n';
  return line;
}

bool golden_expect(struct play *p, const char *name) {
  struct stage *s = &p->stage;
  char path[1024];
  struct buf want, got;
  const char *slash = strrchr(p->file, '/');
  int n = slash == NULL ? 0 : (int)(slash - p->file + 1);
  snprintf(path, sizeof path, "%.*s../data/ctl/%s", n, p->file, name);
  buf_init(&want, 1 << 22);
  buf_init(&got, 1 << 22);
  make_alike(s, strstr(name, ".json") != NULL, &got);
  bool ok = stage_read_file(path, &want) &&
            strcmp(buf_text(&want), buf_text(&got)) == 0;
  snprintf(path, sizeof path, "%s/%s", s->dir, name);
  if (!ok && stage_write_file(s, path, buf_text(&got)))
    stage_fail(s, "line %u is not that of tests/data/ctl/%s; now %s",
               first_other(buf_text(&want), buf_text(&got)), name, path);
  buf_fini(&want);
  buf_fini(&got);
  return ok;
}

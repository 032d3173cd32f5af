/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "play.h"

#include "base/span.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *script_trim(char *text) {
  while (isspace((unsigned char)*text))
    text++;
  size_t n = strlen(text);
  while (n > 0 && isspace((unsigned char)text[n - 1]))
    text[--n] = '\0';
  return text;
}

void script_read(struct play *p, const char *path, unsigned depth) {
  FILE *f = fopen(path, "re");
  if (f == NULL || depth > 4)
    play_broken(p, "%s: %s", path, strerror(errno));
  char *room = NULL;
  size_t size = 0;
  int number = 0;
  while (getline(&room, &size, f) >= 0) {
    number++;
    char *text = script_trim(room);
    if (text[0] == '\0' || text[0] == '#')
      continue;
    if (strncmp(text, "include ", 8) == 0) {
      char other[512];
      const char *slash = strrchr(path, '/');
      snprintf(other, sizeof other, "%.*s%s",
               slash == NULL ? 0 : (int)(slash - path + 1), path,
               script_trim(text + 8));
      script_read(p, other, depth + 1);
      continue;
    }
    p->lines =
        play_must(p, realloc(p->lines, (p->lines_n + 1) * sizeof *p->lines));
    struct line *line = &p->lines[p->lines_n++];
    *line = (struct line){number, NULL, NULL};
    size_t n = strlen(text);
    if (text[n - 1] == '{') {
      struct buf block;
      buf_init(&block, 1 << 20);
      text[n - 1] = '\0';
      line->text = play_must(p, strdup(script_trim(text)));
      bool is_closed = false;
      while (!is_closed && getline(&room, &size, f) >= 0) {
        number++;
        char *dup = play_must(p, strdup(room));
        is_closed = strcmp(script_trim(dup), "}") == 0;
        free(dup);
        if (!is_closed)
          buf_add(&block, room);
      }
      p->line = line;
      if (!is_closed)
        play_broken(p, "the block does not end");
      line->block = play_must(p, strdup(buf_text(&block)));
      buf_fini(&block);
    } else {
      line->text = play_must(p, strdup(text));
    }
  }
  free(room);
  fclose(f);
}

/* ---- words and macros ---- */

static void render(const struct json_in *v, struct buf *out) {
  char number[JSON_NUMBER];
  if (v == NULL) {
    buf_add(out, "(absent)");
    return;
  }
  switch (json_type(v)) {
  case JSON_NULL:
    buf_add(out, "null");
    break;
  case JSON_BOOL:
    buf_add(out, json_at_bool(v, "", false) ? "true" : "false");
    break;
  case JSON_NUMBER_T:
    json_number(json_at_double(v, "", 0), number);
    buf_add(out, number);
    break;
  case JSON_TEXT:
    buf_add(out, json_at_text(v, "", ""));
    break;
  case JSON_ARRAY:
    buf_addf(out, "(%zu elements)", json_count(v));
    break;
  case JSON_OBJECT:
    buf_addf(out, "(%zu members)", json_count(v));
    break;
  }
}

void script_render(const struct json_in *doc, const char *path,
                   struct buf *out) {
  size_t n = strlen(path);
  const struct json_in *v = json_at(doc, path);
  if (v == NULL && n > 6 && strcmp(path + n - 6, ".count") == 0) {
    char parent[256];
    snprintf(parent, sizeof parent, "%.*s", (int)(n - 6), path);
    buf_addf(out, "%zu", json_count(json_at(doc, parent)));
    return;
  }
  render(v, out);
}

static void expand_name(struct play *p, const char *name, struct buf *out) {
  char head[PLAY_NAME];
  const char *dot = strchr(name, '.');
  snprintf(head, sizeof head, "%.*s",
           dot == NULL ? (int)strlen(name) : (int)(dot - name), name);
  const struct play_sink *sink = play_sink_named(p, head);
  if (strcmp(name, "dir") == 0) {
    buf_add(out, p->stage.dir);
  } else if (strcmp(name, "srcdir") == 0) {
    buf_add(out, getenv("srcdir") != NULL ? getenv("srcdir") : ".");
  } else if (strcmp(name, "pid") == 0) {
    buf_addf(out, "%ld", (long)p->stage.pid);
  } else if (strcmp(name, "n") == 0) {
    buf_addf(out, "%u", p->repeat);
  } else if (strcmp(name, "out") == 0) {
    char *text = play_must(p, strdup(buf_text(&p->stage.out)));
    buf_add(out, script_trim(text));
    free(text);
  } else if (sink != NULL && dot == NULL) {
    buf_add(out, sink->url);
  } else if (sink != NULL && strcmp(dot, ".hostport") == 0) {
    buf_add(out, strstr(sink->url, "://") + 3);
  } else {
    for (size_t i = p->kept_n; i-- > 0;)
      if (dot != NULL && strcmp(p->kept[i].name, head) == 0) {
        script_render(p->kept[i].doc, dot + 1, out);
        return;
      }
    play_broken(p, "there is no ${%s}", name);
  }
}

void script_expand(struct play *p, const char *text, struct buf *out) {
  for (; *text != '\0'; text++) {
    const char *end;
    if (text[0] == '$' && text[1] == '{' && (end = strchr(text, '}')) != NULL) {
      char name[256];
      snprintf(name, sizeof name, "%.*s", (int)(end - text - 2), text + 2);
      expand_name(p, name, out);
      text = end;
    } else {
      buf_addn(out, text, 1);
    }
  }
}

char *script_expanded(struct play *p, const char *text) {
  struct buf b;
  char *own = NULL;
  buf_init(&b, 1 << 20);
  script_expand(p, text, &b);
  if (b.len == 0)
    return play_must(p, strdup(""));
  if (buf_take(&b, &own) != OK)
    play_broken(p, "out of memory");
  return own;
}

static int hex(char c) {
  const char *digits = "0123456789abcdef";
  const char *at = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));
  return at == NULL ? -1 : (int)(at - digits);
}

void words_split(struct play *p, const char *text, struct words *w) {
  char *own = script_expanded(p, text);
  const char *at = own;
  w->n = 0;
  for (;;) {
    while (isspace((unsigned char)*at))
      at++;
    if (*at == '\0')
      break;
    if (w->n == WORDS_MAX)
      play_broken(p, "too many words");
    char *word = play_must(p, malloc(strlen(at) + 1));
    size_t n = 0;
    bool is_quoted = false;
    for (; *at != '\0' && (is_quoted || !isspace((unsigned char)*at)); at++) {
      if (*at == '"') {
        is_quoted = !is_quoted;
      } else if (is_quoted && *at == '\\' && at[1] != '\0') {
        at++;
        if (*at == 'n')
          word[n++] = '\n';
        else if (*at == 't')
          word[n++] = '\t';
        else if (*at == 'x' && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
          word[n++] = (char)(hex(at[1]) * 16 + hex(at[2]));
          at += 2;
        } else
          word[n++] = *at;
      } else {
        word[n++] = *at;
      }
    }
    if (is_quoted)
      play_broken(p, "a quotation mark is missing");
    word[n] = '\0';
    w->v[w->n++] = word;
  }
  free(own);
}

void words_fini(struct words *w) {
  for (size_t i = 0; i < w->n; i++)
    free(w->v[i]);
  w->n = 0;
}

span_ms script_span(const struct play *p, const char *text) {
  span_ms span;
  if (span_parse(text, &span) != OK)
    play_broken(p, "%s is no length of time", text);
  return span;
}

unsigned script_number(const struct play *p, const char *text) {
  char *end;
  unsigned long n = strtoul(text, &end, 10);
  if (*text == '\0' || *end != '\0')
    play_broken(p, "%s is no number", text);
  return (unsigned)n;
}

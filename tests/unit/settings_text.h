/* SPDX-License-Identifier: MIT */
/* What the tests of the settings share: reading them from text. */
#ifndef SETTINGS_TEXT_H
#define SETTINGS_TEXT_H

#include "core/settings.h"

#include "check.h"

static inline void collect(void *arg, const struct finding *f) {
  buf_addf(arg, "%s%s: %s\n", f->is_warning ? "warning: " : "", f->path,
           f->message);
}

static inline void complain(void *arg, const char *file, int line,
                            bool is_warning, const char *message) {
  (void)arg;
  (void)is_warning;
  printf("%s:%d: %s\n", file, line, message);
}

struct source {
  struct conf_file *files[3];
  const struct conf *blocks[3];
  size_t n;
};

static inline void open_source(struct source *s, const char *a, const char *b) {
  const char *const texts[] = {a, b};
  *s = (struct source){.n = 0};
  for (size_t i = 0; i < 2 && texts[i] != NULL; i++) {
    CHECK(conf_read_text(i == 0 ? "a.conf" : "b.conf", texts[i],
                         strlen(texts[i]), complain, NULL, &s->files[i]) == OK);
    if (s->files[i] == NULL)
      return;
    s->blocks[i] = &s->files[i]->root;
    s->n++;
  }
}

static inline void close_source(struct source *s) {
  for (size_t i = 0; i < s->n; i++)
    conf_file_free(s->files[i]);
}

/* What is wrong with it must be this, line by line. */
static inline void check_wrong(const char *text, const char *want) {
  struct source source;
  struct settings *s = NULL;
  struct buf said;
  open_source(&source, text, NULL);
  buf_init(&said, 100000);
  CHECK(settings_read(source.blocks, source.n, true, collect, &said, &s) ==
        ERR_INVALID);
  CHECK(s == NULL);
  CHECK_TEXT(buf_text(&said), want);
  settings_free(s);
  buf_fini(&said);
  close_source(&source);
}

/* The settings, of which nothing must be wrong; NULL (and a failure) else. */
static inline struct settings *read_right(const char *text) {
  struct source source;
  struct settings *s = NULL;
  struct buf said;
  open_source(&source, text, NULL);
  buf_init(&said, 100000);
  CHECK(settings_read(source.blocks, source.n, true, collect, &said, &s) == OK);
  CHECK_TEXT(buf_text(&said), "");
  buf_fini(&said);
  close_source(&source); /* nothing of it is kept */
  return s;
}

#define HOOK "<Webhook \"w\">\n URL \"http://h/\"\n</Webhook>\n"
#define CHAIN                                                                  \
  HOOK "<Chain \"c\">\n <Step>\n  Webhook \"w\"\n </Step>\n</Chain>\n"         \
       "DefaultChain \"c\"\n"

/* A rule, a webhook and so on with one more option. */
static inline void check_rule(const char *options, const char *want) {
  char text[4096];
  snprintf(text, sizeof text,
           CHAIN "<Rule \"r\">\n <Match>\n  Host \"h\"\n </Match>\n%s\n"
                 "</Rule>\n",
           options);
  check_wrong(text, want);
}

static inline void check_match(const char *options, const char *want) {
  char text[4096];
  snprintf(text, sizeof text,
           CHAIN "<Rule \"r\">\n <Match>\n%s\n </Match>\n</Rule>\n", options);
  check_wrong(text, want);
}

#endif

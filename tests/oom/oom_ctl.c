/* SPDX-License-Identifier: MIT */
/* What reads all there is, or writes a document, is asked for by incidentctl's
 * own commands, with one allocation or all later ones failing: it prints what
 * it would have printed or says that there is no memory, and what it was to
 * write down is there as a whole or not at all. */
#include "base/hash.h"
#include "blank.h"
#include "door/ctl.h"
#include "oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1795255200000) /* 2026-11-21 10:00 UTC */
#define WORDS_MAX 16

static const char config[] =
    "DefaultChain \"c\"\nBaseURL \"http://h\"\n"
    "<Severity \"A\">\n  Major true\n  UpdateEvery \"30m\"\n</Severity>\n"
    "<Webhook \"w\">\n  URL \"http://h/x\"\n</Webhook>\n"
    "<Responder \"p\">\n  Webhook \"w\"\n</Responder>\n"
    "<Schedule \"s\">\n  TimeZone \"UTC\"\n  <Rotation>\n"
    "    Responder \"p\"\n    Start \"2025-01-06 09:00\"\n"
    "    During \"Mon-Fri 09:00-17:00\"\n  </Rotation>\n</Schedule>\n"
    "<Schedule \"t\">\n  Calendar \"%s.ics\"\n  TimeZone \"UTC\"\n"
    "  Fallback \"p\"\n</Schedule>\n"
    "<Chain \"c\">\n  <Step>\n    Schedule \"s\" \"t\"\n  </Step>\n</Chain>\n"
    "<Template \"u\">\n  Subject \"%%{title}\"\n  Body \"%%{text} %%{next}\"\n"
    "  Category \"public\"\n</Template>\n"
    "<Rule \"r\">\n  <Match>\n    Plugin \"df\"\n  </Match>\n</Rule>\n";

/* Filled once, in order: an incident, and what is kept of it. */
static const char *const lines[][WORDS_MAX] = {
    {"declare", "--title", "down", "--severity", "A"},
    {"role", "1", "deputy", "p"},
    {"task", "add", "1", "look", "--to", "p", "--due", "1h"},
    {"impact", "add", "1", "no logins", "--from", "-10m"},
    {"link", "1", "http://h/", "--title", "graph"},
    {"count", "1", "customers", "7"},
    {"team", "1", "db", "--leader", "p", "--for", "1h"},
    {"decide", "1", "restart", "--objection", "none"},
    {"update", "1", "--template", "u", "-m", "we look", "--to", "w"},
    {"silence", "add", "--match", "host=b", "--for", "1h"},
    {"oncall", "take", "s", "--for", "1h"},
    {"ack", "1"},
};

static struct blank filled;
static char *image;
static size_t image_len;
static struct fake_clock clock_now;

/* What a command has printed; owned. */
struct said {
  char *out, *err;
  size_t out_len, err_len;
  int status;
};

static void forget_said(struct said *s) {
  free(s->out);
  free(s->err);
  *s = (struct said){0};
}

static enum err say(const char *const *words, struct said *s) {
  char *argv[WORDS_MAX + 1] = {(char *)"incidentctl"};
  int n = 1;
  for (; n < WORDS_MAX && words[n - 1] != NULL; n++)
    argv[n] = (char *)words[n - 1]; /* ctl_run does not write to them */
  *s = (struct said){0};
  FILE *out = open_memstream(&s->out, &s->out_len);
  FILE *err = open_memstream(&s->err, &s->err_len);
  if (out != NULL && err != NULL)
    s->status = ctl_run(n, argv, out, err, &clock_now.clock);
  if (out != NULL)
    fclose(out);
  if (err != NULL)
    fclose(err);
  return s->out != NULL && s->err != NULL ? OK : ERR_IO;
}

/* ---- what there is to read ---- */

static enum err write_file(const char *path, const char *text, size_t len) {
  FILE *f = fopen(path, "w");
  if (f == NULL)
    return ERR_IO;
  bool is_whole = fwrite(text, 1, len, f) == len;
  return fclose(f) == 0 && is_whole ? OK : ERR_IO;
}

static enum err read_file(const char *path) {
  FILE *f = fopen(path, "r");
  static char whole[4 << 20];
  if (f == NULL)
    return ERR_IO;
  image_len = fread(whole, 1, sizeof whole, f);
  image = whole;
  fclose(f);
  return image_len > 0 && image_len < sizeof whole ? OK : ERR_IO;
}

static enum err set_config(const char *path) {
  static const char feed[] =
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:p\n"
      "DTSTART:20261120T090000Z\nDURATION:P1D\nRRULE:FREQ=WEEKLY\n"
      "END:VEVENT\nEND:VCALENDAR\n";
  struct ledger *l = NULL;
  char text[2048], calendar[sizeof filled.path + 8];
  snprintf(text, sizeof text, config, path);
  snprintf(calendar, sizeof calendar, "%s.ics", path);
  enum err err = write_file(calendar, feed, sizeof feed - 1);
  if (err == OK)
    err = ledger_open(path, LEDGER_OWN, &l, NULL);
  if (err == OK)
    err = ledger_begin(l, 0);
  if (err == OK)
    err = ledger_set(l, "config", text);
  if (err == OK)
    err = ledger_commit(l);
  ledger_close(l);
  return err;
}

static void clean_up(void) {
  char calendar[sizeof filled.path + 8];
  snprintf(calendar, sizeof calendar, "%s.ics", filled.path);
  unlink(calendar);
  blank_remove(&filled);
}

static enum err fill(void) {
  struct said s = {0};
  hash_init();
  fake_clock_init(&clock_now, NOW);
  setenv("TZ", "UTC0", 1);
  setenv("INCIDENT_USER", "p", 1);
  enum err err = blank_make(&filled);
  atexit(clean_up);
  if (err == OK)
    err = set_config(filled.path);
  setenv("INCIDENT_LEDGER", filled.path, 1);
  for (size_t i = 0; err == OK && i < sizeof lines / sizeof lines[0]; i++) {
    err = say(lines[i], &s);
    if (err == OK && s.status != CTL_DONE) {
      printf("%s: %s", lines[i][0], s.err);
      err = ERR_INVALID;
    }
    forget_said(&s);
  }
  return err == OK ? read_file(filled.path) : err;
}

/* As it was before the run that has written to it. */
static enum err begin(void) {
  enum err err = OK;
  oom_spare();
  if (image == NULL)
    err = fill();
  else
    err = write_file(filled.path, image, image_len);
  oom_spare_end();
  return err;
}

/* ---- what a command may say ---- */

static enum err compare(const char *const *words, const struct said *s) {
  if (strstr(s->err, "out of memory") != NULL ||
      strstr(s->out, "out of memory") != NULL)
    return ERR_NOMEM;
  struct said whole = {0};
  oom_spare();
  enum err err = write_file(filled.path, image, image_len);
  if (err == OK)
    err = say(words, &whole);
  if (err == OK && (s->status != whole.status || strcmp(s->out, whole.out) ||
                    strcmp(s->err, whole.err))) {
    size_t same = 0;
    while (s->out[same] != '\0' && s->out[same] == whole.out[same])
      same++;
    printf("%s: exit status %d for %d, \"%s\" for \"%s\", and after %zu bytes "
           "\"%.80s\" for \"%.80s\"\n",
           words[0], s->status, whole.status, s->err, whole.err, same,
           s->out + same, whole.out + same);
    err = ERR_CORRUPT;
  }
  forget_said(&whole);
  oom_spare_end();
  return err;
}

static void count(void *arg, const char *line) {
  (void)arg;
  printf("verify: %s\n", line);
}

static enum err verify(void) {
  struct ledger *l = NULL;
  int64_t n = 0;
  oom_spare();
  enum err err = ledger_open(filled.path, LEDGER_READ, &l, NULL);
  if (err == OK)
    err = ledger_verify(l, count, NULL, &n);
  ledger_close(l);
  oom_spare_end();
  return err == OK && n > 0 ? ERR_CORRUPT : err;
}

static enum err read_out(const char *const *words) {
  struct said s = {0};
  enum err err = begin();
  if (err == OK)
    err = say(words, &s);
  if (err == OK)
    err = compare(words, &s);
  forget_said(&s);
  return err;
}

/* What can be half written differs little from one allocation to the next. */
static enum err write_down(const char *const *words) {
  static unsigned runs;
  enum err err = read_out(words);
  enum err verified = runs++ % 4 == 0 ? verify() : OK;
  return verified != OK ? verified : err;
}

static enum err doctor_run(void) {
  static const char *const words[] = {"doctor", NULL};
  return read_out(words);
}

static enum err export_run(void) {
  static const char *const words[] = {"export", NULL};
  return read_out(words);
}

static enum err guide_run(void) {
  static const char *const words[] = {"guide", NULL};
  return read_out(words);
}

static enum err report_run(void) {
  static const char *const words[] = {"report", "--since", "1d", NULL};
  return read_out(words);
}

static enum err postmortem_run(void) {
  static const char *const words[] = {"postmortem", "create", "1", NULL};
  return write_down(words);
}

static enum err update_run(void) {
  static const char *const words[] = {
      "update", "1", "--template", "u", "-m", "it works", "--to", "w", NULL};
  return write_down(words);
}

const struct oom_case door_cases[] = {
    {"a_doctor_finds_all_or_says_so", doctor_run},
    {"all_is_exported_or_not", export_run},
    {"a_guide_is_printed_or_not", guide_run},
    {"a_report_is_printed_or_not", report_run},
    {"a_postmortem_is_created_or_not", postmortem_run},
    {"an_update_is_posted_or_not", update_run},
    {NULL, NULL}};

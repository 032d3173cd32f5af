/* SPDX-License-Identifier: MIT */
/* A place where incidentctl can be called: a directory of its own, a clock that
 * stands at 2026-11-21 10:00 UTC, and what was printed. */
#ifndef CTL_ROOM_H
#define CTL_ROOM_H

#include "base/hash.h"
#include "door/ctl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM_NOW INT64_C(1795255200000)

static struct {
  char dir[256], ledger[300];
  struct fake_clock clock;
  int status;
  char *out, *err;
} room;

static void room_open(void) {
  const char *tmp = getenv("TMPDIR");
  snprintf(room.dir, sizeof room.dir, "%s/incident-ctl.XXXXXX",
           tmp != NULL && strlen(tmp) < 60 ? tmp : "/tmp"); /* for the socket */
  CHECK(mkdtemp(room.dir) != NULL);
  snprintf(room.ledger, sizeof room.ledger, "%s/incident.db", room.dir);
  fake_clock_init(&room.clock, ROOM_NOW);
  hash_init();
  setenv("TZ", "UTC0", 1);
  setenv("INCIDENT_LEDGER", room.ledger, 1);
  setenv("INCIDENT_USER", "alice", 1);
}

static void room_close(void) {
  DIR *dir = opendir(room.dir);
  const struct dirent *entry;
  while (dir != NULL && (entry = readdir(dir)) != NULL)
    (void)unlinkat(dirfd(dir), entry->d_name, 0); /* "." stays */
  if (dir != NULL)
    closedir(dir);
  CHECK(rmdir(room.dir) == 0);
  free(room.out);
  free(room.err);
  room.out = room.err = NULL;
}

/* Runs `incidentctl WORDS...`, ended by NULL. */
static int ctl(const char *word, ...) {
  char *words[32] = {(char *)"incidentctl"};
  int n = 1;
  size_t out_len = 0, err_len = 0;
  va_list args;
  va_start(args, word);
  for (; word != NULL && n < 31; word = va_arg(args, const char *))
    words[n++] = (char *)word; /* ctl_run does not write to them */
  va_end(args);
  free(room.out);
  free(room.err);
  FILE *out = open_memstream(&room.out, &out_len);
  FILE *err = open_memstream(&room.err, &err_len);
  room.status = ctl_run(n, words, out, err, &room.clock.clock);
  fclose(out);
  fclose(err);
  return room.status;
}

static inline bool room_said(const char *text) {
  return strstr(room.out, text) != NULL;
}
static inline bool room_warned(const char *text) {
  return strstr(room.err, text) != NULL;
}

static inline void room_write(const char *name, const char *text) {
  char path[600];
  snprintf(path, sizeof path, "%s/%s", room.dir, name);
  FILE *f = fopen(path, "w");
  CHECK(f != NULL && fputs(text, f) >= 0);
  if (f != NULL)
    fclose(f);
}

/* The value at a path of the JSON document that was printed, as text. */
static inline const char *room_json(const char *path) {
  static char text[512];
  struct json_in *doc = NULL;
  if (json_parse(room.out, strlen(room.out), &doc, NULL) != OK)
    return "not JSON";
  const struct json_in *v = json_at(doc, path);
  switch (v == NULL ? JSON_NULL : json_type(v)) {
  case JSON_TEXT:
    snprintf(text, sizeof text, "%s", json_at_text(v, "", ""));
    break;
  case JSON_BOOL:
    snprintf(text, sizeof text, "%s",
             json_at_bool(v, "", false) ? "true" : "false");
    break;
  case JSON_NUMBER_T:
    json_number(json_at_double(v, "", 0), text);
    break;
  case JSON_NULL:
    snprintf(text, sizeof text, "%s", v == NULL ? "absent" : "null");
    break;
  default:
    snprintf(text, sizeof text, "%zu", json_count(v));
  }
  json_in_free(doc);
  return text;
}

static inline struct ledger *room_ledger(enum ledger_use use) {
  struct ledger *l = NULL;
  const char *why = "";
  if (ledger_open(room.ledger, use, &l, &why) != OK)
    printf("cannot open the ledger: %s\n", why);
  return l;
}

#define ROOM_CONFIG                                                            \
  "BaseURL \"https://oncall.example.com\"\n"                                   \
  "DefaultChain \"ops\"\n"                                                     \
  "<Webhook \"alice-phone\">\n"                                                \
  "  URL \"https://push.example.com\"\n"                                       \
  "</Webhook>\n"                                                               \
  "<Responder \"alice\">\n"                                                    \
  "  Name \"Alice Liddell\"\n"                                                 \
  "  Contact \"+1 555 0100\"\n"                                                \
  "  Webhook \"alice-phone\"\n"                                                \
  "</Responder>\n"                                                             \
  "<Responder \"bob\">\n"                                                      \
  "  Contact \"+1 555 0101\"\n"                                                \
  "</Responder>\n"                                                             \
  "<Chain \"ops\">\n"                                                          \
  "  <Step>\n"                                                                 \
  "    Responder \"alice\" \"bob\"\n"                                          \
  "  </Step>\n"                                                                \
  "</Chain>\n"                                                                 \
  "<Chain \"nobody\">\n"                                                       \
  "  <Step>\n"                                                                 \
  "    Responder \"bob\"\n"                                                    \
  "  </Step>\n"                                                                \
  "</Chain>\n"                                                                 \
  "<Rule \"disk\">\n"                                                          \
  "  <Match>\n"                                                                \
  "    Plugin \"df\"\n"                                                        \
  "  </Match>\n"                                                               \
  "  Hold \"5m\"\n"                                                            \
  "</Rule>\n"

/* A ledger with that configuration (NULL: none) and no incident. */
static inline void room_make_ledger(const char *config) {
  struct ledger_lock lock = {.fd = -1};
  pid_t holder = 0;
  CHECK(ledger_lock_own(room.ledger, &lock, &holder) == OK);
  struct ledger *l = room_ledger(LEDGER_OWN);
  CHECK(l != NULL);
  if (l != NULL && config != NULL) {
    CHECK(ledger_begin(l, 0) == OK);
    CHECK(ledger_set(l, "config", config) == OK);
    CHECK(ledger_commit(l) == OK);
  }
  ledger_close(l);
  ledger_lock_release(&lock);
}

#endif

/* SPDX-License-Identifier: MIT */
/* hookprint PORTFILE: receives webhooks on a free port of 127.0.0.1, writes the
 * port's number to PORTFILE and prints what comes, a block for each page, until
 * it gets SIGTERM or SIGINT. */
#include "sink.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *at_text(const struct json_in *doc, const char *path) {
  return json_at_text(doc, path, "-");
}

static void add_text(struct buf *b, const char *before, const char *text) {
  buf_add(b, before);
  text_add_visible(b, text);
}

static void add_page(struct buf *b, const struct json_in *doc) {
  add_text(b, "  ", at_text(doc, "incident.severity"));
  buf_addf(b, " incident %lld", (long long)json_at_int(doc, "incident.id", 0));
  add_text(b, ": ", at_text(doc, "incident.title"));
  buf_add(b, "\n");
  add_text(b, "  ", at_text(doc, "incident.status"));
  const char *by = json_at_text(doc, "incident.acknowledged_by", NULL);
  if (by != NULL)
    add_text(b, ", acknowledged by ", by);
  buf_addf(b, ", %lld of %lld alerts firing\n",
           (long long)json_at_int(doc, "incident.alerts_firing", 0),
           (long long)json_at_int(doc, "incident.alerts_total", 0));
  add_text(b, "  to ", at_text(doc, "escalation.responder"));
  add_text(b, " by ", at_text(doc, "escalation.webhook"));
  add_text(b, ", chain ", at_text(doc, "escalation.chain"));
  buf_addf(b, ", step %lld of %lld, round %lld, attempt %lld\n",
           (long long)json_at_int(doc, "escalation.step", 0),
           (long long)json_at_int(doc, "escalation.steps", 0),
           (long long)json_at_int(doc, "escalation.round", 0),
           (long long)json_at_int(doc, "attempt", 0));
}

static void print(const struct sink_request *r) {
  struct json_in *doc = NULL;
  struct tm tm;
  char clock[16] = "";
  time_t now = time(NULL);
  struct buf b;
  buf_init(&b, 1 << 16);
  if (localtime_r(&now, &tm) != NULL)
    strftime(clock, sizeof clock, "%H:%M:%S", &tm);
  buf_addf(&b, "%s ", clock);
  if (json_parse(r->body, r->body_len, &doc, NULL) != OK) {
    buf_addf(&b, "%s, %zu bytes that are no JSON\n", r->method, r->body_len);
  } else {
    add_text(&b, "", at_text(doc, "event"));
    add_text(&b, " at ", r->path);
    buf_add(&b, "\n");
    if (json_type(json_at(doc, "incident")) == JSON_OBJECT)
      add_page(&b, doc);
  }
  fputs(buf_text(&b), stdout);
  fflush(stdout);
  json_in_free(doc);
  buf_fini(&b);
}

/* Whole or not at all: somebody waits for it. */
static bool write_port(const char *path, unsigned port) {
  struct buf temporary;
  buf_init(&temporary, 4096);
  buf_addf(&temporary, "%s.new", path);
  FILE *f = fopen(buf_text(&temporary), "we");
  bool is_written = f != NULL && fprintf(f, "%u\n", port) > 0;
  if (f != NULL && fclose(f) != 0)
    is_written = false;
  is_written = is_written && rename(buf_text(&temporary), path) == 0;
  buf_fini(&temporary);
  return is_written;
}

int main(int argc, char **argv) {
  struct sink *s = NULL;
  const struct timespec at_once = {.tv_sec = 0};
  sigset_t ends;
  if (argc != 2) {
    fprintf(stderr, "usage: hookprint PORTFILE\n");
    return 2;
  }
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  if (sink_new(SINK_PLAIN, &s) != OK || !write_port(argv[1], sink_port(s))) {
    fprintf(stderr, "hookprint: cannot listen, or cannot write %s\n", argv[1]);
    sink_free(s);
    return 1;
  }
  size_t seen = 0;
  while (sigtimedwait(&ends, NULL, &at_once) < 0)
    if (sink_wait(s, seen + 1, 100))
      print(sink_request(s, seen++));
  sink_free(s);
  return 0;
}

/* SPDX-License-Identifier: MIT */
/* `link` and `count`: documents about an incident, and numbers. */
#include "door/ctl_work.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX 2048
#define FIGURE_NAME_MAX 64

/* ---- link ---- */

static enum err add_link(struct ctl_work *w, void *arg) {
  struct weblink *link = arg;
  enum err err = ctl_work_on(w, link->incident);
  if (err != OK)
    return err;
  link->by = w->c->by; /* lent */
  link->created_at = w->c->now;
  buf_addf(&w->text, "%s%s%s", link->title != NULL ? link->title : "",
           link->title != NULL ? ": " : "", link->url);
  return ledger_add_link(w->c->ledger, link);
}

static int tell_link(const struct ctl_work *w, const struct weblink *link) {
  if (!w->c->is_json) {
    ctl_tell(w->c, "incident %lld: linked: %s", (long long)w->incident.id,
             buf_text(&w->text));
    return CTL_DONE;
  }
  struct json *j = ctl_json_object("link");
  if (j != NULL)
    weblink_print(link, j);
  return ctl_work_json(w->c, j, w);
}

static int run_link(struct ctl *c) {
  struct weblink link = {.id = 0};
  struct ctl_work w;
  const char *title = ctl_option(c, "title");
  int status = ctl_read_id(c, c->arguments[0], &link.incident);
  if (status == CTL_DONE)
    status = ctl_read_text(c, "URL", c->arguments[1], URL_MAX, &link.url);
  if (status == CTL_DONE && weblink_refusal(link.url) != NULL)
    status = ctl_fail(c, "link: %s", weblink_refusal(link.url));
  if (status == CTL_DONE && title != NULL)
    status = ctl_read_text(c, "--title", title, 1024, &link.title);
  if (status == CTL_DONE) {
    status = ctl_work(c, KIND_LINK, add_link, &link, &w);
    if (status == CTL_DONE)
      status = tell_link(&w, &link);
    ctl_work_fini(&w);
  }
  link.by = NULL;
  weblink_fini(&link);
  return status;
}

const struct ctl_command ctl_weblink = {
    .name = "link",
    .usage = "ID URL [--title TEXT]",
    .summary = "a document about it",
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run_link,
    .options = {{.name = "title", .value = "TEXT"}}};

/* ---- count ---- */

struct count {
  struct figure figure;
  bool was; /* there is one of that name */
  int64_t before;
  char near[FIGURE_NAME_MAX * 4]; /* a name that may have been meant */
};

static enum err look(void *arg, const struct figure *f) {
  struct count *x = arg;
  const char *const names[] = {f->name};
  if (strcmp(f->name, x->figure.name) == 0) {
    x->was = true;
    x->before = f->value;
  } else if (text_nearest(x->figure.name, names, 1) != NULL) {
    snprintf(x->near, sizeof x->near, "%s", f->name);
  }
  return OK;
}

static enum err add_count(struct ctl_work *w, void *arg) {
  struct count *x = arg;
  struct figure *f = &x->figure;
  enum err err = ctl_work_on(w, f->incident);
  if (err == OK)
    err = ledger_counts(w->c->ledger, f->incident, look, x);
  if (err != OK)
    return err;
  f->by = w->c->by; /* lent */
  f->at = w->c->now;
  buf_addf(&w->text, "%s: %lld", f->name, (long long)f->value);
  if (x->was)
    buf_addf(&w->text, ", was %lld", (long long)x->before);
  return ledger_add_count(w->c->ledger, f);
}

static int tell_count(const struct ctl_work *w, const struct count *x) {
  struct json *j = NULL;
  int status = CTL_DONE;
  if (w->c->is_json) {
    j = ctl_json_object("figure");
    if (j != NULL)
      figure_print(&x->figure, j);
    status = ctl_work_json(w->c, j, w);
  } else {
    ctl_tell(w->c, "incident %lld: %s", (long long)w->incident.id,
             buf_text(&w->text));
  }
  if (!x->was && x->near[0] != '\0')
    ctl_warn(w->c, "warning: \"%s\" is new; did you mean %s?", x->figure.name,
             x->near);
  return status;
}

static int run_count(struct ctl *c) {
  struct count x = {.was = false};
  struct ctl_work w;
  const char *text = c->arguments[2];
  char *rest = NULL;
  int status = ctl_read_id(c, c->arguments[0], &x.figure.incident);
  errno = 0;
  long long n = strtoll(text, &rest, 10);
  if (status == CTL_DONE &&
      (text[strspn(text, "0123456789")] != '\0' || rest == text || errno != 0))
    status = ctl_misuse(c, "count: \"%s\" is not a number of something", text);
  x.figure.value = n;
  if (status == CTL_DONE)
    status = ctl_read_text(c, "NAME", c->arguments[1], FIGURE_NAME_MAX,
                           &x.figure.name);
  if (status == CTL_DONE) {
    status = ctl_work(c, KIND_FIGURE, add_count, &x, &w);
    if (status == CTL_DONE)
      status = tell_count(&w, &x);
    ctl_work_fini(&w);
  }
  x.figure.by = NULL;
  figure_fini(&x.figure);
  return status;
}

const struct ctl_command ctl_count = {
    .name = "count",
    .usage = "ID NAME NUMBER",
    .summary = "how many customers, users, ... it concerns as far as known",
    .arguments_min = 3,
    .arguments_max = 3,
    .run = run_count};

/* SPDX-License-Identifier: MIT */
/* What is known for a postmortem, and the file that is made of it.
 *
 * A file ends in a mark with a sum of what is before it. By that we know our
 * own work again, which may be replaced, from what a person has changed, which
 * may not. */
#include "door/ctl_postmortem.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLOTS_MAX 20 /* alerts whose values are shown */
#define MARK_MAX 64
#define PATH_BYTES 4096

/* ---- what is known ---- */

static enum err take_original(void *arg, const struct original *o) {
  return dossier_add_original(arg, o->entry, o->text);
}

int ctl_dossier(const struct ctl *c, int64_t incident, struct dossier *d,
                bool *has_one) {
  struct ledger *l = c->ledger;
  d->settings = c->settings;
  enum err err = ledger_incident(l, incident, &d->incident);
  if (err == ERR_NOTFOUND)
    return ctl_fail(c, "incident %lld: not found", (long long)incident);
  if (err == OK)
    err = ledger_postmortem(l, incident, &d->postmortem);
  *has_one = err == OK;
  if (err == ERR_NOTFOUND)
    err = OK;
  if (err == OK)
    err = ledger_timeline(l, incident, dossier_add_entry, d);
  if (err == OK)
    err = ledger_originals(l, incident, take_original, d);
  if (err == OK)
    err = ledger_pages(l, incident, 0, dossier_add_page, d);
  if (err == OK)
    err = ledger_evidence(l, incident, dossier_add_plot, d);
  if (err == OK)
    err = ledger_alerts(l, incident, PLOTS_MAX, dossier_name_plot, d);
  if (err == OK)
    err = ledger_statements(l, incident, dossier_add_statement, d);
  if (err == OK)
    err = ledger_roles(l, incident, dossier_add_role, d);
  if (err == OK)
    err = ledger_tasks(l, incident, dossier_add_task, d);
  if (err == OK)
    err = ledger_impacts(l, incident, dossier_add_impact, d);
  if (err == OK)
    err = ledger_links(l, incident, dossier_add_link, d);
  if (err == OK)
    err = ledger_counts(l, incident, dossier_add_figure, d);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  if (c->settings != NULL) {
    d->severity = settings_severity(c->settings, d->incident.severity);
    d->urls = (struct incident_urls){.base = c->settings->base_url,
                                     .chat = c->settings->chat_url,
                                     .call = c->settings->call_url};
  }
  return CTL_DONE;
}

static const char *const form_names[] = {"md", "html", "json"};

int ctl_read_form(const struct ctl *c, enum ctl_form *form) {
  const char *name = ctl_option(c, "format"), *file = ctl_option(c, "output");
  const char *dot = file != NULL ? strrchr(file, '.') : NULL;
  *form = c->is_json && file == NULL ? CTL_FORM_JSON : CTL_FORM_MD;
  for (int i = 0; i < 3; i++)
    if (name == NULL ? dot != NULL && strcasecmp(dot + 1, form_names[i]) == 0
                     : strcmp(name, form_names[i]) == 0) {
      *form = (enum ctl_form)i;
      return CTL_DONE;
    }
  if (name == NULL)
    return CTL_DONE;
  const char *nearest = text_nearest(name, form_names, 3);
  return ctl_misuse(c,
                    "postmortem: --format \"%s\" is neither md nor html nor "
                    "json%s%s%s",
                    name, nearest != NULL ? ", did you mean " : "",
                    nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

/* ---- the mark ---- */

/* FNV-1a. */
static uint64_t sum_of(const char *bytes, size_t n) {
  uint64_t sum = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < n; i++)
    sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
  return sum;
}

static void print_mark(bool is_json, uint64_t sum, char out[MARK_MAX]) {
  snprintf(out, MARK_MAX,
           is_json ? ",\"checksum\":\"%016" PRIx64 "\"}\n"
                   : "<!-- incidentctl %016" PRIx64 " -->\n",
           sum);
}

static bool has_mark(const char *text, size_t len, bool is_json) {
  char mark[MARK_MAX];
  print_mark(is_json, 0, mark);
  size_t n = strlen(mark);
  if (len < n)
    return false;
  print_mark(is_json, sum_of(text, len - n), mark);
  return memcmp(text + len - n, mark, n) == 0;
}

/* ---- the file that is there ---- */

#define MODE_BITS 07777

/* Where a document goes: the file itself where the name is a link. */
struct place {
  char path[PATH_BYTES];
  bool is_there;
  struct stat as; /* if it is there */
};

static int fail_place(const struct ctl *c, const char *why) {
  return ctl_fail(c, "%s: %s", ctl_option(c, "output"), why);
}

/* The file that the link leads to. */
static int follow(const struct ctl *c, struct place *place) {
  char *target = realpath(ctl_option(c, "output"), NULL);
  if (target == NULL && errno == ENOENT)
    return fail_place(c, "a link to what is not there");
  if (target == NULL)
    return fail_place(c, strerror(errno));
  int len = snprintf(place->path, PATH_BYTES, "%s", target);
  free(target);
  return len < PATH_BYTES ? CTL_DONE : fail_place(c, strerror(ENAMETOOLONG));
}

static int find_place(const struct ctl *c, struct place *place) {
  const char *path = ctl_option(c, "output");
  int status = CTL_DONE;
  place->is_there = lstat(path, &place->as) == 0;
  if (!place->is_there && errno != ENOENT)
    return fail_place(c, strerror(errno));
  if (snprintf(place->path, PATH_BYTES, "%s", path) >= PATH_BYTES)
    return fail_place(c, strerror(ENAMETOOLONG));
  if (place->is_there && S_ISLNK(place->as.st_mode)) {
    status = follow(c, place);
    if (status == CTL_DONE && stat(place->path, &place->as) != 0)
      status = fail_place(c, strerror(errno));
  }
  if (status == CTL_DONE && place->is_there && !S_ISREG(place->as.st_mode))
    status = fail_place(c, "not a regular file");
  return status;
}

/* ERR_IO with errno. The caller finishes b off. */
static enum err read_file(const char *path, struct buf *b) {
  /* Should it be a FIFO by now, nobody waits for it. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  char piece[65536];
  ssize_t n;
  if (fd < 0)
    return ERR_IO;
  while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0)
      buf_addn(b, piece, (size_t)n);
  enum err err = n < 0 ? ERR_IO : b->err;
  close(fd);
  return err;
}

int ctl_postmortem_may_put(const struct ctl *c) {
  struct place place;
  struct buf b;
  if (ctl_option(c, "output") == NULL)
    return CTL_DONE;
  int status = find_place(c, &place);
  if (status != CTL_DONE || !place.is_there || ctl_option(c, "force") != NULL)
    return status;
  buf_init(&b, 2 * (size_t)DOCUMENT_MAX);
  errno = 0;
  enum err err = read_file(place.path, &b);
  bool is_ours = has_mark(buf_text(&b), b.len, false) ||
                 has_mark(buf_text(&b), b.len, true);
  buf_fini(&b);
  if (err == OK && is_ours)
    return CTL_DONE;
  if (err == OK || err == ERR_CEILING)
    return fail_place(c, "changed since it was written, or never written by "
                         "incidentctl; --force replaces it");
  return fail_place(c, err == ERR_IO ? strerror(errno) : err_text(err));
}

/* ---- writing ---- */

static bool write_all(int fd, const char *text, size_t len) {
  while (len > 0) {
    ssize_t n = write(fd, text, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    text += n;
    len -= (size_t)n;
  }
  return true;
}

/* As that of the file that is replaced, and its owner where we may give it
 * away; others have no access to what is private. */
static bool keep_mode(int fd, const struct place *place, bool is_private) {
  if (!place->is_there)
    return true;
  (void)!fchown(fd, place->as.st_uid, place->as.st_gid); /* best effort */
  return fchmod(fd, place->as.st_mode & (is_private ? 0770 : MODE_BITS)) == 0;
}

/* Beside it first: it is there as a whole, or as it was. */
static int write_file(const struct ctl *c, const char *text, size_t len,
                      bool is_private) {
  struct place place;
  char beside[PATH_BYTES + 32];
  int status = find_place(c, &place);
  if (status != CTL_DONE)
    return status;
  snprintf(beside, sizeof beside, "%s.%ld.new", place.path, (long)getpid());
  int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                is_private || place.is_there ? 0600 : 0666);
  if (fd < 0)
    return ctl_fail(c, "%s: %s", place.is_there ? beside : place.path,
                    strerror(errno));
  bool is_written = write_all(fd, text, len) &&
                    keep_mode(fd, &place, is_private) && fsync(fd) == 0;
  int failed = errno;
  if (close(fd) != 0 && is_written) {
    failed = errno;
    is_written = false;
  }
  if (is_written && rename(beside, place.path) == 0)
    return CTL_DONE;
  if (is_written)
    failed = errno;
  (void)unlink(beside); /* best effort */
  return ctl_fail(c, "%s: %s", place.path, strerror(failed));
}

/* {"postmortem":{…} without its end; the caller frees it. */
static enum err make_json(const struct postmortem_view *v, struct buf *out) {
  char *text = NULL;
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  postmortem_print(v, j);
  enum err err = json_done(j, &text);
  json_free(j);
  if (err == OK) {
    buf_add(out, "{\"postmortem\":");
    buf_add(out, text);
    err = out->err;
  }
  free(text);
  return err;
}

static enum err make(const struct postmortem_view *v, enum ctl_form form,
                     struct buf *out) {
  char *text = NULL;
  if (form == CTL_FORM_JSON)
    return make_json(v, out);
  enum err err = postmortem_write(
      v, form == CTL_FORM_HTML ? MARKUP_HTML : MARKUP_MARKDOWN, &text);
  if (err == OK) {
    buf_add(out, text);
    err = out->err;
  }
  free(text);
  return err;
}

int ctl_postmortem_put(const struct ctl *c, const struct dossier *d,
                       enum ctl_form form) {
  const struct postmortem_view v = {.dossier = d,
                                    .only_important =
                                        ctl_option(c, "important") != NULL,
                                    .now = c->now};
  const char *path = ctl_option(c, "output");
  char mark[MARK_MAX];
  struct buf b;
  int status = CTL_DONE;
  buf_init(&b, DOCUMENT_MAX + MARK_MAX);
  enum err err = make(&v, form, &b);
  if (err == OK && path != NULL) {
    print_mark(form == CTL_FORM_JSON, sum_of(buf_text(&b), b.len), mark);
    buf_add(&b, mark);
    err = b.err;
  }
  if (err != OK)
    status = ctl_fail(c, "cannot write the postmortem: %s", err_text(err));
  else if (path != NULL)
    status = write_file(c, buf_text(&b), b.len, d->incident.is_private);
  else
    fprintf(c->out, "%s%s", buf_text(&b), form == CTL_FORM_JSON ? "}\n" : "");
  buf_fini(&b);
  return status;
}

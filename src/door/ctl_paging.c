/* SPDX-License-Identifier: MIT */
/* Having somebody paged: people by name, or what a page told once more. */
#include "door/ctl_record.h"

#include "base/text.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int unknown_who(const struct ctl *c, const char *who) {
  const struct settings *s = c->settings;
  size_t n = 0, max = s->responders_n + s->schedules_n + s->chains_n;
  const char **names = calloc(max + 1, sizeof *names);
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  for (size_t i = 0; i < s->responders_n; i++)
    names[n++] = s->responders[i]->name;
  for (size_t i = 0; i < s->schedules_n; i++)
    names[n++] = s->schedules[i]->name;
  for (size_t i = 0; i < s->chains_n; i++)
    names[n++] = s->chains[i]->name;
  const char *nearest = text_nearest(who, names, n);
  free(names);
  return ctl_fail(c,
                  "page: there is neither a responder, a schedule nor a chain "
                  "\"%s\"%s%s%s",
                  who, nearest != NULL ? ", did you mean " : "",
                  nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

/* The chains that their names mean; none if the ledger cannot tell: then the
 * plugin does. */
static int find_chains(const struct ctl *c, const char **chains) {
  if (c->settings == NULL && c->ledger != NULL)
    return ctl_fail(c, "page: the ledger knows no configuration yet: start "
                       "collectd first");
  for (int i = 1; i < c->arguments_n; i++) {
    const char *who = c->arguments[i];
    const struct chain *chain =
        c->settings != NULL ? settings_page_who(c->settings, who) : NULL;
    if (c->settings != NULL && chain == NULL)
      return unknown_who(c, who);
    chains[i - 1] = chain != NULL ? chain->name : NULL;
  }
  return CTL_DONE;
}

static void add_names(const struct ctl *c, struct buf *out) {
  for (int i = 1; i < c->arguments_n; i++)
    buf_addf(out, "%s%s", i > 1 ? ", " : "", c->arguments[i]);
}

static void tell(const struct ctl *c, const struct incident *i,
                 const char *what) {
  struct ctl_table t;
  static const struct ctl_column columns[] = {{0}};
  ctl_table_begin(&t, c->out, &(struct ctl_style){0}, columns, 1);
  ctl_table_addf(&t, COLOUR_NONE, "incident %lld: %s: %s", (long long)i->id,
                 what, incident_name(i));
  ctl_table_end(&t); /* out of memory: it is done all the same */
}

static int print(const struct ctl *c, const struct ctl_record *record,
                 const char *what, const char *const *chains, size_t n) {
  int status = CTL_DONE;
  if (c->is_json)
    status = ctl_print_incident(c, &record->incident);
  else
    tell(c, &record->incident, what);
  ctl_record_page(c, record, chains, n);
  return status;
}

/* ---- people ---- */

/* A request for each of them. */
static int page_each(struct ctl *c, int64_t id, const char *const *chains) {
  struct ctl_record record;
  struct request r;
  struct buf what;
  int status = CTL_DONE;
  request_init(&r);
  r.verb = VERB_PAGE;
  r.incident = id;
  r.by = c->by;
  r.at = r.happened_at = c->now;
  for (int i = 1; i < c->arguments_n && status == CTL_DONE; i++) {
    if (i > 1)
      ctl_record_fini(&record);
    r.text = c->arguments[i];
    status = ctl_record(c, &r, &record);
  }
  if (status != CTL_DONE)
    return status;
  buf_init(&what, 65536);
  buf_add(&what, "to be paged: ");
  add_names(c, &what);
  status =
      print(c, &record, buf_text(&what), chains, (size_t)c->arguments_n - 1);
  buf_fini(&what);
  ctl_record_fini(&record);
  return status;
}

static int page_people(struct ctl *c) {
  int64_t id = 0;
  const char *why;
  if (c->arguments_n < 2)
    return ctl_misuse(c, "page: %s is missing",
                      c->arguments_n == 0 ? "an incident" : "whom to page");
  int status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = ctl_read_id(c, c->arguments[0], &id);
  if (status != CTL_DONE)
    return status;
  (void)ctl_try_open(c, LEDGER_SHARE, &why); /* told when it is recorded */
  const char **chains = calloc((size_t)c->arguments_n, sizeof *chains);
  if (chains == NULL)
    return ctl_fail(c, "out of memory");
  status = find_chains(c, chains);
  if (status == CTL_DONE)
    status = page_each(c, id, chains);
  free(chains);
  return status;
}

/* ---- a page ---- */

/* The one whose id begins so; id: all of it. */
static int find_page(struct ctl *c, const char *begin, struct page *own_page) {
  char id[ULID_TEXT] = "";
  const char *why;
  size_t len = strlen(begin);
  for (size_t i = 0; i < len && i < sizeof id - 1; i++)
    id[i] = (char)toupper((unsigned char)begin[i]);
  if (len == 0 || len > sizeof id - 1)
    return ctl_misuse(c, "page: \"%s\" is not the id of a page", begin);
  enum err err = ctl_try_open(c, LEDGER_SHARE, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  err = ledger_page(c->ledger, id, own_page);
  if (err == ERR_CONFLICT)
    return ctl_fail(c, "page: the ids of several pages begin with %s", id);
  if (err == ERR_NOTFOUND)
    return ctl_fail(c, "page %s: not found; see show --pages", begin);
  return err == OK ? CTL_DONE : ctl_fail_ledger(c, err);
}

static int send_again(struct ctl *c, struct page *p) {
  struct ctl_record record;
  struct request r;
  const struct chain *chain = c->settings != NULL && p->responder != NULL
                                  ? settings_page_who(c->settings, p->responder)
                                  : NULL;
  const char *const name = chain != NULL ? chain->name : NULL;
  request_init(&r);
  r.verb = VERB_PAGE_AGAIN;
  r.incident = p->incident;
  r.by = c->by;
  r.at = r.happened_at = c->now;
  r.text = p->id;
  if (p->incident == 0)
    return ctl_fail(c, "page %s: %s", p->id, page_refusal(p, false));
  int status = ctl_record(c, &r, &record);
  if (status != CTL_DONE)
    return status;
  status = print(c, &record, "the page is sent again", &name, 1);
  ctl_record_fini(&record);
  return status;
}

static int page_again(struct ctl *c, const char *begin) {
  struct page p;
  if (c->arguments_n > 0)
    return ctl_misuse(c, "page: --again is about one page and takes no ID");
  int status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = find_page(c, begin, &p);
  if (status != CTL_DONE)
    return status;
  status = send_again(c, &p);
  page_fini(&p);
  return status;
}

static int run(struct ctl *c) {
  const char *again = ctl_option(c, "again");
  return again != NULL ? page_again(c, again) : page_people(c);
}

const struct ctl_command ctl_page = {
    .name = "page",
    .usage = "ID WHO ... | --again PAGE",
    .summary = "have somebody paged, or a page sent again",
    .arguments_max = INT_MAX,
    .run = run,
    .options = {{.name = "again", .value = "PAGE"}}};

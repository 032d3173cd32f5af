/* SPDX-License-Identifier: MIT */
/* Having somebody paged: people by name, or what a page told once more. */
#include "door/ctl_record.h"

#include "base/text.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Whom to page, each by the name of a responder, schedule or chain. */
struct whom {
  char **names;        /* owned */
  const char **chains; /* owned; NULL: not known, the plugin knows */
  size_t n;
};

static void free_whom(struct whom *w) {
  for (size_t i = 0; i < w->n; i++)
    free(w->names[i]);
  free(w->names);
  free(w->chains);
}

static enum err add_whom(struct whom *w, const char *name,
                         const struct chain *chain) {
  char **names = realloc(w->names, (w->n + 1) * sizeof *names);
  if (names != NULL)
    w->names = names;
  const char **chains = realloc(w->chains, (w->n + 1) * sizeof *chains);
  if (chains != NULL)
    w->chains = chains;
  char *own = strdup(name);
  if (names == NULL || chains == NULL || own == NULL) {
    free(own);
    return ERR_NOMEM;
  }
  names[w->n] = own;
  chains[w->n++] = chain != NULL ? chain->name : NULL;
  return OK;
}

static int unknown_who(const struct ctl *c, const char *who) {
  const struct settings *s = c->settings;
  size_t n = 0;
  size_t max = s->responders_n + s->schedules_n + s->roles_n + s->chains_n;
  const char **names = calloc(max + 1, sizeof *names);
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  for (size_t i = 0; i < s->responders_n; i++)
    names[n++] = s->responders[i]->name;
  for (size_t i = 0; i < s->schedules_n; i++)
    names[n++] = s->schedules[i]->name;
  for (size_t i = 0; i < s->roles_n; i++)
    names[n++] = s->roles[i]->name;
  for (size_t i = 0; i < s->chains_n; i++)
    names[n++] = s->chains[i]->name;
  const char *nearest = text_nearest(who, names, n);
  free(names);
  return ctl_fail(c,
                  "page: there is neither a responder, a schedule, a role nor "
                  "a chain \"%s\"%s%s%s",
                  who, nearest != NULL ? ", did you mean " : "",
                  nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

/* ---- roles ---- */

struct holders {
  const struct ctl *c;
  const char *role;
  struct whom *whom;
  size_t n; /* who have it, whether they can be paged or not */
};

static enum err add_holder(void *arg, const struct holding *h) {
  struct holders *all = arg;
  if (holding_is_over(h) || strcmp(h->role, all->role) != 0)
    return OK;
  all->n++;
  return settings_responder(all->c->settings, h->who) != NULL
             ? add_whom(all->whom, h->who,
                        settings_page_who(all->c->settings, h->who))
             : OK;
}

/* Whoever has it in the incident; nobody has: whom it names. */
static int add_role(const struct ctl *c, int64_t incident,
                    const struct role *role, struct whom *w) {
  struct holders all = {.c = c, .role = role->name, .whom = w};
  const char *const named[] = {role->contact, role->backup};
  size_t had = w->n;
  enum err err = ledger_roles(c->ledger, incident, add_holder, &all);
  for (size_t i = 0; i < 2 && all.n == 0 && w->n == had && err == OK; i++) {
    const struct chain *chain =
        named[i] != NULL ? settings_page_who(c->settings, named[i]) : NULL;
    if (chain != NULL)
      err = add_whom(w, named[i], chain);
  }
  if (err != OK)
    return ctl_fail_ledger(c, err);
  if (w->n > had)
    return CTL_DONE;
  return ctl_fail(c,
                  all.n > 0
                      ? "page: whoever has the role \"%s\" is no "
                        "responder, so cannot be paged"
                      : "page: nobody has the role \"%s\", and it has "
                        "neither a Contact nor a Backup that can be paged",
                  role->name);
}

/* ---- names ---- */

/* A responder or a schedule, then a role, then a chain. If the ledger cannot
 * tell, the plugin does. */
static int add_who(const struct ctl *c, int64_t incident, const char *who,
                   struct whom *w) {
  const struct settings *s = c->settings;
  const struct chain *chain = s != NULL ? settings_page_who(s, who) : NULL;
  const struct role *role = s != NULL && settings_responder(s, who) == NULL &&
                                    settings_schedule(s, who) == NULL
                                ? settings_role(s, who)
                                : NULL;
  if (role != NULL)
    return add_role(c, incident, role, w);
  if (s != NULL && chain == NULL)
    return unknown_who(c, who);
  return add_whom(w, who, chain) == OK ? CTL_DONE
                                       : ctl_fail(c, "out of memory");
}

static int find_whom(const struct ctl *c, int64_t incident, struct whom *w) {
  int status = CTL_DONE;
  if (c->settings == NULL && c->ledger != NULL)
    return ctl_fail(c, "page: the ledger knows no configuration yet: start "
                       "collectd first");
  for (int i = 1; i < c->arguments_n && status == CTL_DONE; i++)
    status = add_who(c, incident, c->arguments[i], w);
  return status;
}

static void add_names(const struct whom *w, struct buf *out) {
  for (size_t i = 0; i < w->n; i++)
    buf_addf(out, "%s%s", i > 0 ? ", " : "", w->names[i]);
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
static int page_each(struct ctl *c, int64_t id, const struct whom *w) {
  struct ctl_record record;
  struct request r;
  struct buf what;
  int status = CTL_DONE;
  request_init(&r);
  r.verb = VERB_PAGE;
  r.incident = id;
  r.by = c->by;
  r.at = r.happened_at = c->now;
  for (size_t i = 0; i < w->n && status == CTL_DONE; i++) {
    if (i > 0)
      ctl_record_fini(&record);
    r.text = w->names[i];
    status = ctl_record(c, &r, &record);
  }
  if (status != CTL_DONE)
    return status;
  buf_init(&what, 65536);
  buf_add(&what, "to be paged: ");
  add_names(w, &what);
  status = print(c, &record, buf_text(&what), w->chains, w->n);
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
  struct whom w = {0};
  status = find_whom(c, id, &w);
  if (status == CTL_DONE)
    status = page_each(c, id, &w);
  free_whom(&w);
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

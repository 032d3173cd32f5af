/* SPDX-License-Identifier: MIT */
/* `role`: who does what. */
#include "door/ctl_role.h"

#include "base/text.h"
#include "door/ctl_names.h"
#include "door/ctl_record.h"
#include "door/ctl_work.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the transaction does ---- */

enum err ctl_role_prepare(struct ledger *l, struct request *r,
                          const char **why) {
  struct ctl_crew crew;
  struct buf text;
  char *own = NULL;
  enum err err = ctl_crew_read(&crew, l, r->incident);
  if (err != OK)
    return err;
  const char *holder = ctl_crew_holder(&crew, r->role, r->who);
  bool is_same =
      holder != NULL && r->who != NULL && strcmp(holder, r->who) == 0;
  bool is_shared = role_is_shared(r->role);
  buf_init(&text, 4096);
  buf_addf(&text, "role %s: ", r->role);
  if (r->is_released && (holder == NULL || (r->who != NULL && !is_same)))
    *why = "there is nobody to release from that role";
  else if (!r->is_released && is_same)
    *why = "that person has the role already";
  else if (r->is_released)
    buf_addf(&text, "%s released", r->who != NULL ? r->who : holder);
  else if (holder != NULL && !is_shared)
    buf_addf(&text, "%s to %s", holder, r->who);
  else
    buf_add(&text, r->who);
  if (*why != NULL)
    err = ERR_CONFLICT;
  else
    err = buf_take(&text, &own);
  if (err == OK && !is_shared)
    err = incident_set_text(&r->was, holder);
  if (err == OK) {
    free(r->text);
    r->text = own;
    own = NULL;
  }
  free(own);
  buf_fini(&text);
  ctl_crew_fini(&crew);
  return err;
}

enum err ctl_role_write(struct ledger *l, const struct incident *i,
                        const struct request *r) {
  bool is_declared = r->verb == VERB_DECLARE;
  struct holding h = {.incident = r->incident,
                      .role = is_declared ? (char *)ROLE_COMMANDER : r->role,
                      .who = is_declared ? i->commander : r->who,
                      .since = r->at,
                      .until = r->is_released ? r->at : WALL_NEVER,
                      .by = r->by};
  return ledger_change_role(l, &h);
}

/* ---- list ---- */

void ctl_roles_begin(struct ctl_table *t, const struct ctl *c) {
  static const struct ctl_column columns[] = {{"ROLE", false},
                                              {"WHO", false},
                                              {"SINCE", false},
                                              {"UNTIL", false},
                                              {"CONTACT", false}};
  ctl_table_begin(t, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
}

void ctl_roles_add(struct ctl_table *t, const struct ctl *c,
                   const struct holding *h) {
  char since[CLOCK_LOCAL], until[CLOCK_LOCAL] = "";
  enum ctl_colour colour = holding_is_over(h) ? COLOUR_DIM : COLOUR_NONE;
  const struct responder *who =
      c->settings != NULL ? settings_responder(c->settings, h->who) : NULL;
  clock_print_local(h->since, since);
  if (holding_is_over(h))
    clock_print_local(h->until, until);
  ctl_table_add(t, holding_is_over(h) ? COLOUR_DIM : COLOUR_BOLD, h->role);
  ctl_table_add(t, colour, h->who);
  ctl_table_addf(t, colour, "%.16s", since);
  ctl_table_addf(t, colour, "%.16s", until);
  ctl_table_add(t, colour, who != NULL ? who->contact : "");
}

/* Of the configured ones. */
static void add_vacant(struct ctl_table *t, const struct role *role) {
  ctl_table_add(t, COLOUR_BOLD, role->name);
  ctl_table_add(t, COLOUR_YELLOW, "nobody");
  ctl_table_add(t, COLOUR_NONE, "");
  ctl_table_add(t, COLOUR_NONE, "");
  ctl_table_addf(t, COLOUR_NONE, "%s%s%s", role->contact,
                 role->backup[0] != '\0' ? ", backup " : "", role->backup);
}

static int list_json(const struct ctl *c, const struct ctl_crew *crew) {
  struct ctl_list_json json;
  ctl_json_begin(&json, c, "{\"roles\":");
  for (size_t i = 0; i < crew->holdings_n; i++) {
    struct json *j = json_new();
    if (j != NULL)
      holding_print(&crew->holdings[i], j);
    ctl_json_item(&json, j);
  }
  return ctl_json_end(&json, "}\n");
}

static int list(struct ctl *c) {
  struct ctl_crew crew;
  struct ctl_table t;
  int64_t id = 0;
  if (c->arguments_n != 2)
    return ctl_misuse(c, "role list: one incident is wanted");
  int status = ctl_read_id(c, c->arguments[1], &id);
  if (status == CTL_DONE)
    status = ctl_open_for(c, id);
  if (status != CTL_DONE)
    return status;
  enum err err = ctl_crew_read(&crew, c->ledger, id);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  if (c->is_json) {
    status = list_json(c, &crew);
  } else {
    ctl_roles_begin(&t, c);
    for (size_t i = 0; i < crew.holdings_n; i++)
      ctl_roles_add(&t, c, &crew.holdings[i]);
    for (size_t i = 0; c->settings != NULL && i < c->settings->roles_n; i++)
      if (ctl_crew_holder(&crew, c->settings->roles[i]->name, NULL) == NULL)
        add_vacant(&t, c->settings->roles[i]);
    if (ctl_table_end(&t) != OK)
      status = ctl_fail(c, "cannot print: %s", err_text(t.err));
  }
  ctl_crew_fini(&crew);
  return status;
}

/* ---- who has it ---- */

static int check_role(const struct ctl *c, const char *name) {
  const struct settings *s = c->settings;
  struct buf all;
  if (s == NULL || settings_role(s, name) != NULL)
    return CTL_DONE;
  const char **names = calloc(s->roles_n + 1, sizeof *names);
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  buf_init(&all, 4096);
  for (size_t i = 0; i < s->roles_n; i++) {
    names[i] = s->roles[i]->name;
    buf_addf(&all, "%s%s", i > 0 ? ", " : "there are ", names[i]);
  }
  const char *nearest = text_nearest(name, names, s->roles_n);
  int status =
      nearest != NULL
          ? ctl_fail(c, "role: there is no role \"%s\", did you mean %s?", name,
                     nearest)
          : ctl_fail(c, "role: there is no role \"%s\"; %s", name,
                     buf_text(&all));
  free(names);
  buf_fini(&all);
  return status;
}

static int read_request(struct ctl *c, struct request *r) {
  const char *who = c->arguments_n > 2 ? c->arguments[2] : NULL;
  int status = ctl_read_id(c, c->arguments[0], &r->incident);
  r->verb = VERB_ROLE;
  r->at = r->happened_at = c->now;
  r->is_released = ctl_option(c, "release") != NULL;
  if (status == CTL_DONE && who == NULL && !r->is_released)
    return ctl_misuse(c, "role: who is to have it is missing");
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = ctl_read_text(c, "ROLE", c->arguments[1], CTL_NAME_MAX, &r->role);
  if (status == CTL_DONE && who != NULL)
    status = ctl_read_text(c, "WHO", who, CTL_NAME_MAX, &r->who);
  if (status == CTL_DONE && incident_set_text(&r->by, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  return status;
}

/* What the timeline says unless the ledger knows more. */
static int say_text(const struct ctl *c, struct request *r) {
  struct buf b;
  buf_init(&b, 4096);
  buf_addf(&b, "role %s: %s%s", r->role, r->who != NULL ? r->who : "",
           !r->is_released  ? ""
           : r->who != NULL ? " released"
                            : "released");
  enum err err = buf_take(&b, &r->text);
  buf_fini(&b);
  return err == OK ? CTL_DONE : ctl_fail(c, "out of memory");
}

static void warn(const struct ctl *c, const struct request *r,
                 const struct ctl_record *record) {
  struct ctl_crew crew;
  const struct chain *chain =
      !r->is_released && c->settings != NULL &&
              settings_responder(c->settings, r->who) != NULL
          ? settings_page_who(c->settings, r->who)
          : NULL;
  if (!record->is_in_memory &&
      ctl_crew_read(&crew, c->ledger, r->incident) == OK) {
    ctl_crew_warn(c, &crew);
    ctl_crew_fini(&crew);
  }
  if (chain != NULL && strcmp(r->who, r->by) != 0)
    ctl_record_page(c, record, (const char *const[]){chain->name}, 1);
}

static int change(struct ctl *c, struct request *r) {
  struct ctl_record record;
  const char *why;
  int status = read_request(c, r);
  if (status == CTL_DONE && ctl_try_open(c, LEDGER_SHARE, &why) == OK &&
      !r->is_released)
    status = check_role(c, r->role);
  if (status == CTL_DONE && !r->is_released)
    status = ctl_check_who(c, "responder", r->who);
  if (status == CTL_DONE)
    status = say_text(c, r);
  if (status == CTL_DONE)
    status = ctl_record(c, r, &record);
  if (status != CTL_DONE)
    return status;
  if (c->is_json)
    status = ctl_print_incident(c, &record.incident);
  else
    ctl_tell(c, "incident %lld: %s: %s", (long long)r->incident, r->text,
             incident_name(&record.incident));
  warn(c, r, &record);
  ctl_record_fini(&record);
  return status;
}

static int run(struct ctl *c) {
  struct request r;
  if (strcmp(c->arguments[0], "list") == 0)
    return list(c);
  request_init(&r);
  int status = change(c, &r);
  request_fini(&r);
  return status;
}

const struct ctl_command ctl_role = {
    .name = "role",
    .usage = "ID ROLE WHO | ID ROLE [WHO] --release | list ID",
    .summary = "who does what; whoever gets a role is paged",
    .arguments_min = 2,
    .arguments_max = 3,
    .run = run,
    .options = {{.name = "release"}}};

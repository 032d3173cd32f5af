/* SPDX-License-Identifier: MIT */
/* What people write to the timeline besides notes, and what they change of it.
 * Nothing is lost: what an entry said before is kept. */
#include "door/ctl_names.h"
#include "door/ctl_record.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 16384
#define NAME_MAX_BYTES 255
#define AHEAD_MS 60000 /* clocks differ that much */
#define BEGIN_WAIT_MS 1000

static int print_entry(const struct ctl *c, const struct entry *e) {
  struct json *j = ctl_json_object("entry");
  if (j != NULL) {
    entry_print(e, j);
    json_object_end(j);
  }
  return ctl_print_json(c, j);
}

static int show(const struct ctl *c, const struct entry *e, const char *did) {
  static const struct ctl_column columns[] = {{0}};
  struct ctl_table t;
  if (c->is_json)
    return print_entry(c, e);
  ctl_table_begin(&t, c->out, &(struct ctl_style){0}, columns, 1);
  ctl_table_addf(&t, COLOUR_NONE, "incident %lld: %s: %s",
                 (long long)e->incident, did, e->text);
  ctl_table_end(&t); /* out of memory: it is done all the same */
  return CTL_DONE;
}

/* ---- entries that are there ---- */

struct change {
  bool flags, is_important; /* flag, unflag */
  wall_ms at;               /* amend; WALL_NEVER: stays */
  char *text;               /* amend; NULL: stays */
  const char *why;          /* of a refusal */
};

static enum err log_change(struct ctl *c, const struct entry *e,
                           const struct change *change) {
  char text[128];
  struct entry said;
  snprintf(text, sizeof text,
           !change->flags         ? "amended entry %lld"
           : change->is_important ? "entry %lld is important"
                                  : "entry %lld is not important any more",
           (long long)e->id);
  enum err err = entry_make(&said, e->incident,
                            change->flags ? KIND_FLAGGED : KIND_AMENDED, c->by,
                            text, c->now);
  if (err != OK)
    return err;
  err = ledger_put_entry(c->ledger, &said);
  entry_fini(&said);
  return err;
}

static enum err flag(struct entry *e, struct change *change) {
  if (e->is_important == change->is_important) {
    change->why = e->is_important ? "important already" : "not important";
    return ERR_CONFLICT;
  }
  e->is_important = change->is_important;
  return OK;
}

static enum err amend(struct ctl *c, struct entry *e, struct change *change) {
  wall_ms at = change->at != WALL_NEVER ? change->at : e->at;
  const char *text = change->text != NULL ? change->text : e->text;
  if (at == e->at && strcmp(text, e->text) == 0) {
    change->why = "it says so already";
    return ERR_CONFLICT;
  }
  const struct original original = {.entry = e->id,
                                    .at = e->at,
                                    .text = e->text,
                                    .amended_at = c->now,
                                    .amended_by = c->by};
  enum err err = ledger_add_original(c->ledger, &original);
  if (err == OK && change->text != NULL)
    err = incident_set_text(&e->text, change->text);
  e->at = at;
  return err;
}

/* Inside a transaction. */
static enum err write_change(struct ctl *c, int64_t id, struct change *change,
                             struct entry *own_entry) {
  struct entry e;
  enum err err = ledger_entry(c->ledger, id, &e);
  if (err != OK)
    return err;
  err = change->flags ? flag(&e, change) : amend(c, &e, change);
  if (err == OK)
    err = ledger_put_entry(c->ledger, &e);
  if (err == OK)
    err = log_change(c, &e, change);
  if (err == OK)
    *own_entry = e;
  else
    entry_fini(&e);
  return err;
}

static int change_entry(struct ctl *c, int64_t id, struct change *change,
                        struct entry *own_entry) {
  const char *why = NULL;
  enum err err = ctl_try_open(c, LEDGER_SHARE, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  err = ledger_begin(c->ledger, BEGIN_WAIT_MS);
  if (err == OK) {
    err = write_change(c, id, change, own_entry);
    if (err == OK && (err = ledger_commit(c->ledger)) != OK)
      entry_fini(own_entry);
    else if (err != OK)
      ledger_rollback(c->ledger);
  }
  if (err == ERR_NOTFOUND)
    return ctl_fail(c, "entry %lld: not found; show --timeline has the numbers",
                    (long long)id);
  if (err == ERR_CONFLICT)
    return ctl_fail(c, "entry %lld: %s", (long long)id, change->why);
  return err == OK ? CTL_DONE : ctl_fail_ledger(c, err);
}

static int read_entry_id(struct ctl *c, int64_t *id) {
  int64_t *ids = NULL;
  size_t n = 0;
  int status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = ctl_read_ids(c, "an entry", 0, &ids, &n);
  if (status == CTL_DONE)
    *id = ids[0];
  free(ids);
  return status;
}

static int change_and_show(struct ctl *c, struct change *change,
                           const char *did) {
  struct entry e;
  int64_t id = 0;
  int status = read_entry_id(c, &id);
  if (status == CTL_DONE)
    status = change_entry(c, id, change, &e);
  if (status == CTL_DONE) {
    status = show(c, &e, did);
    entry_fini(&e);
  }
  return status;
}

static int do_flag(struct ctl *c) {
  struct change change = {.flags = true, .is_important = true};
  return change_and_show(c, &change, "important");
}

static int do_unflag(struct ctl *c) {
  struct change change = {.flags = true, .is_important = false};
  return change_and_show(c, &change, "not important any more");
}

static int do_amend(struct ctl *c) {
  const char *at = ctl_option(c, "at"), *text = ctl_option(c, "text");
  struct change change = {.at = WALL_NEVER};
  int status = CTL_DONE;
  if (at == NULL && text == NULL)
    return ctl_misuse(c, "amend: neither --at nor --text says what to amend");
  if (at != NULL)
    status = ctl_read_time(c, at, &change.at);
  if (status == CTL_DONE && at != NULL && change.at > c->now + AHEAD_MS)
    status = ctl_fail(c, "amend: --at %s has not come yet", at);
  if (status == CTL_DONE && text != NULL)
    status = ctl_read_text(c, "--text", text, TEXT_MAX, &change.text);
  if (status == CTL_DONE)
    status = change_and_show(c, &change, "amended");
  free(change.text);
  return status;
}

/* ---- entries of other kinds ---- */

/* own_text: with names before its parts, as it is written down. */
static int write_entry(struct ctl *c, enum kind kind, bool is_important,
                       char *own_text, const char *did) {
  struct ctl_record record;
  struct request r;
  request_init(&r);
  r.verb = VERB_NOTE;
  r.kind = kind;
  r.is_important = is_important;
  r.at = r.happened_at = c->now;
  r.text = own_text;
  int status = ctl_read_id(c, c->arguments[0], &r.incident);
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE && incident_set_text(&r.by, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  if (status == CTL_DONE)
    status = ctl_record(c, &r, &record);
  if (status == CTL_DONE) {
    struct entry said = record.entry;
    said.incident = r.incident;
    if (said.text == NULL) /* the plugin has not said */
      said.text = r.text;
    status = show(c, &said, did);
    ctl_record_fini(&record);
  }
  request_fini(&r);
  return status;
}

static int add_part(struct ctl *c, struct buf *out, const char *what,
                    const char *given) {
  char *text = NULL;
  if (given == NULL)
    return CTL_DONE;
  int status = ctl_read_text(c, what, given, TEXT_MAX, &text);
  if (status == CTL_DONE)
    buf_addf(out, "%s%s%s%s", out->len > 0 ? "; " : "",
             what[0] == '-' ? what + 2 : "", what[0] == '-' ? ": " : "", text);
  free(text);
  return status;
}

static int finish(struct ctl *c, struct buf *text, int status, enum kind kind,
                  bool is_important, const char *did) {
  char *own_text = NULL;
  if (status == CTL_DONE && buf_take(text, &own_text) != OK)
    status = ctl_fail(c, "%s: it is longer than %d bytes", c->command->name,
                      4 * TEXT_MAX);
  buf_fini(text);
  return status == CTL_DONE ? write_entry(c, kind, is_important, own_text, did)
                            : status;
}

static int do_decide(struct ctl *c) {
  struct buf text;
  const char *objection, *who = ctl_option(c, "by-whom");
  size_t cursor = 0;
  const char *why;
  buf_init(&text, 4 * TEXT_MAX);
  int status = add_part(c, &text, "TEXT", c->arguments[1]);
  /* A failure is met again, and told, when it is recorded. */
  if (status == CTL_DONE && who != NULL &&
      ctl_try_open(c, LEDGER_SHARE, &why) == OK)
    status = ctl_check_who(c, "--by-whom", who);
  while (status == CTL_DONE &&
         (objection = ctl_option_next(c, "objection", &cursor)) != NULL)
    status = add_part(c, &text, "--objection", objection);
  if (status == CTL_DONE)
    status = add_part(c, &text, "--outcome", ctl_option(c, "outcome"));
  if (status == CTL_DONE)
    status = add_part(c, &text, "--by whom", who);
  return finish(c, &text, status, KIND_DECISION, false, "decided");
}

static int do_can(struct ctl *c) {
  static const char *const parts[] = {"--condition", "--actions", "--needs"};
  struct buf text;
  int status = CTL_DONE;
  buf_init(&text, 4 * TEXT_MAX);
  for (size_t i = 0; i < 3 && status == CTL_DONE; i++)
    status = add_part(c, &text, parts[i], ctl_option(c, parts[i] + 2));
  if (status == CTL_DONE && text.len == 0)
    status = ctl_misuse(c, "can: there is neither --condition, --actions nor "
                           "--needs");
  return finish(c, &text, status, KIND_REPORT, false, "reported");
}

static int do_fix(struct ctl *c) {
  struct buf text;
  buf_init(&text, 4 * TEXT_MAX);
  int status = add_part(c, &text, "TEXT", c->arguments[1]);
  return finish(c, &text, status, KIND_FIX, true, "fixed");
}

const struct ctl_command ctl_flag = {.name = "flag",
                                     .usage = "ENTRY",
                                     .summary = "mark an entry as important",
                                     .arguments_min = 1,
                                     .arguments_max = 1,
                                     .run = do_flag};

const struct ctl_command ctl_unflag = {.name = "unflag",
                                       .usage = "ENTRY",
                                       .summary = "it is not important",
                                       .arguments_min = 1,
                                       .arguments_max = 1,
                                       .run = do_unflag};

const struct ctl_command ctl_amend = {
    .name = "amend",
    .usage = "ENTRY [--at TIME] [--text TEXT]",
    .summary = "correct an entry; what it said is kept",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = do_amend,
    .options = {{.name = "at", .value = "TIME"},
                {.name = "text", .value = "TEXT"}}};

const struct ctl_command ctl_decide = {
    .name = "decide",
    .usage = "ID TEXT [--objection TEXT ...] [--outcome TEXT]\n"
             "           [--by-whom WHO]",
    .summary = "write down a decision",
    .arguments_min = 2,
    .arguments_max = 2,
    .takes_text = true,
    .run = do_decide,
    .options = {{.name = "objection", .value = "TEXT", .is_many = true},
                {.name = "outcome", .value = "TEXT"},
                {.name = "by-whom", .value = "WHO"}}};

const struct ctl_command ctl_can = {
    .name = "can",
    .usage = "ID [--condition TEXT] [--actions TEXT] [--needs TEXT]",
    .summary = "report condition, actions and needs",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = do_can,
    .options = {{.name = "condition", .value = "TEXT"},
                {.name = "actions", .value = "TEXT"},
                {.name = "needs", .value = "TEXT"}}};

const struct ctl_command ctl_fix = {.name = "fix",
                                    .usage = "ID TEXT",
                                    .summary = "confirm the final fix",
                                    .arguments_min = 2,
                                    .arguments_max = 2,
                                    .takes_text = true,
                                    .run = do_fix};

/* SPDX-License-Identifier: MIT */
/* Ending what has a number of its own: silences, overrides. */
#include "door/ctl_record.h"

#include <stdio.h>
#include <stdlib.h>

static int print_one(const struct ctl *c, const struct ctl_ending *e,
                     const struct ctl_record *record) {
  struct json *j = ctl_json_object(e->name);
  if (j != NULL) {
    e->print(c, record, j);
    json_object_end(j);
  }
  return ctl_print_json(c, j);
}

static void print_item(const struct ctl *c, const struct ctl_ending *e,
                       const struct ctl_record *record,
                       struct ctl_list_json *list) {
  struct json *j = json_new();
  if (j != NULL)
    e->print(c, record, j);
  ctl_json_item(list, j);
}

static void tell(const struct ctl *c, const struct ctl_ending *e,
                 const struct ctl_record *record, int64_t id) {
  struct buf more;
  buf_init(&more, 1024);
  if (e->add_more != NULL)
    e->add_more(record, &more);
  fprintf(c->out, "%s %lld: ended%s\n", e->name, (long long)id,
          buf_text(&more));
  buf_fini(&more);
}

/* many: NULL if it is the only one, or people read it. */
static int end_one(struct ctl *c, const struct ctl_ending *e, int64_t id,
                   struct ctl_list_json *many) {
  struct ctl_record record;
  struct request r;
  request_init(&r);
  r.verb = e->verb;
  *(e->verb == VERB_END_SILENCE ? &r.silence : &r.override) = id;
  r.by = c->by;
  r.at = r.happened_at = c->now;
  int status = ctl_record(c, &r, &record);
  if (status != CTL_DONE)
    return status;
  if (!c->is_json)
    tell(c, e, &record, id);
  else if (many != NULL)
    print_item(c, e, &record, many);
  else
    status = print_one(c, e, &record);
  ctl_record_fini(&record);
  return status;
}

int ctl_record_ends(struct ctl *c, const struct ctl_ending *e) {
  struct ctl_list_json list;
  char before[32];
  int64_t *ids = NULL;
  size_t n = 0;
  int status = ctl_read_ids(c, e->number, 1, &ids, &n);
  if (status == CTL_DONE && n == 0)
    status = ctl_misuse(c, "%s end: an ID is missing", c->command->name);
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  bool is_list = status == CTL_DONE && c->is_json && n > 1;
  snprintf(before, sizeof before, "{\"%ss\":", e->name);
  if (is_list)
    ctl_json_begin(&list, c, before);
  for (size_t i = 0; i < n && status != CTL_USAGE; i++)
    if (end_one(c, e, ids[i], is_list ? &list : NULL) != CTL_DONE)
      status = CTL_FAILED;
  if (is_list && ctl_json_end(&list, "}\n") != CTL_DONE)
    status = CTL_FAILED;
  free(ids);
  return status;
}

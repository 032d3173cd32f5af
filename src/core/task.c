/* SPDX-License-Identifier: MIT */
#include "core/task.h"

#include <stdlib.h>

void task_fini(struct task *t) {
  free(t->text);
  free(t->assignee);
  free(t->created_by);
  free(t->done_by);
}

void task_print(const struct task *t, struct json *j) {
  json_object(j);
  json_put_int(j, "id", t->id);
  json_put_int(j, "incident", t->incident);
  json_put_text(j, "text", t->text);
  json_put_text(j, "assignee", t->assignee);
  json_put_time(j, "due_at", t->due_at);
  json_put_time(j, "created_at", t->created_at);
  json_put_text(j, "created_by", t->created_by);
  json_put_time(j, "understood_at", t->understood_at);
  json_put_time(j, "done_at", t->done_at);
  json_put_text(j, "done_by", t->done_by);
  json_object_end(j);
}

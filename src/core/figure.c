/* SPDX-License-Identifier: MIT */
#include "core/figure.h"

#include <stdlib.h>

void figure_fini(struct figure *f) {
  free(f->name);
  free(f->by);
}

void figure_print(const struct figure *f, struct json *j) {
  json_object(j);
  json_put_text(j, "name", f->name);
  json_put_int(j, "value", f->value);
  json_put_time(j, "at", f->at);
  json_put_text(j, "by", f->by);
  json_object_end(j);
}

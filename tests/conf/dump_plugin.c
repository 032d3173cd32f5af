/* SPDX-License-Identifier: MIT */
/* A collectd plugin that writes each <Plugin confdump> block, as collectd
 * hands it over, to the file named by CONFDUMP_OUT. t_conf_diff.c prints its
 * own reading of the same text in the same form. */
#include "daemon/collectd.h"
#include "daemon/plugin.h"
#include "liboconfig/oconfig.h"

#include <stdio.h>
#include <stdlib.h>

void module_register(void);

static void dump_text(FILE *f, const char *text) {
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if (c > 0x20 && c < 0x7f && c != '\\')
      fputc(c, f);
    else
      fprintf(f, "\\%02x", c);
  }
}

static void dump(FILE *f, const oconfig_item_t *ci, int depth) {
  fprintf(f, "%d ", depth);
  dump_text(f, ci->key);
  for (int i = 0; i < ci->values_num; i++) {
    const oconfig_value_t *v = &ci->values[i];
    if (v->type == OCONFIG_TYPE_STRING) {
      fputs(" s:", f);
      dump_text(f, v->value.string);
    } else if (v->type == OCONFIG_TYPE_NUMBER) {
      fprintf(f, " n:%a", v->value.number);
    } else {
      fprintf(f, " b:%d", v->value.boolean != 0);
    }
  }
  fputc('\n', f);
  for (int i = 0; i < ci->children_num; i++)
    dump(f, &ci->children[i], depth + 1);
}

static int dump_config(oconfig_item_t *ci) {
  const char *path = getenv("CONFDUMP_OUT");
  FILE *f = path == NULL ? NULL : fopen(path, "a");
  if (f == NULL)
    return -1;
  dump(f, ci, 0);
  return fclose(f) == 0 ? 0 : -1;
}

void module_register(void) {
  plugin_register_complex_config("confdump", dump_config);
}

/* SPDX-License-Identifier: MIT */
/* Configuration as a neutral tree, so that it is interpreted in one place
 * (core/settings.c) wherever it came from: the daemon's oconfig_item_t, a file
 * read by the tools, or the copy in the ledger. */
#ifndef INCIDENT_CONF_H
#define INCIDENT_CONF_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum conf_type { CONF_TEXT, CONF_NUMBER, CONF_BOOL };

struct conf_value {
  enum conf_type type;
  char *text;    /* CONF_TEXT; valid UTF-8 is not promised */
  double number; /* CONF_NUMBER */
  bool flag;     /* CONF_BOOL */
};

struct conf {
  char *key; /* option or block name; NULL for the root of a file */
  struct conf_value *values;
  size_t values_n;
  struct conf *children;
  size_t children_n;
  const char *file; /* owned by the root's file list; NULL from the daemon */
  int line;         /* 0 from the daemon */
};

/* Building one by hand (the daemon's door). The strings are copied. On
 * ERR_NOMEM the item is as it was. conf_add_child returns the new child, NULL
 * when out of memory; it is valid until the next conf_add_child. */
enum err conf_set_key(struct conf *c, const char *key);
enum err conf_add_text(struct conf *c, const char *text);
enum err conf_add_number(struct conf *c, double number);
enum err conf_add_bool(struct conf *c, bool flag);
struct conf *conf_add_child(struct conf *c);

/* Frees what c holds, not c itself. */
void conf_fini(struct conf *c);

/* A file as collectd 5.12 reads it (liboconfig's scanner.l and parser.y with
 * all their surprises, collectd-incident(5)), Includes at top level followed
 * with wordexp-like globbing, depth < 8. */
struct conf_file {
  struct conf root; /* everything at top level, Includes in their place */
  char **files;     /* names that conf.file points into */
  size_t files_n;
};

/* A syntax error or an unreadable file. */
typedef void conf_complain(void *arg, const char *file, int line,
                           bool is_warning, const char *message);

/* ERR_INVALID after at least one error was complained of, ERR_IO if the file
 * itself cannot be read (complained of too). The caller frees with
 * conf_file_free whatever was returned. */
enum err conf_read(const char *path, conf_complain *complain, void *arg,
                   struct conf_file **own_file);

/* The same from memory; name stands for the file in complaints. Includes are
 * left in the tree as items. */
enum err conf_read_text(const char *name, const char *text, size_t len,
                        conf_complain *complain, void *arg,
                        struct conf_file **own_file);
void conf_file_free(struct conf_file *f);

/* Writes the items below c as text that conf_read_text reads back equal. */
void conf_print(const struct conf *c, struct buf *out);

#endif

/* SPDX-License-Identifier: MIT */
/* The text of one configuration file as a tree, and what the reading of a file
 * shares with all that it includes. For conf_read.c only. */
#ifndef INCIDENT_CONF_PARSE_H
#define INCIDENT_CONF_PARSE_H

#include "base/conf.h"

#define CONF_FILE_MAX (16u << 20)

/* One reading, of a file with all it includes. */
struct conf_reading {
  struct conf_file *out;
  conf_complain *complain;
  void *arg;
  size_t errors;
  enum err err; /* ERR_NOMEM, else OK */
};

/* line: 0 for the whole file. Printf-like. */
void conf_complain_of(struct conf_reading *r, const char *file, int line,
                      bool is_warning, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* False, so that it can be returned. */
bool conf_out_of_memory(struct conf_reading *r);

/* Adds the items of the text, whose text[len] is NUL, to into; file is kept by
 * them. False after a complaint of an error, or out of memory. */
bool conf_parse(struct conf_reading *r, const char *file, const char *text,
                size_t len, struct conf *into);

#endif

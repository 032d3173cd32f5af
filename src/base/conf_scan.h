/* SPDX-License-Identifier: MIT */
/* The words of a configuration file, as liboconfig's flex scanner finds them:
 * the longest match wins, of equally long ones the first in this order:
 * boolean, IPv4 or IPv6 address, number, unquoted word. For conf_parse.c only.
 */
#ifndef INCIDENT_CONF_SCAN_H
#define INCIDENT_CONF_SCAN_H

#include "base/conf.h"

enum conf_token {
  TOKEN_END,
  TOKEN_EOL,
  TOKEN_SLASH,
  TOKEN_OPEN,  /* < */
  TOKEN_CLOSE, /* > */
  TOKEN_BOOL,
  TOKEN_NUMBER,
  TOKEN_WORD,
  TOKEN_QUOTED,
  TOKEN_BROKEN, /* a string that does not end */
  TOKEN_NOMEM
};

struct conf_scan {
  const char *text; /* without NULs; text[len] is NUL */
  size_t len, at;
  int line; /* where the scanner is; the first is 1 */

  /* Of the token found last. */
  enum conf_token token;
  int token_line; /* where it starts */
  bool flag;
  double number;
  struct buf word; /* TOKEN_WORD and TOKEN_QUOTED, the latter unquoted */

  /* Bytes that belong to no token are dropped, as collectd drops them. */
  char stray; /* the first one dropped in stray_line */
  int stray_line;
  bool is_stray_news; /* the reader clears it */
};

void conf_scan_init(struct conf_scan *s, const char *text, size_t len);
void conf_scan_fini(struct conf_scan *s);

/* Finds the next token. */
enum conf_token conf_scan_next(struct conf_scan *s);

#endif

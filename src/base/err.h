/* SPDX-License-Identifier: MIT */
/* Result codes. OK is 0; functions that fail leave their results untouched. */
#ifndef INCIDENT_ERR_H
#define INCIDENT_ERR_H

enum err {
  OK = 0,
  ERR_NOMEM,    /* out of memory */
  ERR_INVALID,  /* input that makes no sense */
  ERR_NOTFOUND, /* no such thing */
  ERR_CONFLICT, /* the thing is not in a state that allows it */
  ERR_CEILING,  /* one of our own limits is reached */
  ERR_BUSY,     /* somebody else holds it */
  ERR_IO,       /* disk full, I/O error, socket error: may pass */
  ERR_CORRUPT,  /* the file is damaged */
  ERR_NEWER     /* written by a newer version than this program */
};

/* One line, lower case, without a full stop. Never NULL. */
const char *err_text(enum err err);

#endif

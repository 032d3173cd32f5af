/* SPDX-License-Identifier: MIT */
#include "base/err.h"

const char *err_text(enum err err) {
  switch (err) {
  case OK:
    return "done";
  case ERR_NOMEM:
    return "out of memory";
  case ERR_INVALID:
    return "invalid input";
  case ERR_NOTFOUND:
    return "not found";
  case ERR_CONFLICT:
    return "not possible in its present state";
  case ERR_CEILING:
    return "a limit of this program is reached";
  case ERR_BUSY:
    return "in use by another process";
  case ERR_IO:
    return "input/output error";
  case ERR_CORRUPT:
    return "the file is damaged";
  case ERR_NEWER:
    return "written by a newer version of this program";
  }
  return "unknown error";
}

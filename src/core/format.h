/* SPDX-License-Identifier: MIT */
/* The body of a page in the format its webhook takes (SPEC section 4). Pure.
 * Whatever the texts are, the body is within the limits of the service. */
#ifndef INCIDENT_FORMAT_H
#define INCIDENT_FORMAT_H

#include "core/message.h"

/* The caller frees *own_body. ERR_NOMEM. */
enum err format_print(const struct message *m, const struct webhook *w,
                      char **own_body);

/* Of the request. */
const char *format_content_type(const struct webhook *w);

/* What an answer with a 2xx says of the page. */
enum format_verdict {
  FORMAT_TAKEN,
  FORMAT_TAKE_LATER, /* another try may do */
  FORMAT_REFUSED
};
/* body: the answer's, as valid UTF-8, perhaps only its beginning. */
enum format_verdict format_judge(enum format format, const char *body);

/* ERR_INVALID: filled in, the Body would be no document of its content type,
 * whatever the placeholders hold; *why (static) says so. */
enum err format_check_body(const struct webhook *w, const char **why);

#endif

/* SPDX-License-Identifier: MIT */
#include "core/weblink.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void weblink_fini(struct weblink *w) {
  free(w->url);
  free(w->title);
  free(w->by);
}

void weblink_print(const struct weblink *w, struct json *j) {
  json_object(j);
  json_put_int(j, "id", w->id);
  json_put_text(j, "url", w->url);
  json_put_text(j, "title", w->title);
  json_put_text(j, "by", w->by);
  json_put_time(j, "created_at", w->created_at);
  json_object_end(j);
}

const char *weblink_refusal(const char *url) {
  size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
                  : strncasecmp(url, "http://", 7) == 0 ? 7
                                                        : 0;
  size_t host = strcspn(url + scheme, "/?#\\");
  if (scheme == 0 || host == 0)
    return "not a URL with http:// or https://";
  for (const char *p = url; *p != '\0'; p++)
    if ((unsigned char)*p <= ' ' || *p == 0x7f)
      return "a URL has no blanks";
  if (memchr(url + scheme, '@', host) != NULL)
    return "the URL has a user or password in it";
  return NULL;
}

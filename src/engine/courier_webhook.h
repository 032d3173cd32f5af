/* SPDX-License-Identifier: MIT */
/* One POST to one webhook, for the courier's thread alone: what libcurl is told
 * before it and what is made of the answer after it.
 *
 * The environment's proxies (http_proxy, https_proxy, no_proxy …) count, as in
 * all that uses libcurl; ~/.netrc and cookies do not. Redirects are not
 * followed. */
#ifndef INCIDENT_COURIER_WEBHOOK_H
#define INCIDENT_COURIER_WEBHOOK_H

#include "core/settings.h"
#include "engine/courier.h"
#include "engine/gate.h"

/* What the requests to one webhook have in common. */
struct hook {
  const struct webhook *webhook;
  char *user_agent;
  struct gate *gate; /* not owned */
  char host[100];    /* "host" or "host:port", for errors */
  struct hook_key {
    unsigned char *bytes;
    size_t len;
  } keys[SIGNING_KEYS_MAX];
  size_t keys_n;       /* 0: nothing is signed */
  bool is_key_bad;     /* there is none but "whsec_" and no base64 behind it */
  void *headers;       /* curl_slist: those of every request */
  unsigned connecting; /* requests begun that have no connection yet */
};

/* A request and what is kept to make the next one: the handle with its options,
 * the outcome to be. */
struct post {
  struct post *next; /* the courier's */
  size_t at;         /* the courier's */
  void *lane;        /* the courier's */
  struct hook *hook;
  void *easy;           /* CURL; its private pointer is the post */
  struct post_own *own; /* headers of the one request */
  struct parcel *parcel;
  struct outcome *outcome;
  int64_t began_ns;
  bool is_connecting;
  bool is_stale;    /* held for too long: ended, to begin again */
  bool is_sent;     /* at least in part, perhaps */
  bool is_answered; /* all headers of a final answer are there */
  int status;
  char retry_after[64];
  size_t head_read; /* bytes of the answer's headers, interim ones too */
  size_t body_read; /* bytes of the answer's body, kept or not */
  char said[256];   /* by libcurl, of what went wrong; not to be repeated */
  char response[OUTCOME_RESPONSE_MAX];
};

/* Its requests go no further than to have a connection while the gate, which
 * must outlive it, is shut; the thread waits there. */
enum err hook_new(const struct webhook *webhook, const char *user_agent,
                  struct gate *gate, struct hook **own_hook);
void hook_free(struct hook *h); /* after its posts */

/* Part of the webhook's whole timeout. */
span_ms hook_connect_timeout(const struct hook *h);

enum err post_new(struct hook *h, struct post **own_post);
void post_free(struct post *p); /* its handle is in no multi handle */

/* Makes the handle ready; p->outcome must be there. The parcel is p's in any
 * case; after an error p is ended with post_end like any other. */
enum err post_begin(struct post *p, struct parcel *own_parcel, wall_ms now);

/* What a request came to, by libcurl's CURLcode; or we had to cut it off. Hands
 * the outcome over, frees the parcel; then p is ready for the next one. */
#define POST_CUT_OFF (-1)
struct outcome *post_end(struct post *p, int code, wall_ms now);

#endif

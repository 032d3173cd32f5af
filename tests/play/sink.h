/* SPDX-License-Identifier: MIT */
/* A receiver of webhooks for tests and the demo: an HTTP/1.1 server on
 * 127.0.0.1 with a port of its own and one thread, which writes down every
 * request and answers, or misbehaves, as it was told.
 *
 * A request is written down when all of it is there, before it is answered.
 * Any thread may call any function. */
#ifndef PLAY_SINK_H
#define PLAY_SINK_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct sink;

enum sink_transport {
  SINK_PLAIN,
  SINK_TLS,        /* a certificate for 127.0.0.1, signed by itself */
  SINK_TLS_WRONG,  /* the same for another name */
  SINK_TLS_EXPIRED /* the same for 127.0.0.1, but its time is over */
};

enum sink_kind {
  SINK_CODE,       /* answers */
  SINK_SLOW,       /* answers after wait */
  SINK_HANG,       /* says nothing and keeps the connection */
  SINK_DROP,       /* closes without an answer */
  SINK_RESET,      /* resets the connection without an answer */
  SINK_DROP_MID,   /* closes in the middle of the answer's headers */
  SINK_SHORT,      /* answers, and closes before the end of the body */
  SINK_ENDLESS,    /* answers with a body that never ends */
  SINK_DRIP,       /* answers with a body that never comes */
  SINK_TRICKLE,    /* answers, a byte every wait */
  SINK_LONG,       /* answers, with more of a body than it has announced */
  SINK_TWICE,      /* answers, and 200 behind it, unasked */
  SINK_BAD_LENGTH, /* answers, but the length is no number */
  SINK_GZIP,       /* answers, with "ok" compressed */
  SINK_OLD,        /* answers as HTTP/1.0 does, with a body up to the end */
  SINK_HEADERS,    /* headers without end */
  SINK_HEADER,     /* one header without end */
  SINK_INTERIM,    /* 100 and 103, then answers */
  SINK_INTERIMS,   /* 103 without end */
  SINK_STALE,      /* answers, and resets the connection when the next request
                      comes on it, which is not read */
  SINK_GARBAGE,    /* what is no HTTP */
  SINK_REFUSE,     /* nobody listens until there is another script */
  SINK_DEAF        /* nobody accepts until then: connecting takes for ever */
};

struct sink_reply {
  enum sink_kind kind;
  unsigned times;      /* how many requests; 0, and the last: for ever */
  int code;            /* 0: 200 */
  const char *headers; /* more of them, each with its CRLF; NULL: none */
  const char *body;    /* NULL: none */
  span_ms wait;        /* SINK_SLOW, SINK_TRICKLE */
};

struct sink_request {
  char *method, *path;
  char *headers; /* lines "Name: value\n" */
  char *body;    /* with a NUL behind */
  size_t body_len;
  int64_t at_ns;       /* monotonic */
  unsigned connection; /* 1 for the first that was accepted */
  bool is_taken;       /* it is answered, with 2xx */
};

/* Answers 200 to everything until it has a script. */
enum err sink_new(enum sink_transport transport, struct sink **own_sink);
void sink_free(struct sink *s);

/* "http://127.0.0.1:PORT" or https. */
const char *sink_url(const struct sink *s);
unsigned sink_port(const struct sink *s);

/* Writes the certificate, for who wants to trust it (PEM). */
enum err sink_write_certificate(const struct sink *s, const char *path);

/* What to do from now on; copied. None is as sink_new leaves it. Connections
 * that hang go on hanging. */
enum err sink_script(struct sink *s, const struct sink_reply *replies,
                     size_t n);

/* How many requests there were, and connections accepted. */
size_t sink_count(struct sink *s);
unsigned sink_connections(struct sink *s);

/* Waits until there were n requests: false if the time is over before. */
bool sink_wait(struct sink *s, size_t n, span_ms deadline);

/* The i-th request, 0 the first, NULL if there were not so many; belongs to
 * the sink and stays until it is freed. */
const struct sink_request *sink_request(struct sink *s, size_t i);

/* The value of a header, "" if there is none; true if there is exactly one. */
bool sink_header(const struct sink_request *r, const char *name, char *value,
                 size_t value_size);

#endif

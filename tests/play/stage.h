/* SPDX-License-Identifier: MIT */
/* Where a scenario is played: with a stock daemon, real requests and the real
 * tool (live), or with the library under a clock that stands still until it is
 * moved (sim). The player knows what to do and what to expect, a stage how.
 *
 * Functions that return bool have said why with stage_fail when it is false. */
#ifndef PLAY_STAGE_H
#define PLAY_STAGE_H

#include "base/buf.h"
#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* ---- sinks: who receives ---- */

enum reply_kind {
  REPLY_CODE,
  REPLY_HANG,      /* reads the request, says nothing */
  REPLY_SLOW,      /* 200 after span */
  REPLY_DROP,      /* reads the request, closes */
  REPLY_ENDLESS,   /* 200 with a body that never ends */
  REPLY_REFUSE,    /* nobody listens */
  REPLY_RETRY,     /* 429 with Retry-After: span */
  REPLY_TLS,       /* https, 200; the certificate is ${dir}/NAME.pem */
  REPLY_TLS_WRONG, /* the same, but it is for another host */
  REPLY_TLS_OVER,  /* the same, but it has expired */
  REPLY_ODD,       /* any other way to misbehave: odd, with span; live */
};

struct reply {
  enum reply_kind kind;
  unsigned times; /* 0: from now on */
  int code;
  span_ms span;
  int odd;        /* enum sink_kind */
  char says[128]; /* the body; "": none */
};

/* A request as it came; valid until the stage is closed. */
struct got {
  char *id;      /* webhook-id */
  char *headers; /* "Name: value" lines; NULL on the sim stage */
  char *body;    /* with a NUL behind */
  size_t body_len;
  wall_ms at; /* since the stage was opened */
};

#define PLAY_NAME 64
#define PLAY_REPLIES 16

struct play_sink {
  struct play_sink *next;
  char name[PLAY_NAME];
  char url[256];
  struct reply replies[PLAY_REPLIES];
  size_t replies_n;
  size_t reply_at;     /* sim: which is next */
  unsigned reply_used; /* sim: how often it was given */
  struct got **got;
  size_t got_n, got_cap;
  size_t read;           /* the scenario has seen so many */
  void *real;            /* live: the server */
  bool is_foreign;       /* takes another format than "incident" */
  bool is_tls, is_wrong; /* https; with a certificate for another host */
  bool is_over;          /* https with one that has expired */
};

/* ---- stages ---- */

/* One notification, as a plugin would dispatch it. */
struct play_meta {
  const char *name, *value;
  bool is_number;
};
struct play_notification {
  const char *severity; /* "failure", "warning", "okay" */
  const char *field[5]; /* host, plugin, plugin_instance, type, type_instance */
  const char *message;
  span_ms age; /* how long before now it was sent */
  const struct play_meta *metas;
  size_t metas_n;
};

struct stage;

enum start_how {
  START_WELL,
  START_FAILS, /* it must refuse */
  START_FORKED /* live: as it does at boot, into the background */
};

struct stage_ops {
  const char *name;
  bool is_live;
  bool (*open)(struct stage *s);
  void (*close)(struct stage *s); /* also after a failure */

  bool (*set_sink)(struct stage *s, struct play_sink *sink);
  /* Brings sink->got up to date. */
  void (*collect)(struct stage *s, struct play_sink *sink);

  bool (*start)(struct stage *s, enum start_how how);
  /* Another instance on the same ledger, which must end by itself. */
  bool (*second)(struct stage *s);
  /* Changes over to s->conf; fails: it must refuse. */
  bool (*reload)(struct stage *s, bool fails);
  /* `collectd -T`, which must end well. */
  bool (*trial)(struct stage *s);
  bool (*stop)(struct stage *s, span_ms within);
  bool (*kill)(struct stage *s);
  /* age: how long before now it was sent; 0: now, and newer than all before. */
  bool (*put)(struct stage *s, const char *id, const char *value,
              const char *interval, span_ms age);
  bool (*notify)(struct stage *s, const struct play_notification *n);
  /* A line for the test plugin (hostile_plugin.c). */
  bool (*raw)(struct stage *s, const char *line);
  bool (*flush)(struct stage *s);
  /* Adds the plugin's own value of that name ("alerts/count-firing") to out, as
     JSON; false: there is none yet. Of what is counted, live: the rate. */
  bool (*value)(struct stage *s, const char *id, struct buf *out);
  /* Runs incidentctl; its output is in s->out, its status in *status. */
  bool (*ctl)(struct stage *s, char **words, size_t n, int *status);
  bool (*advance)(struct stage *s, span_ms to); /* since the stage was opened */
  bool (*jump)(struct stage *s, int64_t by);    /* of the wall clock alone */
  bool (*full)(struct stage *s, bool on);
};

struct stage {
  const struct stage_ops *ops;
  char dir[256];
  char ledger[320];
  char *conf; /* contents of <Plugin incident>, expanded */
  size_t conf_blocks;
  char *collectd_conf; /* more at top level; "" if none */
  struct play_sink *sinks;
  struct buf log;  /* all that was logged so far */
  struct buf out;  /* what the last ctl printed, stdout then stderr */
  size_t out_err;  /* where stderr begins in out */
  struct buf why;  /* of the last failure */
  bool needs_full; /* the scenario fills the disk */
  bool is_up;
  pid_t pid;        /* of the daemon; 0: none */
  span_ms deadline; /* how long to wait for what must come */
  void *self;       /* the stage's own */
};

extern const struct stage_ops stage_live_ops, stage_sim_ops;

/* The wall clock when a scenario begins on the sim stage. */
#define STAGE_SIM_BASE 1795255200000 /* 2026-11-21T10:00:00Z */

/* `play --ctl AT …`: incidentctl as a process of its own whose clock stands
 * still at AT, for the sim stage. */
int stage_sim_ctl(int argc, char **argv);

/* Says why; always false. */
bool stage_fail(struct stage *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a request to the sink; copies. False when out of memory. */
bool sink_add(struct play_sink *sink, const char *id, const char *headers,
              const char *body, size_t body_len, wall_ms at);

/* A program with its output: both ends in out (stderr behind *out_err), *status
 * as the shell has it. env: "NAME=value" or NULL, ended by NULL. */
bool stage_spawn(struct stage *s, char *const argv[], const char *const *env,
                 int *status);
/* For a child between fork and exec: it dies with the player, has no open
 * files of ours but 0 to 2 and the usual signals. */
void stage_child(pid_t parent);

bool stage_write_file(struct stage *s, const char *path, const char *text);
/* Adds the file to b; false if there is none. */
bool stage_read_file(const char *path, struct buf *b);

/* A directory of the build: $NAME, else $builddir/rest. */
const char *stage_built(const char *name, const char *rest, char *room,
                        size_t room_size);

#endif

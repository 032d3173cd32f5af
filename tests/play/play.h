/* SPDX-License-Identifier: MIT */
/* What the parts of the player share: the script (script.c), what it expects
 * (expect.c, golden.c), what it does (verbs.c) and who plays it (play.c). */
#ifndef PLAY_PLAY_H
#define PLAY_PLAY_H

#include "base/json.h"
#include "stage.h"

#include <sqlite3.h>

#define WORDS_MAX 64
#define KEPT_MAX 32

struct line {
  int number;
  char *text;  /* without blanks at either end */
  char *block; /* what stood in { }; NULL: no block */
};

struct words {
  char *v[WORDS_MAX];
  size_t n;
};

/* What an `expect … as NAME` has seen. */
struct kept {
  char name[PLAY_NAME];
  struct json_in *doc;
};

struct play {
  const char *file, *name;
  struct line *lines;
  size_t lines_n;
  const struct line *line; /* being played */
  struct stage stage;
  struct kept kept[KEPT_MAX];
  size_t kept_n;
  unsigned passed, failed;
  int ctl_status;
  sqlite3 *stranger; /* ledger lock */
  unsigned repeat;   /* ${n} */
  bool is_both;
};

/* The scenario itself is wrong: the end. */
__attribute__((noreturn, format(printf, 2, 3))) void
play_broken(const struct play *p, const char *format, ...);
/* The memory, or the end. */
void *play_must(const struct play *p, void *memory);

/* NULL: there is none of that name. */
struct play_sink *play_sink_named(struct play *p, const char *name);

/* Keeps a document as ${NAME.path}; as NULL: does not. */
void play_keep(struct play *p, const char *as, const char *text, size_t len);

/* Whether the condition comes true; on the live stage within the deadline. */
typedef bool condition(struct play *p, void *arg);
bool play_wait(struct play *p, condition *is_true, void *arg);

/* A connection of a stranger's; NULL if it cannot be opened. */
sqlite3 *play_open_ledger(struct play *p);

/* ---- script.c ---- */

/* Adds the lines of the file, and of those it includes. */
void script_read(struct play *p, const char *path, unsigned depth);

/* Without the blanks at both ends, in place. */
char *script_trim(char *text);

/* ${name} is replaced; the caller frees what script_expanded returns. */
void script_expand(struct play *p, const char *text, struct buf *out);
char *script_expanded(struct play *p, const char *text);

/* Splits at blanks; in double quotes \" \\ \n \t and \xHH are understood.
 * Quotes may begin inside a word: NAME="a b". */
void words_split(struct play *p, const char *text, struct words *w);
void words_fini(struct words *w);

/* The value at the path as text; "PATH.count" is how many elements PATH has. */
void script_render(const struct json_in *doc, const char *path,
                   struct buf *out);

span_ms script_span(const struct play *p, const char *text);
unsigned script_number(const struct play *p, const char *text);

/* ---- expect.c ---- */

bool expect_run(struct play *p, struct words *w);
bool expect_timeline(struct play *p, struct words *w);

/* What holds for every request; says what does not. */
bool expect_sound(struct play *p, const struct play_sink *sink,
                  const struct got *g);

/* ---- golden.c ---- */

/* What incidentctl printed last is tests/data/ctl/NAME; if not, what it should
 * be from now on, perhaps, is in ${dir}/NAME. */
bool golden_expect(struct play *p, const char *name);

/* ---- verbs.c ---- */

bool verbs_run(struct play *p, struct words *w);

#endif

/* SPDX-License-Identifier: MIT */
/* A damaged ledger is read row by row into a new one beside it, PATH.salvage,
 * and only when that is complete is the old one moved aside:
 *
 *   PATH-wal, -shm -> PATH.corrupt-T-wal, -shm
 *   PATH           -> PATH.corrupt-T
 *   PATH.salvage   -> PATH
 *
 * so that after a crash PATH is either the damaged one, and all is done again,
 * or missing, and PATH.salvage is taken for it (ledger_open).
 *
 * What paging depends on comes first. The rest has REST_MS: nobody is paged
 * while it is copied, and it is not lost, the old file stays.
 */
#include "ledger/ledger_sql.h"
#include "ledger/salvage_tables.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_WAIT_MS 2000
#define REST_MS 5000

/* Seeks into a damaged region before the rest of a table is given up. */
#define MISSES_MAX 20000

struct salvage {
  sqlite3 *old, *new;
  int64_t saved[TABLES];
  bool is_complete;
  int64_t until; /* monotonic: end of the time for the rest */
};

struct walk {
  struct salvage *s;
  const struct stage *stage;
  const struct copy *copy;
  sqlite3_stmt *read, *write, *exists, *has_incident, *has_run;
  int64_t incident; /* the last that was asked for */
  bool is_there;
};

static bool exists(sqlite3_stmt *q, int64_t id) {
  sqlite3_bind_int64(q, 1, id);
  bool is_there = sqlite3_step(q) == SQLITE_ROW;
  sqlite3_reset(q);
  return is_there;
}

static bool has_incident(struct walk *w) {
  int at = w->copy->incident;
  if (at == NONE || sqlite3_column_type(w->read, at) == SQLITE_NULL)
    return true;
  int64_t id = sqlite3_column_int64(w->read, at);
  if (id != w->incident) {
    w->incident = id;
    w->is_there = exists(w->has_incident, id);
  }
  return w->is_there;
}

/* Fills w->write from w->read; false if a value cannot be right. */
static bool fill(struct walk *w) {
  for (int i = 0; i < w->copy->columns; i++) {
    sqlite3_value *value = sqlite3_column_value(w->read, i);
    bool is_text = sqlite3_value_type(value) == SQLITE_TEXT;
    const char *text = is_text ? (const char *)sqlite3_value_text(value) : NULL;
    if (is_text && (text == NULL ||
                    !text_is_utf8(text, (size_t)sqlite3_value_bytes(value))))
      return false;
    if ((i == w->copy->run &&
         !exists(w->has_run, sqlite3_value_int64(value))) ||
        (w->stage->table == INCIDENT && i >= INCIDENT_PARENT))
      sqlite3_bind_null(w->write, i + 1);
    else if (sqlite3_bind_value(w->write, i + 1, value) != SQLITE_OK)
      return false;
  }
  return true;
}

/* Only what concerns the new file is an error. */
static enum err copy_row(struct walk *w) {
  struct salvage *s = w->s;
  int64_t id = sqlite3_column_int64(w->read, 0);
  int rc = SQLITE_CONSTRAINT;
  if (!has_incident(w)) {
    s->is_complete = s->is_complete && !w->stage->is_last;
    return OK;
  }
  if (fill(w)) {
    rc = sqlite3_step(w->write);
    sqlite3_reset(w->write);
  }
  if (rc == SQLITE_DONE && sqlite3_changes(s->new) > 0)
    s->saved[w->stage->table]++;
  else if (rc != SQLITE_DONE && (rc & 0xff) != SQLITE_CONSTRAINT)
    return sql_failure(s->new, rc);
  else if (!exists(w->exists, id)) /* an earlier stage had it, or: */
    s->is_complete = false;
  return OK;
}

static bool is_late(const struct walk *w, int64_t rows) {
  return !w->stage->is_urgent && rows % 256 == 0 &&
         clock_mono_ns() >= w->s->until;
}

/* Seeks again behind what cannot be read, in growing steps. */
static enum err walk_rows(struct walk *w) {
  int64_t after = INT64_MIN, rows = 0;
  enum err err = OK;
  for (int64_t misses = 0; misses < MISSES_MAX;) {
    int rc;
    sqlite3_bind_int64(w->read, 1, after);
    while ((rc = sqlite3_step(w->read)) == SQLITE_ROW && err == OK) {
      after = sqlite3_column_int64(w->read, 0);
      misses = 0;
      err = copy_row(w);
      if (is_late(w, ++rows)) {
        w->s->is_complete = false;
        rc = SQLITE_DONE;
        break;
      }
    }
    sqlite3_reset(w->read);
    if (err != OK || rc == SQLITE_DONE)
      return err;
    if ((rc & 0xff) == SQLITE_NOMEM)
      return ERR_NOMEM;
    w->s->is_complete = false;
    if (after < 0)
      after = 0;
    misses++;
    if (after > INT64_MAX - MISSES_MAX)
      break;
    after += 1 + misses / 64;
  }
  return OK;
}

/* The file's schema is older than the table. */
static bool is_new(const struct salvage *s, enum table table) {
  int64_t version = 0, since = 1;
  if (table >= ROLE)
    since = 5;
  else if (table == OVERRIDE)
    since = 4;
  else if (table == SILENCE || table == ABSENCE || table == EVIDENCE)
    since = 3;
  return sql_number(s->old, "PRAGMA user_version", &version) == OK &&
         version < since;
}

static enum err run_stage(struct salvage *s, const struct stage *stage) {
  struct walk w = {.s = s,
                   .stage = stage,
                   .copy = &copies[stage->table],
                   .incident = INT64_MIN};
  bool is_first = stage->table == INCIDENT && stage->is_urgent;
  const char *read = is_first ? urgent_incidents[0] : w.copy->read;
  const char *old = is_first ? urgent_incidents[1] : w.copy->read_old;
  enum err err = sql_exec(s->new, "BEGIN");
  if (err != OK)
    return err;
  if (sqlite3_prepare_v2(s->old, read, -1, &w.read, NULL) != SQLITE_OK &&
      sqlite3_prepare_v2(s->old, old, -1, &w.read, NULL) != SQLITE_OK) {
    if (!is_new(s, stage->table))
      s->is_complete = false; /* the table itself is lost */
    goto out;
  }
  if (sqlite3_prepare_v2(s->new, w.copy->write, -1, &w.write, NULL) !=
          SQLITE_OK ||
      sqlite3_prepare_v2(s->new, w.copy->exists, -1, &w.exists, NULL) !=
          SQLITE_OK ||
      sqlite3_prepare_v2(s->new, copies[INCIDENT].exists, -1, &w.has_incident,
                         NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(s->new, copies[RUN].exists, -1, &w.has_run, NULL) !=
          SQLITE_OK) {
    err = sql_failure(s->new, sqlite3_extended_errcode(s->new));
    goto out;
  }
  err = walk_rows(&w);
out:
  sqlite3_finalize(w.read);
  sqlite3_finalize(w.write);
  sqlite3_finalize(w.exists);
  sqlite3_finalize(w.has_incident);
  sqlite3_finalize(w.has_run);
  if (err == OK)
    err = sql_exec(s->new, "COMMIT");
  return err;
}

/* The incidents are all there: what hangs under others, or has become part of
 * them, does so again. */
static enum err link_incidents(struct salvage *s) {
  static const char read[] = "SELECT id, parent, merged_into FROM incident"
                             " WHERE parent > 0 OR merged_into > 0";
  static const char write[] =
      "UPDATE incident SET parent = (SELECT id FROM incident WHERE id = ?2),"
      " merged_into = (SELECT id FROM incident WHERE id = ?3) WHERE id = ?1";
  sqlite3_stmt *q = NULL, *set = NULL;
  enum err err = OK;
  if (sqlite3_prepare_v2(s->old, read, -1, &q, NULL) != SQLITE_OK)
    return OK; /* of a schema without */
  if (sqlite3_prepare_v2(s->new, write, -1, &set, NULL) != SQLITE_OK)
    err = sql_failure(s->new, sqlite3_extended_errcode(s->new));
  int rc = SQLITE_DONE;
  while (err == OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
    for (int i = 0; i < 3; i++)
      (void)sqlite3_bind_value(set, i + 1, sqlite3_column_value(q, i));
    int written = sqlite3_step(set);
    if (written != SQLITE_DONE)
      err = sql_failure(s->new, written);
    sqlite3_reset(set);
  }
  s->is_complete = s->is_complete && rc == SQLITE_DONE;
  sqlite3_finalize(q);
  sqlite3_finalize(set);
  return err;
}

/* What the ledger knows of itself, and where request ids went on. */
static enum err copy_settings(struct salvage *s, struct ledger *l) {
  sqlite3_stmt *q = NULL;
  enum err err = OK;
  int rc = sqlite3_prepare_v2(s->old, "SELECT key, value FROM setting", -1, &q,
                              NULL);
  while (rc == SQLITE_OK && err == OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
    const char *key = (const char *)sqlite3_column_text(q, 0);
    const char *value = (const char *)sqlite3_column_text(q, 1);
    rc = SQLITE_OK;
    if (key != NULL && value != NULL && text_is_utf8(key, strlen(key)) &&
        text_is_utf8(value, strlen(value)))
      err = ledger_set(l, key, value);
  }
  sqlite3_finalize(q);
  q = NULL;
  if (err != OK)
    return err;
  s->is_complete = s->is_complete && rc == SQLITE_DONE;
  rc = sqlite3_prepare_v2(
      s->old, "SELECT seq FROM sqlite_sequence WHERE name = 'request'", -1, &q,
      NULL);
  if (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW) {
    sqlite3_stmt *set = NULL;
    if (sqlite3_prepare_v2(s->new,
                           "INSERT INTO sqlite_sequence (name, seq)"
                           " VALUES ('request', ?)",
                           -1, &set, NULL) == SQLITE_OK) {
      sqlite3_bind_int64(set, 1, sqlite3_column_int64(q, 0));
      (void)sqlite3_step(set); /* best effort */
    }
    sqlite3_finalize(set);
  }
  sqlite3_finalize(q);
  return OK;
}

static enum err copy_all(struct salvage *s, struct ledger *l) {
  enum err err = copy_settings(s, l);
  s->until = clock_mono_ns() + REST_MS * INT64_C(1000000);
  for (size_t i = 0; err == OK && i < sizeof stages / sizeof stages[0]; i++)
    err = run_stage(s, &stages[i]);
  if (err == OK)
    err = link_incidents(s);
  return err;
}

/* ---- files ---- */

struct names {
  struct buf salvage, salvage_wal, salvage_shm;
  struct buf wal, shm, moved, moved_wal, moved_shm;
};

static void add_name(struct buf *b, const char *a, const char *z) {
  buf_init(b, sizeof((struct ledger_salvage *)NULL)->moved_to - 1);
  buf_addf(b, "%s%s", a, z);
}

/* 20261121T100000Z */
static void stamp(wall_ms now, char out[CLOCK_TEXT]) {
  char text[CLOCK_TEXT];
  size_t n = 0;
  clock_print(now, text);
  for (const char *p = text; *p != '\0' && *p != '.'; p++)
    if (*p != '-' && *p != ':')
      out[n++] = *p;
  out[n++] = 'Z';
  out[n] = '\0';
}

static void make_names(struct names *n, const char *path, wall_ms now) {
  struct stat st;
  char at[CLOCK_TEXT];
  stamp(now, at);
  add_name(&n->salvage, path, ".salvage");
  add_name(&n->salvage_wal, path, ".salvage-wal");
  add_name(&n->salvage_shm, path, ".salvage-shm");
  add_name(&n->wal, path, "-wal");
  add_name(&n->shm, path, "-shm");
  add_name(&n->moved, path, ".corrupt-");
  buf_add(&n->moved, at);
  for (int i = 2; i < 100 && stat(buf_text(&n->moved), &st) == 0; i++) {
    buf_clear(&n->moved);
    buf_addf(&n->moved, "%s.corrupt-%s-%d", path, at, i);
  }
  add_name(&n->moved_wal, buf_text(&n->moved), "-wal");
  add_name(&n->moved_shm, buf_text(&n->moved), "-shm");
}

static struct buf *name_at(struct names *n, int i) {
  struct buf *all[] = {&n->salvage,   &n->salvage_wal, &n->salvage_shm,
                       &n->wal,       &n->shm,         &n->moved,
                       &n->moved_wal, &n->moved_shm};
  return i < (int)(sizeof all / sizeof all[0]) ? all[i] : NULL;
}

static void remove_salvage(const struct names *n) {
  (void)unlink(buf_text(&n->salvage)); /* as a rule they are not there */
  (void)unlink(buf_text(&n->salvage_wal));
  (void)unlink(buf_text(&n->salvage_shm));
}

static void sync_directory(const char *path) {
  struct buf dir;
  const char *slash = strrchr(path, '/');
  buf_init(&dir, 4096);
  if (slash == NULL)
    buf_add(&dir, ".");
  else
    buf_addn(&dir, path, (size_t)(slash - path) + 1);
  int fd = open(buf_text(&dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    (void)fsync(fd); /* best effort: the renames are done */
    close(fd);
  }
  buf_fini(&dir);
}

static enum err move(const char *from, const char *to) {
  if (rename(from, to) == 0 || errno == ENOENT)
    return OK;
  sql_set_why("cannot move %s: %s", from, strerror(errno));
  return ERR_IO;
}

static enum err change_places(const struct names *n, const char *path) {
  enum err err = move(buf_text(&n->wal), buf_text(&n->moved_wal));
  if (err == OK)
    err = move(buf_text(&n->shm), buf_text(&n->moved_shm));
  if (err == OK)
    err = move(path, buf_text(&n->moved));
  if (err == OK)
    err = move(buf_text(&n->salvage), path);
  sync_directory(path);
  return err;
}

/* Fills PATH.salvage, one file without a log. */
static enum err build(struct salvage *s, const struct names *n,
                      const char *path) {
  struct ledger *l = NULL;
  remove_salvage(n);
  enum err err = ledger_create(buf_text(&n->salvage), &l);
  if (err != OK)
    return err;
  s->new = l->db;
  s->is_complete = true;
  int rc = sqlite3_open_v2(path, &s->old,
                           SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
                               SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                           NULL);
  if (rc == SQLITE_OK)
    (void)sqlite3_exec(s->old, "PRAGMA cell_size_check = ON", NULL, NULL, NULL);
  err = rc == SQLITE_NOMEM ? ERR_NOMEM : copy_all(s, l);
  sqlite3_close(s->old);
  if (err == OK) {
    rc = sqlite3_wal_checkpoint_v2(l->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                   NULL, NULL);
    if (rc != SQLITE_OK)
      err = sql_failure(l->db, rc);
  }
  ledger_close(l);
  (void)unlink(buf_text(&n->salvage_wal)); /* empty now */
  (void)unlink(buf_text(&n->salvage_shm));
  return err;
}

enum err ledger_replace(const char *path, wall_ms now,
                        struct ledger_salvage *salvage, const char **why) {
  struct salvage s = {.old = NULL};
  struct names n;
  bool is_alone = false;
  struct buf *b;
  make_names(&n, path, now);
  enum err err = OK;
  for (int i = 0; (b = name_at(&n, i)) != NULL; i++)
    if (b->err != OK)
      err = b->err;
  if (err == OK)
    err = lock_exclude(path, LOCK_WAIT_MS, &is_alone);
  if (err == OK) {
    err = build(&s, &n, path);
    if (err == OK)
      err = change_places(&n, path);
    else
      remove_salvage(&n);
    lock_include();
  }
  if (err == OK) {
    *salvage = (struct ledger_salvage){.incidents = s.saved[INCIDENT],
                                       .alerts = s.saved[ALERT],
                                       .pages = s.saved[PAGE],
                                       .entries = s.saved[TIMELINE],
                                       .is_complete = s.is_complete};
    memcpy(salvage->moved_to, buf_text(&n.moved), n.moved.len + 1);
  } else if (why != NULL) {
    *why = sql_why();
  }
  for (int i = 0; (b = name_at(&n, i)) != NULL; i++)
    buf_fini(b);
  return err;
}

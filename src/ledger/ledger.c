/* SPDX-License-Identifier: MIT */
/* Opening, the schema, transactions.
 *
 * Nothing in the process but SQLite opens the database file once it exists:
 * closing another descriptor of it would drop SQLite's locks.
 *
 * What a crash may leave beside it is PATH.salvage. It is complete where PATH
 * is missing (see ledger_salvage.c), and garbage where it is not.
 */
#include "ledger/ledger_sql.h"

#include "base/buf.h"
#include "base/ulid.h"
#include "ledger/schema_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SCHEMA_VERSION ((int64_t)(sizeof schema_sql / sizeof schema_sql[0]))

#define FILE_MODE 0640
#define BUSY_STEP_NS 100000

const char *ledger_path(const struct ledger *l) { return l->path; }

const char *ledger_why(const struct ledger *l) {
  (void)l; /* one handle per thread */
  return sql_why();
}

static int keep_waiting(void *arg, int count) {
  struct ledger *l = arg;
  int64_t now = clock_mono_ns();
  if (count == 0)
    l->wait_from = now;
  if (now - l->wait_from >= l->wait_ns)
    return 0;
  struct timespec step = {.tv_nsec = BUSY_STEP_NS};
  nanosleep(&step, NULL); /* cut short by a signal: asks sooner */
  return 1;
}

/* ---- opening ---- */

/* SQLite would create it with a mode that depends on the umask. */
static enum err create_file(const char *path) {
  struct buf salvaged;
  struct stat st;
  enum err err = OK;
  buf_init(&salvaged, 4096);
  buf_addf(&salvaged, "%s.salvage", path);
  if (salvaged.err == OK && stat(path, &st) != 0 && errno == ENOENT)
    (void)rename(buf_text(&salvaged), path); /* as a rule there is none */
  buf_fini(&salvaged);
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
  if (fd >= 0) {
    if (fchmod(fd, FILE_MODE) != 0)
      err = ERR_IO;
    close(fd);
  } else if (errno != EEXIST) {
    err = ERR_IO;
  }
  if (err != OK)
    sql_set_why("cannot create %s: %s", path, strerror(errno));
  return err;
}

void ledger_init(void) { (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

static enum err open_database(struct ledger *l, int flags) {
  int off = 0, on = 1;
  int rc = sqlite3_open_v2(l->path, &l->db,
                           flags | SQLITE_OPEN_NOMUTEX |
                               SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                           NULL);
  if (rc != SQLITE_OK)
    return sql_failure(l->db, rc);
  sqlite3_busy_handler(l->db, keep_waiting, l);
  sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, on, NULL);
  sqlite3_db_config(l->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, off, NULL);
  /* The log stays after the last close, or those who may only read the files
   * could open them no more. */
  sqlite3_file_control(l->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &on);
  enum err err = sql_add_functions(l->db);
  if (err != OK)
    return err;
  return sql_exec(l->db, "PRAGMA foreign_keys = ON;"
                         "PRAGMA synchronous = FULL;"
                         "PRAGMA wal_autocheckpoint = 0;"
                         "PRAGMA journal_size_limit = 4194304;"
                         "PRAGMA temp_store = MEMORY;");
}

static void close_database(struct ledger *l) {
  for (int i = 0; i < STATEMENTS; i++) {
    sqlite3_finalize(l->statements[i]);
    l->statements[i] = NULL;
  }
  sqlite3_close(l->db);
  l->db = NULL;
}

/* The schema's version; 0 for an empty database. */
static enum err read_version(struct ledger *l, int64_t *version) {
  int64_t v = 0, things = 0;
  enum err err = sql_number(l->db, "PRAGMA user_version", &v);
  if (err == OK)
    err = sql_number(l->db, "SELECT COUNT(*) FROM sqlite_schema", &things);
  if (err != OK)
    return err;
  if (v > SCHEMA_VERSION) {
    int on = 1; /* unchanged: nor is its log written back */
    sqlite3_db_config(l->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on, NULL);
    sql_set_why("its schema has version %lld, this program knows %lld",
                (long long)v, (long long)SCHEMA_VERSION);
    return ERR_NEWER;
  }
  if (v < 0 || (v == 0 && things > 0)) {
    sql_set_why("%s is a database, but not a ledger", l->path);
    return ERR_IO;
  }
  *version = v;
  return OK;
}

static enum err use_wal(struct ledger *l) {
  struct row r = {.db = l->db};
  enum err err = OK;
  int rc =
      sqlite3_prepare_v2(l->db, "PRAGMA journal_mode = WAL", -1, &r.q, NULL);
  if (rc != SQLITE_OK)
    return sql_failure(l->db, rc);
  const char *mode = row_next(&r) ? get_text(&r) : NULL;
  err = r.err;
  if (err == OK && (mode == NULL || strcmp(mode, "wal") != 0)) {
    sql_set_why("cannot use WAL mode here");
    err = ERR_IO;
  }
  sqlite3_finalize(r.q);
  return err;
}

/* Makes the ledger's own name, once. */
static enum err name_ledger(struct ledger *l) {
  struct clock *clock = clock_real();
  char id[ULID_TEXT];
  struct row r;
  enum err err = ulid_make(clock->wall(clock), id);
  if (err != OK) {
    sql_set_why("no randomness");
    return err;
  }
  row_open(&r, l, SQL_SET_NEW);
  put_text(&r, "id");
  put_text(&r, id);
  return row_run(&r);
}

/* One version up, if nobody else has done it meanwhile. */
static enum err migrate_once(struct ledger *l) {
  int64_t version = 0;
  enum err err = ledger_begin(l, LEDGER_READ_WAIT_MS);
  if (err != OK)
    return err;
  err = read_version(l, &version);
  if (err == OK && version < SCHEMA_VERSION)
    err = sql_exec(l->db, schema_sql[version]); /* sets user_version */
  if (err == OK)
    err = name_ledger(l);
  if (err == OK)
    return ledger_commit(l);
  ledger_rollback(l);
  return err;
}

static enum err migrate(struct ledger *l, bool may_create) {
  int64_t version = 0;
  enum err err = read_version(l, &version);
  if (err == OK && version == 0 && !may_create) {
    sql_set_why("%s is empty", l->path);
    err = ERR_NOTFOUND;
  }
  if (err == OK)
    err = use_wal(l);
  for (int64_t last = -1; err == OK && version < SCHEMA_VERSION;) {
    last = version;
    err = migrate_once(l);
    if (err == OK)
      err = read_version(l, &version);
    if (err == OK && version == last) {
      sql_set_why("its schema stays at version %lld", (long long)version);
      err = ERR_IO;
    }
  }
  return err;
}

/* Damage that would hurt at once: statements that do not fit the tables, rows
 * of open incidents that cannot be read. */
static enum err look(struct ledger *l) {
  struct row r;
  for (int i = 0; i < STATEMENTS; i++) {
    row_open(&r, l, (enum query)i);
    if (row_close(&r) == ERR_IO)
      return ERR_CORRUPT;
    if (r.err != OK)
      return r.err;
  }
  row_open(&r, l, SQL_LOAD_INCIDENTS);
  while (row_next(&r))
    ;
  return row_close(&r);
}

static enum err open_own(struct ledger *l) {
  enum err err = create_file(l->path);
  if (err == OK)
    err = open_database(l, SQLITE_OPEN_READWRITE);
  if (err == OK) /* so that damage is found before it spreads */
    err = sql_exec(l->db, "PRAGMA cell_size_check = ON");
  if (err == OK)
    err = migrate(l, true);
  return err == OK ? look(l) : err;
}

static enum err deny(const char *path, const char *what) {
  char text[1024];
  struct stat st;
  struct passwd entry, *found = NULL;
  if (stat(path, &st) != 0 ||
      getpwuid_r(st.st_uid, &entry, text, sizeof text, &found) != 0 ||
      found == NULL)
    sql_set_why("no permission to %s it", what);
  else
    sql_set_why("no permission to %s it; it belongs to %s", what,
                entry.pw_name);
  return ERR_IO;
}

/* What SQLite would say less clearly. */
static enum err check_file(const char *path) {
  struct stat st;
  if (stat(path, &st) != 0) {
    enum err err = errno == ENOENT ? ERR_NOTFOUND : ERR_IO;
    sql_set_why("%s", strerror(errno));
    return err;
  }
  if (S_ISDIR(st.st_mode)) {
    sql_set_why("it is a directory");
    return ERR_IO;
  }
  if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0 && errno == EACCES)
    return deny(path, "read");
  return OK;
}

static enum err open_share(struct ledger *l) {
  enum err err = open_database(l, SQLITE_OPEN_READWRITE);
  if (err == OK && sqlite3_db_readonly(l->db, "main") == 1)
    err = deny(l->path, "write");
  return err == OK ? migrate(l, false) : err;
}

static enum err open_read(struct ledger *l) {
  int64_t version = 0;
  enum err err = open_database(l, SQLITE_OPEN_READONLY);
  if (err == OK)
    err = read_version(l, &version);
  if (err == OK && version < SCHEMA_VERSION) {
    close_database(l);
    err = open_share(l);
  }
  return err;
}

static enum err new_handle(const char *path, struct ledger **own_ledger) {
  struct ledger *l = calloc(1, sizeof *l);
  if (l != NULL)
    l->path = strdup(path);
  if (l == NULL || l->path == NULL) {
    free(l);
    sql_set_why("%s", err_text(ERR_NOMEM));
    return ERR_NOMEM;
  }
  l->lock_fd = -1;
  l->wait_ns = LEDGER_READ_WAIT_MS * INT64_C(1000000);
  *own_ledger = l;
  return OK;
}

enum err ledger_open(const char *path, enum ledger_use use,
                     struct ledger **own_ledger, const char **why) {
  struct ledger *l = NULL;
  enum err err = new_handle(path, &l);
  if (err == OK && use != LEDGER_OWN)
    err = lock_share(path, &l->lock_fd);
  if (err == OK && use != LEDGER_OWN)
    err = check_file(path);
  if (err == OK)
    err = use == LEDGER_OWN     ? open_own(l)
          : use == LEDGER_SHARE ? open_share(l)
                                : open_read(l);
  if (err == OK) {
    (void)ledger_has_changed(l); /* from here on */
    *own_ledger = l;
    return OK;
  }
  ledger_close(l);
  if (why != NULL)
    *why = sql_why();
  return err;
}

enum err ledger_create(const char *path, struct ledger **own_ledger) {
  struct ledger *l = NULL;
  enum err err = new_handle(path, &l);
  if (err == OK)
    err = open_own(l);
  if (err == OK)
    *own_ledger = l;
  else
    ledger_close(l);
  return err;
}

void ledger_close(struct ledger *l) {
  if (l == NULL)
    return;
  close_database(l);
  lock_unshare(l->lock_fd);
  free(l->path);
  free(l);
}

enum err ledger_prepare(struct ledger *l) {
  static const enum query first[] = {
      SQL_BEGIN,        SQL_COMMIT,   SQL_DATA_VERSION, SQL_SET,
      SQL_PUT_INCIDENT, SQL_PUT_RUN,  SQL_ADD_ALERT,    SQL_ADD_ALERTS,
      SQL_PUT_ALERT,    SQL_ADD_PAGE, SQL_UPDATE_PAGE,  SQL_ADD_ENTRY,
      SQL_PUT_EVIDENCE};
  enum err err = OK;
  for (size_t i = 0; i < sizeof first / sizeof first[0] && err == OK; i++)
    err = sql_prepare(l, first[i]);
  return err;
}

/* ---- transactions ---- */

enum err ledger_begin(struct ledger *l, span_ms wait) {
  struct row r;
  l->wait_ns = wait * 1000000;
  row_open(&r, l, SQL_BEGIN);
  enum err err = row_run(&r);
  l->wait_ns = LEDGER_READ_WAIT_MS * INT64_C(1000000);
  return err;
}

enum err ledger_commit(struct ledger *l) {
  struct row r;
  row_open(&r, l, SQL_COMMIT);
  enum err err = row_run(&r);
  if (err != OK)
    ledger_rollback(l);
  return err;
}

void ledger_rollback(struct ledger *l) {
  struct row r;
  if (sqlite3_get_autocommit(l->db))
    return; /* SQLite has done it already, after an error */
  row_open(&r, l, SQL_ROLLBACK);
  (void)row_run(&r); /* fails only where there is nothing to roll back */
}

bool ledger_has_changed(struct ledger *l) {
  struct row r;
  l->wait_ns = 0; /* whoever asks will ask again */
  row_open(&r, l, SQL_DATA_VERSION);
  int64_t version = row_next(&r) ? get_int(&r) : l->data_version;
  (void)row_close(&r); /* no answer: nothing new */
  l->wait_ns = LEDGER_READ_WAIT_MS * INT64_C(1000000);
  bool has_changed = version != l->data_version;
  l->data_version = version;
  return has_changed;
}

int ledger_checkpoint(struct ledger *l) {
  int frames = 0, done = 0;
  int rc = sqlite3_wal_checkpoint_v2(l->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                     &frames, &done);
  if (rc != SQLITE_OK) {
    (void)sql_failure(l->db, rc); /* sets the line */
    return -1;
  }
  return frames > done ? frames - done : 0;
}

/* ---- settings ---- */

enum err ledger_get(struct ledger *l, const char *key, char **own_value) {
  struct row r;
  char *value = NULL;
  row_open(&r, l, SQL_GET);
  put_text(&r, key);
  if (row_next(&r))
    value = get_own_text(&r);
  enum err err = row_close(&r);
  if (err == OK)
    *own_value = value;
  else
    free(value);
  return err;
}

enum err ledger_set(struct ledger *l, const char *key, const char *value) {
  struct row r;
  row_open(&r, l, value != NULL ? SQL_SET : SQL_UNSET);
  put_text(&r, key);
  if (value != NULL)
    put_text(&r, value);
  return row_run(&r);
}

enum err ledger_next_ids(struct ledger *l, struct ledger_ids *ids) {
  struct ledger_ids next = {1, 1, 1, 1, 1, 1};
  struct row r;
  row_open(&r, l, SQL_NEXT_IDS);
  if (row_next(&r)) {
    next.incident = get_int(&r);
    next.alert = get_int(&r);
    next.run = get_int(&r);
    next.page_seq = get_int(&r);
    next.silence = get_int(&r);
    next.override = get_int(&r);
  }
  enum err err = row_close(&r);
  if (err == OK)
    *ids = next;
  return err;
}

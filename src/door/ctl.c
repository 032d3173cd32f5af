/* SPDX-License-Identifier: MIT */
#include "door/ctl.h"

#include "base/text.h"
#include "build_config.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEDGER_DEFAULT INCIDENT_LOCALSTATEDIR "/lib/collectd/incident.db"
#define LINE_MAX_BYTES 8192 /* of an error message */
#define BY_MAX 128

static const struct ctl_command *const commands[] = {
    &ctl_status,   &ctl_list,     &ctl_show,      &ctl_ack,     &ctl_unack,
    &ctl_snooze,   &ctl_escalate, &ctl_page,      &ctl_resolve, &ctl_reopen,
    &ctl_severity, &ctl_set,      &ctl_edit,      &ctl_note,    &ctl_flag,
    &ctl_unflag,   &ctl_amend,    &ctl_decide,    &ctl_can,     &ctl_fix,
    &ctl_role,     &ctl_task,     &ctl_impact,    &ctl_weblink, &ctl_count,
    &ctl_team,     &ctl_update,   &ctl_release,   &ctl_relate,  &ctl_merge,
    &ctl_oncall,   &ctl_who,      &ctl_declare,   &ctl_silence, &ctl_postmortem,
    &ctl_report,   &ctl_guide,    &ctl_checklist, &ctl_doctor,  &ctl_export,
    &ctl_forget,   &ctl_prune,    &ctl_check,     &ctl_reload,  &ctl_explain,
    &ctl_test,     &ctl_verify,   &ctl_names};
#define COMMANDS (sizeof commands / sizeof commands[0])

static const struct ctl_option globals[] = {{.name = "ledger", .value = "PATH"},
                                            {.name = "by", .value = "NAME"},
                                            {.name = "json"},
                                            {.name = "help"},
                                            {.name = "version"},
                                            {0}};
enum { GLOBAL_LEDGER, GLOBAL_BY, GLOBAL_JSON, GLOBAL_HELP, GLOBAL_VERSION };
#define GLOBALS 5

/* ---- saying ---- */

static void say(const struct ctl *c, const char *before, const char *format,
                va_list args) {
  struct buf visible;
  char line[LINE_MAX_BYTES];
  vsnprintf(line, sizeof line, format, args);
  buf_init(&visible, 4 * sizeof line);
  text_add_visible(&visible, line);
  fprintf(c->err, "%s%s\n", before,
          visible.err == ERR_NOMEM ? err_text(ERR_NOMEM) : buf_text(&visible));
  buf_fini(&visible);
}

int ctl_fail(const struct ctl *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(c, "", format, args);
  va_end(args);
  return CTL_FAILED;
}

void ctl_warn(const struct ctl *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(c, "", format, args);
  va_end(args);
}

static void put_usage(FILE *to, const struct ctl_command *command) {
  fprintf(to, "usage: incidentctl %s%s%s\n", command->name,
          command->usage[0] != '\0' ? " " : "", command->usage);
}

static void put_overview(FILE *to) {
  fputs("usage: incidentctl [--ledger PATH] [--by NAME] [--json] COMMAND ...\n",
        to);
  for (size_t i = 0; i < COMMANDS; i++)
    fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
  fputs("incidentctl help COMMAND says more; incidentctl(1) says everything.\n",
        to);
}

static void put_help(const struct ctl *c) {
  if (c->command == NULL) {
    put_overview(c->out);
    return;
  }
  put_usage(c->out, c->command);
  fprintf(c->out, "%s\n", c->command->summary);
}

int ctl_misuse(const struct ctl *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(c, "", format, args);
  va_end(args);
  if (c->command != NULL)
    put_usage(c->err, c->command);
  else
    put_overview(c->err);
  return CTL_USAGE;
}

/* ---- values ---- */

const char *ctl_option(const struct ctl *c, const char *name) {
  const struct ctl_option *options = c->command->options;
  for (size_t i = 0; i < CTL_OPTIONS_MAX && options[i].name != NULL; i++)
    if (strcmp(options[i].name, name) == 0)
      return c->given[i];
  return NULL;
}

const char *ctl_option_next(const struct ctl *c, const char *name,
                            size_t *cursor) {
  while (*cursor < c->many_n) {
    const struct ctl_many *m = &c->many[(*cursor)++];
    if (strcmp(m->option->name, name) == 0)
      return m->value;
  }
  return NULL;
}

int ctl_read_number(const struct ctl *c, const char *of, const char *text,
                    int64_t *id) {
  char *end;
  errno = 0;
  long long n = strtoll(text, &end, 10);
  if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || n == 0)
    return ctl_misuse(c, "%s: \"%s\" is not the number of %s", c->command->name,
                      text, of);
  *id = n;
  return CTL_DONE;
}

int ctl_read_id(const struct ctl *c, const char *text, int64_t *id) {
  return ctl_read_number(c, "an incident", text, id);
}

int ctl_read_ids(const struct ctl *c, const char *of, int first,
                 int64_t **own_ids, size_t *n) {
  int64_t *ids = calloc((size_t)c->arguments_n + 1, sizeof *ids);
  size_t have = 0;
  int status = ids != NULL ? CTL_DONE : ctl_fail(c, "out of memory");
  for (int i = first; i < c->arguments_n && status == CTL_DONE; i++) {
    int64_t id = 0;
    size_t k = 0;
    status = ctl_read_number(c, of, c->arguments[i], &id);
    while (k < have && ids[k] != id)
      k++;
    if (k == have)
      ids[have++] = id;
  }
  if (status != CTL_DONE) {
    free(ids);
    return status;
  }
  *own_ids = ids;
  *n = have;
  return CTL_DONE;
}

int ctl_read_time(const struct ctl *c, const char *text, wall_ms *at) {
  if (clock_parse_local(text, c->now, at) != OK)
    return ctl_misuse(c,
                      "%s: \"%s\" is not a time; write \"2026-11-21 10:00\", "
                      "2026-11-21, 10:00, -15m or 2026-11-21T10:00:00Z",
                      c->command->name, text);
  return CTL_DONE;
}

int ctl_read_text(const struct ctl *c, const char *what, const char *text,
                  size_t max, char **own_text) {
  text += strspn(text, " \t\r\n");
  size_t len = strlen(text);
  while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
    len--;
  if (len == 0)
    return ctl_misuse(c, "%s: %s is empty", c->command->name, what);
  char *copy = len <= max ? malloc(3 * len + 1) : NULL;
  if (copy != NULL)
    len = text_clean(copy, 3 * len + 1, text, len);
  if (len > max) {
    free(copy);
    return ctl_fail(c, "%s: %s is longer than %zu bytes", c->command->name,
                    what, max);
  }
  if (copy == NULL)
    return ctl_fail(c, "out of memory");
  *own_text = copy;
  return CTL_DONE;
}

void ctl_fold(char *text) {
  char *to = text;
  for (const char *from = text; *from != '\0';) {
    size_t n = strspn(from, " \t\r\n\v\f");
    if (n > 0)
      *to++ = ' ';
    else
      *to++ = *from;
    from += n > 0 ? n : 1;
  }
  *to = '\0';
}

int ctl_find_by(struct ctl *c) {
  char number[32];
  const char *by = c->by_given;
  if (c->by != NULL)
    return CTL_DONE;
  if (by == NULL)
    by = getenv("INCIDENT_USER");
  if (by == NULL || (c->by_given == NULL && by[0] == '\0')) {
    const struct passwd *login = getpwuid(getuid());
    snprintf(number, sizeof number, "uid %lu", (unsigned long)getuid());
    by = login != NULL && login->pw_name[0] != '\0' ? login->pw_name : number;
  }
  return ctl_read_text(c, "who acts (--by)", by, BY_MAX, &c->by);
}

/* ---- taking a command line apart ---- */

static const struct ctl_command *find_command(const char *word) {
  for (size_t i = 0; i < COMMANDS; i++)
    if (strcmp(commands[i]->name, word) == 0)
      return commands[i];
  return NULL;
}

/* Without the overview, which would push this out of sight. */
static int unknown_command(const struct ctl *c, const char *word) {
  const char *names[COMMANDS];
  for (size_t i = 0; i < COMMANDS; i++)
    names[i] = commands[i]->name;
  const char *nearest = text_nearest(word, names, COMMANDS);
  if (nearest != NULL)
    ctl_warn(c, "unknown command \"%s\", did you mean %s?", word, nearest);
  else
    ctl_warn(c, "unknown command \"%s\"", word);
  fputs("incidentctl --help lists them all.\n", c->err);
  return CTL_USAGE;
}

static int unknown_option(const struct ctl *c, const char *word) {
  const char *names[GLOBALS + CTL_OPTIONS_MAX];
  size_t n = 0;
  for (size_t i = 0; i < GLOBALS; i++)
    names[n++] = globals[i].name;
  for (size_t i = 0; c->command != NULL && i < CTL_OPTIONS_MAX &&
                     c->command->options[i].name != NULL;
       i++)
    names[n++] = c->command->options[i].name;
  const char *of = c->command != NULL ? c->command->name : "incidentctl";
  const char *nearest = text_nearest(word + strspn(word, "-"), names, n);
  if (nearest != NULL)
    return ctl_misuse(c, "%s: unknown option %s, did you mean --%s?", of, word,
                      nearest);
  if (c->command == NULL)
    return ctl_misuse(c, "unknown option %s before the command", word);
  return ctl_misuse(c, "%s: unknown option %s%s", of, word,
                    c->command->takes_text
                        ? "; before a TEXT that begins with - write --"
                        : "");
}

/* Where the words are read. */
struct words {
  char **argv;
  int argc, at;
};

static const struct ctl_option *find_option(const struct ctl_option *options,
                                            size_t max, const char *name,
                                            size_t len, size_t *at) {
  for (*at = 0; *at < max && options[*at].name != NULL; (*at)++)
    if (strlen(options[*at].name) == len &&
        strncmp(options[*at].name, name, len) == 0)
      return &options[*at];
  return NULL;
}

/* The word at hand begins with "-". */
static int read_option(struct ctl *c, const char **global, struct words *w) {
  const char *word = w->argv[w->at++];
  const char *name = strcmp(word, "-h") == 0 ? "--help" : word;
  const char **slot = NULL, *value = strchr(name, '=');
  const struct ctl_option *option = NULL;
  size_t at;
  bool is_letter = name[1] != '-' && (name[2] == '\0' || name[2] == '=');
  if (is_letter || strncmp(name, "--", 2) == 0) {
    name += is_letter ? 1 : 2;
    size_t len = value != NULL ? (size_t)(value - name) : strlen(name);
    option = find_option(globals, GLOBALS, name, len, &at);
    slot = &global[at];
    if (option == NULL && c->command != NULL) {
      option =
          find_option(c->command->options, CTL_OPTIONS_MAX, name, len, &at);
      slot = &c->given[at];
    }
  }
  if (option == NULL)
    return unknown_option(c, word);
  const char *dashes = option->name[1] == '\0' ? "-" : "--";
  if (value != NULL && option->value == NULL)
    return ctl_misuse(c, "--%s takes no value", option->name);
  if (value != NULL)
    *slot = value + 1;
  else if (option->value == NULL)
    *slot = "";
  else if (w->at < w->argc &&
           (!option->is_optional || w->argv[w->at][0] != '-'))
    *slot = w->argv[w->at++];
  else if (option->is_optional)
    *slot = "";
  else
    return ctl_misuse(c, "%s%s needs a value: %s%s %s", dashes, option->name,
                      dashes, option->name, option->value);
  if (option->is_many)
    c->many[c->many_n++] = (struct ctl_many){option, *slot};
  return CTL_DONE;
}

/* Names of options are letters and dashes: "-20 % of orders" is a text. */
static bool is_option(const char *word) {
  size_t name = strcspn(word, "=");
  return word[0] == '-' &&
         (word[1] == '-' || isalpha((unsigned char)word[1])) &&
         strspn(word,
                "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") >=
             name;
}

static int read_words(struct ctl *c, const char **global, struct words *w) {
  bool has_ended = false, is_help = false;
  int status = CTL_DONE;
  while (status == CTL_DONE && w->at < w->argc) {
    char *word = w->argv[w->at];
    if (!has_ended && strcmp(word, "--") == 0) {
      has_ended = true;
      w->at++;
    } else if (!has_ended && is_option(word)) {
      status = read_option(c, global, w);
    } else {
      w->at++;
      if (c->command != NULL)
        c->arguments[c->arguments_n++] = word;
      else if (!is_help && strcmp(word, "help") == 0)
        is_help = true;
      else if ((c->command = find_command(word)) == NULL)
        status = unknown_command(c, word);
    }
  }
  if (is_help)
    global[GLOBAL_HELP] = "";
  return status;
}

static int check_arguments(const struct ctl *c) {
  const struct ctl_command *command = c->command;
  if (command == NULL)
    return ctl_misuse(c, "a command is missing");
  if (c->arguments_n < command->arguments_min)
    return ctl_misuse(c, "%s: %s", command->name,
                      c->arguments_n == 0 ? "arguments are missing"
                                          : "an argument is missing");
  if (c->arguments_n > command->arguments_max)
    return ctl_misuse(c, "%s: \"%s\" is one argument too many%s", command->name,
                      c->arguments[command->arguments_max],
                      command->takes_text
                          ? "; a TEXT of several words goes into quotes"
                          : "");
  return CTL_DONE;
}

static const char *find_ledger(const char *given) {
  const char *path = given != NULL ? given : getenv("INCIDENT_LEDGER");
  return path != NULL && path[0] != '\0' ? path : LEDGER_DEFAULT;
}

int ctl_run(int argc, char **argv, FILE *out, FILE *err, struct clock *clock) {
  struct ctl c = {
      .out = out, .err = err, .clock = clock, .now = clock->wall(clock)};
  const char *global[GLOBALS + 1] = {0};
  struct words words = {argv, argc, 1};
  c.arguments = calloc((size_t)argc + 1, sizeof *c.arguments);
  c.many = calloc((size_t)argc + 1, sizeof *c.many);
  if (c.arguments == NULL || c.many == NULL) {
    free(c.arguments);
    free(c.many);
    return ctl_fail(&c, "out of memory");
  }
  ctl_style_of(out, &c.style);
  int status = read_words(&c, global, &words);
  if (status == CTL_DONE && global[GLOBAL_VERSION] != NULL) {
    fputs("incidentctl " PACKAGE_VERSION "\n", out);
  } else if (status == CTL_DONE && global[GLOBAL_HELP] != NULL) {
    put_help(&c);
  } else if (status == CTL_DONE) {
    c.is_json = global[GLOBAL_JSON] != NULL;
    c.by_given = global[GLOBAL_BY];
    c.ledger_path = find_ledger(global[GLOBAL_LEDGER]);
    status = check_arguments(&c);
    if (status == CTL_DONE)
      status = c.command->run(&c);
  }
  errno = 0;
  if ((fflush(out) != 0 || ferror(out)) && status == CTL_DONE)
    status = ctl_fail(&c, "cannot write the output: %s", strerror(errno));
  ledger_close(c.ledger);
  settings_free(c.settings);
  free(c.by);
  free(c.arguments);
  free(c.many);
  return status;
}

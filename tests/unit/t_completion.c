/* SPDX-License-Identifier: MIT */
/* The names for shells, and what bash and zsh make of them: the real ones, told
 * to complete lines by tests/unit/complete.*. */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#include <sys/wait.h>

#define PATH_BYTES 4096
#define SHELL_SECONDS 120 /* for all lines, also under the sanitizers */
#define MISSING 127       /* there is no such shell */

static char script_dir[PATH_BYTES];

static const char config[] =
    "<Severity \"SEV-1\">\n  Description \"The shop is down\"\n</Severity>\n"
    "<Severity \"P2\">\n</Severity>\n"
    "<Webhook \"alice-phone\">\n  URL \"http://127.0.0.1:9/a\"\n</Webhook>\n"
    "<Webhook \"status page\">\n  URL \"http://127.0.0.1:9/s\"\n</Webhook>\n"
    "<Responder \"alice\">\n  Name \"Alice Liddell\"\n</Responder>\n"
    "<Responder \"anna maria\">\n</Responder>\n"
    "<Responder \"$(touch evil)\">\n</Responder>\n"
    "<Responder \"`touch evil`;a'b\\\"c\">\n</Responder>\n"
    "<Responder \"--by\">\n</Responder>\n"
    "<Responder \"left\u202e\">\n</Responder>\n"
    "<Schedule \"primary\">\n  <Rotation>\n    Responder \"alice\"\n"
    "    Start \"2026-01-05 09:00\"\n  </Rotation>\n</Schedule>\n"
    "<Chain \"ops\">\n  <Step>\n    Schedule \"primary\"\n  </Step>\n"
    "</Chain>\n"
    "<Hours \"office\">\n  During \"Mon-Fri 09:00-17:00\"\n</Hours>\n"
    "<Role \"commander\">\n</Role>\n<Role \"db:expert\">\n</Role>\n"
    "<Template \"known\">\n  Body \"We know\"\n</Template>\n"
    "<Field \"region\">\n  Value \"eu\" \"us\"\n</Field>\n"
    "<Field \"ticket\">\n</Field>\n"
    "<Rule \"disk-full\">\n  <Match>\n    Plugin \"df\"\n  </Match>\n  Chain "
    "\"ops\"\n</Rule>\n"
    "<Rule \"disk:inodes\">\n  <Match>\n    Plugin \"df\"\n  "
    "</Match>\n</Rule>\n";

#define PEOPLE                                                                 \
  "<alice><anna\\ maria><\\$\\(touch\\ evil\\)>"                               \
  "<\\`touch\\ evil\\`\\;a\\'b\\\"c>"
#define STATUSES_ALL                                                           \
  "<investigating><identified><monitoring><resolved><active><stable>"

/* The same words in both shells, quoted as they insert them. */
static const struct {
  const char *line, *words;
} lines[] = {
    {"incidentctl sil", "<silence>"},
    {"incidentctl help decl", "<declare>"},
    {"incidentctl show ", "<2><1>"},
    {"incidentctl ack 2 ", "<2><1>"},
    {"incidentctl reopen ", "<3>"},
    {"incidentctl who ", PEOPLE},
    {"incidentctl severity 1 ", "<SEV-1><P2><UNKNOWN>"},
    {"incidentctl list --severity=S", "<SEV-1>"},
    {"incidentctl list --severity P", "<P2>"},
    {"incidentctl list --sta", "<--status>"},
    {"incidentctl list --rule disk-", "<disk-full>"},
    {"incidentctl --by alice set 1 ", STATUSES_ALL},
    {"incidentctl role ", "<2><1><list>"},
    {"incidentctl role 1 ", "<commander><db:expert>"},
    {"incidentctl role 1 commander al", "<alice>"},
    {"incidentctl update 1 --template ", "<known>"},
    {"incidentctl update 1 --to st", "<status\\ page>"},
    {"incidentctl declare --chain ", "<ops>"},
    {"incidentctl page 1 p", "<primary>"},
    {"incidentctl oncall override ", "<primary>"},
    {"incidentctl test ", "<ops><alice-phone><status\\ page>"},
    {"incidentctl silence add --match rule=d", "<disk-full><disk:inodes>"},
    {"incidentctl edit 1 --field re", "<region=eu><region=us>"},
    {"incidentctl edit 1 --field t", "<ticket=>"},
    {"incidentctl report --hours ", "<office>"},
    {"incidentctl postmortem status 3 ",
     "<draft><in\\ review><reviewed><closed>"},
    {"incidentctl task assign ", "<1>"},
    {"incidentctl flag ", "<5><2><1>"},
    {"incidentctl --ledger /nowhere who ", ""},
};
#define LINES (sizeof lines / sizeof lines[0])

static void begin(void) {
  room_open();
  CHECK(chdir(room.dir) == 0); /* where a name that is evaluated would write */
  room_make_ledger(config);
  CHECK(ctl("declare", "--title", "Logins\tfail $(touch evil)", "--severity",
            "P2", "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("declare", "--title", "Break-in", "--private", "--codename", "owl",
            "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("declare", "--title", "Over", "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("resolve", "3", NULL) == CTL_DONE);
  CHECK(ctl("task", "add", "2", "change the locks", NULL) == CTL_DONE);
}

static void end(void) {
  CHECK(access("evil", F_OK) != 0);
  CHECK(chdir("/") == 0);
  room_close();
}

static void names_are_those_of_the_configuration(void) {
  begin();
  CHECK(ctl("names", "severities", "people", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "SEV-1\tThe shop is down\nP2\nUNKNOWN\tNot assessed "
                       "yet\nalice\tAlice Liddell\nanna maria\n"
                       "$(touch evil)\n`touch evil`;a'b\"c\n");
  CHECK(ctl("names", "fields", "templates", "hours", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "region=eu\nregion=us\nticket=\nknown\noffice\n");
  CHECK(ctl("names", "chains", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room.out,
             "{\"names\":[{\"kind\":\"chains\",\"name\":\"ops\",\"text\":"
             "null}]}\n");
  end();
}

static void names_are_numbers_of_what_is_open(void) {
  begin();
  CHECK(ctl("names", "incidents", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "2\tUNKNOWN: owl\n1\tP2: Logins fail $(touch evil)\n");
  CHECK(ctl("names", "resolved", "tasks", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "3\tUNKNOWN: Over\n1\towl\n");
  CHECK(ctl("impact", "add", "1", "no logins", NULL) == CTL_DONE);
  CHECK(ctl("impact", "add", "1", "slow", NULL) == CTL_DONE);
  CHECK(ctl("impact", "end", "1", NULL) == CTL_DONE);
  CHECK(ctl("names", "impacts", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "2\tslow\n");
  CHECK(ctl("update", "1", "-m", "We look", "--draft", NULL) == CTL_DONE);
  CHECK(ctl("names", "updates", NULL) == CTL_DONE);
  CHECK(strncmp(room.out, "1\tdraft: ", 9) == 0);
  CHECK(ctl("silence", "add", "--match", "host=web1", "--for", "1h", "--reason",
            "moving", NULL) == CTL_DONE);
  CHECK(ctl("oncall", "take", "primary", "--for", "1h", "--by", "alice",
            NULL) == CTL_DONE);
  CHECK(ctl("names", "silences", "overrides", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "1\talice: moving\n1\tprimary: alice\n");
  end();
}

static void without_a_ledger_nothing_is_said(void) {
  room_open();
  CHECK(ctl("names", "people", NULL) == CTL_FAILED);
  CHECK_TEXT(room.out, "");
  CHECK_TEXT(room.err, "");
  CHECK(ctl("names", "peple", NULL) == CTL_USAGE);
  CHECK(room_warned("did you mean people?"));
  room_close();
}

/* ---- the shells ---- */

/* Runs the script in that shell on what is in the room's file "lines"; what it
 * prints goes to "words". Its exit status. */
static int run_shell(const char *shell, const char *script, const char *arg) {
  char path[PATH_BYTES + 100];
  int status = -1;
  snprintf(path, sizeof path, "%s/%s", script_dir, script);
  fflush(NULL); /* or the child writes it, too */
  pid_t pid = fork();
  if (pid == 0) {
    alarm(SHELL_SECONDS);
    if (freopen("lines", "r", stdin) == NULL ||
        freopen("words", "w", stdout) == NULL)
      _exit(99);
    execlp(shell, shell, path, arg, (char *)NULL);
    _exit(MISSING);
  }
  CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The next line without its number; false at the end. */
static bool next_words(FILE *f, char *out, size_t size) {
  char line[PATH_BYTES];
  if (f == NULL || fgets(line, sizeof line, f) == NULL)
    return false;
  line[strcspn(line, "\r\n")] = '\0';
  const char *words = strchr(line, ' ');
  snprintf(out, size, "%s", words != NULL ? words + 1 : "");
  return true;
}

static void check_shell(const char *shell, const char *script) {
  char words[PATH_BYTES], text[PATH_BYTES] = "";
  begin();
  for (size_t i = 0; i < LINES; i++) {
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, "%s\n", lines[i].line);
  }
  room_write("lines", text);
  int status = run_shell(shell, script, "lines");
  if (status == MISSING || status == 77) {
    printf("%s: not here\n", shell);
    end();
    return;
  }
  CHECK(status == 0);
  FILE *f = fopen("words", "re");
  for (size_t i = 0; i < LINES; i++) {
    bool has_words = next_words(f, words, sizeof words);
    CHECK(has_words);
    if (has_words && strcmp(words, lines[i].words) != 0) {
      printf("%s: %s\n", shell, lines[i].line);
      CHECK_TEXT(words, lines[i].words);
    }
  }
  if (f != NULL)
    fclose(f);
  end();
}

static void bash_completes(void) { check_shell("bash", "complete.bash"); }
static void zsh_completes(void) { check_shell("zsh", "complete.zsh"); }

/* ---- nothing is forgotten ---- */

static char *read_file(const char *name) {
  char path[PATH_BYTES];
  size_t max = 1 << 17, n;
  char *text = malloc(max);
  snprintf(path, sizeof path, "%s/%s", getenv("srcdir"), name);
  FILE *f = fopen(path, "re");
  CHECK(f != NULL && text != NULL);
  n = f != NULL && text != NULL ? fread(text, 1, max - 1, f) : 0;
  CHECK(n > 0 && n < max - 1);
  if (text != NULL)
    text[n] = '\0';
  if (f != NULL)
    fclose(f);
  return text;
}

static bool is_part_of_word(char c) {
  return c == '-' || c == '_' || (c >= 'a' && c <= 'z') ||
         (c >= '0' && c <= '9');
}

/* As a whole word. */
static bool has_word(const char *text, const char *word) {
  size_t len = strlen(word);
  for (const char *p = text; (p = strstr(p, word)) != NULL; p++)
    if ((p == text || !is_part_of_word(p[-1])) && !is_part_of_word(p[len]))
      return true;
  return false;
}

/* What begins there and is made of such characters. */
static void copy_word(const char *from, char *out, size_t size) {
  size_t n = 0;
  while (n + 1 < size && is_part_of_word(from[n])) {
    out[n] = from[n];
    n++;
  }
  out[n] = '\0';
}

static void check_options(const char *command, const char *zsh,
                          const char *known) {
  char option[64], word[80];
  CHECK(ctl("help", command, NULL) == CTL_DONE);
  const char *usage = room.out;
  for (const char *p = usage; (p = strstr(p, "--")) != NULL; p += 2) {
    copy_word(p, option, sizeof option);
    snprintf(word, sizeof word, "<%s>", option);
    if (known != NULL && strstr(known, word) == NULL)
      printf("bash: %s %s\n", command, option);
    CHECK(known == NULL || strstr(known, word) != NULL);
    if (!has_word(zsh, option))
      printf("zsh: %s %s\n", command, option);
    CHECK(has_word(zsh, option));
  }
}

static void both_know_all_commands_and_options(void) {
  char text[PATH_BYTES] = "", known[PATH_BYTES], command[64];
  char *zsh = read_file("conf/_incidentctl");
  char *bash = read_file("conf/incidentctl.bash");
  begin();
  CHECK(ctl("help", NULL) == CTL_DONE);
  char *help = strdup(room.out);
  for (const char *p = help; (p = strstr(p, "\n  ")) != NULL; p++) {
    size_t len = strlen(text);
    copy_word(p + 3, command, sizeof command);
    CHECK(has_word(bash, command));
    CHECK(has_word(zsh, command));
    snprintf(text + len, sizeof text - len, "%s\n", command);
  }
  room_write("lines", text);
  bool has_bash = run_shell("bash", "complete.bash", "options") == 0;
  FILE *f = fopen("words", "re");
  for (const char *p = text; *p != '\0'; p += strcspn(p, "\n") + 1) {
    copy_word(p, command, sizeof command);
    bool is_known = has_bash && next_words(f, known, sizeof known);
    CHECK(is_known == has_bash);
    check_options(command, zsh, is_known ? known : NULL);
  }
  if (f != NULL)
    fclose(f);
  CHECK(!has_word(bash, "eval") && !has_word(zsh, "eval"));
  free(help);
  free(bash);
  free(zsh);
  end();
}

int main(void) {
  char path[2 * PATH_BYTES];
  const char *builddir = getenv("builddir"), *srcdir = getenv("srcdir");
  const char *before = getenv("PATH");
  snprintf(script_dir, sizeof script_dir, "%s/tests/unit",
           srcdir != NULL ? srcdir : ".");
  snprintf(path, sizeof path, "%s:%s", builddir != NULL ? builddir : ".",
           before != NULL ? before : "/usr/bin:/bin");
  setenv("PATH", path, 1);
  names_are_those_of_the_configuration();
  names_are_numbers_of_what_is_open();
  without_a_ledger_nothing_is_said();
  both_know_all_commands_and_options();
  bash_completes();
  zsh_completes();
  return check_done("t_completion");
}

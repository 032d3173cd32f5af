/* SPDX-License-Identifier: MIT */
/* Our reading of the configuration against collectd's own: each text is given
 * to a stock `collectd -T` with a plugin that dumps what arrives, and to
 * conf_read. What collectd rejects we must reject, what both accept must be
 * the same. By us alone only two things are rejected: a string that does not
 * end, and an Include that collectd logs an error about and goes on.
 *
 * CONFDUMP_DIR names the directory with confdump.so, CONFDUMP_SEED repeats a
 * random run. */
#include "base/conf.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RANDOM_CASES 600
#define TEXT_MAX (1 << 20)

extern char **environ;

static char dir[] = "/tmp/t_conf_diff.XXXXXX";
static char plugin_dir[4096];
static const char *collectd_path;
static char last_message[1024];
static unsigned accepted, rejected, stricter;

static void path_in_dir(char out[4200], const char *name) {
  snprintf(out, 4200, "%s/%s", dir, name);
}

static void write_file(const char *path, const char *text, size_t len) {
  FILE *f = fopen(path, "w");
  CHECK(f != NULL);
  if (f == NULL)
    return;
  CHECK(fwrite(text, 1, len, f) == len);
  CHECK(fclose(f) == 0);
}

static char *read_file(const char *path) {
  char *text = calloc(1, TEXT_MAX);
  FILE *f = fopen(path, "r");
  if (f != NULL && text != NULL) {
    size_t n = fread(text, 1, TEXT_MAX - 1, f);
    text[n] = '\0';
  }
  if (f != NULL)
    fclose(f);
  return text;
}

/* ---- our side, in the form of dump_plugin.c ---- */

static void dump_text(struct buf *out, const char *text) {
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if (c > 0x20 && c < 0x7f && c != '\\')
      buf_addn(out, text, 1);
    else
      buf_addf(out, "\\%02x", c);
  }
}

static void dump(struct buf *out, const struct conf *c, int depth) {
  buf_addf(out, "%d ", depth);
  dump_text(out, c->key);
  for (size_t i = 0; i < c->values_n; i++) {
    const struct conf_value *v = &c->values[i];
    if (v->type == CONF_TEXT) {
      buf_add(out, " s:");
      dump_text(out, v->text);
    } else if (v->type == CONF_NUMBER) {
      buf_addf(out, " n:%a", v->number);
    } else {
      buf_addf(out, " b:%d", v->flag);
    }
  }
  buf_add(out, "\n");
  for (size_t i = 0; i < c->children_n; i++)
    dump(out, &c->children[i], depth + 1);
}

/* collectd tells blocks from options by their children: an empty
 * <Plugin confdump> is handed over as well. */
static void dump_ours(struct buf *out, const struct conf *root) {
  for (size_t i = 0; i < root->children_n; i++) {
    const struct conf *c = &root->children[i];
    if (strcasecmp(c->key, "Plugin") == 0 && c->values_n > 0 &&
        c->values[0].type == CONF_TEXT &&
        strcasecmp(c->values[0].text, "confdump") == 0)
      dump(out, c, 0);
  }
}

static void remember(void *arg, const char *file, int line, bool is_warning,
                     const char *message) {
  (void)arg;
  (void)file;
  (void)line;
  if (!is_warning)
    snprintf(last_message, sizeof last_message, "%s", message);
}

/* ---- their side ---- */

static int run_collectd(const char *conf, const char *out) {
  /* The rest of the environment stays: a sanitized plugin needs LD_PRELOAD. */
  if (setenv("CONFDUMP_OUT", out, 1) != 0)
    return -1;
  char *argv[] = {(char *)collectd_path, "-T", "-C", (char *)conf, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = 0;
  int status = posix_spawn(&pid, collectd_path, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0)
    return -1;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  return status;
}

static const char *preamble(void) {
  static char text[9000];
  snprintf(text, sizeof text,
           "PluginDir \"%s\"\nBaseDir \"%s\"\nPIDFile \"%s/pid\"\n"
           "TypesDB \"/dev/null\"\nLoadPlugin confdump\n",
           plugin_dir, dir, dir);
  return text;
}

/* True if the two agree as they should. */
static bool agree_on(const char *text, size_t len) {
  char conf[4200], out[4200];
  path_in_dir(conf, "collectd.conf");
  path_in_dir(out, "out");
  size_t preamble_len = strlen(preamble());
  char *whole = malloc(preamble_len + len + 1);
  if (whole == NULL)
    return false;
  memcpy(whole, preamble(), preamble_len);
  memcpy(whole + preamble_len, text, len);
  write_file(conf, whole, preamble_len + len);
  free(whole);
  (void)unlink(out);
  bool they_accept = run_collectd(conf, out) == 0;

  struct conf_file *file = NULL;
  last_message[0] = '\0';
  enum err err = conf_read(conf, remember, NULL, &file);
  bool agree = true;
  if (err != OK) {
    rejected++;
    if (they_accept) {
      stricter++;
      agree = strstr(last_message, "does not end") != NULL ||
              strncmp(last_message, "Include:", 8) == 0;
      if (!agree)
        printf("only we reject (%s):\n%s\n", last_message, text);
    }
  } else if (!they_accept) {
    agree = false;
    printf("only collectd rejects:\n%s\n", text);
  } else {
    accepted++;
    struct buf ours;
    buf_init(&ours, TEXT_MAX);
    dump_ours(&ours, &file->root);
    char *theirs = read_file(out);
    agree = theirs != NULL && strcmp(theirs, buf_text(&ours)) == 0;
    if (!agree)
      printf("read differently:\n%s\nby us:\n%sby collectd:\n%s", text,
             buf_text(&ours), theirs == NULL ? "" : theirs);
    free(theirs);
    buf_fini(&ours);
  }
  conf_file_free(file);
  return agree;
}

/* ---- written by hand ---- */

/* Each stands alone inside <Plugin confdump>. */
static const char *const insides[] = {
    /* strings */
    "A \"a\\nb\" \"\\t\" \"\\u00e9\"\n",
    "A \"q\\\"x\" \"b\\\\s\"\n",
    "A \"a\nb\"\nB 1\n",
    "A \"cont \\\n   inued\"\n",
    "A \"cont \\\n   inued \\\n\t\b more\"\nB 2\n",
    "A \"cont \\\n\\\n x\"\n",
    "A \"cont \\\n\n  x\"\n",
    "A \"cont \\\n  \"x\" y\"\nB \"z\"\n",
    "A \"cont \\\n  \\\\n\" \n",
    "A \"cont \\\r\n   inued\"\nB 1\n",
    "A \"crlf\\\r\nB \"x\\\r\n",
    "A \"caf\xc3\xa9 \xff\" \"$HOME\" \"${X}\" \"%{x}\" \"a # b\"\n",
    "A \"\" \"\\\\\" \"a\\\\\\\"b\"\n",
    "A \"x\"\"y\"z\"w\"\n",
    "A \"not closed\nB 1\n",
    "A \"tail\\\\\"\nB \"x\\y\"\n",
    /* numbers */
    "A 10 0x10 010 08 -3 .5 1.5e+3 +7 -0x10 0X1f -.25\n",
    "A 1.5e3 1e5 1e+5\n",
    "A 10ms 5m 0x 0xg 1_0\n",
    "A 5% 1,000 5.\n",
    "A 9007199254740993 1.0e+999 -1.0e+999 123456789012345678901234567890\n",
    "A 1.5e+ 1.5E-3 1..2 1.2.3 +-1 --1 - + . ..\n",
    /* words */
    "A foo-bar web-01 a.b.c 'two words'\n",
    "A true yes on false no off Yes TRUE \"true\" trues on1 off_\n",
    "A 1.2.3.4 1.2.3.4:80 ::1\n",
    "A 1.2.3.256 1.2.3.4:65535 1.2.3.4:65536 1.2.3.4:0 01.2.3.4 1.2.3.04\n",
    "A 255.255.255.255 256.1.1.1 1.2.3.4.5 1.2.3.4:080 1.2.3.4x\n",
    "A fe80::1 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:: ::1:2:3:4:5:6:7 1::2::3\n",
    "A ::1.2.3.4 1:2:3:4:5:6:1.2.3.4 [::1] [::1]:80 [fe80::1 "
    "::ffff:1.2.3.4:9\n",
    "A :: ::12345 12345:: 1:2:3 ::1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:8:9\n",
    "A 1::1.2.3.4 1:2:3:4::1.2.3.4 1:2:3:4:5::1.2.3.4 1:2:3:4:5:6::1.2.3.4\n",
    "A ::2:3:4:5:6:1.2.3.4 ::2:3:4:5:6:7:1.2.3.4 [1:2:3:4:5:6:7:8]:65536\n",
    "1.2.3.4 x\n",
    "::1 x\n",
    /* stray bytes, comments, blanks */
    "A x=y; z\n",
    "A x \xc3\xa4 y\n",
    "\xef\xbb\xbf"
    "A 1\n",
    "A x\ry z\n",
    "A 1 # comment \"with quote\n#another\n \t\bB 2\n",
    "A x#y\n",
    "A 1 \\\n  2 \\\r\n 3\n",
    "A 1 \\ 2\n",
    "A 1 \\\n",
    "A 1\r\nB 2\r\n<C>\r\nD 1\r\n</C>\r\n",
    "A\f1\v2\n",
    /* structure */
    "",
    "\n\n  \n",
    "A\n",
    "Path /unquoted\n",
    "A <x>\n",
    "A x>\n",
    "5 x\n",
    "true x\n",
    "\"A\" x\n",
    "<Sub></Sub>\n",
    "<Sub>\n</Sub>\n",
    "<Sub>\n\n</Sub>\nB 1\n",
    "<Sub \"x\">\n</Sub>\n",
    "<Sub \"x\" 1 true y>\nB 1\n</Sub>\n",
    "<Sub>\nB 1\n</sub>\n",
    "<Sub>\nB 1\n</Other>\n",
    "<Sub>\nB 1\n",
    "</Sub>\n",
    "<Sub> B 1\n</Sub>\n",
    "<Sub>\nB 1\n</Sub> C 1\n",
    "<Sub>\nB 1 </Sub>\n",
    "<Sub>\n<Sub>\n<Sub>\nA 1\n</Sub>\nB 1\n</Sub>\n</Sub>\n",
    "<Sub> # x\nB 1\n</Sub> # y\n",
    "< Sub >\nB 1\n< / Sub >\n",
    "<\nSub>\nB 1\n</Sub>\n",
    "<Sub \\\n 1>\nB 1\n</Sub\\\n>\n",
    "<Sub x\n>\nB 1\n</Sub>\n",
    "<5>\nB 1\n</5>\n",
    "<>\nB 1\n</>\n",
    "<Sub-x 1>\nB 1\n</Sub-x>\n",
    "Include \"/nowhere\"\n",
    "A b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8 9\n",
};

/* Each follows the preamble. */
static const char *const wholes[] = {
    "<Plugin confdump>\nA 1\n</Plugin>",
    "<Plugin confdump>\nA 1\n</Plugin>\n# no newline",
    "<Plugin confdump>\nA 1\n</Plugin>\n   ",
    "<Plugin confdump>\nA 1\n</Plugin>\n<Plugin confdump>\nB 2\n</Plugin>\n",
    "<plugin \"ConfDump\" 3>\nA 1\n</plugin>\n",
    "<Plugin confdump>\n</Plugin>\n",
    "Plugin confdump\n",
    "Nonsense 1\n<Unknown>\nx y\n</Unknown>\n",
    "Include\n",
    "Include \"/nowhere/at/all\"\n<Plugin confdump>\nA 1\n</Plugin>\n",
    "Include \"$(echo x)\"\n",
    "Include \"a;b\"\n",
    "A 1\n</Plugin>\n",
};

static void hand_written_texts_are_read_alike(void) {
  for (size_t i = 0; i < sizeof insides / sizeof insides[0]; i++) {
    char text[1024];
    int n = snprintf(text, sizeof text, "<Plugin confdump>\n%s</Plugin>\n",
                     insides[i]);
    CHECK(agree_on(text, (size_t)n));
  }
  for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++)
    CHECK(agree_on(wholes[i], strlen(wholes[i])));
}

static void a_nul_byte_is_never_read_otherwise(void) {
  static const char text[] = "<Plugin confdump>\nA \"x\0y\"\n</Plugin>\n";
  char conf[4200];
  path_in_dir(conf, "collectd.conf");
  write_file(conf, text, sizeof text - 1);
  struct conf_file *file = NULL;
  CHECK(conf_read(conf, remember, NULL, &file) == ERR_INVALID);
  conf_file_free(file);
}

static void includes_are_followed_alike(void) {
  static const struct {
    const char *name, *text;
  } files[] = {
      {"b.inc", "<Plugin confdump>\nFile b\n</Plugin>\n"},
      {"a.inc", "<Plugin confdump>\nFile a\n</Plugin>\n"},
      {"c.txt", "<Plugin confdump>\nFile c\n</Plugin>\n"},
      {"empty.txt", ""},
      {"bad.txt", "<Plugin confdump>\n"},
  };
  char path[4200], text[16384];
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    path_in_dir(path, files[i].name);
    write_file(path, files[i].text, strlen(files[i].text));
  }
  path_in_dir(path, "sub");
  CHECK(mkdir(path, 0700) == 0);
  path_in_dir(path, "sub/d.inc");
  write_file(path, files[0].text, strlen(files[0].text));
  path_in_dir(path, "sub/d.off");
  write_file(path, files[1].text, strlen(files[1].text));

#define AGREE(format, ...)                                                     \
  do {                                                                         \
    int n = snprintf(text, sizeof text, format, __VA_ARGS__);                  \
    CHECK(agree_on(text, (size_t)n));                                          \
  } while (0)
  AGREE("Include \"%s/*.inc\"\n<Plugin confdump>\nA 1\n</Plugin>\n", dir);
  AGREE("<Plugin confdump>\nA 1\n</Plugin>\nInclude \"%s/[c]*\"\n", dir);
  AGREE("include \"%s/empty.txt\"\n", dir);
  AGREE("Include \"%s/c.txt\" 1\n", dir);
  AGREE("Include \"%s/bad.txt\"\n", dir);
  AGREE("Include \"%s/b.inc %s/a.inc\"\n", dir, dir);
  AGREE("Include \"%s/sub\"\n", dir);
  AGREE("<Include \"%s/sub\">\nFilter \"*.inc\"\n</Include>\n", dir);
  AGREE("<Include \"%s/c.txt\">\nFilter \"*.txt\"\n</Include>\n", dir);
  AGREE("<Plugin confdump>\nInclude \"%s/a.inc\"\n</Plugin>\n", dir);
  /* A chain of files: level i includes level i + 1. */
  for (int i = 1; i <= 9; i++) {
    char name[32];
    snprintf(name, sizeof name, "deep%d", i);
    path_in_dir(path, name);
    int n = i == 9 ? snprintf(text, sizeof text, "%s", files[0].text)
                   : snprintf(text, sizeof text, "Include \"%s/deep%d\"\n", dir,
                              i + 1);
    write_file(path, text, (size_t)n);
  }
  AGREE("Include \"%s/deep%d\"\n", dir, 3); /* depth 7 is the last allowed */
  AGREE("Include \"%s/deep%d\"\n", dir, 2);
#undef AGREE
}

/* ---- drawn at random ---- */

static uint64_t random_state;

static uint32_t draw(uint32_t below) {
  random_state += UINT64_C(0x9e3779b97f4a7c15);
  uint64_t x = random_state;
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)((x ^ (x >> 31)) >> 33) % below;
}

static const char *pick(const char *const *from, size_t n) {
  return from[draw((uint32_t)n)];
}
#define PICK(array) pick(array, sizeof array / sizeof array[0])

static void add_value(struct buf *b) {
  static const char *const values[] = {
      "1",
      "-7",
      "0x1F",
      "3.25",
      "1.5e-3",
      "1.5e3",
      "10s",
      "true",
      "off",
      "Yes",
      "\"text\"",
      "\"\"",
      "\"q\\\"\"",
      "\"\\\\\"",
      "\"a\\\n  b\"",
      "\"two\nlines\"",
      "\"\xc3\xbc\"",
      "1.2.3.4",
      "::1",
      "word",
      "w_1",
      "web-01",
      "5%",
      "[::1]:80",
      "1:2:3:4:5:6:7:8",
      "\"a \\\n\\\n \\\n b\"",
      "192.168.1.300",
      "abcd::",
      "1e+5",
      "0777",
  };
  static const char characters[] = "0123456789abcdefABCDEF.:+-xeE_%[]";
  if (draw(4) > 0) {
    buf_add(b, PICK(values));
    return;
  }
  for (uint32_t n = 1 + draw(12); n > 0; n--)
    buf_addn(b, &characters[draw(sizeof characters - 1)], 1);
}

static void add_values(struct buf *b, uint32_t n) {
  static const char *const blanks[] = {" ", "  ", "\t", " \\\n ", ""};
  while (n-- > 0) {
    buf_add(b, draw(6) > 0 ? " " : PICK(blanks));
    add_value(b);
  }
}

static void add_items(struct buf *b, int depth) {
  static const char *const keys[] = {"Key", "b", "Long_Key_9", "a1", "No"};
  static const char *const ends[] = {"\n",   "\n",     "\n",
                                     "\r\n", " # c\n", "\n\n"};
  for (uint32_t n = draw(5); n > 0; n--) {
    const char *key = PICK(keys);
    if (depth < 4 && draw(3) == 0) {
      buf_addf(b, "<%s", key);
      add_values(b, draw(3));
      buf_addf(b, ">%s", PICK(ends));
      add_items(b, depth + 1);
      buf_addf(b, "</%s>%s", key, PICK(ends));
    } else {
      buf_add(b, key);
      add_values(b, 1 + draw(4));
      buf_add(b, PICK(ends));
    }
  }
}

/* Writes over, drops or doubles a few bytes. */
static void damage(struct buf *b) {
  static const char bytes[] = "\"\\\n<>/ #\r.:-+0aZ\x01\xff'";
  for (uint32_t n = draw(4); n > 0 && b->len > 0; n--) {
    size_t at = draw((uint32_t)b->len);
    if (draw(2) == 0) {
      b->text[at] = bytes[draw(sizeof bytes - 1)];
    } else {
      memmove(b->text + at, b->text + at + 1, b->len - at);
      b->len--;
    }
  }
}

static void random_texts_are_read_alike(void) {
  const char *seed = getenv("CONFDUMP_SEED");
  random_state = seed != NULL
                     ? strtoull(seed, NULL, 10)
                     : (uint64_t)time(NULL) * 1000003u + (uint64_t)getpid();
  uint64_t start = random_state;
  accepted = rejected = stricter = 0;
  for (int i = 0; i < RANDOM_CASES; i++) {
    struct buf b;
    buf_init(&b, TEXT_MAX);
    add_items(&b, 0);
    if (i % 2 == 1)
      damage(&b);
    struct buf whole;
    buf_init(&whole, TEXT_MAX);
    buf_addf(&whole, "<Plugin confdump>\n%s</Plugin>\n", buf_text(&b));
    bool agree = agree_on(buf_text(&whole), whole.len);
    CHECK(agree);
    buf_fini(&b);
    buf_fini(&whole);
    if (!agree) {
      printf("repeat with CONFDUMP_SEED=%" PRIu64 "\n", start);
      break;
    }
  }
  /* Else it is not grammars that are compared. */
  CHECK(accepted > RANDOM_CASES / 4);
  CHECK(rejected > RANDOM_CASES / 20);
  printf("random texts: %u accepted, %u rejected, %u of them by us alone\n",
         accepted, rejected, stricter);
}

static void remove_dir(void) {
  static const char *const names[] = {
      "collectd.conf", "out",       "pid",       "b.inc",    "a.inc",
      "c.txt",         "empty.txt", "bad.txt",   "deep1",    "deep2",
      "deep3",         "deep4",     "deep5",     "deep6",    "deep7",
      "deep8",         "deep9",     "sub/d.inc", "sub/d.off"};
  char path[4200];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    path_in_dir(path, names[i]);
    (void)unlink(path);
  }
  path_in_dir(path, "sub");
  (void)rmdir(path);
  CHECK(rmdir(dir) == 0);
}

int main(void) {
  static const char *const places[] = {"/usr/sbin/collectd",
                                       "/usr/local/sbin/collectd",
                                       "/opt/collectd/sbin/collectd"};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    if (collectd_path == NULL && access(places[i], X_OK) == 0)
      collectd_path = places[i];
  if (collectd_path == NULL) {
    printf("t_conf_diff: collectd is not installed\n");
    return 77;
  }
  const char *from = getenv("CONFDUMP_DIR");
  CHECK(from != NULL && realpath(from, plugin_dir) != NULL);
  CHECK(mkdtemp(dir) != NULL);
  if (check_failed > 0) {
    printf("CONFDUMP_DIR must name the directory with confdump.so\n");
    return check_done("t_conf_diff");
  }
  CHECK(agree_on("<Plugin confdump>\nA 1\n</Plugin>\n", 32));
  CHECK(accepted == 1);
  hand_written_texts_are_read_alike();
  a_nul_byte_is_never_read_otherwise();
  includes_are_followed_alike();
  random_texts_are_read_alike();
  remove_dir();
  return check_done("t_conf_diff");
}

/* SPDX-License-Identifier: MIT */
/* The tree and its complaints; that the grammar is collectd's is for
 * tests/conf/t_conf_diff.c. */
#include "base/conf.h"
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char complaints[4096];

static void complain(void *arg, const char *file, int line, bool is_warning,
                     const char *message) {
  char *out = arg;
  const char *slash = strrchr(file, '/');
  size_t used = strlen(out);
  snprintf(out + used, sizeof complaints - used, "%s:%d: %s%s\n",
           slash == NULL ? file : slash + 1, line,
           is_warning ? "warning: " : "", message);
}

static struct conf_file *parsed;
static enum err parse_err;

/* The tree of a text, printed; "" when it is refused. */
static const char *parse(const char *text) {
  static struct buf printed;
  buf_init(&printed, 1 << 20);
  conf_file_free(parsed);
  parsed = NULL;
  complaints[0] = '\0';
  parse_err = conf_read_text("x.conf", text, strlen(text), complain, complaints,
                             &parsed);
  static char out[65536];
  out[0] = '\0';
  if (parse_err == OK) {
    conf_print(&parsed->root, &printed);
    CHECK(printed.err == OK);
    snprintf(out, sizeof out, "%s", buf_text(&printed));
  }
  buf_fini(&printed);
  return out;
}

static void items_have_values_children_and_lines(void) {
  CHECK_TEXT(parse("A 1\n\n<B \"x\" true>\n  C no 2.5 word\n</B>\n"),
             "A 1\n<B \"x\" true>\n  C false 2.5 \"word\"\n</B>\n");
  CHECK(parse_err == OK);
  const struct conf *root = &parsed->root;
  CHECK(root->key == NULL && root->children_n == 2);
  const struct conf *b = &root->children[1];
  CHECK_TEXT(b->key, "B");
  CHECK(b->line == 3);
  CHECK_TEXT(b->file, "x.conf");
  CHECK(b->values_n == 2 && b->values[0].type == CONF_TEXT &&
        b->values[1].type == CONF_BOOL && b->values[1].flag);
  CHECK(b->children_n == 1 && b->children[0].line == 4);
  CHECK(b->children[0].values[1].type == CONF_NUMBER &&
        b->children[0].values[1].number == 2.5);
}

static void errors_name_their_line_and_all_are_told(void) {
  parse("A\nB 1\nC <\n5 x\n");
  CHECK(parse_err == ERR_INVALID && parsed == NULL);
  CHECK_TEXT(complaints,
             "x.conf:1: syntax error: the end of the line where a value should "
             "be\n"
             "x.conf:3: syntax error: \"<\" where a value should be\n"
             "x.conf:4: syntax error: \"5\" where a name should be\n");
  parse("<A>\nB 1\n");
  CHECK_TEXT(complaints,
             "x.conf:3: syntax error: <A> of line 1 is not closed\n");
  parse("<A>\nB 1\n</a>\n");
  CHECK_TEXT(complaints, "x.conf:3: syntax error: </a> closes <A> of line 1 in "
                         "another case\n");
  parse("A \"x\n\ny\n");
  CHECK_TEXT(complaints, "x.conf:1: syntax error: a string that does not end "
                         "where a value should be\n");
  parse("A 1");
  CHECK_TEXT(complaints,
             "x.conf:1: syntax error: the end of the file where another value "
             "or the end of the line should be\n");
}

static void what_collectd_drops_is_warned_of_once_a_line(void) {
  CHECK_TEXT(parse("A foo-bar.baz\nB 5%\nC x\xff\n"),
             "A \"foo\" \"bar\" \"baz\"\nB 5\nC \"x\"\n");
  CHECK(parse_err == OK);
  CHECK_TEXT(complaints,
             "x.conf:1: warning: collectd drops '-' outside quotes: put the "
             "value in quotes\n"
             "x.conf:2: warning: collectd drops '%' outside quotes: put the "
             "value in quotes\n"
             "x.conf:3: warning: collectd drops the byte 0xff outside quotes: "
             "put the value in quotes\n");
}

static void includes_stay_in_a_text(void) {
  CHECK_TEXT(parse("Include \"/etc/*\"\n"), "Include \"/etc/*\"\n");
}

static void nul_bytes_and_deep_nesting_are_refused(void) {
  struct conf_file *f = NULL;
  complaints[0] = '\0';
  CHECK(conf_read_text("n", "A 1\nB \0\n", 8, complain, complaints, &f) ==
        ERR_INVALID);
  CHECK_TEXT(complaints, "n:2: a NUL byte\n");
  struct buf b;
  buf_init(&b, 4000);
  for (int i = 0; i < 70; i++)
    buf_add(&b, "<A>\n");
  buf_add(&b, "B 1\n");
  for (int i = 0; i < 70; i++)
    buf_add(&b, "</A>\n");
  parse(buf_text(&b));
  buf_fini(&b);
  CHECK(parse_err == ERR_INVALID);
  CHECK_TEXT(complaints, "x.conf:65: blocks are nested too deeply\n");
  CHECK(conf_read_text("n", "", 0, NULL, NULL, &f) == OK);
  CHECK(f != NULL && f->root.children_n == 0);
  conf_file_free(f);
}

static bool same(const struct conf *a, const struct conf *b) {
  if ((a->key == NULL) != (b->key == NULL) || a->values_n != b->values_n ||
      a->children_n != b->children_n ||
      (a->key != NULL && strcmp(a->key, b->key) != 0))
    return false;
  for (size_t i = 0; i < a->values_n; i++) {
    const struct conf_value *v = &a->values[i], *w = &b->values[i];
    if (v->type != w->type ||
        (v->type == CONF_TEXT && strcmp(v->text, w->text) != 0) ||
        (v->type == CONF_NUMBER && v->number != w->number) ||
        v->flag != w->flag)
      return false;
  }
  for (size_t i = 0; i < a->children_n; i++)
    if (!same(&a->children[i], &b->children[i]))
      return false;
  return true;
}

static void print_is_read_back_equal(void) {
  static const double numbers[] = {
      0,       1,    -3,   0.1,      1e300,     -1e-300, 5e-324,   DBL_MAX,
      1.0 / 3, 1e15, 1e16, INFINITY, -INFINITY, 1.5e-7,  123456.75};
  static const char *const texts[] = {
      "",        "plain",        "with blank",
      "q\"uote", "back\\slash",  "\\",
      "\"",      "\\\n x",       "line\n  two",
      "\ttab",   "# no comment", "true",
      "10",      "\\\"",         "caf\xc3\xa9 \xff",
      "\r\n",    "trailing\\\\", "\\\r\n x"};
  struct conf root = {0};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    struct conf *c = conf_add_child(&root);
    CHECK(conf_set_key(c, "Number") == OK);
    CHECK(conf_add_number(c, numbers[i]) == OK);
    CHECK(conf_add_bool(c, i % 2 == 0) == OK);
  }
  struct conf *block = conf_add_child(&root);
  CHECK(conf_set_key(block, "Other") == OK);
  CHECK(conf_set_key(block, "Block") == OK);
  CHECK(conf_add_text(block, "name") == OK);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct conf *c = conf_add_child(block);
    CHECK(conf_set_key(c, "Text") == OK);
    CHECK(conf_add_text(c, texts[i]) == OK);
    CHECK(conf_add_text(c, "second") == OK);
  }
  struct buf b;
  buf_init(&b, 1 << 20);
  conf_print(&root, &b);
  struct conf_file *f = NULL;
  complaints[0] = '\0';
  CHECK(conf_read_text("p", buf_text(&b), b.len, complain, complaints, &f) ==
        OK);
  CHECK_TEXT(complaints, "");
  CHECK(f != NULL && same(&root, &f->root));
  conf_file_free(f);
  buf_fini(&b);
  conf_fini(&root);
  CHECK(root.children == NULL && root.children_n == 0);
}

static void what_no_file_can_say_is_not_printed_as_something_else(void) {
  struct conf root = {0};
  struct conf *c = conf_add_child(&root);
  CHECK(conf_set_key(c, "Empty") == OK);
  c = conf_add_child(&root);
  CHECK(conf_set_key(c, "Nan") == OK);
  CHECK(conf_add_number(c, (double)NAN) == OK);
  struct buf b;
  buf_init(&b, 1000);
  conf_print(&root, &b);
  CHECK_TEXT(buf_text(&b), "Nan \"nan\"\n");
  buf_fini(&b);
  conf_fini(&root);
}

/* ---- files ---- */

static char dir[] = "/tmp/t_conf.XXXXXX";

static const char *in_dir(const char *name) {
  static char path[4][256];
  static unsigned next;
  char *out = path[next++ % 4];
  snprintf(out, sizeof path[0], "%s/%s", dir, name);
  return out;
}

static void put(const char *name, const char *text) {
  FILE *f = fopen(in_dir(name), "w");
  CHECK(f != NULL && fputs(text, f) >= 0);
  if (f != NULL)
    fclose(f);
}

static void files_are_read_with_their_includes(void) {
  char text[1024];
  snprintf(text, sizeof text,
           "First 1\nInclude \"%s/part*\"\n<Inner>\nInclude \"stays\"\n"
           "</Inner>\nInclude \"%s/missing\"\nLast 9\n",
           dir, dir);
  put("main", text);
  put("part2", "Two 2\n");
  put("part1", "\nOne 1\n");
  struct conf_file *f = NULL;
  complaints[0] = '\0';
  CHECK(conf_read(in_dir("main"), complain, complaints, &f) == OK);
  CHECK(strncmp(complaints, "main:6: warning: Include \"", 26) == 0);
  CHECK(strstr(complaints, "nothing there: No such file") != NULL);
  CHECK(f != NULL && f->root.children_n == 5);
  if (f != NULL && f->root.children_n == 5) {
    static const char *const keys[] = {"First", "One", "Two", "Inner", "Last"};
    for (size_t i = 0; i < 5; i++)
      CHECK_TEXT(f->root.children[i].key, keys[i]);
    CHECK_TEXT(f->root.children[1].file, in_dir("part1"));
    CHECK(f->root.children[1].line == 2);
    CHECK(f->root.children[4].line == 7);
    CHECK_TEXT(f->root.children[3].children[0].key, "Include");
  }
  conf_file_free(f);
}

static void an_error_in_an_included_file_names_that_file(void) {
  char text[1024];
  snprintf(text, sizeof text, "Include \"%s/part1\"\nInclude 5\n", dir);
  put("main", text);
  put("part1", "A 1\nB\n");
  struct conf_file *f = NULL;
  complaints[0] = '\0';
  CHECK(conf_read(in_dir("main"), complain, complaints, &f) == ERR_INVALID);
  CHECK(f == NULL);
  CHECK_TEXT(complaints, "part1:2: syntax error: the end of the line where a "
                         "value should be\n"
                         "main:2: Include: needs exactly one string\n");
}

static void a_file_that_includes_itself_ends(void) {
  char text[1024];
  snprintf(text, sizeof text, "Include \"%s/main\"\n", dir);
  put("main", text);
  struct conf_file *f = NULL;
  complaints[0] = '\0';
  CHECK(conf_read(in_dir("main"), complain, complaints, &f) == ERR_INVALID);
  CHECK(strstr(complaints, "nested too deeply, 8 levels at most") != NULL);
}

static void unreadable_and_empty_files_are_told_apart(void) {
  struct conf_file *f = NULL;
  complaints[0] = '\0';
  CHECK(conf_read(in_dir("none"), complain, complaints, &f) == ERR_IO);
  CHECK_TEXT(complaints, "none:0: cannot be read: No such file or directory\n");
  complaints[0] = '\0';
  CHECK(conf_read(dir, complain, complaints, &f) == ERR_IO);
  CHECK(strstr(complaints, "it is a directory") != NULL);
  put("main", "# nothing\n");
  complaints[0] = '\0';
  CHECK(conf_read(in_dir("main"), complain, complaints, &f) == ERR_INVALID);
  CHECK_TEXT(complaints, "main:0: the file is empty, which collectd refuses\n");
  CHECK(f == NULL);
}

int main(void) {
  items_have_values_children_and_lines();
  errors_name_their_line_and_all_are_told();
  what_collectd_drops_is_warned_of_once_a_line();
  includes_stay_in_a_text();
  nul_bytes_and_deep_nesting_are_refused();
  print_is_read_back_equal();
  what_no_file_can_say_is_not_printed_as_something_else();
  CHECK(mkdtemp(dir) != NULL);
  files_are_read_with_their_includes();
  an_error_in_an_included_file_names_that_file();
  a_file_that_includes_itself_ends();
  unreadable_and_empty_files_are_told_apart();
  unlink(in_dir("main"));
  unlink(in_dir("part1"));
  unlink(in_dir("part2"));
  CHECK(rmdir(dir) == 0);
  conf_file_free(parsed);
  return check_done("t_conf");
}

/* SPDX-License-Identifier: MIT */
#include "door/ctl_table.h"

#include "tests/unit/check.h"

#include <stdlib.h>

static char *printed;
static FILE *out;
static size_t printed_len;

static void begin(struct ctl_table *t, const struct ctl_style *style,
                  const struct ctl_column *columns, size_t n) {
  free(printed);
  printed = NULL;
  out = open_memstream(&printed, &printed_len);
  ctl_table_begin(t, out, style, columns, n);
}

static const char *end(struct ctl_table *t) {
  CHECK(ctl_table_end(t) == OK);
  fclose(out);
  return printed;
}

static const struct ctl_style plain = {0};
static const struct ctl_column three[] = {
    {"ID", true}, {"NAME", false}, {"TEXT", false}};
static const struct ctl_column two[] = {{0}, {0}};

static void add(struct ctl_table *t, const char *a, const char *b,
                const char *c) {
  ctl_table_add(t, COLOUR_NONE, a);
  ctl_table_add(t, COLOUR_NONE, b);
  if (t->columns_n > 2)
    ctl_table_add(t, COLOUR_NONE, c);
}

static void columns_are_aligned(void) {
  struct ctl_table t;
  begin(&t, &plain, three, 3);
  add(&t, "7", "alice", "x");
  add(&t, "1234", "bo", "y z");
  CHECK_TEXT(end(&t), "  ID  NAME   TEXT\n"
                      "   7  alice  x\n"
                      "1234  bo     y z\n");
}

static void columns_are_counted_as_terminals_do(void) {
  struct ctl_table t;
  begin(&t, &plain, two, 2);
  add(&t, "\xe6\xbc\xa2", "wide", NULL);
  add(&t, "e\xcc\x81", "combined", NULL);
  CHECK_TEXT(end(&t), "\xe6\xbc\xa2  wide\ne\xcc\x81   combined\n");
}

static void control_characters_are_made_visible(void) {
  struct ctl_table t;
  begin(&t, &plain, two, 2);
  add(&t, "a\nb", "\033[31mred", NULL);
  CHECK_TEXT(end(&t), "a\\nb  \\x1b[31mred\n");
}

static void an_empty_column_is_left_out(void) {
  struct ctl_table t;
  begin(&t, &plain, three, 3);
  add(&t, "1", NULL, "x");
  add(&t, "2", "", "y");
  CHECK_TEXT(end(&t), "ID  TEXT\n 1  x\n 2  y\n");
}

static void no_line_ends_in_blanks(void) {
  struct ctl_table t;
  begin(&t, &plain, three, 3);
  add(&t, "1", "alice", "x");
  add(&t, "2", "bob", NULL);
  add(&t, NULL, NULL, "y");
  CHECK_TEXT(end(&t), "ID  NAME   TEXT\n"
                      " 1  alice  x\n"
                      " 2  bob\n"
                      "           y\n");
}

static void an_empty_table_prints_nothing(void) {
  struct ctl_table t;
  begin(&t, &plain, three, 3);
  CHECK_TEXT(end(&t), "");
}

static void the_last_column_is_cut_to_the_terminal(void) {
  const struct ctl_style narrow = {.width = 20};
  struct ctl_table t;
  begin(&t, &narrow, two, 2);
  add(&t, "12345678", "0123456789", NULL);
  add(&t, "1", "0123456789a", NULL);
  add(&t, "2", "012345678\xe6\xbc\xa2", NULL);
  CHECK_TEXT(end(&t), "12345678  0123456789\n"
                      "1         012345678\xe2\x80\xa6\n"
                      "2         012345678\xe2\x80\xa6\n");
}

static void the_last_column_is_wrapped_at_blanks(void) {
  const struct ctl_style narrow = {.width = 16};
  struct ctl_table t;
  begin(&t, &narrow, two, 2);
  t.is_wrapped = true;
  t.indent = 1;
  add(&t, "x", "the disk   is full", NULL);
  add(&t, "y", "0123456789abcdefghij", NULL);
  CHECK_TEXT(end(&t), " x  the disk\n"
                      "    is full\n"
                      " y  0123456789ab\n"
                      "    cdefghij\n");
}

static void lines_of_a_wrapped_cell_stand_below_each_other(void) {
  const struct ctl_style narrow = {.width = 16};
  struct ctl_table t;
  begin(&t, &narrow, two, 2);
  t.is_wrapped = t.has_lines = true;
  add(&t, "x\ny", "the disk is full\n\nall\tof it\n\n", NULL);
  CHECK_TEXT(end(&t), "x\\ny  the disk\n"
                      "      is full\n"
                      "\n"
                      "      all\\tof it\n");
}

static void colours_do_not_count(void) {
  const struct ctl_style coloured = {.has_colour = true};
  struct ctl_table t;
  begin(&t, &coloured, two, 2);
  ctl_table_add(&t, COLOUR_RED, "a");
  ctl_table_add(&t, COLOUR_NONE, "x");
  add(&t, "bb", "y", NULL);
  CHECK_TEXT(end(&t), "\033[1;31ma\033[0m   x\nbb  y\n");
}

static void many_rows_keep_their_columns(void) {
  struct ctl_table t;
  size_t lines = 0;
  begin(&t, &plain, two, 2);
  for (int i = 0; i < 2500; i++)
    add(&t, i == 0 ? "long" : "x", "y", NULL);
  end(&t);
  for (const char *p = printed; (p = strchr(p, '\n')) != NULL; p++)
    lines++;
  CHECK(lines == 2500);
  CHECK_TEXT(printed + printed_len - 8, "x     y\n");
}

int main(void) {
  columns_are_aligned();
  columns_are_counted_as_terminals_do();
  control_characters_are_made_visible();
  an_empty_column_is_left_out();
  no_line_ends_in_blanks();
  an_empty_table_prints_nothing();
  the_last_column_is_cut_to_the_terminal();
  the_last_column_is_wrapped_at_blanks();
  lines_of_a_wrapped_cell_stand_below_each_other();
  colours_do_not_count();
  many_rows_keep_their_columns();
  free(printed);
  return check_done("t_ctl_table");
}

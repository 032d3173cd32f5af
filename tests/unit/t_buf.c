/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "check.h"

#include <stdlib.h>

static void text_grows(void) {
  struct buf b;
  buf_init(&b, 1 << 20);
  CHECK_TEXT(buf_text(&b), "");
  for (int i = 0; i < 1000; i++)
    buf_addf(&b, "%d,", i % 10);
  buf_add(&b, "end");
  buf_addn(&b, "abcdef", 2);
  buf_addn(&b, NULL, 0);
  CHECK(b.err == OK);
  CHECK(b.len == 2005);
  CHECK(strlen(buf_text(&b)) == b.len);
  CHECK_TEXT(buf_text(&b) + 1998, "9,endab");
  buf_fini(&b);
  CHECK(b.text == NULL && b.len == 0);
}

static void a_long_formatted_text_comes_whole(void) {
  struct buf b;
  buf_init(&b, 1 << 20);
  buf_add(&b, "x");
  buf_addf(&b, "%05000d", 7);
  CHECK(b.len == 5001);
  CHECK_TEXT(buf_text(&b) + 4999, "07");
  buf_fini(&b);
}

static void a_piece_over_the_ceiling_is_left_out_whole(void) {
  struct buf b;
  buf_init(&b, 5);
  buf_add(&b, "abc");
  buf_add(&b, "def");
  CHECK(b.err == ERR_CEILING);
  CHECK_TEXT(buf_text(&b), "abc");
  buf_add(&b, "d");
  CHECK_TEXT(buf_text(&b), "abc");
  buf_clear(&b);
  CHECK(b.err == OK);
  buf_add(&b, "12345");
  CHECK(b.err == OK);
  CHECK_TEXT(buf_text(&b), "12345");
  buf_addf(&b, "%s", "");
  CHECK(b.err == OK);
  buf_addf(&b, "%d", 6);
  CHECK(b.err == ERR_CEILING);
  CHECK_TEXT(buf_text(&b), "12345");
  buf_fini(&b);
}

static void taking_hands_the_text_over_once(void) {
  struct buf b;
  char *text = NULL;
  buf_init(&b, 10);
  buf_add(&b, "abc");
  CHECK(buf_take(&b, &text) == OK);
  CHECK_TEXT(text, "abc");
  free(text);
  CHECK(b.len == 0 && b.max == 10);
  CHECK(buf_take(&b, &text) == OK);
  CHECK_TEXT(text, "");
  free(text);
  text = NULL;
  buf_add(&b, "more than ten");
  CHECK(buf_take(&b, &text) == ERR_CEILING);
  CHECK(text == NULL);
  buf_fini(&b);
}

int main(void) {
  text_grows();
  a_long_formatted_text_comes_whole();
  a_piece_over_the_ceiling_is_left_out_whole();
  taking_hands_the_text_over_once();
  return check_done("t_buf");
}

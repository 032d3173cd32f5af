/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "check.h"

#define FFFD "\xef\xbf\xbd"

static const char *cleaned(const char *src, size_t len) {
  static char dst[256];
  size_t n = text_clean(dst, sizeof dst, src, len);
  CHECK(n == strlen(dst));
  CHECK(text_is_utf8(dst, n));
  return dst;
}
#define CLEAN(literal) cleaned(literal, sizeof literal - 1)

static void good_text_stays(void) {
  CHECK_TEXT(CLEAN(""), "");
  CHECK_TEXT(CLEAN("plain text, long enough for words"),
             "plain text, long enough for words");
  CHECK_TEXT(CLEAN("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa5 \xed\x9f\xbf "
                   "\xee\x80\x80 \xf4\x8f\xbf\xbf \x7f\xc2\x80"),
             "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa5 \xed\x9f\xbf "
             "\xee\x80\x80 \xf4\x8f\xbf\xbf \x7f\xc2\x80");
  CHECK_TEXT(CLEAN("ends\0here"), "ends");
  CHECK_TEXT(cleaned(NULL, 0), "");
}

/* The examples of the Unicode standard, tables 3-8 to 3-11. */
static void each_maximal_ill_formed_part_becomes_one_mark(void) {
  CHECK_TEXT(CLEAN("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"),
             FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A");
  CHECK_TEXT(CLEAN("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"),
             FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A");
  CHECK_TEXT(CLEAN("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"),
             FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B");
  CHECK_TEXT(CLEAN("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"),
             FFFD FFFD FFFD FFFD "A");
}

static void only_the_length_may_cut_a_character_off(void) {
  CHECK_TEXT(CLEAN("ab\xe2\x82"), "ab");
  CHECK_TEXT(CLEAN("ab\xf0\x9f\x94"), "ab");
  CHECK_TEXT(CLEAN("ab\xe2\x82\0zz"), "ab" FFFD);
  CHECK_TEXT(CLEAN("ab\xe0\x80"), "ab" FFFD FFFD);
  CHECK_TEXT(CLEAN("ab\xff"), "ab" FFFD);
}

static void a_small_target_ends_between_characters(void) {
  char dst[6];
  CHECK(text_clean(dst, sizeof dst, "abcdefgh", 8) == 5);
  CHECK_TEXT(dst, "abcde");
  CHECK(text_clean(dst, sizeof dst, "abc\xe2\x82\xacx", 7) == 3);
  CHECK_TEXT(dst, "abc");
  CHECK(text_clean(dst, sizeof dst, "ab\xe2\x82\xacx", 6) == 5);
  CHECK_TEXT(dst, "ab\xe2\x82\xac");
  CHECK(text_clean(dst, sizeof dst, "abc\xff", 4) == 3);
  CHECK(text_clean(dst, 1, "abc", 3) == 0);
  CHECK_TEXT(dst, "");
  dst[0] = '#';
  CHECK(text_clean(dst, 0, "abc", 3) == 0);
  CHECK(dst[0] == '#');
}

/* All sequences of up to three bytes against a second statement of the rule:
 * decode, then forbid overlong forms, surrogates and what is cut. */
static bool is_good(const unsigned char *s, size_t n) {
  for (size_t i = 0; i < n;) {
    unsigned c = s[i];
    size_t want = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 0;
    if (want == 0 || n - i < want)
      return false;
    unsigned code = want == 1 ? c : c & (0x7fu >> want);
    for (size_t k = 1; k < want; k++) {
      if ((s[i + k] & 0xc0) != 0x80)
        return false;
      code = code << 6 | (s[i + k] & 0x3fu);
    }
    if ((want == 2 && code < 0x80) || (want == 3 && code < 0x800) ||
        (code >= 0xd800 && code < 0xe000))
      return false;
    i += want;
  }
  return true;
}

static void validity_agrees_with_the_definition(void) {
  unsigned wrong = 0;
  for (unsigned x = 0; x < 1u << 24; x += x < 1u << 20 ? 1 : 7) {
    unsigned char s[3] = {(unsigned char)(x >> 16), (unsigned char)(x >> 8),
                          (unsigned char)x};
    wrong += text_is_utf8((const char *)s, 3) != is_good(s, 3);
  }
  CHECK(wrong == 0);
  CHECK(text_is_utf8("", 0));
  CHECK(text_is_utf8("\xf0\x90\x80\x80", 4));
  CHECK(!text_is_utf8("\xf0\x8f\xbf\xbf", 4));
  CHECK(!text_is_utf8("\xf4\x90\x80\x80", 4));
  CHECK(!text_is_utf8("12345678\xc3", 9));
}

static void control_characters_become_visible(void) {
  struct buf b;
  buf_init(&b, 1000);
  text_add_visible(&b, "a\nb\tc\x1b[0m\r\x7f\xc2\x9b \xc3\xa9\xe2\x80\xae"
                       "x\xe2\x80\xa8\xe2\x81\xa6\xd8\x9c\xff!");
  CHECK_TEXT(buf_text(&b), "a\\nb\\tc\\x1b[0m\\x0d\\x7f\\x9b \xc3\xa9\\u202e"
                           "x\\u2028\\u2066\\u061c\\xff!");
  buf_clear(&b);
  text_add_visible(&b, "");
  CHECK_TEXT(buf_text(&b), "");
  buf_fini(&b);
}

static void width_is_counted_in_columns(void) {
  CHECK(text_width("") == 0);
  CHECK(text_width("abc") == 3);
  CHECK(text_width("\xc3\xa9") == 1);
  CHECK(text_width("e\xcc\x81") == 1);
  CHECK(text_width("\xe6\x97\xa5\xe6\x9c\xac") == 4);
  CHECK(text_width("\xf0\x9f\x94\xa5") == 2);
  CHECK(text_width("\xe2\x80\x8b") == 0);
  CHECK(text_width("\xef\xbc\xa1") == 2);
  CHECK(text_width("\xe2\x82\xac") == 1);
}

static void distance_counts_edits(void) {
  CHECK(text_distance("", "") == 0);
  CHECK(text_distance("", "abc") == 3);
  CHECK(text_distance("abc", "") == 3);
  CHECK(text_distance("Level", "level") == 0);
  CHECK(text_distance("Levle", "Level") == 1);
  CHECK(text_distance("kitten", "sitting") == 3);
  CHECK(text_distance("ca", "abc") == 3);
  CHECK(text_distance("Title", "Ttle") == 1);
  char a[200], c[200];
  memset(a, 'a', sizeof a);
  memset(c, 'c', sizeof c);
  a[199] = c[199] = '\0';
  CHECK(text_distance(a, c) == 64);
}

static void the_nearest_name_is_suggested_if_near(void) {
  static const char *const names[] = {"Level", "Title", "Severity", "For"};
  const char *got = text_nearest("Levle", names, 4);
  CHECK_TEXT(got, "Level");
  got = text_nearest("severety", names, 4);
  CHECK_TEXT(got, "Severity");
  got = text_nearest("four", names, 4);
  CHECK_TEXT(got, "For");
  CHECK(text_nearest("Banana", names, 4) == NULL);
  CHECK(text_nearest("Lvl", names, 4) == NULL);
  CHECK(text_nearest("x", names, 0) == NULL);
}

int main(void) {
  good_text_stays();
  each_maximal_ill_formed_part_becomes_one_mark();
  only_the_length_may_cut_a_character_off();
  a_small_target_ends_between_characters();
  validity_agrees_with_the_definition();
  control_characters_become_visible();
  width_is_counted_in_columns();
  distance_counts_edits();
  the_nearest_name_is_suggested_if_near();
  return check_done("t_text");
}

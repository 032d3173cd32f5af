/* SPDX-License-Identifier: MIT */
#include "base/ulid.h"
#include "check.h"

static bool is_in_alphabet(const char *text) {
  return strspn(text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == strlen(text);
}

static void the_time_comes_first(void) {
  char text[ULID_TEXT];
  /* The example of the specification. */
  CHECK(ulid_make(1469918176385, text) == OK);
  CHECK(strncmp(text, "01ARYZ6S41", 10) == 0);
  CHECK(ulid_make(INT64_C(281474976710655), text) == OK);
  CHECK(strncmp(text, "7ZZZZZZZZZ", 10) == 0);
}

static void the_floor_is_below_what_is_made_from_then_on(void) {
  char floor[ULID_TEXT], text[ULID_TEXT];
  ulid_floor(1469918176385, floor);
  CHECK_TEXT(floor, "01ARYZ6S410000000000000000");
  CHECK(ulid_make(1469918176385, text) == OK && strcmp(floor, text) < 0);
  CHECK(ulid_make(1469918176384, text) == OK && strcmp(floor, text) > 0);
  ulid_floor(-5, floor);
  CHECK_TEXT(floor, "00000000000000000000000000");
}

static void times_out_of_range_are_clamped(void) {
  char text[ULID_TEXT];
  CHECK(ulid_make(WALL_NEVER, text) == OK);
  CHECK(strncmp(text, "7ZZZZZZZZZ", 10) == 0);
  CHECK(ulid_make(-1, text) == OK);
  CHECK(strncmp(text, "0000000000", 10) == 0);
}

static void all_digits_but_the_time_are_drawn(void) {
  char text[ULID_TEXT];
  bool varies_ulid[26] = {false}, varies_token[26] = {false};
  char first_ulid[ULID_TEXT] = "", first_token[ULID_TEXT] = "";
  for (int i = 0; i < 200; i++) {
    CHECK(ulid_make(0, text) == OK);
    CHECK(strlen(text) == 26 && is_in_alphabet(text));
    if (i == 0)
      memcpy(first_ulid, text, sizeof text);
    for (int k = 0; k < 26; k++)
      varies_ulid[k] |= text[k] != first_ulid[k];
    CHECK(ulid_token(text) == OK);
    CHECK(strlen(text) == 26 && is_in_alphabet(text));
    if (i == 0)
      memcpy(first_token, text, sizeof text);
    for (int k = 0; k < 26; k++)
      varies_token[k] |= text[k] != first_token[k];
  }
  for (int k = 0; k < 26; k++) {
    CHECK(varies_ulid[k] == (k >= 10));
    CHECK(varies_token[k]);
  }
}

int main(void) {
  the_time_comes_first();
  the_floor_is_below_what_is_made_from_then_on();
  times_out_of_range_are_clamped();
  all_digits_but_the_time_are_drawn();
  return check_done("t_ulid");
}

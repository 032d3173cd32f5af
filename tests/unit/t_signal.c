/* SPDX-License-Identifier: MIT */
#include "core/signal.h"

#include "base/hash.h"
#include "check.h"
#include "core/metric.h"

#include <math.h>
#include <stdlib.h>

/* Aligned and of the full size, as the intake has it. */
static _Alignas(8) unsigned char memory[SIGNAL_BYTES_MAX];

static void add(struct packer *p, const char *text) {
  signal_add(p, text, strlen(text));
}

static struct signal *pack_in(void *where, const char *const *texts, size_t n) {
  struct packer p;
  signal_begin(&p, where);
  for (size_t i = 0; i < n; i++)
    add(&p, texts[i]);
  signal_end(&p, true);
  return p.signal;
}

static const char *const disk[] = {
    "web1", "df", "root", "percent_bytes", "used", "it is full", "value"};

static void what_is_packed_comes_out_again(void) {
  struct packer p;
  signal_begin(&p, memory);
  for (size_t i = 0; i < 7; i++)
    add(&p, disk[i]);
  CHECK(signal_add_meta(&p, "CurrentValue", "97.2"));
  CHECK(signal_add_meta(&p, "", ""));
  CHECK(signal_add_meta(&p, "CurrentValue", "second"));
  signal_end(&p, true);
  const struct signal *s = p.signal;
  for (int i = 0; i < FIELDS; i++)
    CHECK_TEXT(signal_field(s, (enum field)i), disk[i]);
  CHECK_TEXT(signal_message(s), "it is full");
  CHECK_TEXT(signal_data_source(s), "value");
  CHECK_TEXT(signal_meta(s, "CurrentValue"), "97.2");
  CHECK_TEXT(signal_meta(s, ""), "");
  CHECK(signal_meta(s, "currentvalue") == NULL);
  const char *cursor = NULL, *name, *value;
  unsigned n = 0;
  while (signal_meta_next(s, &cursor, &name, &value))
    n++;
  CHECK(n == 3);
}

static void begin_sets_numbers_to_unknown(void) {
  const struct signal *s = pack_in(memory, disk, 7);
  CHECK(isnan(s->value) && isnan(s->warning_min) && isnan(s->warning_max) &&
        isnan(s->failure_min) && isnan(s->failure_max));
  CHECK(!s->has_value && s->interval_ms == 0 && s->kind == 0);
}

static void texts_that_are_not_given_are_empty(void) {
  const struct signal *s = pack_in(memory, disk, 5);
  const char *cursor = NULL, *name, *value;
  CHECK_TEXT(signal_field(s, FIELD_TYPE_INSTANCE), "used");
  CHECK_TEXT(signal_message(s), "");
  CHECK_TEXT(signal_data_source(s), "");
  CHECK(!signal_meta_next(s, &cursor, &name, &value));
  CHECK(s->size >= sizeof *s);
}

static void a_text_ends_at_its_first_nul_or_its_length(void) {
  struct packer p;
  char host[4] = {'w', 'e', 'b', '1'}; /* no NUL */
  signal_begin(&p, memory);
  signal_add(&p, host, sizeof host);
  signal_add(&p, "df\0junk", 7);
  signal_end(&p, false);
  CHECK_TEXT(signal_field(p.signal, FIELD_HOST), "web1");
  CHECK_TEXT(signal_field(p.signal, FIELD_PLUGIN), "df");
}

static void texts_of_any_length_leave_room_for_all_seven(void) {
  struct packer p;
  char *huge = malloc(SIGNAL_BYTES_MAX);
  if (huge == NULL)
    return;
  memset(huge, 'x', SIGNAL_BYTES_MAX);
  signal_begin(&p, memory);
  for (int i = 0; i < 9; i++) /* two too many */
    signal_add(&p, huge, SIGNAL_BYTES_MAX);
  signal_end(&p, true);
  CHECK(p.signal->size <= SIGNAL_BYTES_MAX);
  CHECK(signal_data_source(p.signal)[0] == 'x');
  const char *cursor = NULL, *name, *value;
  CHECK(!signal_meta_next(p.signal, &cursor, &name, &value));
  free(huge);
}

static void metadata_that_does_not_fit_is_dropped(void) {
  struct packer p;
  static char big[SIGNAL_BYTES_MAX * 2];
  memset(big, 'v', sizeof big - 1);
  signal_begin(&p, memory);
  CHECK(!signal_add_meta(&p, "big", big));
  CHECK(!signal_add_meta(&p, big, "v"));
  CHECK(signal_add_meta(&p, "small", "v"));
  big[1000] = '\0';
  unsigned n = 0;
  while (signal_add_meta(&p, "more", big))
    n++;
  signal_end(&p, true);
  CHECK(n > 5 && n < SIGNAL_META_MAX);
  CHECK(p.signal->size <= SIGNAL_BYTES_MAX);
  CHECK_TEXT(signal_meta(p.signal, "small"), "v");
}

static void pairs_beyond_the_limit_are_dropped(void) {
  struct packer p;
  signal_begin(&p, memory);
  for (int i = 0; i < SIGNAL_META_MAX; i++)
    CHECK(signal_add_meta(&p, "n", "v"));
  CHECK(!signal_add_meta(&p, "n", "v"));
  signal_end(&p, true);
}

static void series_are_equal_field_by_field(void) {
  static _Alignas(8) unsigned char other[SIGNAL_BYTES_MAX];
  const char *const shifted[] = {"web1d", "f", "root", "percent_bytes", "used"};
  const char *const loud[] = {"web1", "df",    "root", "percent_bytes",
                              "used", "other", "x"};
  const struct signal *a = pack_in(memory, disk, 7);
  const struct signal *b = pack_in(other, loud, 7);
  CHECK(signal_same_series(a, b));
  CHECK(a->hash == b->hash);
  CHECK(a->text_hash != b->text_hash);
  b = pack_in(other, shifted, 5);
  CHECK(!signal_same_series(a, b));
  CHECK(a->hash != b->hash);
}

static void text_is_hashed_only_when_somebody_looks(void) {
  struct packer p;
  signal_begin(&p, memory);
  signal_end(&p, false);
  CHECK(p.signal->text_hash == 0);
  signal_begin(&p, memory);
  signal_end(&p, true);
  CHECK(p.signal->text_hash != 0);
}

static uint32_t text_hash(const char *message, const char *source,
                          const char *name, const char *value) {
  struct packer p;
  signal_begin(&p, memory);
  for (int i = 0; i < FIELDS; i++)
    add(&p, disk[i]);
  add(&p, message);
  add(&p, source);
  signal_add_meta(&p, name, value);
  signal_end(&p, true);
  return p.signal->text_hash;
}

static void the_text_hash_is_of_message_and_metadata(void) {
  uint32_t h = text_hash("m", "s", "n", "v");
  CHECK(h == text_hash("m", "s", "n", "v"));
  CHECK(h == text_hash("m", "other", "n", "v"));
  CHECK(h != text_hash("x", "s", "n", "v"));
  CHECK(h != text_hash("m", "s", "x", "v"));
  CHECK(h != text_hash("m", "s", "n", "x"));
}

static void packing_makes_every_text_valid(void) {
  struct packer p;
  signal_begin(&p, memory);
  add(&p, "h\xff\xff");
  add(&p, "caf\xc3\xa9");
  add(&p, "cut\xc3"); /* half a character, as the host's limit leaves it */
  add(&p, "");
  add(&p, "\xed\xa0\x80z");
  add(&p, "\x80m");
  add(&p, "ds");
  signal_add_meta(&p, "n\xfe", "v");
  signal_add_meta(&p, "plain", "\xf0\x9f\x94\xa5");
  signal_end(&p, true);
  const struct signal *s = p.signal;
  CHECK_TEXT(signal_field(s, FIELD_HOST), "h\xef\xbf\xbd\xef\xbf\xbd");
  CHECK_TEXT(signal_field(s, FIELD_PLUGIN), "caf\xc3\xa9");
  CHECK_TEXT(signal_field(s, FIELD_PLUGIN_INSTANCE), "cut");
  CHECK_TEXT(signal_field(s, FIELD_TYPE), "");
  CHECK_TEXT(signal_field(s, FIELD_TYPE_INSTANCE),
             "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
  CHECK_TEXT(signal_message(s), "\xef\xbf\xbdm");
  CHECK_TEXT(signal_data_source(s), "ds");
  CHECK_TEXT(signal_meta(s, "n\xef\xbf\xbd"), "v");
  CHECK_TEXT(signal_meta(s, "plain"), "\xf0\x9f\x94\xa5");
}

static void a_block_full_of_garbage_fits(void) {
  struct packer p;
  static char garbage[SIGNAL_BYTES_MAX];
  memset(garbage, 0xff, sizeof garbage - 1);
  signal_begin(&p, memory);
  for (int i = 0; i < 7; i++)
    add(&p, garbage);
  garbage[100] = '\0';
  CHECK(signal_add_meta(&p, "n", garbage));
  while (signal_add_meta(&p, garbage, garbage))
    ;
  signal_end(&p, true);
  CHECK(p.signal->size <= SIGNAL_BYTES_MAX);
  const char *value = signal_meta(p.signal, "n");
  CHECK(value != NULL && strlen(value) == 300);
}

static void a_copy_is_equal(void) {
  const struct signal *s = pack_in(memory, disk, 7);
  struct signal *copy = signal_copy(s);
  CHECK(copy != NULL && memcmp(copy, s, s->size) == 0);
  free(copy);
}

static void names_are_written_as_collectd_writes_them(void) {
  const char *const bare[] = {"web1", "load", "", "load", ""};
  struct buf b;
  buf_init(&b, 1000);
  signal_add_name(pack_in(memory, disk, 7), &b);
  CHECK_TEXT(buf_text(&b), "web1/df-root/percent_bytes-used");
  buf_clear(&b);
  signal_add_name(pack_in(memory, bare, 5), &b);
  CHECK_TEXT(buf_text(&b), "web1/load/load");
  buf_fini(&b);
}

static struct signal *reading(const struct ruling *rulings, size_t n,
                              const char *const *names) {
  struct packer p;
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_READING;
  for (size_t i = 0; i < FIELDS; i++)
    add(&p, disk[i]);
  signal_end_reading(&p, 7, rulings, n, names);
  return p.signal;
}

static void rulings_come_out_again_with_their_sources(void) {
  static const char *const names[] = {"shortterm", "midterm", "longterm"};
  static const struct ruling rulings[] = {
      {.rule = 3, .judgement = JUDGED_GOOD, .source = 2, .value = 1},
      {.rule = 9, .judgement = JUDGED_BAD, .source = 0, .value = 9, .limit = 8},
      {.rule = 12, .judgement = JUDGED_OPEN, .source = 2}};
  const struct signal *s = reading(rulings, 3, names);
  const struct ruling *r = signal_rulings(s);
  const char *cursor = NULL, *name, *value;
  CHECK((uintptr_t)r % 8 == 0 && s->rulings_n == 3 && s->generation == 7);
  CHECK(r[0].rule == 3 && r[1].rule == 9 && r[2].rule == 12);
  CHECK(r[1].value == 9 && r[1].limit == 8 && r[1].judgement == JUDGED_BAD);
  CHECK_TEXT(signal_ruling_source(s, &r[0]), "longterm");
  CHECK_TEXT(signal_ruling_source(s, &r[1]), "shortterm");
  CHECK_TEXT(signal_ruling_source(s, &r[2]), "longterm");
  CHECK(s->level == LEVEL_FAILURE && s->text_hash != 0);
  CHECK(!signal_meta_next(s, &cursor, &name, &value));
  CHECK(s->hash == pack_in(memory, disk, 7)->hash);
  CHECK_TEXT(signal_field(s, FIELD_TYPE_INSTANCE), "used");
}

static void only_what_is_said_counts_for_the_hash(void) {
  static const char *const names[] = {"value"};
  struct ruling r = {.rule = 3, .judgement = JUDGED_BAD, .value = 9};
  uint32_t bad = reading(&r, 1, names)->text_hash;
  r.value = 10;
  CHECK(reading(&r, 1, names)->text_hash == bad);
  r.judgement = JUDGED_OPEN;
  CHECK(reading(&r, 1, names)->text_hash != bad);
  r.judgement = JUDGED_BAD;
  r.rule = 4;
  CHECK(reading(&r, 1, names)->text_hash != bad);
  CHECK(reading(&r, 0, names)->text_hash != 0);
}

static void what_is_bad_is_kept_when_not_all_fits(void) {
  static char long_name[129];
  static const char *const names[] = {long_name};
  static struct ruling rulings[2000];
  memset(long_name, 'n', sizeof long_name - 1);
  for (uint32_t i = 0; i < 2000; i++)
    rulings[i] = (struct ruling){
        .rule = i, .judgement = i % 10 == 0 ? JUDGED_BAD : JUDGED_GOOD};
  const struct signal *s = reading(rulings, 2000, names);
  CHECK(s->size <= SIGNAL_BYTES_MAX && s->rulings_n == 200);
  for (uint32_t i = 0; i < s->rulings_n; i++)
    if (signal_rulings(s)[i].rule != i * 10)
      CHECK(false);
  CHECK_TEXT(signal_ruling_source(s, &signal_rulings(s)[199]), long_name);
  for (uint32_t i = 0; i < 2000; i++)
    rulings[i].judgement = JUDGED_BAD;
  s = reading(rulings, 2000, names);
  CHECK(s->size <= SIGNAL_BYTES_MAX && s->rulings_n > 400);
}

static void a_name_is_read_as_collectd_reads_it(void) {
  static const char names[][6][64] = {
      {"web1/df-root/percent_bytes-used", "web1", "df", "root", "percent_bytes",
       "used"},
      {"a-b/load/load", "a-b", "load", "", "load", ""},
      {"h/p-a-b/t-c/d-e", "h", "p", "a-b", "t", "c/d-e"}};
  static const char *const none[] = {"",     "web1", "web1/df", "web1/df/",
                                     "/p/t", "h//t", "h/-i/t",  "h/p/-i"};
  struct signal *s = NULL;
  struct buf back;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    CHECK(signal_from_name(names[i][0], 7, &s) == OK);
    const char *want[FIELDS];
    for (int f = 0; f < FIELDS; f++) {
      want[f] = names[i][1 + f];
      CHECK_TEXT(signal_field(s, (enum field)f), want[f]);
    }
    CHECK(s->hash == signal_hash_of(want, 64) && s->received == 7);
    CHECK(!s->has_value && s->level == LEVEL_OKAY);
    buf_init(&back, 100);
    signal_add_name(s, &back);
    CHECK_TEXT(buf_text(&back), names[i][0]);
    buf_fini(&back);
    free(s);
  }
  s = NULL;
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    CHECK(signal_from_name(none[i], 7, &s) == ERR_INVALID && s == NULL);
}

static bool is_missing(const char *message, const char *meta) {
  struct packer p;
  signal_begin(&p, memory);
  for (size_t i = 0; i < FIELDS; i++)
    add(&p, disk[i]);
  add(&p, message);
  if (meta != NULL)
    signal_add_meta(&p, meta, "x");
  signal_end(&p, true);
  return signal_is_missing(p.signal);
}

static void thresholds_missing_is_known_by_its_text(void) {
  char cut[256];
  static const char text[] = "web1/df-root/percent_bytes-used has not been "
                             "updated for 12.345 seconds.";
  CHECK(is_missing(text, NULL));
  CHECK(!is_missing(text, "ves"));
  CHECK(!is_missing("the disk has not been updated for ages", NULL));
  CHECK(!is_missing("web1 has been updated", NULL));
  CHECK(!is_missing(" has not been updated for 1.0 seconds.", NULL));
  CHECK(!is_missing("", NULL));
  memset(cut, 'w', sizeof cut);
  memcpy(cut + 220, " has not been updated for 12.345 sec", 36);
  cut[255] = '\0';
  CHECK(is_missing(cut, NULL));
}

int main(void) {
  hash_init();
  what_is_packed_comes_out_again();
  begin_sets_numbers_to_unknown();
  texts_that_are_not_given_are_empty();
  a_text_ends_at_its_first_nul_or_its_length();
  texts_of_any_length_leave_room_for_all_seven();
  metadata_that_does_not_fit_is_dropped();
  pairs_beyond_the_limit_are_dropped();
  series_are_equal_field_by_field();
  text_is_hashed_only_when_somebody_looks();
  the_text_hash_is_of_message_and_metadata();
  packing_makes_every_text_valid();
  a_block_full_of_garbage_fits();
  a_copy_is_equal();
  names_are_written_as_collectd_writes_them();
  a_name_is_read_as_collectd_reads_it();
  rulings_come_out_again_with_their_sources();
  only_what_is_said_counts_for_the_hash();
  what_is_bad_is_kept_when_not_all_fits();
  thresholds_missing_is_known_by_its_text();
  return check_done("t_signal");
}

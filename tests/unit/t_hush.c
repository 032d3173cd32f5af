/* SPDX-License-Identifier: MIT */
/* What holds alerts back, for very many of them. What it means for incidents is
 * played (tests/play/j*.play, k*.play). */
#include "base/hash.h"
#include "engine/casework.h"

#include "check.h"

#include <stdlib.h>

#define NOW 1760000000000
#define SOURCES 10000
#define TARGETS 100000
/* A few tenths of a second; minutes if each looked at all others. */
#define PATIENCE_NS (20 * 1000000000LL)

static const char config[] =
    "<Webhook \"w\">\n URL \"http://h/\"\n</Webhook>\n"
    "<Chain \"c\">\n <Step>\n  Webhook \"w\"\n </Step>\n</Chain>\n"
    "DefaultChain \"c\"\n"
    "<Rule \"source\">\n <Match>\n  Plugin \"ping\"\n </Match>\n"
    " Record true\n</Rule>\n"
    "<Rule \"target\">\n <Match>\n  Plugin \"http\"\n </Match>\n"
    " Record true\n</Rule>\n"
    "<Inhibit>\n Source \"source\"\n Target \"target\"\n"
    " Equal \"type\"\n</Inhibit>\n";

struct house {
  struct settings *settings;
  struct book book;
  struct pager pager;
  struct casework work;
  struct gather gather;
  struct hush hush;
};

static void open_house(struct house *h) {
  struct conf_file *file = NULL;
  hash_init();
  h->settings = NULL;
  if (conf_read_text("conf", config, sizeof config - 1, NULL, NULL, &file) ==
      OK) {
    const struct conf *block = &file->root;
    settings_read(&block, 1, true, NULL, NULL, &h->settings);
  }
  conf_file_free(file);
  CHECK(h->settings != NULL);
  book_init(&h->book, h->settings);
  h->book.ids = (struct ledger_ids){1, 1, 1, 1, 1, 1};
  CHECK(pager_init(&h->pager, &h->book, (struct sender){0}) == OK);
  h->work = (struct casework){.book = &h->book,
                              .pager = &h->pager,
                              .gather = &h->gather,
                              .hush = &h->hush,
                              .settings = h->settings};
  CHECK(gather_init(&h->gather, &h->work) == OK);
  CHECK(hush_init(&h->hush, &h->work) == OK);
}

static void close_house(struct house *h) {
  hush_fini(&h->hush);
  gather_fini(&h->gather);
  pager_fini(&h->pager);
  book_fini(&h->book);
  settings_free(h->settings);
}

static struct alert *fire(struct house *h, size_t rule, size_t n,
                          const char *type) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  char host[32];
  snprintf(host, sizeof host, "h%zu", n);
  const char *fields[FIELDS] = {host, rule == 0 ? "ping" : "http", "", type,
                                ""};
  struct packer p;
  signal_begin(&p, memory);
  p.signal->level = LEVEL_FAILURE;
  p.signal->received = p.signal->sent = NOW;
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, fields[i], strlen(fields[i]));
  signal_end(&p, false);
  struct signal *copy = signal_copy(p.signal);
  struct alert *a = copy != NULL ? book_add_alert(&h->book, copy) : NULL;
  if (a == NULL)
    return NULL;
  alert_begin(a, h->settings->rules[rule], LEVEL_FAILURE, NOW);
  hush_fired(&h->hush, a, NOW);
  hush_inhibit(&h->hush, a, NOW);
  return a;
}

static void clear(struct house *h, struct alert *a) {
  a->state = ALERT_CLEARED;
  hush_over(&h->hush, a, NOW);
}

static size_t held(struct alert *const *alerts, size_t n) {
  size_t held = 0;
  for (size_t i = 0; i < n; i++)
    held += alert_is_held(alerts[i]);
  return held;
}

/* Sources and targets come and go in about the time each of them needs alone.
 */
static void very_many_cost_no_more_each_than_one(bool sources_first) {
  struct house h;
  int64_t begin = clock_mono_ns();
  struct alert **sources = calloc(SOURCES, sizeof *sources);
  struct alert **targets = calloc(TARGETS, sizeof *targets);
  bool ok = sources != NULL && targets != NULL;
  open_house(&h);
  for (size_t i = 0; i < SOURCES && ok && sources_first; i++)
    ok = (sources[i] = fire(&h, 0, i, "t")) != NULL;
  for (size_t i = 0; i < TARGETS && ok; i++)
    ok = (targets[i] = fire(&h, 1, i, "t")) != NULL;
  for (size_t i = 0; i < SOURCES && ok && !sources_first; i++)
    ok = (sources[i] = fire(&h, 0, i, "t")) != NULL;
  CHECK(ok);
  if (ok) {
    CHECK(held(targets, TARGETS) == TARGETS && held(sources, SOURCES) == 0);
    CHECK(alert_extra(targets[0])->inhibitor == -1);
    for (size_t i = 0; i + 1 < SOURCES; i++)
      clear(&h, sources[i]);
    CHECK(held(targets, TARGETS) == TARGETS);
    clear(&h, sources[SOURCES - 1]);
    CHECK(held(targets, TARGETS) == 0);
  }
  CHECK(clock_mono_ns() - begin < PATIENCE_NS);
  close_house(&h);
  free(sources);
  free(targets);
}

static void only_equal_fields_inhibit(void) {
  struct house h;
  open_house(&h);
  struct alert *source = fire(&h, 0, 1, "t");
  struct alert *same = fire(&h, 1, 2, "t"), *other = fire(&h, 1, 3, "u");
  CHECK(alert_is_held(same) && !alert_is_held(other));
  clear(&h, same);
  clear(&h, source);
  hush_note(&h.hush, NOW);
  CHECK(h.hush.n == 1); /* of the other */
  clear(&h, other);
  CHECK(h.hush.n == 0);
  close_house(&h);
}

int main(void) {
  very_many_cost_no_more_each_than_one(true);
  very_many_cost_no_more_each_than_one(false);
  only_equal_fields_inhibit();
  return check_done("t_hush");
}

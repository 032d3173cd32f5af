/* SPDX-License-Identifier: MIT */
#include "core/sieve.h"

#include "settings_text.h"

#include "base/hash.h"

#include <malloc.h>
#include <stdlib.h>

/* ---- chance ---- */

static uint64_t seed = 20261121;

static unsigned draw(unsigned n) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(seed >> 33) % n;
}

static struct signal *pack(const char *const fields[FIELDS]) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  signal_begin(&p, memory);
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, fields[i], strlen(fields[i]));
  signal_end(&p, false);
  return p.signal;
}

/* Few words, so that much is taken; none holds another's text by chance. */
static const char *const words[] = {"",     "a",    "b",      "ab",
                                    "web1", "web2", "web/10", "/"};
static const char *const patterns[] = {"",        "a",      "b",       "ab",
                                       "web1",    "/^web/", "/[0-9]/", "//",
                                       "/^a?b$/", "/^$/",   "/./",     "web2"};
#define WORDS (sizeof words / sizeof words[0])
#define PATTERNS (sizeof patterns / sizeof patterns[0])

static void add_fields(struct buf *b) {
  static const char *const keys[FIELDS] = {"Host", "Plugin", "PluginInstance",
                                           "Type", "TypeInstance"};
  for (int f = 0; f < FIELDS; f++)
    for (unsigned n = draw(2) * (1 + draw(3)); n > 0; n--)
      buf_addf(b, "%s \"%s\"\n", keys[f], patterns[draw(PATTERNS)]);
}

static struct settings *draw_rules(unsigned n) {
  struct buf b;
  buf_init(&b, 1 << 20);
  for (unsigned i = 0; i < n; i++) {
    buf_addf(&b, "<Rule \"r%u\">\n", i);
    for (unsigned k = 1 + draw(3); k > 0; k--) {
      buf_add(&b, "<Metric>\nAbove 1\n");
      add_fields(&b);
      buf_add(&b, "</Metric>\n");
    }
    if (draw(20) == 0) {
      buf_add(&b, "<Match>\nLevel \"failure\"\n");
      add_fields(&b);
      buf_add(&b, "</Match>\n");
    }
    buf_add(&b, "</Rule>\n");
  }
  struct settings *s = read_right(buf_text(&b));
  buf_fini(&b);
  return s;
}

/* ---- the same, slowly ---- */

static bool takes(const struct selector *field, const struct signal *s) {
  for (int f = 0; f < FIELDS; f++)
    if (!selector_matches(&field[f], signal_field(s, (enum field)f)))
      return false;
  return true;
}

static bool is_as_expected(const struct settings *s, const struct signal *of,
                           const struct sieve_hits *hits) {
  size_t n = 0;
  bool is_matched = false;
  for (size_t i = 0; i < s->rules_n; i++) {
    const struct rule *r = s->rules[i];
    for (size_t k = 0; k < r->matches_n; k++)
      is_matched = is_matched || takes(r->matches[k].field, of);
    for (size_t k = 0; k < r->metrics_n; k++) {
      if (!takes(r->metrics[k].field, of))
        continue;
      if (n >= hits->n || hits->hits[n].rule != r ||
          hits->hits[n].metric != &r->metrics[k])
        return false;
      n++;
    }
  }
  return n == hits->n && is_matched == hits->is_matched;
}

/* The same for the <Match> blocks, in their order. */
static bool is_match_expected(const struct settings *s, const struct signal *of,
                              const struct sieve_hits *hits) {
  size_t n = 0;
  for (size_t i = 0; i < s->rules_n; i++)
    for (size_t k = 0; k < s->rules[i]->matches_n; k++)
      if (takes(s->rules[i]->matches[k].field, of)) {
        if (n >= hits->n || hits->hits[n].rule != s->rules[i] ||
            hits->hits[n].metric != NULL)
          return false;
        n++;
      }
  return n == hits->n && hits->is_matched == (n > 0);
}

static void it_says_what_a_loop_over_all_rules_says(void) {
  static const unsigned sizes[] = {1, 2, 30, 200};
  struct sieve_hits hits = {.hits = NULL};
  unsigned wrong = 0, hit = 0, missed = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    struct settings *s = draw_rules(sizes[i]);
    struct sieve *sieve = NULL;
    CHECK(s != NULL && sieve_new(s, &sieve) == OK);
    for (int n = 0; sieve != NULL && n < 5000; n++) {
      const char *fields[FIELDS];
      for (int f = 0; f < FIELDS; f++)
        fields[f] = words[draw(WORDS)];
      const struct signal *series = pack(fields);
      wrong += sieve_ask(sieve, series, &hits) != OK ||
               !is_as_expected(s, series, &hits);
      *(hits.n > 0 ? &hit : &missed) += 1;
      wrong += sieve_ask_matches(sieve, series, &hits) != OK ||
               !is_match_expected(s, series, &hits);
    }
    sieve_free(sieve);
    settings_free(s);
  }
  CHECK(wrong == 0);
  CHECK(hit > 1000 && missed > 1000);
  sieve_hits_fini(&hits);
}

static void without_rules_nothing_looks(void) {
  static const char *const fields[FIELDS] = {"h", "p", "", "t", ""};
  struct settings *s = read_right("");
  struct sieve *sieve = NULL;
  struct sieve_hits hits = {.n = 7};
  CHECK(sieve_new(s, &sieve) == OK);
  CHECK(sieve_ask(sieve, pack(fields), &hits) == OK);
  CHECK(hits.n == 0 && !hits.is_matched);
  sieve_hits_fini(&hits);
  sieve_free(sieve);
  settings_free(s);
}

/* Far more values than are remembered, and back to the first. */
static void it_forgets_values_and_stays_right(void) {
  struct settings *s = draw_rules(150);
  struct sieve *sieve = NULL;
  struct sieve_hits hits = {.hits = NULL};
  unsigned wrong = 0;
  CHECK(s != NULL && sieve_new(s, &sieve) == OK);
  if (sieve == NULL)
    return;
  size_t before = mallinfo2().uordblks;
  for (unsigned i = 0; i < 100000; i++) {
    char host[32], instance[32];
    const char *fields[FIELDS] = {host, "a", instance, "b", ""};
    snprintf(host, sizeof host, "web%u", i % 60000);
    snprintf(instance, sizeof instance, "i%u", i);
    const struct signal *series = pack(fields);
    wrong += sieve_ask(sieve, series, &hits) != OK;
    if (i % 100 == 0 || i >= 99000)
      wrong += !is_as_expected(s, series, &hits);
  }
  CHECK(wrong == 0);
  CHECK(mallinfo2().uordblks < before + 12 * 1024 * 1024);
  sieve_hits_fini(&hits);
  sieve_free(sieve);
  settings_free(s);
}

int main(void) {
  hash_init();
  it_says_what_a_loop_over_all_rules_says();
  without_rules_nothing_looks();
  it_forgets_values_and_stays_right();
  return check_done("t_sieve");
}

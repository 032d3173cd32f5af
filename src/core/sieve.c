/* SPDX-License-Identifier: MIT */
/* A set is one bit per block. For each field and value seen there are two: the
 * blocks that take the value, and those whose expressions were not tried on it
 * yet. A series is taken by what all five fields take; only for blocks that no
 * field rules out are expressions tried, and what comes of it is remembered
 * with the value. Blocks with the same patterns are tried as one. */
#include "core/sieve.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define BITS 64
#define NO_BLOCK UINT32_MAX

/* Values remembered: within so many bytes, and between these numbers. The five
 * of the series asked about are always there. */
#define MEMORY_BYTES (8 * 1024 * 1024)
#define VALUES_MIN 16
#define VALUES_MAX 16384

struct block {
  const struct rule *rule;
  const struct metric *metric; /* NULL: a <Match> */
  const struct selector *field;
};

struct plain {
  const char *text;
  uint32_t block;
};

struct value {
  struct value *bucket_next;
  struct value *newer, *older; /* by last use */
  char *text;
  uint64_t hash;
  enum field field;
  uint64_t *takes, *open; /* behind the struct; open: not tried yet */
};

/* What is known of one field before any value is seen. */
struct index {
  uint64_t *takes;     /* blocks that take every text */
  uint64_t *open;      /* blocks with an expression */
  struct plain *plain; /* by text */
  size_t plain_n;
  uint32_t *first; /* of each block: the first with the same patterns */
  uint32_t *next;  /* ... the next of them; NO_BLOCK: the last */
};

struct sieve {
  struct block *blocks; /* in the order of rules and of their blocks */
  size_t blocks_n, words;
  struct index index[FIELDS];
  struct value **buckets;
  size_t mask;
  struct value *newest, *oldest;
  size_t values_n, values_max;
};

static bool has_bit(const uint64_t *set, size_t i) {
  return set[i / BITS] >> i % BITS & 1;
}

static void set_bit(uint64_t *set, size_t i) {
  set[i / BITS] |= UINT64_C(1) << i % BITS;
}

static void clear_bit(uint64_t *set, size_t i) {
  set[i / BITS] &= ~(UINT64_C(1) << i % BITS);
}

/* ---- making it ---- */

static enum err add_blocks(struct sieve *s, const struct settings *settings) {
  size_t n = 0;
  for (size_t i = 0; i < settings->rules_n; i++)
    n += settings->rules[i]->matches_n + settings->rules[i]->metrics_n;
  s->words = (n + BITS - 1) / BITS;
  s->blocks = calloc(n + 1, sizeof *s->blocks);
  if (s->blocks == NULL || n >= NO_BLOCK)
    return ERR_NOMEM;
  for (size_t i = 0; i < settings->rules_n; i++) {
    const struct rule *r = settings->rules[i];
    for (size_t k = 0; k < r->matches_n; k++)
      s->blocks[s->blocks_n++] =
          (struct block){.rule = r, .field = r->matches[k].field};
    for (size_t k = 0; k < r->metrics_n; k++)
      s->blocks[s->blocks_n++] = (struct block){
          .rule = r, .metric = &r->metrics[k], .field = r->metrics[k].field};
  }
  return OK;
}

static int compare_plain(const void *a, const void *b) {
  const struct plain *x = a, *y = b;
  return strcmp(x->text, y->text);
}

static enum err add_plain(const struct sieve *s, struct index *x, size_t f) {
  size_t n = 0;
  for (size_t i = 0; i < s->blocks_n; i++)
    n += s->blocks[i].field[f].patterns_n;
  x->plain = calloc(n + 1, sizeof *x->plain);
  if (x->plain == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < s->blocks_n; i++) {
    const struct selector *p = &s->blocks[i].field[f];
    for (size_t k = 0; k < p->patterns_n; k++)
      if (!selector_is_regex(p, k))
        x->plain[x->plain_n++] =
            (struct plain){selector_text(p, k), (uint32_t)i};
      else
        set_bit(x->open, i);
    if (p->patterns_n == 0)
      set_bit(x->takes, i);
  }
  qsort(x->plain, x->plain_n, sizeof *x->plain, compare_plain);
  return OK;
}

struct sorting {
  const struct sieve *sieve;
  size_t field;
};

static int compare_patterns(const struct selector *a,
                            const struct selector *b) {
  size_t i = 0;
  while (i < a->patterns_n && i < b->patterns_n) {
    int order = strcmp(selector_text(a, i), selector_text(b, i));
    if (order != 0)
      return order;
    i++;
  }
  return (a->patterns_n > i) - (b->patterns_n > i);
}

static int compare_blocks(const void *a, const void *b, void *arg) {
  const struct sorting *by = arg;
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  int order = compare_patterns(&by->sieve->blocks[x].field[by->field],
                               &by->sieve->blocks[y].field[by->field]);
  return order != 0 ? order : (x > y) - (x < y);
}

/* Chains the blocks that have the same patterns in this field. */
static enum err chain_blocks(const struct sieve *s, struct index *x, size_t f) {
  struct sorting by = {s, f};
  uint32_t *sorted = calloc(s->blocks_n + 1, sizeof *sorted);
  if (sorted == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < s->blocks_n; i++)
    sorted[i] = (uint32_t)i;
  qsort_r(sorted, s->blocks_n, sizeof *sorted, compare_blocks, &by);
  for (size_t i = 0; i < s->blocks_n; i++) {
    uint32_t at = sorted[i];
    x->first[at] = at;
    x->next[at] = NO_BLOCK;
    if (i > 0 && compare_patterns(&s->blocks[sorted[i - 1]].field[f],
                                  &s->blocks[at].field[f]) == 0) {
      x->first[at] = x->first[sorted[i - 1]];
      x->next[sorted[i - 1]] = at;
    }
  }
  free(sorted);
  return OK;
}

static enum err index_field(const struct sieve *s, struct index *x, size_t f) {
  x->takes = calloc(s->words + 1, sizeof *x->takes);
  x->open = calloc(s->words + 1, sizeof *x->open);
  x->first = calloc(s->blocks_n + 1, sizeof *x->first);
  x->next = calloc(s->blocks_n + 1, sizeof *x->next);
  if (x->takes == NULL || x->open == NULL || x->first == NULL ||
      x->next == NULL)
    return ERR_NOMEM;
  enum err err = add_plain(s, x, f);
  return err == OK ? chain_blocks(s, x, f) : err;
}

static enum err add_buckets(struct sieve *s) {
  size_t each = sizeof(struct value) + 2 * s->words * sizeof(uint64_t);
  size_t buckets_n = 1;
  s->values_max = MEMORY_BYTES / each;
  if (s->values_max < VALUES_MIN)
    s->values_max = VALUES_MIN;
  if (s->values_max > VALUES_MAX)
    s->values_max = VALUES_MAX;
  while (buckets_n < s->values_max)
    buckets_n *= 2;
  s->mask = buckets_n - 1;
  s->buckets = calloc(buckets_n, sizeof(struct value *));
  return s->buckets == NULL ? ERR_NOMEM : OK;
}

enum err sieve_new(const struct settings *settings, struct sieve **own_sieve) {
  struct sieve *s = calloc(1, sizeof *s);
  if (s == NULL)
    return ERR_NOMEM;
  enum err err = add_blocks(s, settings);
  for (size_t f = 0; f < FIELDS && err == OK; f++)
    err = index_field(s, &s->index[f], f);
  if (err == OK)
    err = add_buckets(s);
  if (err == OK)
    *own_sieve = s;
  else
    sieve_free(s);
  return err;
}

static void value_free(struct value *v) {
  free(v->text);
  free(v);
}

void sieve_free(struct sieve *s) {
  if (s == NULL)
    return;
  for (struct value *v = s->newest, *older; v != NULL; v = older) {
    older = v->older;
    value_free(v);
  }
  for (size_t f = 0; f < FIELDS; f++) {
    free(s->index[f].takes);
    free(s->index[f].open);
    free(s->index[f].plain);
    free(s->index[f].first);
    free(s->index[f].next);
  }
  free(s->buckets);
  free(s->blocks);
  free(s);
}

/* ---- values ---- */

static void take_out(struct sieve *s, struct value *v) {
  *(v->newer != NULL ? &v->newer->older : &s->newest) = v->older;
  *(v->older != NULL ? &v->older->newer : &s->oldest) = v->newer;
}

static void put_first(struct sieve *s, struct value *v) {
  v->newer = NULL;
  v->older = s->newest;
  *(v->older != NULL ? &v->older->newer : &s->oldest) = v;
  s->newest = v;
}

static void drop_oldest(struct sieve *s) {
  struct value *v = s->oldest;
  struct value **at = &s->buckets[v->hash & s->mask];
  while (*at != v)
    at = &(*at)->bucket_next;
  *at = v->bucket_next;
  take_out(s, v);
  s->values_n--;
  value_free(v);
}

static void fill_value(const struct sieve *s, struct value *v) {
  const struct index *x = &s->index[v->field];
  size_t low = 0, high = x->plain_n;
  memcpy(v->takes, x->takes, s->words * sizeof *v->takes);
  memcpy(v->open, x->open, s->words * sizeof *v->open);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(x->plain[middle].text, v->text) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < x->plain_n && strcmp(x->plain[low].text, v->text) == 0; low++) {
    set_bit(v->takes, x->plain[low].block);
    clear_bit(v->open, x->plain[low].block);
  }
}

static struct value *value_new(struct sieve *s, enum field f, const char *text,
                               uint64_t hash) {
  size_t bytes = s->words * sizeof(uint64_t);
  struct value *v = calloc(1, sizeof *v + 2 * bytes);
  if (v == NULL)
    return NULL;
  v->text = strdup(text);
  if (v->text == NULL) {
    free(v);
    return NULL;
  }
  v->hash = hash;
  v->field = f;
  v->takes = (uint64_t *)(v + 1);
  v->open = v->takes + s->words;
  fill_value(s, v);
  return v;
}

/* NULL when out of memory. */
static struct value *find_value(struct sieve *s, enum field f,
                                const char *text) {
  uint64_t hash = hash_bytes(text, strlen(text)) + (uint64_t)f;
  struct value **bucket = &s->buckets[hash & s->mask];
  struct value *v = *bucket;
  while (v != NULL &&
         (v->hash != hash || v->field != f || strcmp(v->text, text) != 0))
    v = v->bucket_next;
  if (v != NULL) {
    take_out(s, v);
    put_first(s, v);
    return v;
  }
  v = value_new(s, f, text, hash);
  if (v == NULL)
    return NULL;
  if (s->values_n == s->values_max)
    drop_oldest(s);
  v->bucket_next = *bucket;
  *bucket = v;
  put_first(s, v);
  s->values_n++;
  return v;
}

/* Tries the patterns of the block, for all that have the same. */
static void try_block(const struct sieve *s, struct value *v, size_t block) {
  const struct index *x = &s->index[v->field];
  bool takes = selector_matches(&s->blocks[block].field[v->field], v->text);
  for (uint32_t i = x->first[block]; i != NO_BLOCK; i = x->next[i]) {
    clear_bit(v->open, i);
    if (takes)
      set_bit(v->takes, i);
  }
}

static bool all_take(const struct sieve *s, struct value *const *values,
                     size_t block) {
  for (size_t f = 0; f < FIELDS; f++) {
    if (has_bit(values[f]->open, block))
      try_block(s, values[f], block);
    if (!has_bit(values[f]->takes, block))
      return false;
  }
  return true;
}

/* ---- asking ---- */

static enum err add_hit(struct sieve_hits *h, const struct block *b) {
  if (h->n == h->cap) {
    size_t cap = h->cap == 0 ? 8 : 2 * h->cap;
    struct sieve_hit *grown = realloc(h->hits, cap * sizeof *grown);
    if (grown == NULL)
      return ERR_NOMEM;
    h->hits = grown;
    h->cap = cap;
  }
  h->hits[h->n++] = (struct sieve_hit){b->rule, b->metric};
  return OK;
}

static enum err ask_block(const struct sieve *s, struct value *const *values,
                          size_t block, bool of_matches,
                          struct sieve_hits *hits) {
  const struct block *b = &s->blocks[block];
  bool is_match = b->metric == NULL;
  bool is_wanted = of_matches ? is_match : !is_match || !hits->is_matched;
  if (!is_wanted || !all_take(s, values, block))
    return OK;
  if (is_match)
    hits->is_matched = true;
  return is_match == of_matches ? add_hit(hits, b) : OK;
}

static enum err ask(struct sieve *s, const struct signal *series,
                    bool of_matches, struct sieve_hits *hits) {
  struct value *values[FIELDS];
  enum err err = OK;
  hits->n = 0;
  hits->is_matched = false;
  if (s->blocks_n == 0)
    return OK;
  for (int f = 0; f < FIELDS; f++) {
    values[f] =
        find_value(s, (enum field)f, signal_field(series, (enum field)f));
    if (values[f] == NULL)
      return ERR_NOMEM;
  }
  for (size_t w = 0; w < s->words && err == OK; w++) {
    uint64_t left = ~UINT64_C(0);
    for (size_t f = 0; f < FIELDS; f++)
      left &= values[f]->takes[w] | values[f]->open[w];
    for (; left != 0 && err == OK; left &= left - 1)
      err = ask_block(s, values, w * BITS + (size_t)__builtin_ctzll(left),
                      of_matches, hits);
  }
  return err;
}

enum err sieve_ask(struct sieve *s, const struct signal *series,
                   struct sieve_hits *hits) {
  return ask(s, series, false, hits);
}

enum err sieve_ask_matches(struct sieve *s, const struct signal *series,
                           struct sieve_hits *hits) {
  return ask(s, series, true, hits);
}

void sieve_hits_fini(struct sieve_hits *h) {
  free(h->hits);
  *h = (struct sieve_hits){.hits = NULL};
}

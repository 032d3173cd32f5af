/* SPDX-License-Identifier: MIT */
/* A notification or a value from anywhere: packed, matched, templated, made an
 * alert, an incident and a page. The input is texts with NULs between: first
 * switches and numbers, then the series' fields, message, data source and
 * metadata in turn. */
#include "fuzz.h"

#include "base/hash.h"
#include "base/text.h"
#include "core/alert.h"
#include "core/explain.h"
#include "core/message.h"
#include "core/metric.h"
#include "core/rule.h"
#include "core/sieve.h"

#include <math.h>
#include <string.h>

#define TEXT_MAX (16 * 1024 * 1024)
#define TEXTS_MAX 96
#define FIELD_MAX 128

const char fuzz_name[] = "fuzz_signal";
uint64_t fuzz_met;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("2 97.2 80\0web1\0df\0root\0percent_bytes\0used\0almost full\0"
              "value\0site\0berlin\0rack\0r1"),
    FUZZ_SEED("2 nan\0web1\0load\0\0load\0\0Host web1 has not been updated for "
              "300 seconds."),
    FUZZ_SEED("0 1e308 -1e308\0a\0b\0c\0d\0e\0f\0g\0k\0v"),
    FUZZ_SEED("1 -inf inf 300\0\xc3\xa4\0\xf0\x9f\x92\xa9\0\xff\xfe\0\xe2\x80"
              "\xae\0\xed\xa0\x80\0\x1b[31m\0\x7f"),
    {NULL, 0}};
const struct fuzz_file fuzz_files[] = {{NULL, NULL}};
const char *const fuzz_words[] = {"web1",
                                  "df",
                                  "root",
                                  "percent_bytes",
                                  "site",
                                  "berlin",
                                  "value",
                                  "%{host}",
                                  " has not been updated for 5 seconds.",
                                  "\xef\xbf\xbd",
                                  "\xc2\x85",
                                  "\xf4\x90\x80\x80",
                                  "abcdefghabcdefghabcdefghabcdefghabcdefgh",
                                  NULL};

static const char rules[] =
    "DefaultChain \"c\"\n<Webhook \"w\">\n  URL \"http://h/\"\n</Webhook>\n"
    "<Chain \"c\">\n  <Step>\n    Webhook \"w\"\n  </Step>\n</Chain>\n"
    "<Rule \"text\">\n  <Match>\n    Meta \"site\" \"/^b/\"\n"
    "    Message \"/[a-z ]+full$/\"\n    Level \"warning\"\n  </Match>\n"
    "  GroupBy \"host\" \"meta:site\"\n  Label \"k\" \"%{meta:rack}\"\n"
    "  Title \"%{host} %{plugin} %{plugin_instance} %{type} %{type_instance} "
    "%{data_source} %{value} %{level} %{message} %{rule} %{severity} %{alerts} "
    "%{hosts} %{meta:site}\"\n  Continue true\n  For 60\n</Rule>\n"
    "<Rule \"missing\">\n  <Match>\n    Missing true\n  </Match>\n"
    "  Continue true\n  Expire 60\n</Rule>\n"
    "<Rule \"metric\">\n  <Metric>\n    Plugin \"df\" \"/^l/\"\n"
    "    DataSource \"value\"\n    Above 8\n    ClearBelow 6\n  </Metric>\n"
    "  Continue true\n</Rule>\n"
    "<Rule \"all\">\n  <Match>\n    Level \"warning\"\n  </Match>\n"
    "  GroupBy \"none\"\n</Rule>\n";

/* The process keeps them: what is read once is no leak. */
static struct settings *settings;
static struct sieve *sieve;

static void complain(void *arg, const struct finding *f) {
  (void)arg;
  fprintf(stderr, "%s: %s\n", f->path, f->message);
}

static void read_rules(void) {
  struct conf_file *file = NULL;
  NEVER(conf_read_text("rules", rules, sizeof rules - 1, NULL, NULL, &file) !=
        OK);
  const struct conf *block = &file->root;
  NEVER(settings_read(&block, 1, true, complain, NULL, &settings) != OK);
  conf_file_free(file);
  NEVER(sieve_new(settings, &sieve) != OK);
}

static void meet(uint64_t what) { fuzz_met = fuzz_met * 31 + what; }

/* ---- the input ---- */

struct texts {
  const char *text[TEXTS_MAX];
  size_t len[TEXTS_MAX];
  size_t n;
};

static void split(char *bytes, size_t size, struct texts *t) {
  t->n = 0;
  for (size_t at = 0; at < size && t->n < TEXTS_MAX; t->n++) {
    t->text[t->n] = bytes + at;
    t->len[t->n] = strnlen(bytes + at, size - at);
    at += t->len[t->n] + 1;
  }
  for (size_t i = t->n; i < TEXTS_MAX; i++) {
    t->text[i] = "";
    t->len[i] = 0;
  }
}

static double number(const char **p) {
  char *end;
  double x = strtod(*p, &end);
  *p = *end != '\0' ? end + 1 : end;
  return x;
}

static void set_numbers(struct signal *s, const char *p) {
  unsigned flags = (unsigned)strtoul(p, (char **)&p, 10);
  s->level = (uint8_t)(flags % 3);
  s->is_remote = flags >> 2 & 1;
  s->has_value = *p != '\0';
  s->value = number(&p);
  s->failure_max = number(&p);
  s->warning_min = number(&p);
  s->received = s->sent = 1760000000000;
}

/* ---- what must hold ---- */

static bool is_clean(const char *text) {
  return text_is_utf8(text, strlen(text));
}

static void check_signal(const struct signal *s) {
  const char *cursor = NULL, *name, *value;
  size_t pairs = 0;
  NEVER(s->size > SIGNAL_BYTES_MAX || s->size < sizeof *s);
  for (int f = 0; f < FIELDS; f++)
    NEVER(!is_clean(signal_field(s, (enum field)f)));
  NEVER(!is_clean(signal_message(s)) || !is_clean(signal_data_source(s)));
  while (signal_meta_next(s, &cursor, &name, &value)) {
    NEVER(!is_clean(name) || !is_clean(value));
    NEVER(signal_meta(s, name) == NULL);
    NEVER(++pairs > SIGNAL_META_MAX);
  }
  struct signal *copy = signal_copy(s);
  NEVER(copy == NULL || !signal_same_series(s, copy));
  const char *field[FIELDS]; /* in memory with room behind them */
  for (int f = 0; f < FIELDS; f++)
    field[f] = signal_field(s, (enum field)f);
  NEVER(signal_hash_of(field, SIGNAL_BYTES_MAX / FIELDS) != s->hash);
  meet(pairs);
  meet((uint64_t)signal_is_missing(s));
  free(copy);
}

static void check_hash(const struct signal *s, const struct texts *t) {
  char fields[FIELDS][FIELD_MAX];
  const char *field[FIELDS];
  for (size_t f = 0; f < FIELDS; f++) {
    size_t n = t->len[1 + f] < FIELD_MAX ? t->len[1 + f] : FIELD_MAX;
    memset(fields[f], 'x', FIELD_MAX);
    memcpy(fields[f], t->text[1 + f], n);
    if (n < FIELD_MAX)
      fields[f][n] = '\0';
    field[f] = fields[f];
    if (n < t->len[1 + f])
      return; /* it was packed longer */
  }
  NEVER(signal_hash_of(field, FIELD_MAX) != s->hash);
}

static void check_json(char *text) {
  struct json_in *doc = NULL;
  NEVER(text == NULL || json_parse(text, strlen(text), &doc, NULL) != OK);
  json_in_free(doc);
  free(text);
}

/* ---- what it makes ---- */

static void print_page(const struct alert *a, const struct incident *i) {
  char *body = NULL;
  struct page page = {.id = "01JD", .webhook_name = (char *)"w"};
  struct message m = {.page = &page,
                      .incident = i,
                      .alerts = {a},
                      .alerts_n = 1,
                      .next_step_at = WALL_NEVER,
                      .sent_at = a->since,
                      .base_url = "http://h"};
  NEVER(message_print(&m, &body) != OK);
  check_json(body);
}

static void live(struct alert *a, const struct rule *r,
                 const struct signal *s) {
  wall_ms now = s->received;
  meet(alert_begin(a, r, rule_bad_level(r, a->signal), now));
  for (int i = 0; i < 8 && alert_is_live(a); i++) {
    struct signal *next = signal_copy(s);
    NEVER(next == NULL);
    next->level = (uint8_t)(i % 3);
    next->received = now += 7000;
    meet(alert_take(a, next, now));
    meet(alert_finite(a, 10000, now));
    wall_ms due = alert_due(a);
    if (due != WALL_NEVER && due > now && i % 2 == 1)
      now = due;
    meet(alert_tick(a, now));
  }
  alert_resume(a, now + 1);
  alert_clamp(a, 0);
}

static void declare(const struct rule *r, const struct signal *s) {
  struct buf key;
  struct incident i;
  struct alert a;
  buf_init(&key, TEXT_MAX);
  alert_init(&a);
  a.signal = signal_copy(s);
  NEVER(a.signal == NULL);
  field_set_key(&r->group_by, s, &key);
  struct declaration about = {
      .signal = s, .group_key = buf_text(&key), .alerts = 3, .hosts = 2};
  NEVER(rule_declare(r, settings, &about, 1, s->received, &i) != OK);
  NEVER(!is_clean(i.title) || !is_clean(i.group_key));
  live(&a, r, s);
  print_page(&a, &i);
  incident_fini(&i);
  free(a.signal);
  buf_fini(&key);
}

static bool has_rule(const struct sieve_hits *h, const struct rule *r) {
  size_t i = 0;
  while (i < h->n && h->hits[i].rule != r)
    i++;
  return i < h->n;
}

static void look_up(const struct signal *s) {
  struct sieve_hits hits = {0}, takers = {0};
  struct buf out;
  buf_init(&out, TEXT_MAX);
  NEVER(sieve_ask(sieve, s, &hits) != OK);
  NEVER(sieve_ask_matches(sieve, s, &takers) != OK);
  for (size_t i = 0; i < settings->rules_n; i++) {
    const struct rule *r = settings->rules[i];
    bool is_taken = rule_matches(r, s);
    NEVER(is_taken && (!hits.is_matched || !has_rule(&takers, r)));
    NEVER(is_taken && rule_bad_level(r, s) > s->level);
    meet(is_taken);
    (void)explain_rule(r, s, &out);
    NEVER(!is_clean(buf_text(&out)));
    declare(r, s);
  }
  signal_add_name(s, &out);
  buf_fini(&out);
  sieve_hits_fini(&hits);
  sieve_hits_fini(&takers);
}

static void silence(const struct signal *s, const struct texts *t) {
  struct silence silence;
  const char *why;
  silence_init(&silence);
  for (size_t i = 1; i <= FIELDS + 2; i++) {
    char text[2 * FIELD_MAX];
    const char *name = i <= FIELDS ? field_names[i - 1] : "meta:site";
    snprintf(text, sizeof text, "%s=%.*s", name,
             (int)(t->len[i] < FIELD_MAX ? t->len[i] : 1), t->text[i]);
    (void)silence_add_match(&silence, text, &why);
  }
  meet(silence_matches(&silence, s, "text", "SEV-1"));
  meet(silence_matches(&silence, s, NULL, NULL));
  silence_fini(&silence);
}

/* ---- readings ---- */

static void read_value(const struct texts *t) {
  uint64_t memory[SIGNAL_BYTES_MAX / 8];
  static struct ruling rulings[600];
  const char *names[SOURCES_MAX];
  size_t n = t->len[0] * 7 % 600;
  struct packer p;
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_READING;
  for (size_t i = 0; i < FIELDS; i++)
    signal_add(&p, t->text[1 + i], t->len[1 + i]);
  for (size_t i = 0; i < SOURCES_MAX; i++)
    names[i] = t->text[(i + 6) % TEXTS_MAX];
  for (size_t i = 0; i < n; i++)
    rulings[i] = (struct ruling){.rule = (uint32_t)i,
                                 .judgement = (uint8_t)(i * 7 % 3),
                                 .source = (uint16_t)(i * t->len[1] % 64),
                                 .value = NAN};
  signal_end_reading(&p, 1, rulings, n, names);
  const struct signal *s = p.signal;
  NEVER(s->size > SIGNAL_BYTES_MAX || s->rulings_n > n);
  for (size_t i = 0; i < s->rulings_n; i++)
    NEVER(!is_clean(signal_ruling_source(s, &signal_rulings(s)[i])));
  struct signal *copy = signal_copy(s);
  NEVER(copy == NULL || !signal_same_series(copy, s));
  free(copy);
}

/* Values of the limits of integers and time, too. */
static void rate_value(const struct texts *t) {
  struct rate rate = {0};
  struct source source = {.name = "value", .min = NAN, .max = NAN};
  uint64_t raw[2] = {0};
  for (size_t i = 1; i < 6; i++) {
    memcpy(raw, t->text[i], t->len[i] < sizeof raw ? t->len[i] : sizeof raw);
    source.type = (enum source_type)(t->len[i] % 4);
    memcpy(&source.raw, &raw[0], sizeof raw[0]);
    double x = metric_value(&rate, &source, (int64_t)(raw[1] >> 1));
    for (size_t m = 0; m < settings->rules[2]->metrics_n; m++)
      meet(metric_judge(&settings->rules[2]->metrics[m], x, JUDGED_OPEN));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t memory[SIGNAL_BYTES_MAX / 8];
  static struct texts t;
  struct packer p;
  char *bytes = malloc(size + 1);
  NEVER(bytes == NULL);
  memcpy(bytes, data, size);
  bytes[size] = '\0';
  if (settings == NULL)
    read_rules();
  split(bytes, size, &t);
  signal_begin(&p, memory);
  set_numbers(p.signal, t.text[0]);
  for (size_t i = 1; i <= FIELDS + 2; i++)
    signal_add(&p, t.text[i], t.len[i]);
  for (size_t i = FIELDS + 3; i + 1 < t.n; i += 2)
    (void)signal_add_meta(&p, t.text[i], t.text[i + 1]);
  signal_end(&p, true);
  check_signal(p.signal);
  check_hash(p.signal, &t);
  look_up(p.signal);
  silence(p.signal, &t);
  read_value(&t);
  rate_value(&t);
  free(bytes);
  return 0;
}

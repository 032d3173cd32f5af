/* SPDX-License-Identifier: MIT */
#include "core/signal.h"

#include "base/hash.h"
#include "base/text.h"
#include "core/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The texts before metadata: five fields, message, data source. */
#define TEXTS (FIELDS + 2)
#define TEXT_AT offsetof(struct signal, text)

/* Far above the host's 127 and 255 bytes. Were a host built with larger
 * buffers, its texts would be cut here, so that all seven always fit. */
#define TEXT_MAX 1500

_Static_assert(TEXT_AT + TEXTS * (TEXT_MAX + 1) <= SIGNAL_BYTES_MAX,
               "the texts before metadata fit");
_Static_assert(SIGNAL_BYTES_MAX <= UINT16_MAX, "size and meta_at hold");
_Static_assert(TEXT_AT + TEXTS >= sizeof(struct signal),
               "no signal is smaller than the struct");

const char *const field_names[FIELDS] = {"host", "plugin", "plugin_instance",
                                         "type", "type_instance"};
const char *const level_names[] = {"okay", "warning", "failure"};

void signal_begin(struct packer *p, void *memory) {
  static const struct signal empty = {.value = NAN,
                                      .warning_min = NAN,
                                      .warning_max = NAN,
                                      .failure_min = NAN,
                                      .failure_max = NAN};
  p->signal = memory;
  p->at = 0;
  p->texts = 0;
  *p->signal = empty;
}

#define IS_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/* Sixteen bytes, which processors take at once. */
typedef signed char some_chars __attribute__((vector_size(16)));
typedef int64_t some_words __attribute__((vector_size(16)));

/* ASCII, and no NUL. */
static bool is_plain(some_chars chars) {
  some_words above = (some_words)(chars > 0); /* all bits of those that are */
  return (above[0] & above[1]) == -1;
}

/* Copies up to the first NUL, many bytes at a time, as long as they are ASCII,
 * as nearly all names are: this is what a dispatcher's thread waits for. The
 * length copied; *is_whole: up to the NUL or the end, which had room. */
static size_t copy_ascii(char *dst, size_t room, const char *text, size_t n,
                         bool *is_whole) {
  const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
  some_chars chars;
  size_t at = 0;
  uint64_t word = 0;
  if (n >= room)
    n = room - 1;
  for (; at + sizeof chars <= n; at += sizeof chars) {
    memcpy(&chars, text + at, sizeof chars);
    if (!is_plain(chars))
      break;
    memcpy(dst + at, &chars, sizeof chars);
  }
  for (; at + sizeof word <= n; at += sizeof word) {
    memcpy(&word, text + at, sizeof word);
    if ((((word - ones) & ~word) | word) & highs)
      break; /* a NUL in it, or what is not ASCII */
    memcpy(dst + at, &word, sizeof word);
  }
  if (at + sizeof word <= n && IS_LITTLE) {
    uint64_t end = (word - ones) & ~word & highs;
    if ((word & highs & (end ^ (end - 1))) == 0) { /* ASCII up to the NUL */
      memcpy(dst + at, &word, sizeof word); /* behind it nothing counts */
      *is_whole = true;
      return at + (size_t)__builtin_ctzll(end) / 8;
    }
  }
  while (at < n && text[at] > '\0') {
    dst[at] = text[at];
    at++;
  }
  dst[at] = '\0';
  *is_whole = at == n || text[at] == '\0';
  return at;
}

/* Text that is not valid UTF-8 is made so here, on the way in, so that a series
 * has one name and one hash from then on, also after a restart. */
__attribute__((noinline)) static size_t copy_other(char *dst, size_t room,
                                                   const char *text, size_t n) {
  n = strnlen(text, n);
  if (n < room && text_is_utf8(text, n)) {
    memcpy(dst, text, n);
    dst[n] = '\0';
    return n;
  }
  return text_clean(dst, room, text, n);
}

static size_t copy_text(char *dst, size_t room, const char *text, size_t n) {
  bool is_whole;
  size_t len = copy_ascii(dst, room, text, n, &is_whole);
  return is_whole ? len : copy_other(dst, room, text, n);
}

/* What is no name of the usual kind is hashed as bytes: it was cleaned on the
 * way here, and whoever has only the fields comes through here with them. */
static uint64_t hash_fields(const struct packer *p) {
  uint64_t hash;
  return hash_names(p->field, FIELDS, TEXT_MAX, &hash)
             ? hash
             : hash_bytes(p->signal->text, p->at);
}

static void pack(struct packer *p, size_t room, const char *text, size_t n) {
  if (p->texts < FIELDS)
    p->field[p->texts] = p->signal->text + p->at;
  p->at += copy_text(p->signal->text + p->at, room, text, n) + 1;
  p->texts++;
  if (p->texts == FIELDS) {
    p->signal->series_size = (uint16_t)p->at;
    p->signal->hash = hash_fields(p);
  }
  if (p->texts == TEXTS)
    p->signal->meta_at = (uint16_t)p->at;
}

void signal_add(struct packer *p, const char *text, size_t len) {
  if (p->texts < TEXTS)
    pack(p, TEXT_MAX + 1, text, len < TEXT_MAX ? len : TEXT_MAX);
}

void signal_add_series(struct packer *p, const char *const field[FIELDS],
                       size_t max, uint64_t hash) {
  char *text = p->signal->text;
  if (max > TEXT_MAX)
    max = TEXT_MAX;
  for (int i = 0; i < FIELDS; i++)
    p->at += copy_text(text + p->at, TEXT_MAX + 1, field[i], max) + 1;
  p->texts = FIELDS;
  p->signal->series_size = (uint16_t)p->at;
  p->signal->hash = hash;
}

static void pack_missing(struct packer *p) {
  while (p->texts < TEXTS)
    pack(p, 1, "", 0);
}

/* Bytes that copy_text may need, its NUL included. */
static size_t room_for(const char *text, size_t n) {
  return (text_is_utf8(text, n) ? n : 3 * n) + 1;
}

bool signal_add_meta(struct packer *p, const char *name, const char *value) {
  pack_missing(p);
  size_t room = SIGNAL_BYTES_MAX - TEXT_AT - p->at;
  size_t name_len = strnlen(name, room), value_len = strnlen(value, room);
  size_t name_room = room_for(name, name_len);
  size_t value_room = room_for(value, value_len);
  if (p->texts >= TEXTS + 2 * SIGNAL_META_MAX || name_room + value_room > room)
    return false;
  pack(p, name_room, name, name_len);
  pack(p, value_room, value, value_len);
  return true;
}

void signal_end(struct packer *p, bool with_text) {
  pack_missing(p);
  struct signal *s = p->signal;
  s->size = (uint16_t)(TEXT_AT + p->at);
  if (with_text) {
    /* The data source lies between the two and does not count. */
    const char *message = s->text + s->series_size;
    uint64_t h = hash_bytes(message, strlen(message)) * 31 +
                 hash_bytes(s->text + s->meta_at, p->at - s->meta_at);
    s->text_hash = (uint32_t)(h ^ h >> 32);
    if (s->text_hash == 0)
      s->text_hash = 1;
  }
}

/* ---- the hash alone ---- */

__attribute__((noinline)) static uint64_t
hash_slowly(const char *const field[FIELDS], size_t max) {
  uint64_t memory[(sizeof(struct signal) + FIELDS * (TEXT_MAX + 1)) / 8 + 8];
  struct packer p;
  signal_begin(&p, memory);
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, field[i], max);
  return p.signal->hash;
}

uint64_t signal_hash_of(const char *const field[FIELDS], size_t max) {
  uint64_t hash;
  return hash_names(field, FIELDS, max, &hash) ? hash : hash_slowly(field, max);
}

/* ---- rulings ---- */

/* The names of these data sources (a bit each) as they will be packed. */
static size_t room_for_names(uint64_t sources, const char *const *names) {
  size_t room = 0;
  for (size_t i = 0; i < SOURCES_MAX; i++)
    if (sources >> i & 1)
      room += room_for(names[i], strnlen(names[i], TEXT_MAX));
  return room;
}

static uint64_t sources_of(const struct ruling *rulings, size_t n) {
  uint64_t sources = 0;
  for (size_t i = 0; i < n; i++)
    sources |= UINT64_C(1) << (rulings[i].source & (SOURCES_MAX - 1));
  return sources;
}

/* Copies as many as fit, the good ones only if all do: what is not said counts
 * as good. */
static uint16_t copy_rulings(struct ruling *to, size_t room,
                             const struct ruling *rulings, size_t n) {
  bool has_room = n <= room;
  uint16_t copied = 0;
  for (size_t i = 0; i < n && copied < room; i++)
    if (has_room || rulings[i].judgement != JUDGED_GOOD)
      to[copied++] = rulings[i];
  return copied;
}

static uint32_t hash_verdicts(const struct signal *s,
                              const struct ruling *rulings) {
  uint64_t h = s->generation;
  for (size_t i = 0; i < s->rulings_n; i++) {
    h ^= (uint64_t)rulings[i].rule << 2 | rulings[i].judgement;
    h *= UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 32;
  }
  return (uint32_t)h != 0 ? (uint32_t)h : 1;
}

/* The rulings stand behind the texts, the names of their sources behind them.
 */
void signal_end_reading(struct packer *p, uint32_t generation,
                        const struct ruling *rulings, size_t n,
                        const char *const *names) {
  struct signal *s = p->signal;
  uint16_t name_at[SOURCES_MAX] = {0};
  uint64_t sources = sources_of(rulings, n);
  pack_missing(p);
  size_t at = (TEXT_AT + p->at + 7) / 8 * 8;
  size_t left = SIGNAL_BYTES_MAX - at, reserve = room_for_names(sources, names);
  struct ruling *own = (struct ruling *)(void *)((char *)s + at);
  size_t room = reserve < left ? (left - reserve) / sizeof *own : 0;
  memset(s->text + p->at, 0, at - TEXT_AT - p->at);
  s->generation = generation;
  s->rulings_at = (uint16_t)at;
  s->rulings_n = copy_rulings(own, room, rulings, n);
  p->at = at - TEXT_AT + s->rulings_n * sizeof *own;
  for (size_t i = 0; i < SOURCES_MAX && s->rulings_n > 0; i++)
    if (sources >> i & 1) {
      name_at[i] = (uint16_t)p->at;
      p->at += copy_text(s->text + p->at, SIGNAL_BYTES_MAX - TEXT_AT - p->at,
                         names[i], strnlen(names[i], TEXT_MAX)) +
               1;
    }
  for (size_t i = 0; i < s->rulings_n; i++) {
    own[i].source = name_at[own[i].source & (SOURCES_MAX - 1)];
    if (own[i].judgement == JUDGED_BAD)
      s->level = LEVEL_FAILURE;
  }
  s->meta_at = (uint16_t)p->at; /* there is none */
  s->size = (uint16_t)(TEXT_AT + p->at);
  s->text_hash = hash_verdicts(s, own);
}

const struct ruling *signal_rulings(const struct signal *s) {
  return (const struct ruling *)(const void *)((const char *)s + s->rulings_at);
}

const char *signal_ruling_source(const struct signal *s,
                                 const struct ruling *r) {
  return s->text + r->source;
}

#define MISSING_CUT 255 /* bytes of a notification's message at most */

bool signal_is_missing(const struct signal *s) {
  static const char before[] = " has not been updated for ";
  const char *message = signal_message(s);
  if (s->kind != SIGNAL_NOTIFICATION || s->has_value ||
      s->text + s->meta_at < (const char *)s + s->size)
    return false;
  const char *at = strstr(message, before);
  if (at == NULL || at == message)
    return false;
  at += sizeof before - 1;
  at += strspn(at, "0123456789.-");
  /* The host's buffer may have cut it. */
  return strcmp(at, " seconds.") == 0 || strlen(message) >= MISSING_CUT;
}

/* ---- parts ---- */

static const char *skip(const char *text) { return text + strlen(text) + 1; }

const char *signal_field(const struct signal *s, enum field field) {
  const char *text = s->text;
  for (int i = 0; i < (int)field; i++)
    text = skip(text);
  return text;
}

const char *signal_message(const struct signal *s) {
  return s->text + s->series_size;
}

const char *signal_data_source(const struct signal *s) {
  return skip(signal_message(s));
}

bool signal_meta_next(const struct signal *s, const char **cursor,
                      const char **name, const char **value) {
  const char *at = *cursor == NULL ? s->text + s->meta_at : *cursor;
  if (at >= (const char *)s + s->size)
    return false;
  *name = at;
  *value = skip(*name);
  *cursor = skip(*value);
  return true;
}

const char *signal_meta(const struct signal *s, const char *name) {
  const char *cursor = NULL, *n = NULL, *value = NULL;
  while (signal_meta_next(s, &cursor, &n, &value))
    if (strcmp(n, name) == 0)
      return value;
  return NULL;
}

bool signal_same_series(const struct signal *a, const struct signal *b) {
  return a->series_size == b->series_size &&
         memcmp(a->text, b->text, a->series_size) == 0;
}

struct signal *signal_copy(const struct signal *s) {
  struct signal *copy = malloc(s->size);
  if (copy != NULL)
    memcpy(copy, s, s->size);
  return copy;
}

void signal_add_name(const struct signal *s, struct buf *out) {
  const char *field[FIELDS];
  for (int i = 0; i < FIELDS; i++)
    field[i] = signal_field(s, (enum field)i);
  buf_add(out, field[FIELD_HOST]);
  buf_add(out, "/");
  buf_add(out, field[FIELD_PLUGIN]);
  if (field[FIELD_PLUGIN_INSTANCE][0] != '\0') {
    buf_add(out, "-");
    buf_add(out, field[FIELD_PLUGIN_INSTANCE]);
  }
  buf_add(out, "/");
  buf_add(out, field[FIELD_TYPE]);
  if (field[FIELD_TYPE_INSTANCE][0] != '\0') {
    buf_add(out, "-");
    buf_add(out, field[FIELD_TYPE_INSTANCE]);
  }
}

/* "plugin-instance": the length of what is before the first '-', and where the
 * instance is. */
static size_t split_part(const char *part, size_t len, const char **instance) {
  const char *dash = memchr(part, '-', len);
  *instance = dash != NULL ? dash + 1 : part + len;
  return dash != NULL ? (size_t)(dash - part) : len;
}

enum err signal_from_name(const char *name, wall_ms now,
                          struct signal **own_signal) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  const char *plugin = strchr(name, '/'), *instance;
  const char *type = plugin != NULL ? strchr(plugin + 1, '/') : NULL;
  struct packer p;
  if (type == NULL || plugin == name || strlen(name) > TEXT_MAX)
    return ERR_INVALID;
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_NOTIFICATION;
  p.signal->level = LEVEL_OKAY;
  p.signal->received = p.signal->sent = now;
  signal_add(&p, name, (size_t)(plugin++ - name));
  size_t part = (size_t)(type - plugin);
  size_t len = split_part(plugin, part, &instance);
  size_t type_len = strcspn(type + 1, "-");
  if (len == 0 || type_len == 0)
    return ERR_INVALID;
  signal_add(&p, plugin, len);
  signal_add(&p, instance, (size_t)(plugin + part - instance));
  part = strlen(++type);
  len = split_part(type, part, &instance);
  signal_add(&p, type, len);
  signal_add(&p, instance, (size_t)(type + part - instance));
  signal_end(&p, false);
  struct signal *copy = signal_copy(p.signal);
  if (copy == NULL)
    return ERR_NOMEM;
  *own_signal = copy;
  return OK;
}

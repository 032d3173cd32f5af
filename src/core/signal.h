/* SPDX-License-Identifier: MIT */
/* What came in: one notification (or one finite value somebody waits for), as
 * a single self-contained block of memory, so that it is packed on the
 * dispatcher's thread, copied with one memcpy and kept as it is.
 *
 * The texts behind the header are packed one after another, each with its NUL:
 * the five fields of the series, then message, data source, then metadata as
 * name and value in turn. They are cut to the host's limits and made valid
 * UTF-8 while they are packed. */
#ifndef INCIDENT_SIGNAL_H
#define INCIDENT_SIGNAL_H

#include "base/buf.h"
#include "base/clock.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The five identifier fields, in collectd's order. */
enum field {
  FIELD_HOST,
  FIELD_PLUGIN,
  FIELD_PLUGIN_INSTANCE,
  FIELD_TYPE,
  FIELD_TYPE_INSTANCE,
  FIELDS
};
extern const char *const field_names[FIELDS]; /* "host", "plugin", … */

enum level { LEVEL_OKAY, LEVEL_WARNING, LEVEL_FAILURE };
extern const char *const level_names[]; /* "okay", "warning", "failure" */

enum signal_kind {
  SIGNAL_NOTIFICATION,
  SIGNAL_FINITE, /* a finite value of a series that was NaN; no texts but the
                    series; interval is set */
  SIGNAL_FIRST,  /* the first value of a series (for a while): which rules look
                    at it is to be decided; no texts but the series */
  SIGNAL_BEAT,   /* a heartbeat is due (engine/heart.h) */
  SIGNAL_READING /* what <Metric> blocks say of a value: verdicts; no texts but
                    the series */
};

/* What one rule's blocks say of a value together: bad while any says bad, else
 * open while any leaves it open. In SIGNAL_READING, by order of the rules. */
struct ruling {
  uint32_t rule;     /* struct rule.order, under the signal's generation */
  uint8_t judgement; /* enum judgement (core/metric.h) */
  uint8_t kind;      /* enum metric_kind of the block that decided */
  uint16_t source;   /* its data source's name, as an offset into text */
  double value;      /* of that data source; NaN: none */
  double limit;      /* what it was compared with */
};

#define SIGNAL_META_MAX 32           /* pairs; more are dropped */
#define SIGNAL_BYTES_MAX (12 * 1024) /* whole block; metadata is cut to fit */

struct signal {
  uint64_t hash;    /* of the series' fields (signal_hash_of) */
  wall_ms received; /* our clock: the one that counts; 0: the intake sets it */
  wall_ms sent;     /* the sender's: for display and for ordering only; 0: as
                       received, set with it */
  double value;     /* CurrentValue; meaningful if has_value, NaN possible */
  double warning_min, warning_max, failure_min, failure_max; /* NaN: not set */
  union {
    uint32_t interval_ms; /* SIGNAL_FINITE */
    uint32_t generation;  /* SIGNAL_READING: of the settings that rulings are
                             of */
  };
  uint32_t text_hash;   /* of message and metadata; 0 when no rule looks */
  uint16_t size;        /* of the whole block */
  uint16_t series_size; /* bytes of the five fields with their NULs */
  uint16_t meta_at;     /* where metadata starts in text */
  uint16_t rulings_at;  /* SIGNAL_READING: offset from the signal's begin to its
                           8-aligned struct ruling[rulings_n] */
  uint16_t rulings_n;
  uint8_t kind, level, has_value, is_remote;
  char text[];
};

/* Builds one in the given memory (SIGNAL_BYTES_MAX bytes, 8-aligned), in this
 * order: begin, five fields in order, message, data source, metadata. Lengths
 * are those of the host's buffers, so many bytes may be read; a text ends at
 * its first NUL or there. */
struct packer {
  struct signal *signal;
  size_t at;      /* where the next text goes */
  unsigned texts; /* so far */
  const char *field[FIELDS];
};
/* All zero, value and limits NaN; the caller sets what it knows. */
void signal_begin(struct packer *p, void *memory);
void signal_add(struct packer *p, const char *text, size_t len);
/* The five fields at once, each in a buffer of max bytes, for whoever has their
 * hash already (signal_hash_of). */
void signal_add_series(struct packer *p, const char *const field[FIELDS],
                       size_t max, uint64_t hash);
/* False if the pair did not fit and was dropped. */
bool signal_add_meta(struct packer *p, const char *name, const char *value);
/* Sets size, series_size, meta_at and the hashes. with_text: text_hash too.
 * Texts that were not added are "". */
void signal_end(struct packer *p, bool with_text);

/* The hash that a signal of the series of these fields would bear, each in a
 * buffer of max bytes, as signal_add reads them. */
uint64_t signal_hash_of(const char *const field[FIELDS], size_t max);

/* Parts of it; belong to the signal. */
const char *signal_field(const struct signal *s, enum field field);
const char *signal_message(const struct signal *s);
const char *signal_data_source(const struct signal *s);
/* Walks metadata: *cursor starts at NULL; false at the end. */
bool signal_meta_next(const struct signal *s, const char **cursor,
                      const char **name, const char **value);
/* The first value of that name, NULL when there is none. */
const char *signal_meta(const struct signal *s, const char *name);

/* Ends a SIGNAL_READING instead of signal_end: adds the rulings, whose source
 * is an index into names here (of SOURCES_MAX at most), and hashes the verdicts
 * into text_hash (never 0), so that the intake keeps every change of them. If
 * not all fit, the good ones are left out: what is not said counts as good. The
 * signal's level is failure if any is bad, else okay. */
void signal_end_reading(struct packer *p, uint32_t generation,
                        const struct ruling *rulings, size_t n,
                        const char *const *names);
const struct ruling *signal_rulings(const struct signal *s);
const char *signal_ruling_source(const struct signal *s,
                                 const struct ruling *r);

/* It has a value, and that is not a number. */
static inline bool signal_is_nan(const struct signal *s) {
  return s->has_value && isnan(s->value);
}

/* threshold's "<identifier> has not been updated for N seconds.", which comes
 * without metadata (collectd threshold.c:ut_missing). */
bool signal_is_missing(const struct signal *s);

/* Equal series, compared field by field. */
bool signal_same_series(const struct signal *a, const struct signal *b);

/* A copy in memory of its own, to be freed with free(). NULL when out of
 * memory. */
struct signal *signal_copy(const struct signal *s);

/* "host/plugin-instance/type-instance", as collectd writes it. */
void signal_add_name(const struct signal *s, struct buf *out);

/* The other way round: a signal without a level, value or text, of the series
 * that collectd calls so (an instance begins at the first '-' of its part).
 * ERR_INVALID: that is none. The caller free()s it. */
enum err signal_from_name(const char *name, wall_ms now,
                          struct signal **own_signal);

#endif

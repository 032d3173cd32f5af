/* SPDX-License-Identifier: MIT */
/* Reading whole rows, column for column as statements.h lists them. For
 * src/ledger/ alone. Results are the caller's; on an error, which the row
 * remembers too, there are none. */
#ifndef INCIDENT_LEDGER_ROWS_H
#define INCIDENT_LEDGER_ROWS_H

#include "ledger/ledger_sql.h"

enum err row_take_incident(struct row *r, struct incident *own_incident);

/* *rule belongs to the row. a->incident is 0 when it has none. */
enum err row_take_alert(struct row *r, struct alert *own_alert,
                        const char **rule);

enum err row_take_run(struct row *r, struct run *own_run);
void run_row_fini(struct run *run);

enum err row_take_page(struct row *r, struct page *own_page);

/* The five fields. */
void row_put_series(struct row *r, const struct signal *s);

/* *rule belongs to the row. */
enum err row_take_absence(struct row *r, struct absence *own_absence,
                          const char **rule);

/* ERR_INVALID: it makes no sense, and the row goes on. */
enum err row_take_silence(struct row *r, struct silence *own_silence);

enum err row_take_override(struct row *r, struct override *own_override);

/* *data_source belongs to the row. ERR_INVALID: the samples make no sense, and
 * the row goes on. */
enum err row_take_evidence(struct row *r, int64_t *incident, int64_t *alert,
                           const char **data_source, struct trend *own_trend);

#endif

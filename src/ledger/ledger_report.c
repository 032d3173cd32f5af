/* SPDX-License-Identifier: MIT */
/* What a report is made of. */
#include "base/ulid.h"
#include "ledger/ledger_sql.h"

static enum err take_cases(struct ledger *l, struct report *report) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_REPORT_CASES);
  put_time(&r, report->since - REPORT_REPEAT_MS);
  put_time(&r, report->until);
  while (said == OK && row_next(&r)) {
    struct report_case c = {.id = get_int(&r)};
    c.severity = get_text(&r);
    c.rule = get_text(&r);
    c.group = get_text(&r);
    c.service = get_text(&r);
    c.team = get_text(&r);
    c.is_private = get_flag(&r);
    c.is_resolved_by_hand = get_flag(&r);
    c.declared_at = get_time(&r);
    c.acknowledged_at = get_time(&r);
    c.resolved_at = get_time(&r);
    c.alerts = get_int(&r);
    c.reopened = get_int(&r);
    if (r.err == OK)
      said = report_add_case(report, &c);
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}

static enum err take_pages(struct ledger *l, struct report *report) {
  char made[ULID_TEXT];
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_REPORT_PAGES);
  /* No index knows when pages were delivered. */
  ulid_floor(report->since - REPORT_LATE_MS, made);
  put_text(&r, made);
  put_time(&r, report->since);
  put_time(&r, report->until);
  while (said == OK && row_next(&r)) {
    const char *responder = get_text(&r);
    const char *rule = get_text(&r);
    wall_ms at = get_time(&r);
    if (r.err == OK)
      said = report_add_page(report, responder, rule, at);
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}

static enum err take_silence(void *arg, const struct silence *s) {
  return report_add_silence(arg, s);
}

enum err ledger_report(struct ledger *l, wall_ms now, struct report *report) {
  enum err err = take_cases(l, report);
  if (err == OK)
    err = take_pages(l, report);
  if (err == OK)
    err = ledger_silences(l, true, now, take_silence, report);
  if (err == OK)
    report_end(report);
  return err;
}

enum err ledger_newest(struct ledger *l, wall_ms *recorded_at) {
  struct row r;
  row_open(&r, l, SQL_NEWEST);
  wall_ms at = row_next(&r) ? get_time(&r) : 0;
  enum err err = row_close(&r);
  if (err == OK)
    *recorded_at = at;
  return err;
}

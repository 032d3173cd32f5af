/* SPDX-License-Identifier: MIT */
/* What the sections say as long as nobody has written them. */
#include "core/postmortem_write.h"

#include "base/span.h"

#include <string.h>

#define STEPS_MAX 40 /* of "what happened" */

const char *const section_gaps[SECTIONS] = {
    [SECTION_RECORDING] = "The recordings of the call and of the meeting.",
    [SECTION_OVERVIEW] = "Two sentences for those who read nothing else.",
    [SECTION_WHAT_HAPPENED] = "What happened, as a story.",
    [SECTION_FACTORS] = "What made it possible, and what made it worse or last "
                        "longer: conditions, not people.",
    [SECTION_RESOLUTION] = "What ended it, and how that was made sure of.",
    [SECTION_IMPACT] = "What customers noticed, and how many of them.",
    [SECTION_WENT_WELL] = "What should be done the same way again.",
    [SECTION_WENT_BADLY] = "What took too long, was missing or confused.",
    [SECTION_AGENDA] = "What the meeting is about.",
    [SECTION_MAIL] = "What colleagues should know.",
    [SECTION_EXTERNAL] =
        "Summary, what happened, what is being done; or \"none\"."};

/* On one line. */
static void add_flat(struct buf *out, const char *text) {
  for (const char *c = text; *c != '\0';) {
    size_t n = strcspn(c, "\r\n\t");
    buf_addn(out, c, n);
    c += n + strspn(c + n, "\r\n\t ");
    if (*c != '\0')
      buf_add(out, " ");
  }
}

static void add_time(struct buf *out, wall_ms at) {
  char text[DOCUMENT_TIME];
  document_print_time(at, text);
  buf_add(out, text);
}

static void add_length(const struct postmortem_view *v, struct buf *out) {
  const struct incident *i = &v->dossier->incident;
  char span[SPAN_TEXT];
  wall_ms end = dossier_end(v->dossier, v->now);
  span_print_rough(end > i->declared_at ? end - i->declared_at : 0, span);
  buf_addf(out, "%s %s, from ", incident_is_open(i) ? "has lasted" : "lasted",
           span);
  add_time(out, i->declared_at);
  buf_add(out, incident_is_open(i) ? " until now, " : " until ");
  add_time(out, end);
}

static void draft_overview(const struct postmortem_view *v, struct buf *out) {
  const struct incident *i = &v->dossier->incident;
  buf_addf(out, "%s incident %lld, \"", i->severity, (long long)i->id);
  add_flat(out, i->title);
  buf_add(out, "\", ");
  add_length(v, out);
  buf_add(out, ".");
  if (i->summary != NULL)
    buf_addf(out, "\n\n%s", i->summary);
  else if (i->description != NULL && i->description[0] != '\0')
    buf_addf(out, "\n\n%s", i->description);
}

static bool is_step(const struct entry *e) {
  switch (e->kind) {
  case KIND_DECLARED:
  case KIND_ACKNOWLEDGED:
  case KIND_UNACKNOWLEDGED:
  case KIND_EXHAUSTED:
  case KIND_SEVERITY:
  case KIND_STATUS:
  case KIND_RESOLVED:
  case KIND_REOPENED:
  case KIND_MERGED:
  case KIND_DECISION:
  case KIND_FIX:
    return true;
  default:
    return e->is_important;
  }
}

/* What an entry of that kind says beyond it: "" of "acknowledged", the reason
 * of "resolved: reason". */
static const char *beyond_kind(const struct entry *e) {
  size_t n = strlen(kind_names[e->kind]);
  if (strncmp(e->text, kind_names[e->kind], n) != 0)
    return e->text;
  if (e->text[n] == '\0')
    return "";
  return strncmp(e->text + n, ": ", 2) == 0 ? e->text + n + 2 : e->text;
}

/* How something that became part of it began and ended is its own story. */
static bool is_told_of(const struct postmortem_view *v, const struct entry *e) {
  bool is_own = e->incident == v->dossier->incident.id;
  if (v->only_important)
    return e->is_important;
  return is_own ? is_step(e)
                : e->is_important || e->kind == KIND_DECISION ||
                      e->kind == KIND_FIX;
}

static void draft_what_happened(const struct postmortem_view *v,
                                struct buf *out) {
  const struct dossier *d = v->dossier;
  size_t steps = 0;
  if (d->incident.detection != NULL)
    buf_addf(out, "Noticed by: %s\n\n", d->incident.detection);
  for (size_t i = 0; i < d->entries.n; i++) {
    const struct entry *e = &d->entries.items[i];
    if (!is_told_of(v, e) || steps++ >= STEPS_MAX)
      continue;
    buf_add(out, "- ");
    add_time(out, e->at);
    if (e->incident != d->incident.id)
      buf_addf(out, " [%lld]", (long long)e->incident);
    const char *text = beyond_kind(e);
    buf_addf(out, ": %s%s%s%s", kind_names[e->kind],
             e->by != NULL ? " by " : "", e->by != NULL ? e->by : "",
             text[0] != '\0' ? ": " : "");
    add_flat(out, text);
    buf_add(out, "\n");
  }
  if (steps > STEPS_MAX)
    buf_addf(out, "- and %zu more: see the timeline\n", steps - STEPS_MAX);
}

/* The last fix that was confirmed, else how it was resolved. */
static void draft_resolution(const struct postmortem_view *v, struct buf *out) {
  const struct dossier *d = v->dossier;
  const struct entry *last = NULL;
  for (size_t i = 0; i < d->entries.n; i++) {
    const struct entry *e = &d->entries.items[i];
    bool is_fix = e->kind == KIND_FIX;
    if (is_fix ||
        (e->kind == KIND_RESOLVED && (last == NULL || last->kind != KIND_FIX)))
      last = e;
  }
  if (last == NULL)
    return;
  const char *text = beyond_kind(last);
  buf_addf(out, "%s%s", last->kind == KIND_FIX ? "Fix confirmed" : "Resolved",
           last->by != NULL ? " by " : "");
  buf_addf(out, "%s%s", last->by != NULL ? last->by : "",
           text[0] != '\0' ? ": " : "");
  add_flat(out, text);
}

static void draft_factors(const struct postmortem_view *v, struct buf *out) {
  if (v->dossier->incident.cause != NULL)
    buf_add(out, v->dossier->incident.cause);
}

/* ---- what went well or not, as far as figures can tell ---- */

#define SOON_MS (5 * 60 * 1000)

static span_ms acknowledged_after(const struct dossier *d) {
  const struct entry *e = dossier_first(d, KIND_ACKNOWLEDGED, NULL, 0);
  return e != NULL && e->at > d->incident.declared_at
             ? e->at - d->incident.declared_at
             : 0;
}

static size_t count_of(const struct dossier *d, enum kind kind) {
  size_t n = 0;
  for (size_t i = 0; i < d->entries.n; i++)
    n += d->entries.items[i].kind == kind;
  return n;
}

static size_t pages_in(const struct dossier *d, enum page_state state) {
  size_t n = 0;
  for (size_t i = 0; i < d->pages.n; i++)
    n += d->pages.items[i].state == state;
  return n;
}

static void draft_went_well(const struct postmortem_view *v, struct buf *out) {
  const struct dossier *d = v->dossier;
  char span[SPAN_TEXT];
  span_ms after = acknowledged_after(d);
  bool is_held = dossier_first(d, KIND_ACKNOWLEDGED, NULL, 0) != NULL;
  if (is_held && after <= SOON_MS) {
    span_print_rough(after, span);
    buf_addf(out, "- It was acknowledged within %s.\n", span);
  }
  if (d->incident.rule != NULL)
    buf_add(out, "- Monitoring noticed it and declared it by itself.\n");
  if (d->pages.n > 0 && pages_in(d, PAGE_FAILED) == 0)
    buf_add(out, "- No page failed.\n");
}

static void draft_went_badly(const struct postmortem_view *v, struct buf *out) {
  const struct dossier *d = v->dossier;
  char span[SPAN_TEXT];
  span_ms after = acknowledged_after(d);
  size_t failed = pages_in(d, PAGE_FAILED),
         exhausted = count_of(d, KIND_EXHAUSTED),
         reopened = count_of(d, KIND_REOPENED);
  wall_ms began = WALL_NEVER;
  for (size_t i = 0; i < d->impacts.n; i++)
    if (d->impacts.items[i].from < began)
      began = d->impacts.items[i].from;
  if (began < d->incident.declared_at) {
    span_print_rough(d->incident.declared_at - began, span);
    buf_addf(out, "- Customers noticed it %s before it was declared.\n", span);
  }
  if (after > SOON_MS) {
    span_print_rough(after, span);
    buf_addf(out, "- It took %s until somebody acknowledged it.\n", span);
  }
  if (failed > 0)
    buf_addf(out, "- %zu page%s failed.\n", failed, failed == 1 ? "" : "s");
  if (exhausted > 0)
    buf_addf(out, "- The whole chain was paged in vain %zu time%s.\n",
             exhausted, exhausted == 1 ? "" : "s");
  if (reopened > 0)
    buf_addf(out, "- It came back %zu time%s.\n", reopened,
             reopened == 1 ? "" : "s");
}

/* ---- the meeting and the messages ---- */

static void draft_agenda(const struct postmortem_view *v, struct buf *out) {
  (void)v;
  buf_add(out, "- Is the timeline right, and is something missing?\n"
               "- What made it possible, and what made it last?\n"
               "- What went well, what did not?\n"
               "- What is done about it, by whom, until when?\n");
}

static void add_impacts(const struct dossier *d, struct buf *out) {
  for (size_t i = 0; i < d->impacts.n; i++) {
    if (i > 0)
      buf_add(out, "; ");
    add_flat(out, d->impacts.items[i].text);
  }
}

static void draft_mail(const struct postmortem_view *v, struct buf *out) {
  const struct dossier *d = v->dossier;
  const struct incident *i = &d->incident;
  struct buf overview;
  buf_init(&overview, DOCUMENT_MAX);
  postmortem_text(v, SECTION_OVERVIEW, &overview);
  buf_addf(out, "Subject: [%s] ", i->severity);
  add_flat(out, i->title);
  buf_addf(out, ": %s\n\n%s\n\n", status_names[i->status], buf_text(&overview));
  if (overview.err != OK)
    out->err = overview.err;
  buf_fini(&overview);
  if (d->impacts.n > 0) {
    buf_add(out, "Impact: ");
    add_impacts(d, out);
    buf_add(out, "\n\n");
  }
  buf_addf(out, "The postmortem is owned by %s",
           d->postmortem.owner != NULL ? d->postmortem.owner : "nobody yet");
  if (d->postmortem.meeting_at != WALL_NEVER) {
    buf_add(out, "; the meeting is at ");
    add_time(out, d->postmortem.meeting_at);
  }
  buf_add(out, ".");
  if (d->urls.base[0] != '\0')
    buf_addf(out, "\n%s/incidents/%lld", d->urls.base, (long long)i->id);
}

/* When customers did not notice it any more, as far as that is known. */
static wall_ms noticed_until(const struct postmortem_view *v) {
  const struct dossier *d = v->dossier;
  wall_ms last = d->impacts.n > 0 ? 0 : dossier_end(d, v->now);
  for (size_t i = 0; i < d->impacts.n; i++)
    if (d->impacts.items[i].until > last)
      last = d->impacts.items[i].until;
  return last == WALL_NEVER && !incident_is_open(&d->incident)
             ? d->incident.resolved_at
             : last;
}

/* Nothing internal: no title, no cause, no names. */
static void draft_external(const struct postmortem_view *v, struct buf *out) {
  const struct dossier *d = v->dossier;
  wall_ms until = noticed_until(v);
  buf_add(out, "Summary: from ");
  add_time(out, d->impacts.n > 0 ? d->impacts.items[0].from
                                 : d->incident.declared_at);
  if (until == WALL_NEVER || incident_is_open(&d->incident)) {
    buf_add(out, " on: ");
  } else {
    buf_add(out, " until ");
    add_time(out, until);
    buf_add(out, ": ");
  }
  if (d->impacts.n > 0)
    add_impacts(d, out);
  else
    buf_add(out, "[what customers noticed]");
  buf_add(out, ".\n\nWhat happened: [in words that customers understand]\n\n"
               "What we are doing: [what keeps it from happening again]");
}

void postmortem_text(const struct postmortem_view *v, enum section section,
                     struct buf *out) {
  static void (*const drafts[SECTIONS])(const struct postmortem_view *v,
                                        struct buf *out) = {
      [SECTION_OVERVIEW] = draft_overview,
      [SECTION_WHAT_HAPPENED] = draft_what_happened,
      [SECTION_FACTORS] = draft_factors,
      [SECTION_RESOLUTION] = draft_resolution,
      [SECTION_WENT_WELL] = draft_went_well,
      [SECTION_WENT_BADLY] = draft_went_badly,
      [SECTION_AGENDA] = draft_agenda,
      [SECTION_MAIL] = draft_mail,
      [SECTION_EXTERNAL] = draft_external,
  };
  const char *written = v->dossier->postmortem.sections[section];
  if (written != NULL)
    buf_add(out, written);
  else if (drafts[section] != NULL)
    drafts[section](v, out);
}

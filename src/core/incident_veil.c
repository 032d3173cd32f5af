/* SPDX-License-Identifier: MIT */
/* Private incidents: what those who are not on one may know of it. */
#include "core/incident.h"

#include <string.h>

/* Words that say nothing, for those that nobody has named. */
static const char *const words[] = {
    "amber",   "anchor", "aspen",   "basalt", "beacon",  "birch",   "bramble",
    "canyon",  "cedar",  "cobalt",  "comet",  "copper",  "coral",   "crane",
    "delta",   "ember",  "falcon",  "fern",   "garnet",  "glacier", "harbor",
    "hazel",   "heron",  "indigo",  "island", "ivory",   "jasper",  "juniper",
    "kestrel", "lagoon", "lantern", "larch",  "linden",  "lotus",   "maple",
    "marble",  "meadow", "mesa",    "nectar", "nimbus",  "ocean",   "olive",
    "onyx",    "opal",   "orchid",  "osprey", "pebble",  "pine",    "plover",
    "quartz",  "raven",  "reef",    "river",  "saffron", "sage",    "silver",
    "spruce",  "swift",  "thistle", "topaz",  "tundra",  "walnut",  "willow",
    "zephyr"};
#define WORDS (sizeof words / sizeof words[0])

const char *incident_name(const struct incident *i) {
  if (!i->is_private)
    return i->title;
  if (i->codename != NULL)
    return i->codename;
  return words[(size_t)(i->id > 0 ? i->id : 0) % WORDS];
}

struct incident incident_veil(const struct incident *i) {
  struct incident v;
  incident_init(&v);
  v.id = i->id;
  v.title = (char *)(uintptr_t)incident_name(i);
  v.severity = i->severity;
  v.status = i->status;
  v.is_test = i->is_test;
  v.is_private = i->is_private;
  v.is_major = i->is_major;
  v.is_paused = i->is_paused;
  v.codename = i->is_private ? v.title : NULL;
  v.declared_at = i->declared_at;
  if (i->declared_by != NULL && strncmp(i->declared_by, "rule:", 5) != 0)
    v.declared_by = i->declared_by;
  v.acknowledged_at = i->acknowledged_at;
  v.acknowledged_by = i->acknowledged_by;
  v.snoozed_until = i->snoozed_until;
  v.commander = i->commander;
  v.resolved_at = i->resolved_at;
  v.resolved_by = i->resolved_by;
  return v;
}

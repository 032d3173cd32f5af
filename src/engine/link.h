/* SPDX-License-Identifier: MIT */
/* LEDGER.sock: how tools reach the running plugin. They kick it when they have
 * changed the ledger, and hand it what they could not write there. One line of
 * JSON each way, then the connection ends:
 *
 *   {"verb":"kick"}    {"ok":true}
 *   {"verb":"status"}  {"ok":true,"degraded":false,"rows_waiting":0,…}
 *   {"verb":"list"}    {"ok":true,"incidents":[…]}: open, in memory
 *   {"verb":"silences"}
 *                      {"ok":true,"silences":[…]}: not over, in memory
 *   {"verb":"overrides"}
 *                      {"ok":true,"overrides":[…]}: the same
 *   {"verb":"calendar","schedule":"primary"}
 *                      {"ok":true,"calendar":{…}}: as it was read last; null:
 *                      none that is known
 *   {"verb":"reload","file":"/absolute/path"}
 *                      {"ok":true,"rules":3}, or {"ok":false,
 *                      "error":"invalid","why":"a line per error"}
 *   a request (core/incident.h)
 *                      {"ok":true,"incident":{…},"entry":{…},"silence":{…},
 *                      "override":{…},"forgotten":0}, null what it is not
 * about, or
 *                      {"ok":false,"error":"conflict","why":"already resolved"}
 *
 * Served by the engine's thread between turns, without ever blocking it. The
 * socket has the mode 0600: whoever may write the ledger may talk here. */
#ifndef INCIDENT_LINK_H
#define INCIDENT_LINK_H

#include "engine/engine.h"

#include <poll.h>

struct link;

#define LINK_CLIENTS_MAX 16
#define LINK_FDS_MAX (LINK_CLIENTS_MAX + 1)

/* Makes the socket; a stale one is replaced, since the caller owns the ledger's
 * lock. ERR_IO with *why (static per thread), ERR_CEILING if the path is too
 * long for a socket. */
enum err link_new(const char *ledger_path, const char *version,
                  struct engine *e, struct intake *q, struct link **own_link,
                  const char **why);
/* Removes the socket. */
void link_free(struct link *own_link);

/* Fills in what to poll for (LINK_FDS_MAX at most); returns how many. */
size_t link_fds(struct link *l, struct pollfd *fds);
/* After the poll: serves whoever is ready, drops whoever is too slow. True if
 * the engine should make a turn now. */
bool link_serve(struct link *l, const struct pollfd *fds, size_t n);

#endif

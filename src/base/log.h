/* SPDX-License-Identifier: MIT */
/* One line for the operator. The door says where lines go (collectd's log, a
 * tool's stderr, a test's transcript); until then they go nowhere.
 *
 * ERROR needs a human, WARNING lost something, NOTICE is a change of state,
 * INFO is start and stop. Lines name the object and what would be right; they
 * hold no secret, no URL past its host and no control character (log_line
 * makes those visible). */
#ifndef INCIDENT_LOG_H
#define INCIDENT_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO };

typedef void log_sink(enum log_level level, const char *line);

/* Set once, before threads start. The sink may be called from any thread. */
void log_set(log_sink *sink);

/* At most 1000 bytes; cut at a character boundary. */
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

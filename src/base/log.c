/* SPDX-License-Identifier: MIT */
/* Works without the heap: running out of memory is worth a line. */
#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 1000

static log_sink *line_sink;

void log_set(log_sink *sink) { line_sink = sink; }

void log_line(enum log_level level, const char *format, ...) {
  if (line_sink == NULL)
    return;
  char raw[LINE_MAX_BYTES + 1], clean[3 * LINE_MAX_BYTES + 1];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(raw, sizeof raw, format, args);
  va_end(args);
  if (n < 0)
    return;
  size_t raw_len = (size_t)n < sizeof raw ? (size_t)n : sizeof raw - 1;
  size_t len = text_clean(clean, sizeof clean, raw, raw_len);

  /* A buffer that has all it may hold never asks for more. Characters are
   * added one by one, so that the line is cut between two of them. */
  char line[LINE_MAX_BYTES + 1] = "";
  struct buf out = {.text = line, .cap = sizeof line, .max = sizeof line - 1};
  bool is_short = len <= LINE_MAX_BYTES / 4; /* whatever is made of it */
  if (is_short)
    text_add_visible(&out, clean);
  for (size_t i = 0; !is_short && i < len && out.err == OK;) {
    char one[5] = {clean[i]};
    for (size_t k = 1; k < 4 && ((unsigned char)clean[i + k] & 0xc0) == 0x80;
         k++)
      one[k] = clean[i + k];
    text_add_visible(&out, one);
    do
      i++;
    while (((unsigned char)clean[i] & 0xc0) == 0x80);
  }
  line_sink(level, line);
}

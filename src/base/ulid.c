/* SPDX-License-Identifier: MIT */
#include "base/ulid.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/random.h>

#define TIME_MAX ((INT64_C(1) << 48) - 1)

/* Up to 256 bytes come whole or not at all; only a signal before the kernel's
 * pool is ready interrupts. */
static bool draw(unsigned char *bytes, size_t n) {
  ssize_t got;
  do
    got = getrandom(bytes, n, 0);
  while (got < 0 && errno == EINTR);
  return got == (ssize_t)n;
}

/* 128 bits as 26 digits of 5 bits, the first of only 3. */
static void print(const unsigned char bytes[16], char out[ULID_TEXT]) {
  static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  unsigned pending = 0, bits = 2; /* two leading zero bits: 130 = 26 * 5 */
  char *p = out;
  for (int i = 0; i < 16; i++) {
    pending = (pending << 8 | bytes[i]) & 0x1fff;
    for (bits += 8; bits >= 5; bits -= 5)
      *p++ = alphabet[pending >> (bits - 5) & 31];
  }
  *p = '\0';
}

static void put_time(wall_ms at, unsigned char bytes[16]) {
  if (at < 0)
    at = 0;
  if (at > TIME_MAX)
    at = TIME_MAX;
  for (int i = 0; i < 6; i++)
    bytes[i] = (unsigned char)(at >> (40 - 8 * i) & 0xff);
}

enum err ulid_make(wall_ms at, char out[ULID_TEXT]) {
  unsigned char bytes[16];
  if (!draw(bytes + 6, 10))
    return ERR_IO;
  put_time(at, bytes);
  print(bytes, out);
  return OK;
}

void ulid_floor(wall_ms at, char out[ULID_TEXT]) {
  unsigned char bytes[16] = {0};
  put_time(at, bytes);
  print(bytes, out);
}

enum err ulid_token(char out[ULID_TEXT]) {
  unsigned char bytes[16];
  if (!draw(bytes, sizeof bytes))
    return ERR_IO;
  print(bytes, out);
  return OK;
}

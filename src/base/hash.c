/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include "base/clock.h"

#include <string.h>
#include <sys/random.h>

static uint64_t process_key[2];

void hash_init(void) {
  uint64_t key[2];
  if (getrandom(key, sizeof key, GRND_NONBLOCK) != (ssize_t)sizeof key) {
    key[0] = (uint64_t)(uintptr_t)&key ^ (uint64_t)clock_mono_ns();
    key[1] = (uint64_t)(uintptr_t)&process_key ^
             (uint64_t)clock_real()->wall(clock_real()) << 20;
  }
  memcpy(process_key, key, sizeof key);
}

static inline uint64_t rotate(uint64_t x, int bits) {
  return x << bits | x >> (64 - bits);
}

static inline uint64_t little_endian(uint64_t x) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return __builtin_bswap64(x);
#else
  return x;
#endif
}

#define ROUND()                                                                \
  do {                                                                         \
    v0 += v1;                                                                  \
    v2 += v3;                                                                  \
    v1 = rotate(v1, 13) ^ v0;                                                  \
    v3 = rotate(v3, 16) ^ v2;                                                  \
    v0 = rotate(v0, 32) + v3;                                                  \
    v2 += v1;                                                                  \
    v3 = rotate(v3, 21) ^ v0;                                                  \
    v1 = rotate(v1, 17) ^ v2;                                                  \
    v2 = rotate(v2, 32);                                                       \
  } while (0)

uint64_t hash_siphash13(const uint64_t key[2], const void *bytes, size_t n) {
  uint64_t v0 = key[0] ^ UINT64_C(0x736f6d6570736575);
  uint64_t v1 = key[1] ^ UINT64_C(0x646f72616e646f6d);
  uint64_t v2 = key[0] ^ UINT64_C(0x6c7967656e657261);
  uint64_t v3 = key[1] ^ UINT64_C(0x7465646279746573);
  const unsigned char *p = bytes;
  size_t left = n;
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t m;
    memcpy(&m, p, 8);
    m = little_endian(m);
    v3 ^= m;
    ROUND();
    v0 ^= m;
  }
  uint64_t last = (uint64_t)n << 56;
  for (size_t i = 0; i < left; i++)
    last |= (uint64_t)p[i] << (8 * i);
  v3 ^= last;
  ROUND();
  v0 ^= last;
  v2 ^= 0xff;
  ROUND();
  ROUND();
  ROUND();
  return v0 ^ v1 ^ v2 ^ v3;
}

uint64_t hash_bytes(const void *bytes, size_t n) {
  return hash_siphash13(process_key, bytes, n);
}

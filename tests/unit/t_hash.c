/* SPDX-License-Identifier: MIT */
#include "base/hash.h"
#include "check.h"

/* SipHash-1-3 of the bytes 0, 1, ... n - 1 under the key 00 01 ... 0f: the
 * published vectors. */
static const uint64_t vectors[64] = {
    0xabac0158050fc4dcu, 0xc9f49bf37d57ca93u, 0x82cb9b024dc7d44du,
    0x8bf80ab8e7ddf7fbu, 0xcf75576088d38328u, 0xdef9d52f49533b67u,
    0xc50d2b50c59f22a7u, 0xd3927d989bb11140u, 0x369095118d299a8eu,
    0x25a48eb36c063de4u, 0x79de85ee92ff097fu, 0x70c118c1f94dc352u,
    0x78a384b157b4d9a2u, 0x306f760c1229ffa7u, 0x605aa111c0f95d34u,
    0xd320d86d2a519956u, 0xcc4fdd1a7d908b66u, 0x9cf2689063dbd80cu,
    0x8ffc389cb473e63eu, 0xf21f9de58d297d1cu, 0xc0dc2f46a6cce040u,
    0xb992abfe2b45f844u, 0x7ffe7b9ba320872eu, 0x525a0e7fdae6c123u,
    0xf464aeb267349c8cu, 0x45cd5928705b0979u, 0x3a3e35e3ca9913a5u,
    0xa91dc74e4ade3b35u, 0xfb0bed02ef6cd00du, 0x88d93cb44ab1e1f4u,
    0x540f11d643c5e663u, 0x2370dd1f8c21d1bcu, 0x81157b6c16a7b60du,
    0x4d54b9e57a8ff9bfu, 0x759f12781f2a753eu, 0xcea1a3bebf186b91u,
    0x2cf508d3ada26206u, 0xb6101c2da3c33057u, 0xb3f47496ae3a36a1u,
    0x626b57547b108392u, 0xc1d2363299e41531u, 0x667cc1923f1ad944u,
    0x65704ffec8138825u, 0x24f280d1c28949a6u, 0xc2ca1cedfaf8876bu,
    0xc2164bfc9f042196u, 0xa16e9c9368b1d623u, 0x49fb169c8b5114fdu,
    0x9f3143f8df074c46u, 0xc6fdaf2412cc86b3u, 0x7eaf49d10a52098fu,
    0x1cf313559d292f9au, 0xc44a30dda2f41f12u, 0x36fae98943a71ed0u,
    0x318fb34c73f0bce6u, 0xa27abf3670a7e980u, 0xb4bcc0db243c6d75u,
    0x23f8d852fdb71513u, 0x8f035f4da67d8a08u, 0xd89cd0e5b7e8f148u,
    0xf6f4e6bcf7a644eeu, 0xaec59ad80f1837f2u, 0xc3b2f6154b6694e0u,
    0x9d199062b7bbb3a8u};

static void the_published_vectors_come_out(void) {
  static const uint64_t key[2] = {UINT64_C(0x0706050403020100),
                                  UINT64_C(0x0f0e0d0c0b0a0908)};
  unsigned char bytes[72];
  for (size_t n = 0; n < 64; n++) {
    for (size_t i = 0; i < n; i++)
      bytes[i] = (unsigned char)i;
    CHECK(hash_siphash13(key, bytes, n) == vectors[n]);
    /* Alignment does not matter. */
    memmove(bytes + 3, bytes, n);
    CHECK(hash_siphash13(key, bytes + 3, n) == vectors[n]);
  }
}

static void the_key_is_drawn(void) {
  static const uint64_t zero[2] = {0, 0};
  hash_init();
  uint64_t first = hash_bytes("host", 4);
  CHECK(first == hash_bytes("host", 4));
  CHECK(first != hash_bytes("hosu", 4));
  CHECK(first != hash_siphash13(zero, "host", 4));
  hash_init();
  CHECK(first != hash_bytes("host", 4));
}

/* ---- names ---- */

static uint64_t hash_of(const char *one, const char *two) {
  char texts[2][HASH_NAME_MAX + 1];
  const char *at[2] = {texts[0], texts[1]};
  uint64_t hash = 0;
  memset(texts, 'z', sizeof texts); /* what is behind a name */
  snprintf(texts[0], sizeof texts[0], "%s", one);
  snprintf(texts[1], sizeof texts[1], "%s", two);
  CHECK(hash_names(at, 2, sizeof texts[0], &hash));
  return hash;
}

static void names_that_differ_anywhere_have_different_hashes(void) {
  static const char *const names[] = {"",
                                      "a",
                                      "b",
                                      "aa",
                                      "1234567",
                                      "12345678",
                                      "123456789",
                                      "123456789012345",
                                      "1234567890123456",
                                      "12345678901234567",
                                      "12345678901234568",
                                      "22345678901234567"};
  enum { N = sizeof names / sizeof names[0] };
  uint64_t hash[N * N];
  for (size_t i = 0; i < (size_t)N * N; i++) {
    hash[i] = hash_of(names[i / N], names[i % N]);
    CHECK(hash[i] == hash_of(names[i / N], names[i % N]));
    for (size_t k = 0; k < i; k++)
      CHECK(hash[k] != hash[i]);
  }
}

static void what_is_no_short_plain_name_is_told_of(void) {
  char text[HASH_NAME_MAX + 2];
  const char *at[1] = {text};
  uint64_t hash;
  memset(text, 'x', sizeof text);
  CHECK(!hash_names(at, 1, sizeof text, &hash));
  text[HASH_NAME_MAX + 1] = '\0'; /* one too long */
  CHECK(!hash_names(at, 1, sizeof text, &hash));
  text[HASH_NAME_MAX] = '\0';
  CHECK(hash_names(at, 1, sizeof text, &hash));
  CHECK(!hash_names(at, 1, HASH_NAME_MAX, &hash)); /* it fills that */
  text[9] = '\xc3';
  CHECK(!hash_names(at, 1, sizeof text, &hash));
  text[8] = '\0';
  CHECK(hash_names(at, 1, sizeof text, &hash));
}

/* Tables go by the lowest bits, shards by the highest. */
static void similar_names_spread_over_all_bits(void) {
  unsigned low[64] = {0}, high[64] = {0};
  for (int i = 0; i < 6400; i++) {
    char name[32];
    snprintf(name, sizeof name, "web%06d", i);
    uint64_t hash = hash_of(name, "cpu");
    low[hash & 63]++;
    high[hash >> 58]++;
  }
  for (int i = 0; i < 64; i++)
    CHECK(low[i] > 40 && low[i] < 180 && high[i] > 40 && high[i] < 180);
}

int main(void) {
  the_published_vectors_come_out();
  the_key_is_drawn();
#if defined __SIZEOF_INT128__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  names_that_differ_anywhere_have_different_hashes();
  what_is_no_short_plain_name_is_told_of();
  similar_names_spread_over_all_bits();
#endif
  return check_done("t_hash");
}

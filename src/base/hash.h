/* SPDX-License-Identifier: MIT */
/* Hashes under a key drawn once per process, so that nobody on the network can
 * choose names that collide. Not for storing. SipHash-1-3 (Aumasson, Bernstein)
 * for any bytes, and NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC, 1999)
 * for what threads wait for: its steps do not wait for each other. */
#ifndef INCIDENT_HASH_H
#define INCIDENT_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Draws the key; call once before the first hash_bytes. Never fails: without
 * the kernel's randomness it falls back to addresses and the clock. */
void hash_init(void);

uint64_t hash_bytes(const void *bytes, size_t n);

/* Of n texts (HASH_NAMES_MAX at most), each in a buffer of max bytes and read
 * up to its NUL; what is behind that does not count. False: one is not plain
 * ASCII, or longer than HASH_NAME_MAX, or fills its buffer; or this machine
 * cannot. Reads no byte beyond a buffer's end or HASH_NAME_MAX. */
#define HASH_NAMES_MAX 5
#define HASH_NAME_MAX 127
bool hash_names(const char *const *texts, size_t n, size_t max, uint64_t *hash);

/* SipHash under a key of one's own, for the test vectors. */
uint64_t hash_siphash13(const uint64_t key[2], const void *bytes, size_t n);

#endif

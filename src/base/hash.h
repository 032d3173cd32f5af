/* SPDX-License-Identifier: MIT */
/* SipHash-1-3 (Aumasson, Bernstein) under a key drawn once per process, so
 * that nobody on the network can choose names that collide. Not for storing. */
#ifndef INCIDENT_HASH_H
#define INCIDENT_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Draws the key; call once before the first hash_bytes. Never fails: without
 * the kernel's randomness it falls back to addresses and the clock. */
void hash_init(void);

uint64_t hash_bytes(const void *bytes, size_t n);

/* The same under a key of one's own, for the test vectors. */
uint64_t hash_siphash13(const uint64_t key[2], const void *bytes, size_t n);

#endif

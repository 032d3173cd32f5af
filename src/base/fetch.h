/* SPDX-License-Identifier: MIT */
/* A hint to the processor: the line of its cache at p will be written soon. Of
 * __builtin_prefetch for writing the compiler makes a fetch for reading where
 * it may not assume more than the oldest x86-64, and the first write would ask
 * all other processors again. Never fails, wherever p is. */
#ifndef INCIDENT_FETCH_H
#define INCIDENT_FETCH_H

static inline void fetch_to_write(const void *p) {
#ifdef __x86_64__
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
  __builtin_prefetch(p, 1);
#endif
}

#endif

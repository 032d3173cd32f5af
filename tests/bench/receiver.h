/* SPDX-License-Identifier: MIT */
/* A webhook's receiver for the benchmark: HTTP/1.1 with connections that stay
 * open, on a thread of its own, on 127.0.0.1 and a free port. It notes when
 * each page arrived whole and answers 200, or never answers. Functions may be
 * called from any one thread. */
#ifndef BENCH_RECEIVER_H
#define BENCH_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct receiver;

struct arrival {
  char id[40];    /* webhook-id */
  uint64_t at;    /* CLOCK_MONOTONIC, ns */
  bool is_page;   /* event incident.page */
  bool is_repeat; /* that id had arrived before */
};

/* NULL when it cannot be had. */
struct receiver *receiver_new(void);
void receiver_free(struct receiver *r);
int receiver_port(const struct receiver *r);

/* With false, requests are read and never answered. With true, those that wait
 * for an answer are dropped and later ones are answered. */
void receiver_answer(struct receiver *r, bool is_answering);

/* Forgets the arrivals so far. */
void receiver_clear(struct receiver *r);
/* Arrivals of pages, repeats not counted. */
size_t receiver_pages(struct receiver *r);
/* Waits until there are n of them: false after the time is over. */
bool receiver_wait(struct receiver *r, size_t n, unsigned timeout_ms);
/* When the n-th of them came, n from 0; 0 when there are not so many. */
uint64_t receiver_when(struct receiver *r, size_t n);
size_t receiver_repeats(struct receiver *r);

#endif

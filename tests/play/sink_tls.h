/* SPDX-License-Identifier: MIT */
/* A certificate of its own for a sink, and what speaks TLS with it. */
#ifndef PLAY_SINK_TLS_H
#define PLAY_SINK_TLS_H

#include "sink.h"

#include <openssl/ssl.h>

/* The caller frees both. */
enum err sink_tls_new(enum sink_transport transport, SSL_CTX **own_tls,
                      X509 **own_certificate);

/* As PEM; ERR_IO without a certificate. */
enum err sink_tls_write(X509 *certificate, const char *path);

#endif

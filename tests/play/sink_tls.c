/* SPDX-License-Identifier: MIT */
#include "sink_tls.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define DAY 86400

static bool add_name(X509 *x, const char *name) {
  X509_EXTENSION *e =
      X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, name);
  bool is_added = e != NULL && X509_add_ext(x, e, -1) == 1;
  X509_EXTENSION_free(e);
  return is_added;
}

static X509 *make_certificate(EVP_PKEY *key, enum sink_transport transport) {
  X509 *x = X509_new();
  if (x == NULL)
    return NULL;
  bool is_wrong = transport == SINK_TLS_WRONG;
  long end = transport == SINK_TLS_EXPIRED ? -DAY : DAY;
  X509_NAME *name = X509_get_subject_name(x);
  const char *common = is_wrong ? "elsewhere.example" : "127.0.0.1";
  if (X509_set_version(x, X509_VERSION_3) != 1 ||
      ASN1_INTEGER_set(X509_get_serialNumber(x), 1) != 1 ||
      X509_gmtime_adj(X509_getm_notBefore(x), -2L * DAY) == NULL ||
      X509_gmtime_adj(X509_getm_notAfter(x), end) == NULL ||
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                 (const unsigned char *)common, -1, -1,
                                 0) != 1 ||
      X509_set_issuer_name(x, name) != 1 || X509_set_pubkey(x, key) != 1 ||
      !add_name(x, is_wrong ? "DNS:elsewhere.example" : "IP:127.0.0.1") ||
      X509_sign(x, key, EVP_sha256()) == 0) {
    X509_free(x);
    return NULL;
  }
  return x;
}

enum err sink_tls_new(enum sink_transport transport, SSL_CTX **own_tls,
                      X509 **own_certificate) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  if (key == NULL)
    return ERR_NOMEM;
  X509 *certificate = make_certificate(key, transport);
  SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
  bool is_ready = certificate != NULL && tls != NULL &&
                  SSL_CTX_use_certificate(tls, certificate) == 1 &&
                  SSL_CTX_use_PrivateKey(tls, key) == 1;
  EVP_PKEY_free(key);
  if (!is_ready) {
    SSL_CTX_free(tls);
    X509_free(certificate);
    return ERR_NOMEM;
  }
  *own_tls = tls;
  *own_certificate = certificate;
  return OK;
}

enum err sink_tls_write(X509 *certificate, const char *path) {
  FILE *f = fopen(path, "we");
  if (f == NULL)
    return ERR_IO;
  bool is_written = certificate != NULL && PEM_write_X509(f, certificate) == 1;
  return fclose(f) == 0 && is_written ? OK : ERR_IO;
}

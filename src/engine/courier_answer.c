/* SPDX-License-Identifier: MIT */
#include "engine/courier_answer.h"

#include "base/span.h"
#include "base/text.h"
#include "core/format.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_AFTER_MAX (10LL * 365 * 86400 * 1000) /* ms */

span_ms answer_retry_after(const char *value, wall_ms now) {
  size_t digits = strspn(value, "0123456789");
  span_ms span = 0;
  if (digits > 0 && value[digits] == '\0') {
    for (; *value != '\0' && span < RETRY_AFTER_MAX; value++)
      span = span * 10 + (*value - '0') * 1000;
  } else if (digits == 0) {
    time_t at = curl_getdate(value, NULL);
    if (at > 0)
      span = (span_ms)at * 1000 - now;
  }
  if (span < 0)
    return 0;
  return span < RETRY_AFTER_MAX ? span : RETRY_AFTER_MAX;
}

static enum verdict verdict_of(int status) {
  if (status >= 200 && status < 300)
    return VERDICT_DELIVERED;
  if (status == 408 || status == 425 || status == 429 ||
      (status >= 500 && status < 600))
    return VERDICT_RETRY;
  return VERDICT_FAILED;
}

/* Texts of our own: libcurl's may quote the URL. */
struct why {
  int code;
  const char *before, *after; /* the host */
};

static const struct why unsent[] = {
    {POST_CUT_OFF, "stopped before ", " was reached"},
    {CURLE_ABORTED_BY_CALLBACK, "taken back before ", " was reached"},
    {CURLE_COULDNT_RESOLVE_HOST, "could not resolve ", ""},
    {CURLE_COULDNT_RESOLVE_PROXY, "could not resolve the proxy before ", ""},
    {CURLE_COULDNT_CONNECT, "could not connect to ", ""},
    {CURLE_OPERATION_TIMEDOUT, "could not connect to ", ""},
    {CURLE_PEER_FAILED_VERIFICATION, "the certificate of ", ""},
    {CURLE_SSL_CACERT_BADFILE, "CACert or CAPath for ", " cannot be used"},
    {CURLE_SSL_CERTPROBLEM, "ClientCert or ClientKey for ", " cannot be used"},
    {CURLE_SSL_CONNECT_ERROR, "TLS with ", " failed"},
    {CURLE_URL_MALFORMAT, "the URL of ", " makes no sense"},
    {CURLE_UNSUPPORTED_PROTOCOL, "the URL of ", " makes no sense"},
    {CURLE_OUT_OF_MEMORY, "out of memory before ", " was reached"},
    {CURLE_OK, "could not reach ", ""}, /* last: any other */
};

static const struct why sent[] = {
    {POST_CUT_OFF, "stopped before ", " answered"},
    {CURLE_OPERATION_TIMEDOUT, "no answer from ", ""},
    {CURLE_UNSUPPORTED_PROTOCOL, "what ", " answered is no HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, "what ", " answered is no HTTP"},
    {CURLE_WRITE_ERROR, "what ", " answered has headers without end"},
    /* One header that is too long is out of memory to libcurl, too. */
    {CURLE_OUT_OF_MEMORY, "what ", " answered is more than memory holds"},
    {CURLE_OK, "", " closed the connection without an answer"},
};

/* In CURLINFO_SSL_VERIFYRESULT, which is what GnuTLS or OpenSSL said. */
#define GNUTLS_EXPIRED 0x400
#define OPENSSL_EXPIRED 10

/* That it is another's is in libcurl's message only; whichever TLS it uses,
 * that has these words. */
static const char *flaw_of_certificate(const struct post *p) {
  long result = 0;
  if (strstr(p->said, "target host name") != NULL)
    return " is for another host";
  if (curl_easy_getinfo(p->easy, CURLINFO_SSL_VERIFYRESULT, &result) ==
          CURLE_OK &&
      (result == OPENSSL_EXPIRED || (result & GNUTLS_EXPIRED) != 0))
    return " has expired, or one above it";
  return " is not trusted";
}

static void explain(const struct post *p, int code, const struct why *w,
                    char text[OUTCOME_ERROR_MAX]) {
  char more[SPAN_TEXT + 16] = "";
  long number = 0;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    char span[SPAN_TEXT];
    span_print(p->is_sent ? p->hook->webhook->timeout
                          : hook_connect_timeout(p->hook),
               span);
    snprintf(more, sizeof more, " within %s", span);
  } else if (code == CURLE_COULDNT_CONNECT &&
             curl_easy_getinfo(p->easy, CURLINFO_OS_ERRNO, &number) ==
                 CURLE_OK &&
             number != 0) {
    const char *name = strerrordesc_np((int)number);
    snprintf(more, sizeof more, ": %s", name != NULL ? name : "error");
  } else if (code == CURLE_PEER_FAILED_VERIFICATION) {
    snprintf(more, sizeof more, "%s", flaw_of_certificate(p));
  }
  while (w->code != code && w->code != CURLE_OK)
    w++;
  snprintf(text, OUTCOME_ERROR_MAX, "%s%s%s%s", w->before, p->hook->host,
           w->after, more);
}

/* Without memory there is no text, which only people would have read. */
static char *clean_response(const struct post *p) {
  size_t room = sizeof p->response;
  size_t len = p->body_read < room ? p->body_read : room;
  char *text = len > 0 ? malloc(room + 1) : NULL;
  if (text != NULL && text_clean(text, room + 1, p->response, len) == 0) {
    free(text);
    text = NULL;
  }
  return text;
}

/* Some say in the body of a 2xx that they have not taken it. */
static void judge_body(enum format format, struct outcome *o) {
  char said[100];
  switch (format_judge(format, o->response)) {
  case FORMAT_TAKEN:
    return;
  case FORMAT_TAKE_LATER:
    o->verdict = VERDICT_RETRY;
    break;
  case FORMAT_REFUSED:
    o->verdict = VERDICT_FAILED;
    break;
  }
  /* One line, cut at a character. */
  text_clean(said, sizeof said, o->response, strcspn(o->response, "\r\n"));
  snprintf(o->error, sizeof o->error, "HTTP %d, but: %s", o->http_status, said);
}

void answer_judge(const struct post *p, int code, wall_ms now,
                  struct outcome *o) {
  if (p->hook->is_key_bad) {
    o->verdict = VERDICT_FAILED;
    snprintf(o->error, sizeof o->error, "the secret is no base64");
  } else if (p->is_answered) {
    /* Whatever became of the body: the answer is in the status. */
    o->verdict = verdict_of(p->status);
    o->http_status = p->status;
    o->retry_after = answer_retry_after(p->retry_after, now);
    o->response = clean_response(p);
    if (o->verdict != VERDICT_DELIVERED)
      snprintf(o->error, sizeof o->error, "HTTP %d%s", p->status,
               p->status / 100 == 3 ? ", redirects are not followed" : "");
    else if (o->response != NULL)
      judge_body(p->hook->webhook->format, o);
  } else if (p->is_sent) {
    o->verdict = VERDICT_MAYBE;
    explain(p, code, sent, o->error);
  } else {
    o->verdict =
        code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL
            ? VERDICT_FAILED
            : VERDICT_RETRY;
    explain(p, code, unsent, o->error);
  }
}

/* SPDX-License-Identifier: MIT */
/* benchload: a collectd plugin that makes load inside the daemon and times what
 * that costs the thread that makes it. Commands come over a unix socket of its
 * own, one line each, words of the form key=value behind the verb:
 *
 *   notify  n notifications over `series` series, series s being instance
 *           s / hosts on host s % hosts, counted from `first`; rate a second
 *           (0: as fast as it goes) from `threads` threads; severity failure,
 *           warning, okay or toggle (failure and okay in turns, series by
 *           series); pace spin (a busy thread) or sleep (an idle one); value.
 *   write   n values to the write callback of the plugin `target`, one after
 *           the other, timed in batches of `batch`, of `series` series of the
 *           plugin "measured" in turn, with `instances` type instances, 10 s
 *           after each other; the making of a value is in what is timed.
 *   init    when our init callback ran.
 *
 * The answer is a line "ok key=value ..." with all times in nanoseconds
 * (CLOCK_MONOTONIC), or "error ...". What is timed is the whole call of
 * plugin_dispatch_notification or plugin_write, with the reading of the clock;
 * nothing is subtracted. What one such reading took while a busy thread waited
 * tells how fast the processor was meanwhile (reading; 0: none did). Only the
 * plugin under test, or the empty callback that `Empty true` registers here,
 * listens. */
#include "daemon/collectd.h"
#include "daemon/plugin.h"
#include "liboconfig/oconfig.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 16
#define SAMPLES_MAX 2000000

void module_register(void);

static struct {
  char path[108];
  int fd;
  uint64_t init_at;
  /* One for each call, in the order of the threads; touched at the start, so
   * that what the daemon's memory grows by later is not ours. */
  uint32_t *samples;
} load = {.fd = -1};

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- notifications ---- */

enum say { SAY_FAILURE, SAY_WARNING, SAY_OKAY, SAY_TOGGLE };

struct notify {
  unsigned n, rate, threads, series, hosts, first;
  enum say say;
  bool is_asleep;
  double value;
};

struct worker {
  pthread_t thread;
  const struct notify *order;
  unsigned index;
  uint64_t start; /* when the first is due */
  uint32_t *samples;
  unsigned samples_n;
  uint64_t began, ended;
  uint64_t waited, readings; /* awake: in ns; of the clock */
};

/* Sleeping costs more than a notification: what is due soon comes at once. */
#define SOON_NS 500000u

static void wait_until(struct worker *w, uint64_t due) {
  if (w->order->is_asleep) {
    if (due < now_ns() + SOON_NS)
      return;
    struct timespec t = {.tv_sec = (time_t)(due / 1000000000u),
                         .tv_nsec = (long)(due % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
      ;
    return;
  }
  uint64_t from = now_ns(), now = from;
  for (; now < due; w->readings++)
    now = now_ns();
  w->waited += now - from;
}

/* What threshold attaches, with its names. */
static void attach(notification_t *n, double value) {
  plugin_notification_meta_add_string(n, "DataSource", "value");
  plugin_notification_meta_add_double(n, "CurrentValue", value);
  plugin_notification_meta_add_double(n, "WarningMin", NAN);
  plugin_notification_meta_add_double(n, "WarningMax", 80);
  plugin_notification_meta_add_double(n, "FailureMin", NAN);
  plugin_notification_meta_add_double(n, "FailureMax", 95);
}

static int severity_of(const struct notify *o, unsigned i) {
  switch (o->say) {
  case SAY_FAILURE:
    return NOTIF_FAILURE;
  case SAY_WARNING:
    return NOTIF_WARNING;
  case SAY_OKAY:
    return NOTIF_OKAY;
  case SAY_TOGGLE:
    break;
  }
  return i / o->series % 2 == 0 ? NOTIF_FAILURE : NOTIF_OKAY;
}

#define DIGITS 6

static void put_digits(char *at, unsigned n) {
  for (int i = DIGITS - 1; i >= 0; i--, n /= 10)
    at[i] = (char)('0' + n % 10);
}

/* Where a notification's texts say host and instance. The rest stays, so that
 * making one costs little beside what is measured. */
struct places {
  char *host, *instance, *message_host, *message_instance;
};

static void prepare(notification_t *n, const struct notify *o,
                    struct places *at) {
  snprintf(n->host, sizeof n->host, "web000000.example.com");
  snprintf(n->plugin, sizeof n->plugin, "bench");
  snprintf(n->plugin_instance, sizeof n->plugin_instance, "disk000000");
  snprintf(n->type, sizeof n->type, "percent_bytes");
  snprintf(n->type_instance, sizeof n->type_instance, "used");
  snprintf(n->message, sizeof n->message,
           "Host %.40s, plugin bench (instance %.40s) type percent_bytes "
           "(instance used): Data source \"value\" is currently %f. That is "
           "above the failure threshold of 95.000000.",
           n->host, n->plugin_instance, o->value);
  at->host = n->host + strlen("web");
  at->instance = n->plugin_instance + strlen("disk");
  at->message_host = strstr(n->message, n->host) + strlen("web");
  at->message_instance =
      strstr(n->message, n->plugin_instance) + strlen("disk");
  attach(n, o->value);
}

static void compose(notification_t *n, const struct notify *o,
                    const struct places *at, unsigned i) {
  unsigned s = o->first + i % o->series;
  n->severity = severity_of(o, i);
  n->time = cdtime();
  put_digits(at->host, s % o->hosts);
  put_digits(at->instance, s / o->hosts);
  memcpy(at->message_host, at->host, DIGITS);
  memcpy(at->message_instance, at->instance, DIGITS);
}

static void *work(void *arg) {
  struct worker *w = arg;
  const struct notify *o = w->order;
  struct places at;
  prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
  notification_t n = {.severity = NOTIF_FAILURE};
  prepare(&n, o, &at);
  for (unsigned i = w->index; i < o->n; i += o->threads) {
    compose(&n, o, &at, i);
    if (o->rate > 0)
      wait_until(w, w->start + (uint64_t)i * 1000000000u / o->rate);
    uint64_t before = now_ns();
    plugin_dispatch_notification(&n);
    uint64_t after = now_ns();
    if (w->samples_n == 0)
      w->began = before;
    w->ended = after;
    w->samples[w->samples_n++] =
        after - before > UINT32_MAX ? UINT32_MAX : (uint32_t)(after - before);
  }
  plugin_notification_meta_free(n.meta);
  return NULL;
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static uint32_t quantile(const uint32_t *sorted, size_t n, double q) {
  size_t at = (size_t)((double)n * q);
  return sorted[at < n ? at : n - 1];
}

static void summarise(FILE *out, uint32_t *samples, size_t n) {
  uint64_t sum = 0;
  qsort(samples, n, sizeof *samples, by_size);
  for (size_t i = 0; i < n; i++)
    sum += samples[i];
  fprintf(out, "ok n=%zu p50=%u p99=%u p999=%u max=%u sum=%llu", n,
          quantile(samples, n, 0.5), quantile(samples, n, 0.99),
          quantile(samples, n, 0.999), samples[n - 1], (unsigned long long)sum);
}

/* The first worker works here: a thread that has just begun or is about to end
 * would be in the way of the threads that a single notification wakes. */
static void notify(FILE *out, const struct notify *o) {
  struct worker workers[THREADS_MAX];
  unsigned started = 1;
  uint32_t *samples = load.samples;
  uint64_t start = now_ns() + 1000000u;
  memset(workers, 0, sizeof workers);
  for (unsigned i = 0; i < o->threads; i++) {
    workers[i] = (struct worker){
        .order = o, .index = i, .start = start, .samples = samples};
    samples += (o->n + o->threads - 1) / o->threads;
  }
  for (; started < o->threads; started++)
    if (plugin_thread_create(&workers[started].thread, work, &workers[started],
                             "benchload") != 0)
      break;
  work(&workers[0]);
  uint64_t began = UINT64_MAX, ended = 0, waited = 0, readings = 0;
  size_t n = 0;
  for (unsigned i = 0; i < started; i++) {
    struct worker *w = &workers[i];
    if (i > 0)
      pthread_join(w->thread, NULL);
    memmove(load.samples + n, w->samples, w->samples_n * sizeof *w->samples);
    n += w->samples_n;
    if (w->samples_n > 0 && w->began < began)
      began = w->began;
    if (w->ended > ended)
      ended = w->ended;
    waited += w->waited;
    readings += w->readings;
  }
  if (started < o->threads || n == 0) {
    fprintf(out, "error no thread\n");
    return;
  }
  summarise(out, load.samples, n);
  fprintf(out, " began=%llu ended=%llu reading=%.2f\n",
          (unsigned long long)began, (unsigned long long)ended,
          readings > 0 ? (double)waited / (double)readings : 0);
}

/* ---- values ---- */

#define VALUES_STEP TIME_T_TO_CDTIME_T_STATIC(10)

/* As the daemon hands them over: each as fresh in the cache as one that has
 * just been dispatched. Series s has the type instance s % instances. */
static void compose_value(value_list_t *vl, char *host, char *instance,
                          unsigned s, unsigned instances) {
  put_digits(host, s % 100);
  put_digits(instance, s / 100);
  put_digits(vl->type_instance + 1, s % instances);
}

static void write_values(FILE *out, const char *target, unsigned n,
                         unsigned batch, unsigned series, unsigned instances) {
  static cdtime_t last; /* values of a later order are newer, too */
  const data_set_t *ds = plugin_get_ds("gauge");
  value_t value = {.gauge = 42};
  value_list_t vl = {
      .values = &value, .values_len = 1, .interval = VALUES_STEP};
  if (ds == NULL) {
    fprintf(out, "error no type\n");
    return;
  }
  if (last == 0)
    last = cdtime();
  snprintf(vl.host, sizeof vl.host, "web000000.example.com");
  snprintf(vl.plugin, sizeof vl.plugin, "measured");
  snprintf(vl.plugin_instance, sizeof vl.plugin_instance, "disk000000");
  snprintf(vl.type, sizeof vl.type, "gauge");
  snprintf(vl.type_instance, sizeof vl.type_instance, "t000000");
  char *host = vl.host + strlen("web");
  char *instance = vl.plugin_instance + strlen("disk");
  size_t batches = 0;
  int status = 0;
  for (unsigned i = 0; i + batch <= n && status == 0; i += batch) {
    uint64_t before = now_ns();
    for (unsigned j = 0; j < batch && status == 0; j++) {
      unsigned at = (i + j) % series;
      if (at == 0)
        last += VALUES_STEP;
      vl.time = last;
      compose_value(&vl, host, instance, at, instances);
      status = plugin_write(target, ds, &vl);
    }
    /* In picoseconds a value, so that nothing is lost to rounding. */
    uint64_t each = (now_ns() - before) * 1000u / batch;
    load.samples[batches++] = each > UINT32_MAX ? UINT32_MAX : (uint32_t)each;
  }
  if (status != 0 || batches == 0) {
    fprintf(out, "error status %d\n", status);
    return;
  }
  summarise(out, load.samples, batches);
  fprintf(out, "\n");
}

/* ---- the socket ---- */

/* The text behind key= in the line; cut at the blank by the caller's buffer. */
static bool find(const char *line, const char *key, char *text, size_t size) {
  size_t len = strlen(key);
  for (const char *at = line; (at = strstr(at, key)) != NULL; at += len) {
    if (at == line || at[-1] != ' ' || at[len] != '=')
      continue;
    snprintf(text, size, "%.*s", (int)strcspn(at + len + 1, " \n"),
             at + len + 1);
    return true;
  }
  return false;
}

static unsigned number(const char *line, const char *key, unsigned otherwise) {
  char text[32];
  return find(line, key, text, sizeof text) ? (unsigned)strtoul(text, NULL, 10)
                                            : otherwise;
}

static void obey_notify(FILE *out, const char *line) {
  struct notify o = {.n = number(line, "n", 1),
                     .rate = number(line, "rate", 0),
                     .threads = number(line, "threads", 1),
                     .series = number(line, "series", 1),
                     .hosts = number(line, "hosts", 1),
                     .first = number(line, "first", 0),
                     .value = 97.25};
  char text[32];
  if (find(line, "severity", text, sizeof text))
    o.say = strcmp(text, "okay") == 0      ? SAY_OKAY
            : strcmp(text, "warning") == 0 ? SAY_WARNING
            : strcmp(text, "toggle") == 0  ? SAY_TOGGLE
                                           : SAY_FAILURE;
  if (find(line, "pace", text, sizeof text))
    o.is_asleep = strcmp(text, "sleep") == 0;
  if (find(line, "value", text, sizeof text))
    o.value = strtod(text, NULL);
  if (o.threads == 0 || o.threads > THREADS_MAX || o.series == 0 ||
      o.hosts == 0 || o.n == 0 || o.n > SAMPLES_MAX - THREADS_MAX) {
    fprintf(out, "error out of range\n");
    return;
  }
  notify(out, &o);
}

static void obey(FILE *out, const char *line) {
  char target[64] = "incident";
  unsigned n = number(line, "n", 1000), batch = number(line, "batch", 1000),
           series = number(line, "series", 1),
           instances = number(line, "instances", 1);
  if (strncmp(line, "notify", 6) == 0) {
    obey_notify(out, line);
  } else if (strncmp(line, "write", 5) == 0) {
    find(line, "target", target, sizeof target);
    if (batch == 0 || series == 0 || instances == 0 || n / batch > SAMPLES_MAX)
      fprintf(out, "error out of range\n");
    else
      write_values(out, target, n, batch, series, instances);
  } else if (strncmp(line, "init", 4) == 0) {
    fprintf(out, "ok began=%llu\n", (unsigned long long)load.init_at);
  } else {
    fprintf(out, "error unknown command\n");
  }
}

/* One client at a time: the driver has one connection. */
static void *serve(void *arg) {
  (void)arg;
  char line[512];
  for (;;) {
    int fd = accept(load.fd, NULL, NULL);
    int twin = fd < 0 ? -1 : dup(fd);
    FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
    FILE *out = twin < 0 ? NULL : fdopen(twin, "w");
    while (in != NULL && out != NULL && fgets(line, sizeof line, in) != NULL) {
      obey(out, line);
      fflush(out);
    }
    if (out != NULL)
      fclose(out);
    else if (twin >= 0)
      close(twin);
    if (in != NULL)
      fclose(in);
    else if (fd >= 0)
      close(fd);
  }
  return NULL;
}

static int load_init(void) {
  pthread_t thread;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  load.init_at = now_ns();
  load.samples = malloc(SAMPLES_MAX * sizeof *load.samples);
  load.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (load.samples == NULL || load.fd < 0)
    return -1;
  memset(load.samples, 1, SAMPLES_MAX * sizeof *load.samples);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", load.path);
  unlink(load.path);
  if (bind(load.fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(load.fd, 4) != 0)
    return -1;
  return plugin_thread_create(&thread, serve, NULL, "benchload");
}

/* ---- registration ---- */

static int empty_notification(const notification_t *n, user_data_t *ud) {
  (void)n;
  (void)ud;
  return 0;
}

static int empty_write(const data_set_t *ds, const value_list_t *vl,
                       user_data_t *ud) {
  (void)ds;
  (void)vl;
  (void)ud;
  return 0;
}

static int load_config(oconfig_item_t *ci) {
  for (int i = 0; i < ci->children_num; i++) {
    const oconfig_item_t *child = &ci->children[i];
    if (child->values_num != 1)
      return -1;
    if (strcasecmp(child->key, "Socket") == 0 &&
        child->values[0].type == OCONFIG_TYPE_STRING)
      snprintf(load.path, sizeof load.path, "%s",
               child->values[0].value.string);
    else if (strcasecmp(child->key, "Empty") == 0 &&
             child->values[0].type == OCONFIG_TYPE_BOOLEAN &&
             child->values[0].value.boolean)
      plugin_register_notification("benchload", empty_notification, NULL);
  }
  return load.path[0] == '\0' ? -1 : 0;
}

void module_register(void) {
  plugin_register_complex_config("benchload", load_config);
  plugin_register_init("benchload", load_init);
  plugin_register_write("benchload", empty_write, NULL);
}

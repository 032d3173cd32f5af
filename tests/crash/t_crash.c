/* SPDX-License-Identifier: MIT */
/* A stock daemon with the plugin is killed again and again, at random moments,
 * while hosts fail and recover, people acknowledge and receivers misbehave.
 * What is told again is what FLUSH had not confirmed. In the end the receivers'
 * own logs account for every page (account.h).
 *
 *   t_crash              as in make check
 *   t_crash SEED KILLS   others, for longer */
#define _GNU_SOURCE
#include "account.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILLS 15
#define KILLS_SANITIZED 4
#define LIFE_MS 500      /* at most, of a daemon that is up */
#define BIRTH_MS 150     /* at most, of one that is killed before */
#define START_MS 60000   /* a daemon has to be up by then, */
#define DELIVER_MS 90000 /* and what is owed to have come */
#define QUIET_MS 1500    /* then nothing may come any more that must not */
#define ORDERS 256
#define ACKS 3

enum order_kind { ORDER_BAD, ORDER_GOOD, ORDER_FLUSH };

static struct crash {
  uint64_t chance;
  char dir[64], conf[96], socket[96], ledger[96];
  pid_t daemon; /* 0: none */
  int line;     /* to its socket; -1 */
  char said[4096];
  size_t said_n;
  /* What it was told and has not answered, and what it has answered since the
   * last FLUSH, in order. */
  struct order {
    enum order_kind kind;
    size_t host;
  } orders[ORDERS];
  size_t orders_n, answered;
  struct ack {
    pid_t pid;
    size_t host;
    bool is_alone; /* there is no daemon meanwhile */
  } acks[ACKS];
  struct account account;
  span_ms slack; /* what we may be late ourselves */
  unsigned kills, kills_at_start, acked, failed_acks;
} c = {.line = -1};

static unsigned pick(unsigned n) { /* 0 .. n - 1; xorshift64* */
  c.chance ^= c.chance >> 12;
  c.chance ^= c.chance << 25;
  c.chance ^= c.chance >> 27;
  return (unsigned)((c.chance * 2685821657736338717ULL) >> 33) % n;
}

static int64_t now_ms(void) { return clock_mono_ns() / 1000000; }

__attribute__((noreturn)) static void broken(const char *what) {
  printf("t_crash: %s: %s; see %s\n", what, strerror(errno), c.dir);
  if (c.daemon > 0)
    kill(c.daemon, SIGKILL);
  exit(1);
}

static const char *built(const char *path, char *room, size_t size) {
  const char *dir = getenv("builddir");
  snprintf(room, size, "%s/%s", dir != NULL ? dir : ".", path);
  return room;
}

/* ---- receivers ---- */

/* What the next requests meet; then all is well. Or nobody is there. */
static void upset_receivers(void) {
  struct sink_reply script[48];
  static const struct sink_reply nobody[] = {{.kind = SINK_REFUSE},
                                             {.kind = SINK_DEAF}};
  for (int i = 0; i < HOOKS; i++) {
    if (pick(5) == 0) {
      if (sink_script(c.account.sinks[i], &nobody[pick(2)], 1) != OK)
        broken("a receiver");
      continue;
    }
    for (size_t k = 0; k < 47; k++) {
      unsigned chance = pick(100);
      script[k] = (struct sink_reply){.kind = SINK_CODE, .times = 1};
      if (chance < 20)
        script[k].kind = SINK_SLOW, script[k].wait = 1 + pick(80);
      else if (chance < 26)
        script[k].code = 503;
      else if (chance < 29)
        script[k].kind = SINK_DROP;
      else if (chance < 31)
        script[k].kind = SINK_RESET;
    }
    script[47] = (struct sink_reply){.kind = SINK_CODE};
    if (sink_script(c.account.sinks[i], script, 48) != OK)
      broken("a receiver");
  }
}

static void calm_receivers(void) {
  for (int i = 0; i < HOOKS; i++)
    if (sink_script(c.account.sinks[i], NULL, 0) != OK)
      broken("a receiver");
}

/* ---- the daemon ---- */

static void write_conf(void) {
  char plugin[512];
  const char *stock = getenv("COLLECTD_PLUGINDIR");
  static const int webhook_step[HOOKS] = {1, 1, 2, 3};
  FILE *f = fopen(c.conf, "we");
  if (f == NULL)
    broken(c.conf);
  fprintf(f,
          "Hostname \"localhost\"\nFQDNLookup false\nInterval 1\n"
          "BaseDir \"%s\"\nTypesDB \"/usr/share/collectd/types.db\"\n"
          "PluginDir \"%s\"\nLoadPlugin incident\nPluginDir \"%s\"\n"
          "LoadPlugin logfile\n<Plugin logfile>\n  LogLevel info\n"
          "  File \"%s/log\"\n</Plugin>\nLoadPlugin unixsock\n"
          "<Plugin unixsock>\n  SocketFile \"%s\"\n</Plugin>\n",
          c.dir, built(".libs", plugin, sizeof plugin),
          stock != NULL ? stock : "/usr/lib/collectd", c.dir, c.socket);
  fprintf(f, "<Plugin incident>\n  Ledger \"%s\"\n  StormLimit 0\n", c.ledger);
  for (int i = 0; i < HOOKS; i++)
    fprintf(f,
            "  <Webhook \"w%d\">\n    URL \"%s/\"\n    MaxInFlight 32\n  "
            "</Webhook>\n",
            i, sink_url(c.account.sinks[i]));
  fprintf(f, "  <Chain \"ops\">\n");
  for (int i = 0; i < HOOKS; i++) {
    if (i == 0 || webhook_step[i] != webhook_step[i - 1])
      fprintf(f, "%s    <Step>\n      Wait 1\n", i > 0 ? "    </Step>\n" : "");
    fprintf(f, "      Webhook \"w%d\"\n", i);
  }
  fprintf(f, "    </Step>\n  </Chain>\n  DefaultChain \"ops\"\n"
             "  <Rule \"any\">\n    <Match>\n      Plugin \"crash\"\n"
             "    </Match>\n    GroupBy \"host\"\n    Clear 0\n    Reopen 0\n"
             "    Title \"%%{host}\"\n  </Rule>\n</Plugin>\n");
  if (fclose(f) != 0)
    broken(c.conf);
}

static pid_t spawn(char *const argv[], const char *out, const char *preload) {
  pid_t parent = getpid();
  fflush(stdout);
  pid_t pid = fork();
  if (pid < 0)
    broken("fork");
  if (pid > 0)
    return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127);
  int null = open("/dev/null", O_RDONLY);
  int fd = open(out, O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(null, 0);
  dup2(fd, 1);
  dup2(fd, 2);
  for (int n = 3; n < 256; n++)
    close(n);
  static const char *const proxies[] = {
      "http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"};
  for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++)
    unsetenv(proxies[i]);
  if (preload != NULL && preload[0] != '\0') {
    setenv("LD_PRELOAD", preload, 1);
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
  }
  execv(argv[0], argv);
  dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
  _exit(127);
}

static const char *daemon_path(void) {
  const char *path = getenv("COLLECTD");
  return path != NULL && path[0] != '\0' ? path : "/usr/sbin/collectd";
}

static bool connect_line(void) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  snprintf(at.sun_path, sizeof at.sun_path, "%s", c.socket);
  c.line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c.line < 0)
    broken("socket");
  if (connect(c.line, (struct sockaddr *)&at, sizeof at) == 0)
    return true;
  close(c.line);
  c.line = -1;
  return false;
}

static void kill_daemon(void) {
  int status = 0;
  kill(c.daemon, SIGKILL);
  while (waitpid(c.daemon, &status, 0) < 0 && errno == EINTR)
    ;
  c.daemon = 0;
  c.kills++;
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
    broken("the daemon was dead already");
  if (c.line >= 0)
    close(c.line);
  c.line = -1;
  c.said_n = 0;
  c.orders_n = c.answered = 0;
}

/* False: it was killed after so many ms (0: never), before it was up. */
static bool start_daemon(unsigned kill_after) {
  char *argv[] = {(char *)daemon_path(), (char *)"-C", c.conf, (char *)"-f",
                  NULL};
  char out[128];
  snprintf(out, sizeof out, "%s/out", c.dir);
  unlink(c.socket);
  clock_sleep_ms(10); /* what is on its way arrives */
  account_start(&c.account);
  c.daemon = spawn(argv, out, getenv("INCIDENT_PRELOAD"));
  int64_t began = now_ms();
  while (!connect_line()) {
    if (kill_after > 0 && now_ms() - began >= kill_after) {
      c.kills_at_start++;
      kill_daemon();
      return false;
    }
    if (waitpid(c.daemon, NULL, WNOHANG) == c.daemon)
      broken("the daemon does not start");
    if (now_ms() - began > START_MS)
      broken("the daemon does not listen");
    clock_sleep_ms(1);
  }
  return true;
}

/* ---- what it is told ---- */

/* Says it; the answer is read later. False: there is no room. */
static bool tell(enum order_kind kind, size_t host) {
  char text[256];
  wall_ms now = clock_real()->wall(clock_real());
  struct host *h = &c.account.hosts[host];
  if (c.orders_n == ORDERS || c.line < 0)
    return false;
  if (kind == ORDER_FLUSH)
    snprintf(text, sizeof text, "FLUSH plugin=incident\n");
  else
    snprintf(text, sizeof text,
             "PUTNOTIF severity=%s time=%lld.%03d host=h%zu plugin=crash "
             "type=gauge message=\"told\"\n",
             kind == ORDER_BAD ? "failure" : "okay", (long long)(now / 1000),
             (int)(now % 1000), host);
  if (kind == ORDER_BAD)
    h->bad = TOLD_MAYBE;
  if (kind == ORDER_GOOD)
    h->good = TOLD_MAYBE;
  if (send(c.line, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
    broken("the daemon hears nothing");
  c.orders[c.orders_n++] = (struct order){.kind = kind, .host = host};
  return true;
}

/* All before the FLUSH that has been answered are in the ledger. */
static void confirm(void) {
  for (size_t i = 0; i < c.answered; i++) {
    struct host *h = &c.account.hosts[c.orders[i].host];
    if (c.orders[i].kind == ORDER_BAD)
      h->bad = TOLD_SURE;
    else if (c.orders[i].kind == ORDER_GOOD)
      h->good = TOLD_SURE;
  }
  c.orders_n -= c.answered;
  memmove(c.orders, c.orders + c.answered, c.orders_n * sizeof *c.orders);
  c.answered = 0;
}

static void take_answers(void) {
  char *end;
  while ((end = memchr(c.said, '\n', c.said_n)) != NULL) {
    if (strncmp(c.said, "0 ", 2) != 0 || c.answered >= c.orders_n) {
      printf("the daemon answered: %.*s\n", (int)(end - c.said), c.said);
      broken("an order");
    }
    if (c.orders[c.answered++].kind == ORDER_FLUSH)
      confirm();
    c.said_n -= (size_t)(end + 1 - c.said);
    memmove(c.said, end + 1, c.said_n);
  }
}

/* Waits so long for answers at most. */
static void listen_for(int ms) {
  struct pollfd p = {.fd = c.line, .events = POLLIN};
  if (poll(&p, 1, ms) <= 0)
    return;
  ssize_t n =
      recv(c.line, c.said + c.said_n, sizeof c.said - c.said_n, MSG_DONTWAIT);
  if (n > 0)
    c.said_n += (size_t)n;
  else if (n == 0)
    broken("the daemon hung up");
  take_answers();
}

static void tell_new(void) {
  if (c.account.hosts_n == ACCOUNT_HOSTS)
    return;
  size_t host = c.account.hosts_n++;
  if (!tell(ORDER_BAD, host))
    c.account.hosts_n--;
}

/* One of those that fail for sure recovers. */
static void tell_good(void) {
  if (c.account.hosts_n == 0)
    return;
  size_t host = pick((unsigned)c.account.hosts_n);
  const struct host *h = &c.account.hosts[host];
  if (h->bad == TOLD_SURE && h->good == TOLD_NOT)
    tell(ORDER_GOOD, host);
}

/* What may have died with the daemon. */
static void tell_again(void) {
  size_t said = 0;
  for (size_t i = 0; i < c.account.hosts_n; i++) {
    const struct host *h = &c.account.hosts[i];
    if (h->bad == TOLD_MAYBE)
      tell(ORDER_BAD, i), said++;
    else if (h->good == TOLD_MAYBE)
      tell(ORDER_GOOD, i), said++;
    if (said > 0 && said % 32 == 0)
      listen_for(0);
  }
  tell(ORDER_FLUSH, 0);
}

static void await_answers(void) {
  int64_t give_up = now_ms() + START_MS;
  while (c.orders_n > 0) {
    listen_for(10);
    if (now_ms() > give_up)
      broken("the daemon does not answer");
  }
}

/* ---- people ---- */

static void begin_ack(void) {
  char tool[512], out[128], id[32];
  size_t at = 0;
  if (c.account.hosts_n == 0)
    return;
  size_t recent = c.account.hosts_n < 30 ? c.account.hosts_n : 30;
  size_t host = pick(2) == 0 ? pick((unsigned)c.account.hosts_n)
                             : c.account.hosts_n - 1 - pick((unsigned)recent);
  struct host *h = &c.account.hosts[host];
  while (at < ACKS && c.acks[at].pid != 0)
    at++;
  if (at == ACKS || h->incident == 0 || h->ack != TOLD_NOT ||
      h->good != TOLD_NOT)
    return;
  snprintf(id, sizeof id, "%lld", (long long)h->incident);
  snprintf(out, sizeof out, "%s/ctl.out", c.dir);
  char *argv[] = {(char *)built("incidentctl", tool, sizeof tool),
                  (char *)"--ledger",
                  c.ledger,
                  (char *)"--by",
                  (char *)"alice",
                  (char *)"ack",
                  id,
                  NULL};
  h->ack = TOLD_MAYBE;
  c.acks[at] = (struct ack){
      .pid = spawn(argv, out, NULL), .host = host, .is_alone = c.daemon == 0};
}

/* Those that have ended. */
static void end_acks(bool waits) {
  int status = 0;
  for (size_t i = 0; i < ACKS; i++) {
    struct ack *a = &c.acks[i];
    if (a->pid == 0 || waitpid(a->pid, &status, waits ? 0 : WNOHANG) != a->pid)
      continue;
    a->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      c.failed_acks++;
      continue;
    }
    c.account.hosts[a->host].ack = TOLD_SURE;
    if (!a->is_alone || c.daemon != 0)
      c.account.hosts[a->host].acked_ns =
          clock_mono_ns() + (250 + c.slack) * 1000000;
    c.acked++;
  }
}

/* ---- lives ---- */

static void live(unsigned ms) {
  int64_t end = now_ms() + ms;
  while (now_ms() < end) {
    unsigned chance = pick(100);
    if (chance < 30)
      tell_new();
    else if (chance < 40)
      tell_good();
    else if (chance < 50)
      begin_ack();
    else if (chance < 65 && c.orders_n > 0)
      tell(ORDER_FLUSH, 0);
    else if (chance == 99)
      upset_receivers();
    else
      listen_for((int)pick(12));
    listen_for(0);
    end_acks(false);
    account_read(&c.account);
  }
  /* Not always between two looks at the clock. */
  struct timespec more = {.tv_nsec = pick(2000000)};
  nanosleep(&more, NULL);
}

static void run_lives(unsigned kills) {
  while (c.kills < kills) {
    upset_receivers();
    if (start_daemon(pick(5) == 0 ? 1 + pick(BIRTH_MS) : 0)) {
      tell_again();
      live(1 + pick(pick(3) == 0 ? 20 : LIFE_MS));
      kill_daemon();
    }
    account_read(&c.account);
    for (unsigned n = pick(8); n > 0; n--)
      begin_ack();
    end_acks(pick(4) != 0);
  }
  end_acks(true);
}

static void settle(void) {
  calm_receivers();
  start_daemon(0);
  tell_again();
  await_answers();
  int64_t give_up = now_ms() + DELIVER_MS;
  do {
    clock_sleep_ms(20);
    account_read(&c.account);
  } while (account_owed(&c.account, false) > 0 && now_ms() < give_up);
  clock_sleep_ms(QUIET_MS);
  account_read(&c.account);
  kill_daemon();
}

/* ---- all of it ---- */

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw) {
  (void)st, (void)type, (void)ftw;
  return remove(path);
}

static void set_up(void) {
  const char *parent = getenv("TMPDIR");
  snprintf(c.dir, sizeof c.dir, "%.40s/t_crash.XXXXXX",
           parent != NULL && parent[0] == '/' ? parent : "/tmp");
  if (mkdtemp(c.dir) == NULL)
    broken("no directory");
  snprintf(c.conf, sizeof c.conf, "%s/conf", c.dir);
  snprintf(c.socket, sizeof c.socket, "%s/sock", c.dir);
  snprintf(c.ledger, sizeof c.ledger, "%s/ledger.db", c.dir);
  for (int i = 0; i < HOOKS; i++)
    if (sink_new(SINK_PLAIN, &c.account.sinks[i]) != OK)
      broken("no receiver");
  c.account.hosts = calloc(ACCOUNT_HOSTS, sizeof *c.account.hosts);
  if (c.account.hosts == NULL)
    broken("no memory");
  write_conf();
}

int main(int argc, char **argv) {
  const char *preload = getenv("INCIDENT_PRELOAD");
  bool is_slow = preload != NULL && preload[0] != '\0';
  unsigned kills = is_slow ? KILLS_SANITIZED : KILLS;
  c.chance = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  c.chance = c.chance * 0x9e3779b97f4a7c15 + 1;
  if (argc > 2)
    kills = (unsigned)strtoul(argv[2], NULL, 10);
  if (access(daemon_path(), X_OK) != 0) {
    printf("t_crash: there is no daemon to kill\n");
    return 77;
  }
  /* Who looks at the clock after incidentctl has ended may be late itself. */
  c.slack = is_slow ? 5000 : 250;
  set_up();
  int64_t began = now_ms();
  run_lives(kills);
  settle();
  unsigned owed = account_owed(&c.account, true);
  account_close(&c.account);
  printf(
      "t_crash: %u kills (%u at the start) in %lld s; %zu incidents, %u "
      "acknowledged (%u in vain), %u requests, %u twins; %u lost, %u faults\n",
      c.kills, c.kills_at_start, (long long)(now_ms() - began) / 1000,
      c.account.hosts_n, c.acked, c.failed_acks, c.account.requests,
      c.account.twins, owed, c.account.faults);
  for (int i = 0; i < HOOKS; i++)
    sink_free(c.account.sinks[i]);
  free(c.account.hosts);
  bool is_well = owed == 0 && c.account.faults == 0;
  if (is_well)
    nftw(c.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  else
    printf("kept: %s\n", c.dir);
  return !is_well;
}

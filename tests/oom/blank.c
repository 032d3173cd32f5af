/* SPDX-License-Identifier: MIT */
#include "blank.h"

#include "ledger/ledger.h"
#include "oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The file that ledger_open makes, read once. */
static char image[4 << 20];
static size_t image_len;

static enum err read_image(const char *path) {
  struct ledger *l = NULL;
  enum err err = ledger_open(path, LEDGER_OWN, &l, NULL);
  ledger_close(l);
  if (err != OK)
    return err;
  FILE *f = fopen(path, "r");
  if (f == NULL)
    return ERR_IO;
  image_len = fread(image, 1, sizeof image, f);
  bool is_whole = image_len > 0 && image_len < sizeof image;
  fclose(f);
  return is_whole ? OK : ERR_IO;
}

static enum err write_image(const char *path) {
  FILE *f = fopen(path, "w");
  if (f == NULL)
    return ERR_IO;
  bool is_whole = fwrite(image, 1, image_len, f) == image_len;
  return fclose(f) == 0 && is_whole ? OK : ERR_IO;
}

enum err blank_make(struct blank *b) {
  const char *tmp = getenv("TMPDIR");
  enum err err = OK;
  snprintf(b->dir, sizeof b->dir, "%.50s/oom.XXXXXX",
           tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
  if (mkdtemp(b->dir) == NULL) {
    b->dir[0] = '\0';
    return ERR_IO;
  }
  snprintf(b->path, sizeof b->path, "%s/l", b->dir);
  oom_spare();
  if (image_len == 0)
    err = read_image(b->path);
  if (err == OK)
    err = write_image(b->path);
  oom_spare_end();
  return err;
}

void blank_remove(const struct blank *b) {
  static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
  char path[sizeof b->path + 8];
  if (b->dir[0] == '\0')
    return;
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    snprintf(path, sizeof path, "%s%s", b->path, endings[i]);
    unlink(path);
  }
  rmdir(b->dir);
}

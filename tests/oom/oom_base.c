/* SPDX-License-Identifier: MIT */
#include "base/conf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err buf_run(void) {
  struct buf b;
  char *text = NULL;
  buf_init(&b, 100000);
  for (int i = 0; i < 200; i++)
    buf_addf(&b, "%d %s", i, "some words to make it grow");
  text_add_visible(&b, "a\nb\x1b");
  enum err err = buf_take(&b, &text);
  free(text);
  buf_fini(&b);
  if (err != OK)
    return err;
  /* An empty one has to allocate to be handed over. */
  err = buf_take(&b, &text);
  if (err == OK)
    free(text);
  buf_fini(&b);
  return err;
}

static enum err json_write_run(void) {
  struct json *j = json_new();
  char *text = NULL;
  if (j == NULL)
    return ERR_NOMEM;
  json_object(j);
  json_put_text(j, "text", "caf\xc3\xa9 \"\n");
  json_key(j, "array");
  json_array(j);
  for (int i = 0; i < 500; i++)
    json_double(j, i * 1.1);
  json_array_end(j);
  json_object_end(j);
  enum err err = json_done(j, &text);
  json_free(j);
  free(text);
  return err;
}

static enum err json_read_run(void) {
  static const char text[] =
      "{\"a\":[1,2.5,\"\\u00e9\\n\",{\"b\":null,\"c\":[[],[true]]}],\"d\":{},"
      "\"e\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,"
      "25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40]}";
  struct json_in *doc = NULL;
  enum err err = json_parse(text, sizeof text - 1, &doc, NULL);
  if (err == OK && json_at_int(doc, "e.39", 0) != 40)
    err = ERR_INVALID;
  json_in_free(doc);
  if (err != OK)
    return err;
  /* What is not JSON says so, or that there is no memory to tell. */
  doc = NULL;
  err = json_parse("{\"a\":[1,2,{\"b\":\"c\"}", 20, &doc, NULL);
  json_in_free(doc);
  return err == ERR_INVALID ? OK : err == OK ? ERR_CORRUPT : err;
}

static const char sample[] =
    "A 1 \"two \\\n three\" true 1.2.3.4\n"
    "<B \"x\">\n  C web-01\n  <D>\n    E 1 2 3 4 5 6 7 8 9\n  </D>\n</B>\n";

static enum err conf_run(void) {
  struct conf_file *file = NULL;
  struct buf printed;
  buf_init(&printed, 100000);
  enum err err =
      conf_read_text("sample", sample, sizeof sample - 1, NULL, NULL, &file);
  if (err == OK) {
    conf_print(&file->root, &printed);
    err = printed.err;
  }
  conf_file_free(file);
  buf_fini(&printed);
  return err;
}

static enum err conf_error_run(void) {
  struct conf_file *file = NULL;
  static const char text[] = "<A>\nB 1\nC\n<D \"x\">\nE 1\n</d>\n";
  enum err err =
      conf_read_text("wrong", text, sizeof text - 1, NULL, NULL, &file);
  conf_file_free(file);
  return err == ERR_INVALID ? OK : err == OK ? ERR_CORRUPT : err;
}

/* On failure an item is as it was. */
static enum err conf_by_hand_run(void) {
  struct conf root = {0};
  enum err err = conf_set_key(&root, "Root");
  for (int i = 0; i < 10 && err == OK; i++) {
    size_t children_n = root.children_n, values_n = root.values_n;
    struct conf *child = conf_add_child(&root);
    err = child == NULL ? ERR_NOMEM : conf_set_key(child, "Child");
    if (child == NULL && root.children_n != children_n)
      err = ERR_CORRUPT;
    if (err == OK)
      err = conf_add_text(&root, "text");
    if (err != OK && root.values_n != values_n)
      err = ERR_CORRUPT;
    if (err == OK)
      err = conf_add_number(&root, 1);
    if (err == OK)
      err = conf_add_bool(&root, true);
  }
  if (err == OK && (root.children_n != 10 || root.values_n != 30))
    err = ERR_CORRUPT;
  conf_fini(&root);
  return err;
}

static enum err write_text(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  if (f == NULL)
    return ERR_IO;
  int wrote = fputs(text, f);
  return fclose(f) == 0 && wrote >= 0 ? OK : ERR_IO;
}

static enum err conf_file_run(void) {
  char dir[] = "/tmp/oom.XXXXXX", main_path[64], part_path[64], text[256];
  struct conf_file *file = NULL;
  if (mkdtemp(dir) == NULL)
    return ERR_IO;
  snprintf(main_path, sizeof main_path, "%s/main", dir);
  snprintf(part_path, sizeof part_path, "%s/part", dir);
  snprintf(text, sizeof text,
           "Z 1\nInclude \"%s/pa*\"\n<Include \"%s\">\n"
           "Filter \"part\"\n</Include>\n",
           dir, dir);
  enum err err = write_text(main_path, text);
  if (err == OK)
    err = write_text(part_path, sample);
  if (err == OK)
    err = conf_read(main_path, NULL, NULL, &file);
  if (err == OK && file->root.children_n != 5)
    err = ERR_CORRUPT;
  conf_file_free(file);
  (void)unlink(main_path);
  (void)unlink(part_path);
  (void)rmdir(dir);
  return err;
}

static char seen[64];

static void sink(enum log_level level, const char *line) {
  (void)level;
  snprintf(seen, sizeof seen, "%s", line);
}

/* Running out of memory can always be logged. */
static enum err log_run(void) {
  void *p = malloc(10);
  seen[0] = '\0';
  log_set(sink);
  log_line(LOG_ERROR, "%s\n", p == NULL ? "out of memory" : "fine");
  log_set(NULL);
  bool is_logged =
      strcmp(seen, p == NULL ? "out of memory\\n" : "fine\\n") == 0;
  enum err err = p == NULL ? ERR_NOMEM : OK;
  free(p);
  return is_logged ? err : ERR_CORRUPT;
}

const struct oom_case base_cases[] = {
    {"buf_grows_or_says_so", buf_run},
    {"json_is_written_or_not", json_write_run},
    {"json_is_read_or_not", json_read_run},
    {"conf_is_read_and_printed_or_not", conf_run},
    {"a_broken_conf_is_refused", conf_error_run},
    {"conf_built_by_hand_stays_whole", conf_by_hand_run},
    {"conf_files_are_read_or_not", conf_file_run},
    {"log_needs_no_memory", log_run},
    {NULL, NULL},
};

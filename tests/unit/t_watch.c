/* SPDX-License-Identifier: MIT */
#include "engine/watch.h"

#include "check.h"

static void it_waits_for_one_finite_value_of_each(void) {
  struct watch *w = NULL;
  CHECK(watch_new(&w) == OK);
  CHECK(watch_is_empty(w));
  for (uint64_t i = 0; i < 1000; i++)
    CHECK(watch_add(w, i * 7919 % 1000) == OK);
  CHECK(!watch_is_empty(w));
  CHECK(watch_has(w, 500) && !watch_has(w, 1000));
  CHECK(watch_take(w, 500));
  CHECK(!watch_take(w, 500) && !watch_has(w, 500));
  CHECK(watch_has(w, 499) && watch_has(w, 501));
  for (uint64_t i = 0; i < 1000; i++)
    watch_remove(w, i);
  CHECK(watch_is_empty(w));
  watch_remove(w, 5); /* not there: nothing happens */
  CHECK(watch_is_empty(w));
  watch_free(w);
}

static void twice_added_is_twice_waited_for(void) {
  struct watch *w = NULL;
  CHECK(watch_new(&w) == OK);
  watch_add(w, 1);
  watch_add(w, 1);
  watch_remove(w, 1);
  CHECK(watch_has(w, 1));
  CHECK(watch_take(w, 1));
  watch_remove(w, 1);
  watch_add(w, 1);
  CHECK(watch_take(w, 1));
  watch_free(w);
}

int main(void) {
  it_waits_for_one_finite_value_of_each();
  twice_added_is_twice_waited_for();
  return check_done("t_watch");
}

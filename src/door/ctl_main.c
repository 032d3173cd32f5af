/* SPDX-License-Identifier: MIT */
#include "base/hash.h"
#include "door/ctl.h"
#include "ledger/ledger.h"

int main(int argc, char **argv) {
  hash_init();
  ledger_init();
  return ctl_run(argc, argv, stdout, stderr, clock_real());
}

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "scan/scan.h"
#include <jansson.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>
#include <zlib.h>
#ifdef PINGSIEVE_ISAL_VERSION
#  define ISAL ", ISA-L " PINGSIEVE_ISAL_VERSION
#else
#  define ISAL ""
#endif

static int run(const struct arguments *arguments) {
  (void)arguments;
  int major, minor, patch;
  (void)mdb_version(&major, &minor, &patch);
  unsigned hash = XXH_versionNumber();
  const struct scan_kernel *kernel = NULL;
  struct ps_error err = {0};
  int r = scan_kernel_choose(getenv("PINGSIEVE_SIMD"), &kernel, &err);
  (void)printf("pingsieve %s\n", PINGSIEVE_VERSION);
  (void)printf("LMDB %d.%d.%d, xxHash %u.%u.%u, jansson %s, zlib %s%s", major, minor, patch,
               hash / 10000, hash / 100 % 100, hash % 100, jansson_version_str(), zlibVersion(),
               ISAL);
  char safe[PS_ERROR_TEXT];
  (void)printf("\nscanner kernel: %s\n",
               r == PS_OK ? kernel->name : message_safe(err.text, safe, sizeof safe));
  return EXIT_DONE;
}

static const struct option_group *const groups[] = {&options_general, NULL};

const struct command command_version = {
    .name = "version",
    .summary = "prints the versions of pingsieve and its libraries",
    .synopsis = "version",
    .about =
        "Prints the versions of pingsieve and of the libraries it runs with, and which scanner "
        "kernel this machine uses.",
    .groups = groups,
    .run = run,
};

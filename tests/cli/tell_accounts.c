/* tell_accounts STORE: prints the accounts of a store, a few lines a day, for stories. */
#include "base/day.h"
#include <inttypes.h>
#include <pingsieve/accounts.h>
#include <stdio.h>

static int tell_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  const struct ps_accounts_info *info = context;
  char text[DAY_TEXT];
  (void)err;
  day_format(day->day, text);
  (void)printf("%s keys=%" PRIu64, text, day->keys);
  for (int c = 0; c < PS_PING_CLASSES; c++)
    (void)printf(" %s=%" PRIu64, ps_class_name((enum ps_class)c), day->total.count[c]);
  (void)printf(" withheld=%" PRIu64 " flags=%zu\n", day->total.withheld, day->nflags);
  for (size_t m = 0; m < info->nmeasures; m++)
    if (day->measured[m])
      (void)printf("  %s=%" PRIu64 " implausible=%" PRIu64 "\n", info->measures[m].name,
                   day->total.measurements[m], day->total.implausible[m]);
  return PS_OK;
}

int main(int argc, char **argv) {
  struct ps_seen_options options = {.size = sizeof(struct ps_seen_options), .read_only = true};
  struct ps_accounts_info info;
  struct ps_error err = {0};
  struct ps_seen *seen;
  if (argc != 2 || ps_seen_open(argv[1], &options, &seen, &err) != PS_OK) return 2;
  int r = ps_accounts_read(seen, 0, DAY_MAX, 0, &info, tell_day, &info, &err);
  if (r != PS_OK) (void)fprintf(stderr, "%s\n", err.text);
  ps_seen_close(seen);
  return r != PS_OK;
}

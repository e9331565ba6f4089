/* Prints a sample profile, for check_profile.py: profile_forms SAMPLE json, or a number of a CSV
 * table; without arguments the numbers of samples and tables. */
#include "profile_sample.h"
#include "report/profile_render.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  struct profile_render_options options = {.show_ids = true};
  struct buffer out = BUFFER_INIT;
  if (argc < 3) return printf("%d %zu\n", (int)PROFILE_SAMPLES, profile_csv_tables()) < 0;
  unsigned long which = strtoul(argv[1], NULL, 10);
  if (which >= PROFILE_SAMPLES) return 2;
  struct ps_profile *profile = profile_sample_create((enum profile_sample)which);
  if (!profile) return 1;
  int r = !strcmp(argv[2], "json")
              ? profile_render_json(profile, &options, &out, NULL)
              : profile_render_csv(profile, &options, strtoul(argv[2], NULL, 10), &out, NULL);
  if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout)) r = PS_E_OUTPUT;
  buffer_release(&out);
  profile_sample_free(profile);
  return r == PS_OK ? 0 : 1;
}

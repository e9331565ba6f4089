/* A first program of another project with the installed library. */
#include <pingsieve/sieve.h>
#include <stdio.h>

int main(void) {
  struct ps_error err;
  struct ps_sieve *sieve = NULL;
  struct ps_sieve_options options = {
      .size = sizeof(struct ps_sieve_options), .store = "/nonexistent/store", .output_fd = 1};
  int r = ps_sieve_open(&options, &sieve, &err);
  (void)printf("%s: %s\n", ps_status_text(err.status), err.text);
  return r == PS_E_STORE_ABSENT && ps_sieve_close(sieve, NULL) == PS_OK ? 0 : 1;
}

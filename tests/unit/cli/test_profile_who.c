#include "cli/profile_who.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

#define UUID "b0fcc79d-6ac1-4f0e-9d0c-4a3e2c0d9b1f"

static struct profile_who who;
static struct ps_error err;

static int teardown(void **state) {
  (void)state;
  profile_who_release(&who);
  err = (struct ps_error){0};
  return 0;
}

static int read_ids(size_t n, const char *const *ids) {
  struct arguments a = {.client_id = {.n = n}};
  for (size_t i = 0; i < n; i++) a.client_id.item[i] = ids[i];
  return profile_who_read(&who, &a, 0, &err);
}

/* Reads a file of these bytes. */
static int read_file(const char *bytes, size_t len) {
  char path[] = "/tmp/pingsieve-who-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, len), (ssize_t)len);
  assert_int_equal(close(fd), 0);
  int r = profile_who_read(&who, &(struct arguments){.client_file = path}, 0, &err);
  assert_int_equal(unlink(path), 0);
  return r;
}

static void nobody_asked_for_is_the_fleet(void **state) {
  (void)state;
  assert_int_equal(read_ids(0, NULL), PS_OK);
  assert_false(who.asked);
  assert_int_equal(who.n, 0);
}

static void each_client_is_there_once(void **state) {
  (void)state;
  static const char *const ids[] = {"c7", UUID, "{B0FCC79D-6ac1-4f0e-9d0c-4a3e2c0d9b1f}", "c7"};
  assert_int_equal(read_ids(4, ids), PS_OK);
  assert_true(who.asked);
  assert_int_equal(who.n, 2);
  assert_string_equal(who.clients[0].name, "c7");
  assert_int_equal(who.clients[1].client.kind, PS_CLIENT_UUID);
}

static void the_hash_of_a_long_id_will_do(void **state) {
  (void)state;
  static const char id[] = "an id of more than sixteen bytes";
  struct ps_client client, again;
  char text[PS_CLIENT_TEXT_BYTES];
  profile_who_client(id, &client);
  assert_int_equal(client.kind, PS_CLIENT_HASH);
  profile_who_client(ps_client_format(&client, text), &again);
  assert_memory_equal(&client, &again, sizeof client);
  profile_who_client("#0123", &again); /* an id like any other */
  assert_int_equal(again.kind, PS_CLIENT_TEXT);
}

static void paths_are_no_ids(void **state) {
  (void)state;
  static const char *const ids[] = {"meta/clientId"};
  assert_int_equal(read_ids(1, ids), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, "--client-path"));
}

static void a_file_has_an_id_a_line(void **state) {
  (void)state;
  static const char text[] = "# them\n\n  c1 \r\n#0123456789abcdef0123456789ABCDEF\nc1\nlast";
  assert_int_equal(read_file(text, sizeof text - 1), PS_OK);
  assert_int_equal(who.n, 3);
  assert_string_equal(who.clients[0].name, "c1");
  assert_int_equal(who.clients[1].client.kind, PS_CLIENT_HASH);
  assert_string_equal(who.clients[2].name, "last");
}

static void assert_refused(const char *bytes, size_t len, const char *part) {
  assert_int_equal(read_file(bytes, len), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, part));
  profile_who_release(&who);
}

static void files_of_something_else_are_refused(void **state) {
  (void)state;
  size_t len = PROFILE_WHO_BYTES + 1;
  char *large = malloc(len);
  assert_non_null(large);
  memset(large, 'a', len);
  assert_refused("", 0, "no clientId in");
  assert_refused("#\n", 2, "no clientId in");
  assert_refused("a\0b\n", 4, "no list of clientIds");
  assert_refused("{\"clientId\":\"a\"}\n", 17, "no list of clientIds");
  assert_refused(large, len, "over 1 MiB");
  assert_int_equal(read_file(large, len - 1), PS_OK); /* an odd id, but one */
  profile_who_release(&who);
  free(large);
  char many[4 * (PS_PROFILE_CLIENTS + 1) + 1];
  for (unsigned i = 0; i <= PS_PROFILE_CLIENTS; i++)
    (void)snprintf(many + 4 * (size_t)i, 5, "%3u\n", i);
  assert_refused(many, sizeof many - 1, "more than 256 clients");
}

/* Standard input comes late, and was set not to block by the program that shares it. */
static void a_standard_input_that_does_not_block_is_waited_for(void **state) {
  (void)state;
  int ends[2];
  const int kept = dup(STDIN_FILENO);
  assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
  const pid_t child = fork();
  if (!child) {
    (void)usleep(20000);
    _exit(write(ends[1], "c1\nc2\n", 6) != 6);
  }
  assert_true(child > 0);
  assert_int_equal(close(ends[1]), 0);
  assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  int r = profile_who_read(&who, &(struct arguments){.client_file = "-"}, 0, &err), ended;
  if (kept >= 0) assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
  if (kept >= 0) assert_int_equal(close(kept), 0);
  assert_int_equal(close(ends[0]), 0);
  assert_int_equal(waitpid(child, &ended, 0), child);
  assert_int_equal(ended, 0);
  assert_int_equal(r, PS_OK);
  assert_int_equal(who.n, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(nobody_asked_for_is_the_fleet, teardown),
      cmocka_unit_test_teardown(each_client_is_there_once, teardown),
      cmocka_unit_test_teardown(the_hash_of_a_long_id_will_do, teardown),
      cmocka_unit_test_teardown(paths_are_no_ids, teardown),
      cmocka_unit_test_teardown(a_file_has_an_id_a_line, teardown),
      cmocka_unit_test_teardown(files_of_something_else_are_refused, teardown),
      cmocka_unit_test_teardown(a_standard_input_that_does_not_block_is_waited_for, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

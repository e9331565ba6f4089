/* Schemas, projections and the like, made of paths, conditions and selections. Each allocation
 * fails in turn: the error is told, and nothing is left. When none fails, the object is made, and
 * nothing is left after it is freed. */
#include "../ledger.h"

#include "scan/ping.h"
#include "scan/projection.h"
#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const scope[] = {"meta/docType", "x/y", NULL};
static const char *const sums[] = {"payload/*/values/*", "n", NULL};
static const char *const paths[] = {"meta/documentId", "attributeMap/uri", NULL};
static const char *const select_paths[] = {"documentId", "payload/info", "a/b/c", NULL};
static const char *const where[] = {"docType=main", "clientId in a,b,c", "a~=^(x|y)+z[0-9]{2}$",
                                    "n>0.5",        "os $= \"ux\"",      NULL};

static int make_schema(struct ps_error *err) {
  const struct ps_selection selection = {.where = where, .sample_ids = "0-9,42"};
  const struct ping_schema_options options = {
      .paths = {[PS_FIELD_ID] = paths}, .scope = scope, .sums = sums, .selection = &selection};
  struct ping_schema *schema = NULL;
  const int r = ping_schema_create(&options, &schema, err);
  if (!r) ping_schema_free(schema);
  return r;
}

static int make_projection(struct ps_error *err) {
  static const uint8_t line[64 + SCAN_PAD] = "{\"documentId\":\"a\",\"a\":{\"b\":{\"c\":1}}}\n";
  static struct scan_result scratch;
  const char *const *const fields[PS_FIELDS] = {NULL};
  struct projection *projection = NULL;
  struct buffer out = BUFFER_INIT;
  int r = projection_create(select_paths, fields, &projection, err);
  if (r) return r;
  r = projection_append(projection, scan_kernels()->scan, line, strlen((const char *)line), 0,
                        false, 0, &scratch, &out, err);
  buffer_release(&out);
  projection_free(projection);
  return r;
}

static void fail_each(int (*make)(struct ps_error *err)) {
  unsigned long n = 0;
  bool failed;
  do {
    struct ps_error error = {.status = PS_OK};
    const size_t before = ledger_allocations();
    ledger_fail(++n);
    const int r = make(&error);
    failed = ledger_failed();
    assert_int_equal(ledger_allocations(), before);
    assert_int_equal(r, failed ? PS_E_MEMORY : PS_OK);
    assert_int_equal(error.status, r);
  } while (failed);
  assert_true(n > 3);
}

static void a_schema_without_memory_leaves_nothing(void **state) {
  (void)state;
  fail_each(make_schema);
}

static void a_projection_without_memory_leaves_nothing(void **state) {
  (void)state;
  fail_each(make_projection);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_schema_without_memory_leaves_nothing),
      cmocka_unit_test(a_projection_without_memory_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

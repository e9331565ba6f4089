#include "record/chunk.h"

#include "../io/support.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void pads_are_readable(void **state) {
  (void)state;
  static const size_t sizes[][2] = {{1, 1}, {256 << 10, 10}, {1 << 20, 64 << 20}, {1, 1 << 30}};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    struct chunk chunk;
    size_t most = sizes[i][0] > sizes[i][1] ? sizes[i][0] : sizes[i][1];
    assert_int_equal(chunk_init(&chunk, sizes[i][0], sizes[i][1], NULL), PS_OK);
    unsigned sum = 0;
    for (size_t k = 1; k <= CHUNK_FRONT; k++) sum += chunk.data[-(ptrdiff_t)k];
    for (size_t k = 0; k < CHUNK_PAD; k++) sum += chunk.data[most + 1 + k];
    assert_int_equal(sum, 0);
    chunk.data[most] = '\n';
    assert_true(chunk.reserved >= most + 1 + CHUNK_PAD);
    chunk_release(&chunk);
    assert_null(chunk.data);
    chunk_release(&chunk);
  }
}

static void trim_gives_back_only_what_is_beyond(void **state) {
  (void)state;
  struct chunk chunk;
  assert_int_equal(chunk_init(&chunk, 1 << 20, 1 << 20, NULL), PS_OK);
  memset(chunk.data, 'x', 1 << 20);
  chunk.touched = 1 << 20;
  chunk_trim(&chunk, 1 << 20);
  assert_int_equal(chunk.data[(1 << 20) - 1], 'x');
  chunk_trim(&chunk, 5000);
  for (size_t i = 0; i < 5000; i++) assert_int_equal(chunk.data[i], 'x');
  assert_int_equal(chunk.data[1 << 19], 0);
  assert_true(chunk.touched >= 5000 && chunk.touched <= 5000 + (64 << 10));
  chunk.data[1 << 19] = 'y'; /* not touched as far as it knows: nothing to do */
  chunk_trim(&chunk, 100000);
  assert_int_equal(chunk.data[1 << 19], 'y');
  chunk_trim(&chunk, SIZE_MAX);
  chunk_release(&chunk);
}

static void impossible_sizes_are_errors(void **state) {
  (void)state;
  struct chunk chunk;
  struct ps_error err;
  assert_int_equal(chunk_init(&chunk, 1, SIZE_MAX, &err), PS_E_ARGUMENT);
  assert_int_equal(chunk_init(&chunk, SIZE_MAX - 5000, 1, &err), PS_E_ARGUMENT);
  assert_int_equal(chunk_init(&chunk, 1, SIZE_MAX / 4, &err), PS_E_MEMORY);
  assert_int_equal(err.status, PS_E_MEMORY);
  chunk_release(&chunk);
}

static bool is_mapped(const uint8_t *page) {
  unsigned char resident;
  const int r = mincore((void *)(uintptr_t)page, 1, &resident);
  if (r) assert_int_equal(errno, ENOMEM);
  return !r;
}

/* All of it goes back: the page in front, the data, and the last one. */
static void released_chunks_take_no_addresses(void **state) {
  (void)state;
  struct chunk chunk;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  assert_int_equal(chunk_init(&chunk, 1 << 20, 8 << 20, NULL), PS_OK);
  const uint8_t *data = chunk.data, *last = data + chunk.reserved - page;
  assert_true(is_mapped(data - page) && is_mapped(data) && is_mapped(last));
  chunk_release(&chunk);
  assert_false(is_mapped(data - page) || is_mapped(data) || is_mapped(last));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pads_are_readable),
      cmocka_unit_test(trim_gives_back_only_what_is_beyond),
      cmocka_unit_test(impossible_sizes_are_errors),
      cmocka_unit_test(released_chunks_take_no_addresses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
  (void)st, (void)type, (void)at;
  return remove(path);
}

int place_setup(void **state) {
  struct place *place = calloc(1, sizeof *place);
  const char *parent = getenv("TMPDIR");
  char made[PLACE_PATH / 8];
  if (!place || !getcwd(place->before, sizeof place->before)) return -1;
  (void)snprintf(made, sizeof made, "%s/pingsieve-place-XXXXXX",
                 parent && *parent ? parent : "/tmp");
  if (!mkdtemp(made) || chdir(made) || !getcwd(place->dir, sizeof place->dir)) return -1;
  *state = place;
  return 0;
}

int place_teardown(void **state) {
  struct place *place = *state;
  ps_seen_close(place->seen);
  const int failed = chdir(place->before) || nftw(place->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  free(place);
  return failed;
}

void place_directory(const char *path) {
  char text[PLACE_PATH];
  assert_in_range(snprintf(text, sizeof text, "%s", path), 1, sizeof text - 1);
  for (char *at = strchr(text + 1, '/'); at; at = strchr(at + 1, '/')) {
    *at = '\0';
    assert_true(!mkdir(text, 0777) || errno == EEXIST);
    *at = '/';
  }
  assert_true(!mkdir(text, 0777) || errno == EEXIST);
}

void place_file(const char *path, const void *data, size_t bytes) {
  char parent[PLACE_PATH];
  assert_in_range(snprintf(parent, sizeof parent, "%s", path), 1, sizeof parent - 1);
  char *slash = strrchr(parent, '/');
  if (slash) {
    *slash = '\0';
    place_directory(parent);
  }
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data ? data : "", 1, bytes, file), bytes);
  assert_int_equal(fclose(file), 0);
}

void place_text(const char *path, const char *text) { place_file(path, text, strlen(text)); }

struct ps_seen *place_store(struct place *place, uint32_t keep_days) {
  const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                          .create = true,
                                          .keep_given = true,
                                          .keep_days = keep_days,
                                          .no_sync = true};
  ps_seen_close(place->seen);
  place->seen = NULL;
  assert_ok(ps_seen_open("store", &options, &place->seen, err));
  return place->seen;
}

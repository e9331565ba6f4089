/* Feeds a fuzz target the files named, and all files of the directories named: so that any compiler
 * can replay what a fuzzer found.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

static int replay_file(const char *path) {
  FILE *file = fopen(path, "rb");
  uint8_t *data = NULL;
  size_t len = 0, cap = 0, n;
  if (!file) {
    (void)fprintf(stderr, "cannot open %s: %s\n", path, strerror(errno));
    return 1;
  }
  do {
    cap = cap * 2 + 4096;
    uint8_t *more = realloc(data, cap);
    FUZZ_CHECK(more);
    data = more;
    n = fread(data + len, 1, cap - len, file);
    len += n;
  } while (len == cap);
  FUZZ_CHECK(!ferror(file));
  (void)fclose(file);
  uint8_t *exact = realloc(data, len ? len : 1); /* so that reading beyond the end is seen */
  FUZZ_CHECK(exact);
  int r = LLVMFuzzerTestOneInput(exact, len);
  free(exact);
  return r;
}

static int replay_directory(DIR *directory, const char *path, size_t *files) {
  int r = 0;
  for (struct dirent *entry; (entry = readdir(directory));) {
    char *file;
    if (entry->d_name[0] == '.') continue;
    FUZZ_CHECK(asprintf(&file, "%s/%s", path, entry->d_name) > 0);
    r |= replay_file(file);
    free(file);
    ++*files;
  }
  return r;
}

int main(int argc, char **argv) {
  size_t files = 0;
  int r = 0;
  for (int i = 1; i < argc; i++) {
    DIR *directory = opendir(argv[i]);
    if (directory) {
      r |= replay_directory(directory, argv[i], &files);
      (void)closedir(directory);
    } else {
      r |= replay_file(argv[i]);
      files++;
    }
  }
  (void)printf("%zu inputs\n", files);
  return r || !files;
}

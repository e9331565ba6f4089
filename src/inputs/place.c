#include "inputs/place.h"

#include "base/error.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(INPUT_PATH == PATH_MAX, "realpath(3) writes so much");

bool place_resolve(const char *path, char real[INPUT_PATH]) {
  char *found;
  do found = realpath(path, real);
  while (!found && errno == EINTR);
  return found;
}

/* Appends the components of rest to the real path. */
static bool append(char real[INPUT_PATH], const char *rest) {
  size_t len = strcmp(real, "/") == 0 ? 0 : strlen(real);
  while (*rest) {
    const size_t n = strcspn(rest, "/");
    if (n == 2 && rest[0] == '.' && rest[1] == '.') {
      while (len && real[--len] != '/') {}
    } else if (n && !(n == 1 && rest[0] == '.')) {
      if (len + n + 2 > INPUT_PATH) return false;
      real[len] = '/';
      memcpy(real + len + 1, rest, n);
      len += n + 1;
    }
    rest += n + (rest[n] == '/');
  }
  if (!len) real[len++] = '/';
  real[len] = '\0';
  return true;
}

int place_real(const char *path, char real[INPUT_PATH], enum ps_status failed,
               struct ps_error *err) {
  char there[INPUT_PATH];
  size_t len = strlen(path);
  if (!len || len >= sizeof there)
    return error_set(err, PS_E_ARGUMENT, "a path is empty or has more than %u bytes: %.100s",
                     INPUT_PATH - 1, path);
  memcpy(there, path, len + 1);
  while (!place_resolve(len ? there : ".", real)) {
    if (errno != ENOENT || !len)
      return error_set_os(err, error_passes(errno) ? failed : PS_E_ARGUMENT, errno,
                          "cannot find %s", path);
    while (len && there[len - 1] == '/') len--;
    while (len && there[len - 1] != '/') len--;
    while (len > 1 && there[len - 1] == '/') len--;
    there[len] = '\0';
  }
  return append(real, path + len)
             ? PS_OK
             : error_set(err, PS_E_ARGUMENT, "the real path of %s has more than %u bytes", path,
                         INPUT_PATH - 1);
}

bool place_is_inside(const char *inner, const char *outer) {
  const size_t len = strcmp(outer, "/") == 0 ? 0 : strlen(outer);
  return strncmp(inner, outer, len) == 0 && (inner[len] == '/' || inner[len] == '\0');
}

static const char *last_component(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

int place_directory_of(struct place_cache *cache, const char *path, struct ps_error *err) {
  const size_t len = (size_t)(last_component(path) - path);
  if (cache->known && strncmp(cache->directory, path, len) == 0 && !cache->directory[len])
    return PS_OK;
  cache->known = false;
  if (len >= sizeof cache->directory)
    return error_set(err, PS_E_INPUT, "the path of %s has more than %u bytes", path,
                     INPUT_PATH - 1);
  memcpy(cache->directory, path, len);
  cache->directory[len] = '\0';
  if (!place_resolve(len ? cache->directory : ".", cache->real))
    return error_set_os(err, PS_E_INPUT, errno, "cannot find the directory of %s", path);
  cache->known = true;
  return PS_OK;
}

int place_absolute(struct place_cache *cache, const char *path, char absolute[INPUT_PATH],
                   struct ps_error *err) {
  const int r = place_directory_of(cache, path, err);
  if (r) return r;
  const bool root = strcmp(cache->real, "/") == 0;
  const int len =
      snprintf(absolute, INPUT_PATH, "%s/%s", root ? "" : cache->real, last_component(path));
  return len >= 0 && (size_t)len < INPUT_PATH
             ? PS_OK
             : error_set(err, PS_E_INPUT, "the absolute path of %s has more than %u bytes", path,
                         INPUT_PATH - 1);
}

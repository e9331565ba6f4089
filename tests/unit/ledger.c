#include "ledger.h"

#include <dirent.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PLACES (1u << 16)
#define GONE   ((void *)1)

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
void __wrap_free(void *p);

static struct {
  pthread_mutex_t mutex;
  void *held[PLACES]; /* by address, with linear probing */
  size_t n;
  unsigned long left; /* allocations until one fails; 0: none does */
  bool failed;
} ledger = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static size_t home_of(const void *p) {
  return (size_t)(((uintptr_t)p >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 48) % PLACES;
}

static void *enter(void *p) {
  if (!p) return NULL;
  pthread_mutex_lock(&ledger.mutex);
  if (ledger.n > PLACES / 2) abort();
  size_t at = home_of(p);
  while (ledger.held[at] && ledger.held[at] != GONE) at = (at + 1) % PLACES;
  ledger.held[at] = p;
  ledger.n++;
  pthread_mutex_unlock(&ledger.mutex);
  return p;
}

/* Memory that is not in the ledger was allocated by a shared library. */
static void strike(const void *p) {
  pthread_mutex_lock(&ledger.mutex);
  size_t at = home_of(p);
  for (size_t i = 0; i < PLACES && ledger.held[at]; i++, at = (at + 1) % PLACES)
    if (ledger.held[at] == p) {
      ledger.held[at] = GONE;
      ledger.n--;
      break;
    }
  pthread_mutex_unlock(&ledger.mutex);
}

static bool fails(void) {
  pthread_mutex_lock(&ledger.mutex);
  const bool now = ledger.left && --ledger.left == 0;
  ledger.failed |= now;
  pthread_mutex_unlock(&ledger.mutex);
  return now;
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : enter(__real_malloc(size)); }
void *__wrap_calloc(size_t n, size_t size) {
  return fails() ? NULL : enter(__real_calloc(n, size));
}

void *__wrap_realloc(void *old, size_t size) {
  if (fails()) return NULL;
  if (old) strike(old); /* before another thread may have its address */
  void *p = __real_realloc(old, size);
  (void)enter(p ? p : old);
  return p;
}

char *__wrap_strndup(const char *text, size_t most) {
  const size_t len = strnlen(text, most);
  char *copy = __wrap_malloc(len + 1);
  if (!copy) return NULL;
  memcpy(copy, text, len);
  copy[len] = '\0';
  return copy;
}

char *__wrap_strdup(const char *text) { return __wrap_strndup(text, SIZE_MAX); }

void __wrap_free(void *p) {
  if (p) strike(p);
  __real_free(p);
}

void ledger_fail(unsigned long n) {
  pthread_mutex_lock(&ledger.mutex);
  ledger.left = n;
  ledger.failed = false;
  pthread_mutex_unlock(&ledger.mutex);
}

bool ledger_failed(void) {
  pthread_mutex_lock(&ledger.mutex);
  const bool failed = ledger.failed;
  ledger.left = 0;
  pthread_mutex_unlock(&ledger.mutex);
  return failed;
}

size_t ledger_allocations(void) {
  pthread_mutex_lock(&ledger.mutex);
  const size_t n = ledger.n;
  pthread_mutex_unlock(&ledger.mutex);
  return n;
}

size_t ledger_descriptors(void) {
  size_t n = 0;
  DIR *dir = opendir("/proc/self/fd");
  if (!dir) abort();
  while (readdir(dir)) n++;
  (void)closedir(dir);
  return n;
}

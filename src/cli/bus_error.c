#include "cli/bus_error.h"

#include "cli/exit_code.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define FIELDS 128 /* bytes of a line of /proc/PID/maps before the path, at most */
#define TEXT   (PATH_MAX + 512)

/* A hexadecimal number; *at moves behind it. */
static uintptr_t hexadecimal(const char **at) {
  uintptr_t n = 0;
  for (;; ++*at) {
    const char c = **at;
    if (c >= '0' && c <= '9') n = n * 16 + (uintptr_t)(c - '0');
    else if (c >= 'a' && c <= 'f') n = n * 16 + (uintptr_t)(c - 'a') + 10;
    else return n;
  }
}

/* The path of a line "FROM-TO PERMISSIONS OFFSET DEVICE INODE   PATH" (proc_pid_maps(5)), if the
 * address is in it and it is a file's; else NULL. */
static const char *path_of(const char *line, uintptr_t address) {
  const uintptr_t from = hexadecimal(&line);
  if (*line != '-') return NULL;
  line++;
  const uintptr_t to = hexadecimal(&line);
  return from <= address && address < to ? strchr(line, '/') : NULL;
}

/* Finds the path of the file that is mapped at an address. By system calls alone. */
static bool find(uintptr_t address, char line[FIELDS + PATH_MAX], const char **path) {
  char piece[1024];
  size_t used = 0;
  ssize_t n;
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  *path = NULL;
  while (!*path && (n = read(fd, piece, sizeof piece)) > 0) {
    for (ssize_t i = 0; i < n && !*path; i++) {
      if (piece[i] != '\n') {
        if (used < FIELDS + PATH_MAX - 1) line[used++] = piece[i];
        continue;
      }
      line[used] = '\0';
      used = 0;
      *path = path_of(line, address);
    }
  }
  (void)close(fd);
  return *path;
}

/* One of LMDB's files, which may have been deleted meanwhile. */
static bool is_store(const char *path) {
  const char *name = strrchr(path, '/');
  return name && (!strncmp(name, "/data.mdb", 9) || !strncmp(name, "/lock.mdb", 9));
}

/* Appends to text[TEXT], with control bytes made visible. The text is cut where it does not fit. */
static void append(char *text, size_t *len, const char *more) {
  for (; *more && *len < TEXT; more++)
    text[(*len)++] = (unsigned char)*more < ' ' || *more == 0x7f ? '?' : *more;
}

/* Only calls that are allowed in a handler (signal-safety(7)). */
static void tell(int number, siginfo_t *info, void *context) {
  char line[FIELDS + PATH_MAX], text[TEXT + 1];
  const char *path;
  size_t len = 0;
  (void)context;
  if (info->si_code <= 0 || !find((uintptr_t)info->si_addr, line, &path) || !is_store(path)) {
    (void)raise(number); /* by its default action: the handler is used up */
    return;
  }
  append(text, &len, "pingsieve: error: a page of ");
  append(text, &len, path);
  append(text, &len,
         " is not there any more: the file was written over, or cut, while this program used it (a "
         "copy put back by cp does that), or its disk failed (see dmesg), so that nothing more can "
         "be marked there: put the one that is meant in its place while no program uses it, see "
         "`pingsieve store check`, and run again");
  text[len++] = '\n';
  (void)!write(STDERR_FILENO, text, len);
  _exit(EXIT_STORE);
}

void bus_error_tell(void) {
  struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO | (int)SA_RESETHAND};
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGBUS, &action, NULL);
}

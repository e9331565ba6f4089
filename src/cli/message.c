#include "cli/message.h"

#include "base/utf8.h"
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is(int fd) { return isatty(fd) == 1; }

bool terminal_has_escapes(int fd) {
  const char *term = getenv("TERM");
  return terminal_is(fd) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_has_colour(int fd) {
  const char *no_colour = getenv("NO_COLOR"); /* https://no-color.org */
  return terminal_has_escapes(fd) && !(no_colour && *no_colour);
}

unsigned terminal_width(int fd) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

char *message_safe(const char *text, char *out, size_t cap) {
  size_t len = strlen(text), at = 0;
  for (size_t i = 0; i < len;) {
    char form[UTF8_VISIBLE];
    i += utf8_visible((const uint8_t *)text + i, len - i, form);
    size_t n = strlen(form);
    if (at + n >= cap) break;
    memcpy(out + at, form, n);
    at += n;
  }
  out[at] = '\0';
  return out;
}

static void write_all(const char *text, size_t len) {
  while (len > 0) {
    ssize_t n = write(STDERR_FILENO, text, len);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return; /* there is nobody left to tell */
    text += n;
    len -= (size_t)n;
  }
}

void message(enum message_kind kind, const char *format, ...) {
  static const struct {
    const char *plain, *coloured;
  } heads[] = {
      [MESSAGE_ERROR] = {"pingsieve: error: ", "pingsieve: \033[1;31merror:\033[0m "},
      [MESSAGE_WARNING] = {"pingsieve: warning: ", "pingsieve: \033[1;33mwarning:\033[0m "},
      [MESSAGE_NOTE] = {"pingsieve: ", "pingsieve: "},
      [MESSAGE_PLAIN] = {"", ""},
  };
  char text[MESSAGE_TEXT], line[MESSAGE_TEXT + 64];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  const char *head = terminal_has_colour(STDERR_FILENO) ? heads[kind].coloured : heads[kind].plain;
  size_t at = strlen(head);
  memcpy(line, head, at);
  message_safe(text, line + at, sizeof line - at - 1);
  at += strlen(line + at);
  line[at++] = '\n';
  write_all(line, at);
}

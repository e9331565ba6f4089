#include "cli/profile_who.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/retry.h"
#include "cli/day_argument.h"
#include "cli/message.h"
#include "cli/profile_flags.h"
#include "scan/ping.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the list ---- */

#define HASH_DIGITS 32u

static int hex_digit(char c) {
  static const char digits[] = "0123456789abcdef";
  const char *at = c ? strchr(digits, c | 0x20) : NULL;
  return at ? (int)(at - digits) : -1;
}

/* "#" and the digits of a hash, as reports print an id that is too long for them. */
static bool parse_hash(const char *text, struct ps_client *client) {
  *client = (struct ps_client){.kind = PS_CLIENT_HASH};
  if (*text != '#' || strlen(text) != 1 + HASH_DIGITS) return false;
  for (size_t i = 0; i < HASH_DIGITS; i++) {
    int digit = hex_digit(text[1 + i]);
    if (digit < 0) return false;
    client->id[i / 2] = (uint8_t)(client->id[i / 2] << 4 | digit);
  }
  return true;
}

void profile_who_client(const char *text, struct ps_client *client) {
  if (!parse_hash(text, client)) ps_client_of(text, strlen(text), client);
}

static bool is_there(const struct profile_who *who, const struct ps_client *client) {
  for (size_t i = 0; i < who->n; i++)
    if (!memcmp(&who->clients[i].client, client, sizeof *client)) return true;
  return false;
}

/* name: as it was given, which is copied; NULL: none. */
static int add(struct profile_who *who, const struct ps_client *client, const char *name,
               struct ps_error *err) {
  if (is_there(who, client)) return PS_OK;
  if (who->n == PS_PROFILE_CLIENTS)
    return error_set(err, PS_E_ARGUMENT,
                     "there are more than %u clients; profile them in several runs",
                     PS_PROFILE_CLIENTS);
  if (name && !(who->names[who->n] = strdup(name))) return error_memory(err, strlen(name) + 1);
  who->clients[who->n] = (struct ps_profile_who){.client = *client, .name = who->names[who->n]};
  who->n++;
  return PS_OK;
}

static int add_text(struct profile_who *who, const char *text, struct ps_error *err) {
  struct ps_client client;
  profile_who_client(text, &client);
  return add(who, &client, text, err);
}

/* ---- --client ---- */

/* In other commands --client is a path. */
static bool is_path_of_client(const char *text) {
  for (const char *const *path = ping_default_paths(PS_FIELD_CLIENT); *path; path++)
    if (!strcmp(*path, text)) return true;
  return false;
}

static int add_arguments(struct profile_who *who, const struct text_list *list,
                         struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < list->n && r == PS_OK; i++) {
    if (is_path_of_client(list->item[i]))
      return error_set(err, PS_E_ARGUMENT,
                       "--client %s: here --client is the id itself; where it stands in a ping is "
                       "--client-path",
                       list->item[i]);
    r = add_text(who, list->item[i], err);
  }
  return r;
}

/* ---- --client-file ---- */

#define STANDARD_INPUT "-"

/* Waits for a standard input that another program has set not to block. */
static bool await(int fd) {
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  return RETRY(poll(&wait, 1, -1)) > 0;
}

/* name: for messages. */
static int read_file(const char *path, const char *name, struct buffer *text,
                     struct ps_error *err) {
  bool standard = !strcmp(path, STANDARD_INPUT);
  int fd = standard ? STDIN_FILENO : RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (fd < 0)
    return error_set_os(err, error_passes(errno) ? PS_E_INPUT : PS_E_ARGUMENT, errno,
                        "the list of clients %s cannot be opened", name);
  int r = buffer_reserve(text, PROFILE_WHO_BYTES + 1, err);
  ssize_t n = r == PS_OK;
  while (n > 0 && text->len <= PROFILE_WHO_BYTES) {
    n = read(fd, text->data + text->len, PROFILE_WHO_BYTES + 1 - text->len);
    if (n > 0) text->len += (size_t)n;
    else if (n < 0 && (errno == EINTR || (errno == EAGAIN && await(fd)))) n = 1;
  }
  if (n < 0)
    r = error_set_os(err, error_passes(errno) ? PS_E_INPUT : PS_E_ARGUMENT, errno,
                     "the list of clients %s cannot be read", name);
  else if (text->len > PROFILE_WHO_BYTES)
    r = error_set(err, PS_E_ARGUMENT, "%s is over 1 MiB: is this a list of clientIds, one a line?",
                  name);
  if (!standard) (void)close(fd); /* it was only read */
  return r;
}

/* A line of [at, at + len), which ends with a NUL now. */
static int add_line(struct profile_who *who, const char *name, char *at, size_t len,
                    struct ps_error *err) {
  static const char blanks[] = " \t\r";
  struct ps_client client;
  bool json = *at == '{' && strchr(at, '"'); /* not an id in braces */
  if (strlen(at) != len || json)
    return error_set(err, PS_E_ARGUMENT,
                     "%s is no list of clientIds, one a line; pings are named as inputs, without "
                     "an option",
                     name);
  while (len && strchr(blanks, at[len - 1])) at[--len] = '\0';
  at += strspn(at, blanks);
  if (!*at || (*at == '#' && !parse_hash(at, &client))) return PS_OK;
  return add_text(who, at, err);
}

static int add_file(struct profile_who *who, const char *path, struct ps_error *err) {
  struct buffer text = BUFFER_INIT;
  const char *name = strcmp(path, STANDARD_INPUT) != 0 ? path : "standard input";
  size_t before = who->n;
  int r = read_file(path, name, &text, err);
  for (size_t at = 0; at < text.len && r == PS_OK;) {
    char *line = (char *)text.data + at, *end = memchr(line, '\n', text.len - at);
    size_t len = end ? (size_t)(end - line) : text.len - at;
    line[len] = '\0'; /* there is room for one byte more than a file may have */
    r = add_line(who, name, line, len, err);
    at += len + 1;
  }
  buffer_release(&text);
  if (r == PS_OK && who->n == 0 && before == 0)
    return error_set(err, PS_E_ARGUMENT, "there is no clientId in %s", name);
  return r;
}

/* ---- --flagged ---- */

static int parse_days(const struct text_list *list, int64_t now, day_t *days, size_t *n,
                      struct ps_error *err) {
  for (size_t i = *n = 0; i < list->n; i++) {
    size_t at = 0;
    if (!day_argument_parse_word(list->item[i], now, &days[*n]))
      return error_set(err, PS_E_ARGUMENT,
                       "--flagged wants a day as in 2017-03-12, today or yesterday, not '%s'",
                       list->item[i]);
    while (days[at] != days[*n]) at++;
    *n += at == *n;
  }
  return PS_OK;
}

static int tell_flags(const struct profile_flags *flags, const day_t *days, size_t ndays,
                      struct ps_error *err) {
  struct buffer words = BUFFER_INIT;
  int r = profile_flags_words(flags, days, ndays, &words, err);
  if (r == PS_OK) message(MESSAGE_NOTE, "%s", (const char *)words.data);
  buffer_release(&words);
  return r;
}

static int add_flagged(struct profile_who *who, const struct arguments *a, int64_t now,
                       struct ps_error *err) {
  struct profile_flags flags = {.at = NULL};
  day_t days[ARGUMENT_LIST];
  size_t ndays = 0, i = 0;
  int r = parse_days(&a->flagged_day, now, days, &ndays, err);
  if (r == PS_OK) r = profile_flags_read(&flags, a->store, days, ndays, err);
  if (r == PS_OK && !a->quiet) r = tell_flags(&flags, days, ndays, err);
  for (; i < flags.n && who->n < PS_PROFILE_CLIENTS && r == PS_OK; i++)
    r = add(who, &flags.at[i].client, NULL, err);
  if (r == PS_OK && i < flags.n)
    message(MESSAGE_WARNING,
            "only the %zu of them with most pings are profiled: %u are possible at once", i,
            PS_PROFILE_CLIENTS);
  profile_flags_release(&flags);
  return r;
}

/* ---- all of them ---- */

int profile_who_read(struct profile_who *who, const struct arguments *a, int64_t now,
                     struct ps_error *err) {
  *who = (struct profile_who){.n = 0};
  who->asked = a->client_id.n || a->client_file || a->flagged_day.n;
  int r = add_arguments(who, &a->client_id, err);
  if (r == PS_OK && a->client_file) r = add_file(who, a->client_file, err);
  if (r == PS_OK && a->flagged_day.n) r = add_flagged(who, a, now, err);
  return r;
}

void profile_who_release(struct profile_who *who) {
  for (size_t i = 0; i < who->n; i++) free(who->names[i]);
  who->n = 0;
}

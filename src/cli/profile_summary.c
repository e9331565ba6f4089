#include "cli/profile_summary.h"

#include "base/format.h"
#include "base/retry.h"
#include "cli/diagnosis.h"
#include "cli/message.h"
#include "cli/option.h"
#include "cli/summary.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- problems ---- */

static int print_problem(void *context, const struct ps_profile_problem *problem,
                         struct ps_error *err) {
  uint64_t *told = context;
  (void)err;
  if ((*told)++ < SUMMARY_PROBLEMS) message(MESSAGE_ERROR, "%s", problem->text);
  return PS_OK;
}

int profile_summary_problems(const struct profile_outcome *o, struct ps_error *err) {
  uint64_t told = 0;
  int r = ps_profile_each_problem(o->profiler, print_problem, &told, err);
  uint64_t all = o->figures.problems > told ? o->figures.problems : told;
  char more[FORMAT_TEXT];
  if (r == PS_OK && all > SUMMARY_PROBLEMS)
    message(MESSAGE_ERROR, "and %s more", format_count(all - SUMMARY_PROBLEMS, more));
  return r;
}

/* ---- malformed lines ---- */

/* The look of the file with the first malformed line, if it explains something; else NULL. */
static const char *look_at_file(const struct ps_profile_place *place) {
  static const uint8_t gzip[] = {0x1F, 0x8B};
  uint8_t bytes[64];
  if (place->line != 1) return NULL;
  int fd = RETRY(open(place->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd < 0) return NULL;
  ssize_t n = pread(fd, bytes, sizeof bytes, 0);
  (void)close(fd);
  if (n < (ssize_t)sizeof gzip || !memcmp(bytes, gzip, sizeof gzip)) return NULL;
  return diagnosis_of_bytes(bytes, (size_t)n);
}

#define PLACE_TEXT 1024
/* "FILE at line N, byte N: reason" */
static const char *first_place(const struct ps_profile *p, char text[PLACE_TEXT]) {
  const struct ps_profile_place *first = p->examples;
  char line[FORMAT_TEXT], offset[FORMAT_TEXT];
  if (!p->nexamples) return "a place that is not known";
  (void)snprintf(text, PLACE_TEXT, "%.800s at line %s, byte %s: %s",
                 strcmp(first->path, "-") != 0 ? first->path : "standard input",
                 format_count(first->line, line), format_count(first->offset, offset),
                 first->reason);
  return text;
}

static void warn_malformed(const struct ps_profile *p) {
  char count[FORMAT_TEXT], place[PLACE_TEXT];
  if (!p->malformed) return;
  message(MESSAGE_WARNING, "%s malformed %s, the first in %s", format_count(p->malformed, count),
          p->malformed == 1 ? "line" : "lines", first_place(p, place));
  uint64_t all = p->lines - p->blank;
  if (p->malformed < all - all / 10) return;
  const char *looks = p->nexamples ? look_at_file(p->examples) : NULL;
  message(MESSAGE_WARNING, "%s: %s",
          p->malformed == all ? "no line was well-formed" : "most lines were malformed",
          looks ? looks : "is this one JSON text a line, in UTF-8?");
}

void profile_summary_strict(const struct profile_outcome *o) {
  char place[PLACE_TEXT];
  if (!o->figures.problems && o->profile && o->profile->malformed)
    message(MESSAGE_ERROR, "malformed line in %s", first_place(o->profile, place));
  message(MESSAGE_ERROR, "stopped at the first problem, as --strict wants it; nothing was written");
}

/* ---- pings and clients that are not there ---- */

#define PATHS_TEXT 512

/* Whether no ping had an id where it is looked for; the profile says little then. */
static bool warn_paths(const struct profile_outcome *o) {
  const struct ps_profile *p = o->profile;
  char paths[PATHS_TEXT], count[FORMAT_TEXT];
  if (!p->pings) return false;
  format_count(p->pings, count);
  if (!p->whole && p->without_client == p->pings) {
    message(
        MESSAGE_WARNING, "none of %s pings had a clientId at %s: is --client-path right?", count,
        option_paths(&o->arguments->fields[PS_FIELD_CLIENT], PS_FIELD_CLIENT, paths, sizeof paths));
    return true;
  }
  uint64_t pings = 0, without = 0;
  for (size_t i = 0; i < p->nclients; i++) {
    pings += p->clients[i].pings[PS_ALL_COPIES];
    without += p->clients[i].without_id;
  }
  if (pings && without == pings)
    message(MESSAGE_WARNING,
            "none of %s pings had a document id at %s, so that copies cannot be told from first "
            "ones: is --id right?",
            format_count(pings, count),
            option_paths(&o->arguments->fields[PS_FIELD_ID], PS_FIELD_ID, paths, sizeof paths));
  return false;
}

static void warn_no_pings(const struct ps_profile *p) {
  char count[FORMAT_TEXT];
  if (p->pings || (p->malformed && p->malformed == p->lines - p->blank)) return;
  if (p->not_selected)
    message(MESSAGE_WARNING, "none of %s pings was selected: are --where and --sample-id right?",
            format_count(p->not_selected, count));
  else message(MESSAGE_WARNING, "there was no ping in the input");
}

/* A hint at the possible mistake in an id that no ping has. */
static const char *hint_at(const char *id) {
  static const char cut[] = "\xE2\x80\xA6"; /* an ellipsis */
  size_t len = strlen(id), end = sizeof cut - 1;
  bool shortened = (len > end && !strcmp(id + len - end, cut)) ||
                   (len == 8 && strspn(id, "0123456789abcdefABCDEF") == len);
  if (shortened) return "; reports shorten ids unless --show-ids is given";
  return strchr(id, '/') ? "; where the clientId stands in a ping is told by --client-path" : "";
}

static void warn_absent(const struct ps_profile *p) {
  const struct ps_profile_client *first = NULL;
  uint64_t absent = 0;
  char count[FORMAT_TEXT], of[FORMAT_TEXT], pings[FORMAT_TEXT];
  for (size_t i = p->nclients; i-- > 0;) {
    if (p->clients[i].pings[PS_ALL_COPIES]) continue;
    absent++;
    first = &p->clients[i];
  }
  if (p->whole || !absent || !p->pings) return;
  format_count(p->pings, pings);
  if (absent == 1)
    message(MESSAGE_WARNING, "client %.200s sent none of the %s pings%s", first->name, pings,
            hint_at(first->name));
  else if (absent == p->nclients)
    message(MESSAGE_WARNING, "none of the %s clients sent any of the %s pings%s",
            format_count(absent, count), pings, hint_at(first->name));
  else
    message(MESSAGE_WARNING,
            "%s of the %s clients sent none of the %s pings, the first is %.200s%s",
            format_count(absent, count), format_count(p->nclients, of), pings, first->name,
            hint_at(first->name));
}

void profile_summary_warnings(const struct profile_outcome *o) {
  warn_malformed(o->profile);
  warn_no_pings(o->profile);
  if (!warn_paths(o)) warn_absent(o->profile);
}

/* ---- figures ---- */

static uint64_t bytes_per_second(const struct profile_outcome *o) {
  double seconds = o->figures.seconds;
  return seconds > 0 ? (uint64_t)((double)o->profile->bytes / seconds) : 0;
}

static void print_line(const struct profile_outcome *o) {
  const struct ps_profile_figures *f = &o->figures;
  const struct ps_profile *p = o->profile;
  message(MESSAGE_NOTE,
          "files=%" PRIu64 " files_done=%" PRIu64 " problems=%" PRIu64 " pings=%" PRIu64
          " client_pings=%" PRIu64 " malformed=%" PRIu64 " blank=%" PRIu64 " not_selected=%" PRIu64
          " bytes_in=%" PRIu64 " seconds=%.3f mb_per_second=%.1f",
          f->files, f->files_done, f->problems, p->pings, f->client_pings, p->malformed, p->blank,
          p->not_selected, p->bytes, f->seconds, (double)bytes_per_second(o) / 1e6);
}

static void print_block(const struct profile_outcome *o) {
  const struct ps_profile_figures *f = &o->figures;
  const struct ps_profile *p = o->profile;
  char bytes[FORMAT_TEXT], time[FORMAT_TEXT], rate[FORMAT_TEXT], share[FORMAT_TEXT], remark[160];
  (void)snprintf(remark, sizeof remark, "of %s", format_count(f->files, bytes));
  summary_print_row("files read", f->files_done, remark);
  (void)snprintf(remark, sizeof remark, "%s in %s, %s/s", format_bytes(p->bytes, bytes),
                 format_seconds(f->seconds, time), format_bytes(bytes_per_second(o), rate));
  summary_print_row("pings", p->pings, remark);
  if (!p->whole)
    summary_print_row(p->nclients == 1 ? "the client's" : "the clients'", f->client_pings,
                      format_share(f->client_pings, p->pings, share));
  if (p->malformed) summary_print_row("malformed", p->malformed, "");
  if (p->not_selected) summary_print_row("not selected", p->not_selected, "");
}

void profile_summary_print(const struct profile_outcome *o) {
  if (terminal_is(STDERR_FILENO)) print_block(o);
  else print_line(o);
}

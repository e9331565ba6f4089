#include "cli/diagnosis.h"

#include "base/day.h"
#include "base/format.h"
#include "base/retry.h"
#include "cli/message.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool begins(const uint8_t *bytes, size_t len, const char *with, size_t n) {
  return len >= n && memcmp(bytes, with, n) == 0;
}

const char *diagnosis_of_bytes(const uint8_t *bytes, size_t len) {
  if (begins(bytes, len, "\xFF\xFE", 2) || begins(bytes, len, "\xFE\xFF", 2) ||
      (len >= 2 && (!bytes[0] != !bytes[1])))
    return "this looks like UTF-16; convert it first: iconv -f UTF-16 -t UTF-8";
  if (begins(bytes, len, "\x1F\x8B", 2))
    return "this looks like gzip inside gzip; unpack it once first: gzip -dc";
  if (begins(bytes, len, "\x1E", 1))
    return "this looks like Heka framing or an RFC 7464 JSON sequence, not one JSON text a line";
  if (begins(bytes, len, "<", 1)) return "this looks like XML or HTML, not JSON";
  while (len && (*bytes == ' ' || *bytes == '\t')) {
    bytes++;
    len--;
  }
  if (begins(bytes, len, "[", 1))
    return "this looks like a JSON array; make it one ping a line first: jq -c '.[]'";
  if (begins(bytes, len, "{\n", 2) || begins(bytes, len, "{\r\n", 3))
    return "this looks like pretty-printed JSON; make it one ping a line first: jq -c .";
  return NULL;
}

/* The first malformed line's first bytes, read back from where they were kept. */
static const char *look_at_invalid(const char *path, uint64_t began) {
  uint8_t bytes[64];
  int fd = RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd < 0) return NULL;
  ssize_t n = pread(fd, bytes, sizeof bytes, (off_t)began);
  (void)close(fd);
  if (n <= 0) return NULL;
  size_t len = (size_t)n, skip = began > 0 && bytes[0] == '\n';
  return diagnosis_of_bytes(bytes + skip, len - skip);
}

static void warn_malformed(const struct run *run, uint64_t invalid_began) {
  const struct ps_sieve_figures *f = &run->figures;
  const struct ps_malformed_place *first = &f->first_malformed;
  char count[FORMAT_TEXT], line[FORMAT_TEXT], offset[FORMAT_TEXT];
  uint64_t malformed = f->count[PS_MALFORMED];
  const char *verb = run->invalid_is_file ? "kept in" : "written to";
  if (!malformed || !run->invalid) return;
  if (terminal_is(STDERR_FILENO)) { /* there the block has said it */
  } else if (run->several)
    message(MESSAGE_WARNING, "%s malformed %s, %s %s%s%s%s", format_count(malformed, count),
            malformed == 1 ? "line" : "lines", verb, run->invalid, run->invalid_is_file ? "; " : "",
            run->invalid_is_file ? run->invalid : "",
            run->invalid_is_file ? ".reasons tells file, line and byte" : "");
  else
    message(MESSAGE_WARNING, "%s malformed %s, the first at line %s, byte %s: %s; %s %s",
            format_count(malformed, count), malformed == 1 ? "line" : "lines",
            format_count(first->line, line), format_count(first->offset, offset), first->reason,
            verb, run->invalid);
  if (f->unkept)
    message(MESSAGE_WARNING, "%s of them %s not kept: %s is full (--invalid-max)",
            format_count(f->unkept, count), f->unkept == 1 ? "was" : "were", run->invalid);
  if (f->untold)
    message(MESSAGE_WARNING, "%s of them %s no line in %s.reasons, which is full (--invalid-max)",
            format_count(f->untold, count), f->untold == 1 ? "has" : "have", run->invalid);
  if (malformed < summary_pings(f) - summary_pings(f) / 10) return;
  const char *looks = run->invalid_is_file ? look_at_invalid(run->invalid, invalid_began) : NULL;
  message(MESSAGE_WARNING, "%s: %s",
          malformed == summary_pings(f) ? "no line was well-formed" : "most lines were malformed",
          looks ? looks : "is this one JSON text a line, in UTF-8?");
}

static void warn_no_id(const struct run *run) {
  const struct ps_sieve_figures *f = &run->figures;
  uint64_t well_formed = summary_pings(f) - f->count[PS_MALFORMED];
  char count[FORMAT_TEXT];
  if (f->count[PS_NO_ID] == 0 || f->count[PS_NO_ID] < well_formed) return;
  message(MESSAGE_WARNING, "none of %s pings had a document id at %s: is --id right?",
          format_count(well_formed, count), run->id_paths);
}

/* One ping of a newer day, or without one, moves the watermark for good. */
static void warn_late(const struct run *run) {
  const struct ps_sieve_figures *f = &run->figures;
  char late[FORMAT_TEXT], pings[FORMAT_TEXT], watermark[DAY_TEXT];
  if (f->count[PS_LATE] <= summary_pings(f) / 2) return;
  day_format(f->watermark, watermark);
  message(
      MESSAGE_WARNING,
      "%s of %s pings were too old to be looked up and passed: the store remembers the days of its "
      "retention up to %s; give older days a store of their own, or one made with --keep 0",
      format_count(f->count[PS_LATE], late), format_count(summary_pings(f), pings), watermark);
}

/* Clients that behave badly are no fault of the set-up, but somebody should look. */
static void warn_flags(const struct run *run) {
  const struct ps_sieve_figures *f = &run->figures;
  uint64_t flags = f->flags + f->advisories;
  char count[FORMAT_TEXT];
  if (flags == 0 || terminal_is(STDERR_FILENO)) return; /* there the block has said it */
  message(MESSAGE_WARNING, "%s %s raised about what clients send: see %s%s",
          format_count(flags, count), flags == 1 ? "flag was" : "flags were",
          run->flags ? "" : "pingsieve report --store ", run->flags ? run->flags : run->store);
}

static void warn_twice(const struct run *run) {
  char count[FORMAT_TEXT];
  const uint64_t n = run->figures.passed_twice;
  if (n)
    message(MESSAGE_WARNING,
            "%s %s passed twice: a slow reader had not taken the first copy when another filter on "
            "the store got the second",
            format_count(n, count), n == 1 ? "ping" : "pings");
}

static void warn_internal(const struct run *run) {
  char count[FORMAT_TEXT];
  if (run->figures.internal_errors)
    message(MESSAGE_WARNING,
            "the %s scanner was wrong about %s lines, which the portable one put right: please "
            "report this; until then use PINGSIEVE_SIMD=portable",
            run->kernel, format_count(run->figures.internal_errors, count));
}

void diagnosis_print(const struct run *run, uint64_t invalid_began) {
  warn_malformed(run, invalid_began);
  warn_no_id(run);
  warn_late(run);
  warn_flags(run);
  warn_twice(run);
  warn_internal(run);
}

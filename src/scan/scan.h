/* The scanner: one call validates one line of NDJSON and projects a fixed set of paths.
 *
 * It finds the line's end, checks the whole line against RFC 8259 (grammar, numbers, escapes,
 * UTF-8, bounded depth) and captures the values at the compiled paths as spans into the caller's
 * buffer, without a DOM and without allocating. Kernels: AVX-512, AVX2, NEON and portable, chosen
 * at run time.
 *
 * Memory contract: [line, line + avail) is readable and contains the line's '\n'; SCAN_PAD further
 * bytes after line + avail are readable (any content). Nothing is written.
 */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include <pingsieve/error.h>
#include <stddef.h>
#include <stdint.h>

#define SCAN_PAD      256
#define SCAN_SPANS    64   /* captured values at most: bits of a word */
#define SCAN_SUMS     16   /* sums at most */
#define SCAN_NODES    128  /* distinct path prefixes at most, the root included */
#define SCAN_DEPTH    1024 /* containers inside one another; deeper is SCAN_TOO_DEEP */
#define SCAN_KEY      200  /* bytes in one path segment */
#define SCAN_MAX_LINE (1u << 30)

enum scan_code {
  SCAN_OK = 0,
  SCAN_BLANK,      /* only whitespace: not an error of the stream, not a ping either */
  SCAN_NO_NEWLINE, /* no '\n' in [line, line + avail) */
  SCAN_TRUNCATED,  /* the line ends inside a value */
  SCAN_TOKEN,      /* unexpected byte where a value, key or separator was wanted */
  SCAN_MISMATCH,   /* ] closes {, or } closes [ */
  SCAN_NUMBER,
  SCAN_LITERAL,
  SCAN_ESCAPE,
  SCAN_CONTROL, /* raw byte below 0x20 in a string */
  SCAN_UTF8,
  SCAN_TOO_DEEP,
  SCAN_TRAILING, /* bytes after the top-level value */
  SCAN_INTERNAL, /* a kernel rejects what the portable scanner accepts: a bug, counted and reported
                  */
  SCAN_NO_TEXT,  /* no kernel's: the frame that the line is has no JSON text (record/framing.h) */
  SCAN_CODES
};

enum scan_type {
  SCAN_NONE = 0,
  SCAN_STRING,
  SCAN_INTEGER_OR_REAL,
  SCAN_TRUE,
  SCAN_FALSE,
  SCAN_NULL,
  SCAN_OBJECT,
  SCAN_ARRAY
};

struct scan_span {
  uint32_t offset, len; /* strings: without the quotes; containers: the bracket only */
  uint8_t type;         /* enum scan_type */
  uint8_t escaped;      /* a string with backslashes: scan_unescape() before comparing or hashing */
  uint8_t rank;         /* which of its slot's paths it is of: 0 the first */
};

struct scan_result {
  enum scan_code code;
  uint32_t error_offset; /* byte offset in the line, when code is an error */
  uint32_t len;     /* line length without '\n' (a trailing '\r' counts); not for SCAN_NO_NEWLINE */
  uint64_t present; /* bit s: span s was captured */
  uint64_t
      repeated; /* bit s: a key on span s's path occurred twice in one object (the last one won) */
  uint32_t sum_repeated;             /* as `repeated`, for sums */
  struct scan_span span[SCAN_SPANS]; /* defined where `present` says so */
  uint64_t sum[SCAN_SUMS];           /* of the plausible counts; UINT64_MAX if they do not fit */
  uint32_t implausible[SCAN_SUMS];   /* values at the path that are no plausible counts */
};

enum scan_kind {
  SCAN_CAPTURE = 0,
  SCAN_SUM = 1,
  /* A capture in the slot of the spec before it, where that one's path is absent. A key that is
   * repeated above one of a slot's paths drops what any of them gave. */
  SCAN_ALSO = 2
};

/* A plausible count is an integer in [0, SCAN_COUNT_MAX], written without fraction and exponent. */
#define SCAN_COUNT_MAX (UINT64_C(1) << 40)

/* path: "meta/documentId", "payload/histograms/ * /values/ *" (without the blanks); '~1' stands for
 * '/' and '~0' for '~' as in JSON Pointer (RFC 6901), but without a '/' in front. '*' matches any
 * member of an object. slot: which span or sum; each belongs to one path.
 *
 * Repeated keys: the last one wins and what the earlier one gave is dropped. From the first '*' of
 * a path on they are not noticed: a sum then counts all occurrences, a capture is the last one's.
 */
struct scan_spec {
  const char *path;
  uint8_t slot;
  uint8_t kind; /* enum scan_kind */
};

struct scan_paths; /* compiled; immutable, so threads may share one */

/* PS_E_ARGUMENT with a sentence naming the path when it or one of its segments is empty, when it
 * shares its slot, or when it is over a bound above. */
int scan_paths_compile(const struct scan_spec *specs, size_t n, struct scan_paths **paths,
                       struct ps_error *err);
void scan_paths_free(struct scan_paths *paths); /* NULL is fine */

typedef enum scan_code scan_function(const struct scan_paths *paths, const uint8_t *line,
                                     size_t avail, struct scan_result *result);

/* The kernels this machine can run, best first, ended by a NULL name. Static storage. */
struct scan_kernel {
  const char *name; /* "avx512", "avx2", "neon", "portable" */
  scan_function *scan;
};
const struct scan_kernel *scan_kernels(void);

/* The kernel to use: the best, or the one named (PINGSIEVE_SIMD in the command line). PS_E_ARGUMENT
 * names the possible ones when `name` is unknown or not for this machine. */
int scan_kernel_choose(const char *name, const struct scan_kernel **kernel, struct ps_error *err);

const char *scan_code_text(enum scan_code code); /* "bad escape" and the like; static storage */

/* Decodes a string span's escapes into out, which must hold span->len bytes; returns the length.
 * Lone surrogates become U+FFFD. */
size_t scan_unescape(const uint8_t *line, const struct scan_span *span, uint8_t *out);

#endif

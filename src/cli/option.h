/* Options: the rows from which parsing, messages, help, the manual page and completions are made.
 *
 * A command takes groups of rows; a row says where in struct arguments its value goes. The command
 * line wins over a row's environment variable, which wins over the configuration (config.h), which
 * wins over its default.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include "cli/arguments.h"
#include "scan/ping.h"
#include <pingsieve/error.h>

enum option_kind {
  OPTION_FLAG,      /* bool */
  OPTION_COUNT,     /* struct number, digits only */
  OPTION_SIZE,      /* struct number, with suffixes */
  OPTION_DIRECTORY, /* const char * */
  OPTION_FILE,      /* const char *: a file to write, "-" is refused */
  OPTION_OUTPUT,    /* the same, but "-" is standard output */
  OPTION_INPUT,     /* const char *: a file to read, "-" is refused */
  OPTION_SOURCE,    /* the same, but "-" is standard input */
  OPTION_WORD,      /* const char * */
  OPTION_LIST,      /* struct text_list: each use adds a value */
  OPTION_PATHS      /* the same; the default is ping_default_paths(field) */
};

#define OPTION_LARGE                                                                               \
  UINT64_C(1000000000000) /* a bound that nobody meets: the help leaves it out                     \
                           */

struct option_row {
  const char *name; /* without the dashes */
  char letter;      /* 0: none */
  enum option_kind kind;
  enum ps_field field;                 /* OPTION_PATHS */
  const char *argument;                /* "DAYS"; NULL for flags */
  size_t offset;                       /* in struct arguments */
  uint64_t min, max;                   /* of a number; max: values of a list */
  uint64_t fallback;                   /* of a number; shown in the help */
  uint64_t (*fallback_function)(void); /* instead of it, for what another module decides */
  const char *fallback_text;           /* shown instead */
  const char *environment;
  bool command_line_only; /* no key of a configuration */
  bool live;              /* a configuration that is read again changes it */
  const char *help;       /* without a final period */
};

struct option_group {
  const char *title;
  const char *note; /* holds for all its rows; may be NULL */
  /* Appends a part that another module decides to the note; NULL: none. */
  void (*note_more)(char *text, size_t cap);
  const struct option_row *rows;
  size_t n;
};

/* An option that people know from elsewhere and that is not there for a reason. */
struct option_refusal {
  const char *name, *sentence;
};

/* A command's groups: a NULL-terminated list. */
typedef const struct option_group *const *option_groups;

/* Parses argv[first..argc) and the environment. "--" ends options; "--name=value", "--name value",
 * "-xVALUE", "-x VALUE" and clusters of flags are understood; at most max_operands operands.
 * Returns at --help without looking further. PS_E_ARGUMENT: err has a sentence, with the nearest
 * right spelling of a mistyped option. option_release() frees what the arguments hold, also after
 * an error. */
int option_parse(option_groups groups, size_t max_operands, int argc, char *const *argv, int first,
                 struct arguments *arguments, struct ps_error *err);
void option_release(struct arguments *arguments);

/* Sizes as in "64MiB", counts as digits. */
uint64_t option_fallback(const struct option_row *row); /* of a number */
char *option_format_number(const struct option_row *row, uint64_t number, char out[]);

bool option_repeats(const struct option_row *row);

/* The row called by the first `len` bytes of `name`; NULL: none. */
const struct option_row *option_find(option_groups groups, const char *name, size_t len);
bool option_is_given(const struct option_row *row, const struct arguments *arguments);
bool option_is_same(const struct option_row *row, const struct arguments *one,
                    const struct arguments *other);
/* Sets the value of a row that is no flag from text, which is borrowed; a list gets one more.
 * `name`: how messages call it. */
int option_set(const struct option_row *row, const char *name, const char *value,
               struct arguments *arguments, struct ps_error *err);
void option_set_flag(const struct option_row *row, bool value, struct arguments *arguments);

/* The paths of a field that hold, "meta/documentId, documentId, ..." for messages; cut to cap. */
char *option_paths(const struct text_list *given, enum ps_field field, char *text, size_t cap);

#endif

/* Inputs: the files that a run over days of files reads, in their order, found and checked before
 * the first ping is read.
 *
 * Memory: about 80 bytes and the path an input, in one arena.
 */
#ifndef INPUTS_INPUTS_H
#define INPUTS_INPUTS_H

#include "inputs/place.h"
#include <pingsieve/inputs.h>
#include <pingsieve/read.h>
#include <stdint.h>

#define INPUT_NO_DAY 99999u

struct input {
  const char *path; /* as given; "-": standard input */
  const char *name; /* that an output of it has: pingsieve/backfill.h tells how it is found */
  uint32_t day;     /* that orders it: from the path, else of its first ping, else INPUT_NO_DAY */
  bool day_given;   /* from the path: the day of all its pings */
  bool piped;       /* no regular file: reading may wait for ever */
  uint64_t bytes;   /* of the file when it was listed */
};

struct input_problem {
  char *path, *text;
  uint64_t offset; /* in the file as it lies there; UINT64_MAX: it has none */
};

/* Where an entry comes from, while the list is made. */
struct origin {
  uint64_t device, inode;
  struct input *entry; /* once all are listed; until then they are in the same order */
  bool regular;
};

struct inputs {
  size_t n;
  struct input *entries; /* in order */
  uint64_t bytes;
  size_t nproblems, problems_cap; /* capped at INPUTS_PROBLEMS kept; all are counted */
  struct input_problem *problems;
  uint64_t problem_count;
  struct arena *arena;
  struct origin *origins; /* while they are listed */
};
#define INPUTS_PROBLEMS 10000u

/* Ends the sentence of an error that may pass (error_is_passing()). */
#define INPUTS_AGAIN "; run the same command again"

struct inputs_options {
  const struct ps_inputs *inputs;
  bool names; /* each input needs a name; lines of a list are names as they are written */
  /* As they are given: in that order, files only, any number of times; a day is that of a path, and
   * only with inputs->day_from. PS_E_INPUT: one is not there, a directory, or may not be read. */
  bool as_given;
  /* Where a path tells no day, pings are looked at; NULL with as_given, when none are. */
  const struct ps_read_options *read;
  int stop_fd; /* readable: ends with PS_E_STOPPED; -1: none */
  /* Looks at the list before the inputs' days are read, in place of what is done about
   * inputs->written. NULL: none. */
  int (*check)(void *context, const struct inputs *inputs, struct ps_error *err);
  void *context;
};

/* Lists and orders the inputs, by day and path. PS_E_ARGUMENT: there are none, too many, one comes
 * twice, one is written. PS_E_INPUT: the system did not read a directory, a list or a file that had
 * to be looked at. inputs_release() frees, after an error too. */
int inputs_list(struct inputs *inputs, const struct inputs_options *options, struct ps_error *err);
void inputs_release(struct inputs *inputs);
int inputs_add_problem(struct inputs *inputs, const char *path, uint64_t offset, const char *text,
                       struct ps_error *err);
/* From a check: PS_E_ARGUMENT when the file that is written is an input; and its sentence, with
 * what the path is of the input ("the input", "in the place of the output of"). */
int inputs_check_written(const struct inputs *inputs, const char *path, struct ps_error *err);
int inputs_refuse_written(const char *path, const char *what, const struct input *input,
                          struct ps_error *err);

/* < 0, 0, > 0: the first comes before the second, by day, then by path. */
int input_order(const struct input *one, const struct input *two);
/* Looks at a file that is to be read, without opening it. PS_E_INPUT: it is not there, a directory,
 * or may not be read. */
struct stat;
int input_look(const char *path, struct stat *st, struct ps_error *err);
bool input_is_standard(const struct input *input);
const char *input_name(const struct input *input); /* for messages: "standard input" or its path */
/* The absolute path under which something is kept about it (realpath of the directory, and the last
 * component). PS_E_INPUT when it is gone, or the system did not tell. */
int input_absolute(const struct input *input, char path[INPUT_PATH], struct ps_error *err);

#endif

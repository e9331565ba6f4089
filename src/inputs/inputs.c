#include "inputs/inputs.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/retry.h"
#include "inputs/place.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int inputs_add_problem(struct inputs *inputs, const char *path, uint64_t offset, const char *text,
                       struct ps_error *err) {
  inputs->problem_count++;
  if (inputs->nproblems == INPUTS_PROBLEMS) return PS_OK;
  if (inputs->nproblems == inputs->problems_cap) {
    const size_t cap = inputs->problems_cap ? 2 * inputs->problems_cap : 16;
    struct input_problem *problems = realloc(inputs->problems, cap * sizeof *problems);
    if (!problems) return error_memory(err, cap * sizeof *problems);
    inputs->problems = problems;
    inputs->problems_cap = cap;
  }
  struct input_problem problem = {strdup(path), strdup(text), offset};
  if (!problem.path || !problem.text) {
    free(problem.path);
    free(problem.text);
    return error_memory(err, strlen(path) + strlen(text) + 2);
  }
  inputs->problems[inputs->nproblems++] = problem;
  return PS_OK;
}

int input_look(const char *path, struct stat *st, struct ps_error *err) {
  if (RETRY(stat(path, st)) || RETRY(access(path, R_OK)))
    return error_set_os(err, PS_E_INPUT, errno, "%s cannot be opened", path);
  if (S_ISDIR(st->st_mode))
    return error_set(err, PS_E_INPUT, "%s is a directory; a file of pings is wanted", path);
  return PS_OK;
}

bool input_is_standard(const struct input *input) { return !strcmp(input->path, "-"); }

const char *input_name(const struct input *input) {
  return input_is_standard(input) ? "standard input" : input->path;
}

int input_absolute(const struct input *input, char path[INPUT_PATH], struct ps_error *err) {
  struct place_cache cache = {.known = false};
  if (!input_is_standard(input)) return place_absolute(&cache, input->path, path, err);
  memcpy(path, "-", sizeof "-");
  return PS_OK;
}

void inputs_release(struct inputs *inputs) {
  for (size_t i = 0; i < inputs->nproblems; i++) {
    free(inputs->problems[i].path);
    free(inputs->problems[i].text);
  }
  free(inputs->problems);
  free(inputs->entries);
  free(inputs->origins);
  arena_free(inputs->arena);
  *inputs = (struct inputs){.n = 0};
}

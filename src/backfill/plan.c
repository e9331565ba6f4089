#include "backfill/plan.h"

#include "backfill/arena.h"
#include "backfill/place.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

int plan_add_problem(struct plan *plan, const char *path, uint64_t offset, const char *text,
                     struct ps_error *err) {
  plan->problem_count++;
  if (plan->nproblems == PLAN_PROBLEMS) return PS_OK;
  if (plan->nproblems == plan->problems_cap) {
    const size_t cap = plan->problems_cap ? 2 * plan->problems_cap : 16;
    struct plan_problem *problems = realloc(plan->problems, cap * sizeof *problems);
    if (!problems) return error_memory(err, cap * sizeof *problems);
    plan->problems = problems;
    plan->problems_cap = cap;
  }
  struct plan_problem problem = {strdup(path), strdup(text), offset};
  if (!problem.path || !problem.text) {
    free(problem.path);
    free(problem.text);
    return error_memory(err, strlen(path) + strlen(text) + 2);
  }
  plan->problems[plan->nproblems++] = problem;
  return PS_OK;
}

bool plan_is_standard_input(const struct plan_entry *entry) { return !strcmp(entry->path, "-"); }

int plan_absolute(const struct plan_entry *entry, char path[RECORD_PATH], struct ps_error *err) {
  struct place_cache cache = {.known = false};
  if (!plan_is_standard_input(entry)) return place_absolute(&cache, entry->path, path, err);
  memcpy(path, "-", sizeof "-");
  return PS_OK;
}

void plan_release(struct plan *plan) {
  for (size_t i = 0; i < plan->nproblems; i++) {
    free(plan->problems[i].path);
    free(plan->problems[i].text);
  }
  free(plan->problems);
  free(plan->entries);
  arena_free(plan->arena);
  job_release(&plan->job);
  *plan = (struct plan){.n = 0};
}

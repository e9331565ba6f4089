#include "backfill/plan.h"

#include <stdlib.h>

static int by_order(const void *a, const void *b) {
  const struct plan_entry *one = a, *two = b;
  return input_order(one->input, two->input);
}

void plan_sort(struct plan *plan) {
  qsort(plan->entries, plan->inputs.n, sizeof *plan->entries, by_order);
}

void plan_release(struct plan *plan) {
  inputs_release(&plan->inputs);
  free(plan->entries);
  job_release(&plan->job);
  *plan = (struct plan){.resumed = false};
}

/* The stages of a backfill, for its crew: fill = the files, from where the run goes on; work =
 * scan; pack = compress; emit = write the parts. */
#ifndef BACKFILL_STAGES_H
#define BACKFILL_STAGES_H

#include "backfill/file.h"
#include "backfill/plan.h"

struct file_worker { /* the memory of one thread */
  struct press press;
  struct scan_result scratch;
};

struct stages {
  const struct plan *plan;
  const struct resume *resumes; /* of the entries begun before, ascending */
  size_t nresumes;
  const struct slot_scanner *scanner;
  struct part_tree *tree; /* NULL: nothing is written */
  struct feed_options feeding;
  unsigned nworkers;
  struct file_worker *workers;
};

/* The context is a struct stages. */
extern const struct crew_stages backfill_stages;

/* The members before nworkers are given. */
int stages_open(struct stages *stages, unsigned workers, unsigned level, struct ps_error *err);
void stages_close(struct stages *stages); /* after crew_close(); one of all zeros is fine */
/* Whether anything of a block that was judged is to be packed and emitted. */
bool stages_emit(const struct stages *stages, const struct file_block *block);
/* Writes the ranges of a block that is being judged, as a block of their own. The committer's,
 * after a drain. */
int stages_flush(struct stages *stages, struct file_block *block, struct ps_error *err);
void file_free(struct file *file); /* of a crew with these stages */

#endif

/* Pages: LMDB's file read as what it is, page by page, with read(2) and not through the map.
 *
 * LMDB trusts its file: a truncated or damaged one makes it read beyond the file (SIGBUS) or beyond
 * a page. So the pages of a view are checked before LMDB walks them: every page of the trees lies
 * in the file, belongs to one place only, and has nodes inside itself, whose keys rise; every
 * overflow page lies in the file; the list of free pages is one. Costs a read per tree page, which
 * are few: values of the seen-set lie on overflow pages, of which `deep` reads the headers, too.
 * Without it those of the tables hot and cold are left to env_value_intact() (seen/env.h). (The
 * format: seen/lmdb_file.h; the two meta pages: seen/metas.h.)
 */
#ifndef SEEN_PAGES_H
#define SEEN_PAGES_H

#include <pingsieve/error.h>
#include <stdbool.h>
#include <stdint.h>

struct pages_result {
  bool foreign; /* the main tree holds what no store has: the file is another program's */
  uint64_t free_pages;
};

typedef void pages_report(void *context, const char *sentence);

/* The two meta pages: magic, version, sizes; PS_E_STORE_VERSION when it is no file of this LMDB,
 * PS_E_STORE_DAMAGED when it is cut off. Before LMDB opens the file. */
int pages_check_head(const char *file, struct ps_error *err);

/* Everything reachable from the view of transaction txnid, which must stay open meanwhile. Calls
 * report for each thing that is broken (at most PAGES_FAULTS) and counts them in *faults.
 * PS_E_STOPPED: that view's meta page was overwritten since (retry with a new view). */
#define PAGES_FAULTS 20u
int pages_check(int fd, uint64_t txnid, bool deep, pages_report *report, void *context,
                uint64_t *faults, struct pages_result *result, struct ps_error *err);

#endif

"""Faults in src/backfill; see ../mutant.py for what a row is."""
from mutant import Mutant

MUTANTS = [
    Mutant("backfill-1", "backfill/commit.c",
           "commit without syncing the parts",
           "  if (!r && c->tree) r = part_tree_sync(c->tree, err);\n"
           "  return r ? r : put_records",
           "  return r ? r : put_records"),
    Mutant("backfill-2", "backfill/commit.c",
           "last sync of the tree omitted",
           "  int r = part_tree_sync(c->tree, err);\n"
           "  if (!r) r = ps_seen_begin",
           "  int r = PS_OK;\n"
           "  if (!r) r = ps_seen_begin"),
    Mutant("backfill-3", "backfill/commit.c",
           "resuming amid a block begins at its start",
           "  lane->lines_done = c->block_lines;",
           "  lane->lines_done = 0;"),
    Mutant("backfill-4", "backfill/names.c",
           "name of exactly RECORD_PATH bytes: one over",
           "if (some > sizeof n->name - 1 - n->len)",
           "if (some > sizeof n->name - n->len)"),
    Mutant("backfill-5", "backfill/record.c",
           "record of a half forgotten file",
           "record.last_day = t->from - 1;",
           "record.last_day = t->from;"),
    Mutant("backfill-6", "backfill/day_from.c",
           "date amid digits",
           "if ((at == path || !is_digit(at[-1])) && date_here(at, day)) return true;",
           "if (date_here(at, day)) return true;"),
    Mutant("backfill-7", "backfill/committer.c",
           "dropped abort after an error",
           "  if (r) batch_abort(c->core->batch);\n",
           ""),
    Mutant("backfill-8", "backfill/feed.c",
           "changed beginning of a resumed file not noticed",
           "  if (resume->offset && memcmp(prefix, resume->prefix, sizeof prefix) != 0) return SEEK_LOST;\n",
           ""),
    Mutant("backfill-9", "backfill/feed.c",
           "file rewritten while read, same size",
           "return now.size != feed->identity.size || now.modified_ns != feed->identity.modified_ns;",
           "return now.size != feed->identity.size;"),
]

"""Faults in src/seen; see ../mutant.py for what a row is."""
from mutant import Mutant

MUTANTS = [
    Mutant("seen-1", "seen/probe.c",
           "sub-bucket of exactly 33 fingerprints: last is not compared",
           "if (__builtin_expect(mask || count > LANES, 0))",
           "if (__builtin_expect(mask || count > LANES + 1, 0))"),
    Mutant("seen-2", "seen/transaction.c",
           "failed mdb_txn_commit: memory state not thrown away",
           "  seen->write = NULL;\n"
           "  seen->fresh.n = 0;\n"
           "  if (rc) store_unload(seen);",
           "  seen->write = NULL;\n"
           "  seen->fresh.n = 0;"),
    Mutant("seen-3", "seen/log.c",
           "missing log record not noticed",
           "  if (seen->table_next != seen->state.log_next)\n"
           "    return env_damaged",
           "  if (0)\n"
           "    return env_damaged"),
    Mutant("seen-4", "seen/forget.c",
           "runs: one day too many is forgotten",
           "if (r->day < from || r->day >= to ||",
           "if (r->day < from || r->day > to ||"),
    Mutant("seen-5", "seen/forget.c",
           "forgetting a day amid its merge",
           "    if (r->kind == RUN_BUILDING) r->done = 0; /* of a dead run it counts deleted chunks */\n",
           ""),
    Mutant("seen-6", "seen/merge.c",
           "merge deletes an input chunk that is still needed",
           "chunk_base(r->done + 1, r->bits) > bound)) break;",
           "chunk_base(r->done, r->bits) > bound)) break;"),
    Mutant("seen-7", "seen/state.c",
           "record longer than it says",
           "if (bytes != value->mv_size) return env_damaged",
           "if (bytes > value->mv_size) return env_damaged"),
    Mutant("seen-8", "seen/copy.c",
           "copy: omitted fsync",
           "if (!rc && fsync(fd)) failed = errno;",
           ""),
    Mutant("seen-9", "seen/table.c",
           "the table's sentinel slot may be filled",
           "if (p >= last) return error_set",
           "if (p > last) return error_set"),
    Mutant("seen-10", "seen/run.c",
           "merge into finer chunks: last sub-bucket left out",
           "to = key_sub(low + (((uint64_t)1 << (64 - bits)) - 1), own) + 1;",
           "to = key_sub(low + (((uint64_t)1 << (64 - bits)) - 1), own);"),
]

"""Faults in src/sieve; see ../mutant.py for what a row is."""
from mutant import Mutant

MUTANTS = [
    Mutant("sieve-1", "sieve/batch.c",
           "late one day early",
           "    if (day < bound_of(b, moved)) {",
           "    if (day <= bound_of(b, moved)) {"),
    Mutant("sieve-2", "sieve/batch.c",
           "commit without syncing the outputs",
           "  if (!r) r = outputs_sync(b->outputs, err);\n"
           "  uint64_t before",
           "  uint64_t before"),
    Mutant("sieve-3", "sieve/batch.c",
           "abort does not abort the accounts",
           "  if (b->open && b->accounts) accounts_abort(b->accounts);\n",
           ""),
    Mutant("sieve-4", "sieve/batch.c",
           "watermark moves with keys pending",
           "      if (marks || (behind && i)) break;",
           "      if (behind && i) break;"),
    Mutant("sieve-5", "sieve/batch.c",
           "--batch-ms not looked at between slots",
           "  return b->pings >= b->limits.pings || b->bytes >= b->limits.bytes ||\n"
           "         now_ns(b) - b->begun_ns >= b->limits.age_ns;",
           "  return b->pings >= b->limits.pings || b->bytes >= b->limits.bytes;"),
    Mutant("sieve-6", "sieve/batch.c",
           "--batch-ms not looked at when waiting",
           "  return idle < age ? idle : age;",
           "  return idle;"),
    Mutant("sieve-7", "sieve/batch.c",
           "over-long lines not in the accounts",
           "  int r = invalid_tell(&b->outputs->invalid, &b->overlong, err);\n"
           "  if (!r) r = count_line(b, &line, err);",
           "  int r = invalid_tell(&b->outputs->invalid, &b->overlong, err);"),
    Mutant("sieve-8", "sieve/ring.c",
           "two big lines at once (memory bound)",
           "while (!ring->closed && ring->big && !slot->big) pthread",
           "while (0) pthread"),
    Mutant("sieve-9", "sieve/outputs.c",
           "flagged FILE not synced before commit",
           "                                outputs->flagged.sink, outputs->flags.sink};",
           "                                NULL, outputs->flags.sink};"),
    Mutant("sieve-10", "sieve/outputs.c",
           "failing close of an output ignored",
           "    r2 = sink_close(*sinks[i], r ? NULL : err);\n"
           "    *sinks[i] = NULL;\n"
           "    if (!r) r = r2;",
           "    r2 = sink_close(*sinks[i], r ? NULL : err);\n"
           "    *sinks[i] = NULL;"),
    Mutant("sieve-11", "sieve/batch.c",
           "watermark of another process not taken over",
           "  if (stored > b->watermark) b->watermark = stored;",
           ""),
    Mutant("sieve-12", "sieve/sieve.c",
           "dropped abort after an error",
           "  if (r) batch_abort(s->core.batch);\n"
           "  ring_close",
           "  ring_close"),
]

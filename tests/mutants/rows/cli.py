"""Faults in src/cli; see ../mutant.py for what a row is."""
from mutant import Mutant

MUTANTS = [
    Mutant("cli-power-1", "cli/replace.c",
           "a page gets its name before its bytes are synced",
           "int failed = !direct && sync_file(r->fd) < 0 ? errno : 0;",
           "int failed = 0;",
           tests="crash.powercut_report crash.powercut_report_tables crash.powercut_profile crash.powercut_filter"),
    Mutant("cli-power-2", "cli/replace.c",
           "the name of a page is not synced",
           "if (!direct && replace_sync_above(r->path) < 0)",
           "if (0)",
           tests="crash.powercut_report crash.powercut_report_tables crash.powercut_profile crash.powercut_backfill"),
]

"""Faults in src/scan; see ../mutant.py for what a row is."""
from mutant import Mutant

MUTANTS = [
    Mutant("scan-1", "scan/portable.c",
           "depth bound of the portable scanner",
           "if (s->depth == SCAN_DEPTH) return fail",
           "if (s->depth + 1 == SCAN_DEPTH) return fail"),
    Mutant("scan-2", "scan/paths.c",
           "path segment of 201 bytes overflows",
           "if (segment->len == SCAN_KEY) return path_error",
           "if (segment->len > SCAN_KEY) return path_error"),
    Mutant("scan-3", "scan/key.c",
           "long escaped ids: endless/overflow",
           "    if (text->len == KEY_BUFFER) text_spill(text);",
           "    if (text->len > KEY_BUFFER) text_spill(text);"),
    Mutant("scan-4", "scan/sample.c",
           "sample id list bound",
           "*number < SAMPLE_IDS; (*p)++)",
           "*number <= SAMPLE_IDS; (*p)++)"),
    Mutant("scan-5", "scan/decimal.c",
           "huge exponents not clamped",
           "if (value > EXPONENT_MAX) value = EXPONENT_MAX;",
           ""),
]

"""The table of mutations: single faults put into src, each of which a test must notice.

The rows stand in rows/FLOOR.py and rows/FLOOR_*.py, for each folder of src, as MUTANTS = [Mutant(...), ...]. A row:

    Mutant("sieve-3", "sieve/batch.c",
           "a commit does not sync the outputs",       what the fault breaks, in the product's terms
           "  if (!r) r = outputs_sync(b->outputs, err);\\n",     old text; it occurs exactly once in the file
           "",                                         new text
           tests="unit.sieve.order crash.power")       tests to try first, by ctest's names; the floor's follow

The id is the floor, a dash and anything. Old and new text may have several lines, but the fault is one. A row with
equivalent="REASON" changes nothing that anybody could observe; it says why, is checked like the others, and is not counted.

Rows must keep up with the code: lint.mutants fails where the old text no longer occurs exactly once. When code is
rewritten, rewrite its rows so that they break the same thing again; when it goes, they go.
"""
import dataclasses
import glob
import importlib.util
import os

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
FLOORS = ("base", "scan", "seen", "io", "record", "accounts", "inputs", "crew", "sieve", "backfill", "profile", "report", "cli")


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    file: str  # below src
    breaks: str
    old: str
    new: str
    tests: str = ""
    equivalent: str = ""

    @property
    def floor(self):
        return self.file.split("/")[0]

    def applied(self, text):
        return text.replace(self.old, self.new, 1)


def rows(floor):
    """The rows of one floor; none if it has no file."""
    found = []
    folder = os.path.join(HERE, "rows")
    for path in sorted(glob.glob(f"{folder}/{floor}.py") + glob.glob(f"{folder}/{floor}_*.py")):
        spec = importlib.util.spec_from_file_location("rows_" + os.path.basename(path)[:-3], path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += module.MUTANTS
    return found


def table():
    return [m for floor in FLOORS for m in rows(floor)]


def text_of(file, top=TOP):
    with open(os.path.join(top, "src", file), encoding="utf-8") as f:
        return f.read()


def fault_of(mutant):
    """The reason why a row cannot be used; None if it can."""
    if not mutant.name.startswith(mutant.floor + "-"):
        return f"the id of a mutation of {mutant.file} begins with {mutant.floor}-"
    if not os.path.exists(os.path.join(TOP, "src", mutant.file)):
        return f"there is no src/{mutant.file}"
    if not mutant.breaks or mutant.old == mutant.new or not mutant.old:
        return "a row says what it breaks, and its old and new text differ"
    times = text_of(mutant.file).count(mutant.old)
    return None if times == 1 else f"its old text occurs {times} times in src/{mutant.file}, not once"


def faults(mutants):
    """All that is wrong with these rows, as "id: what"."""
    found, names = [], set()
    for m in mutants:
        fault = "is in the table twice" if m.name in names else fault_of(m)
        names.add(m.name)
        if fault:
            found.append(f"{m.name}: {fault}")
    return found

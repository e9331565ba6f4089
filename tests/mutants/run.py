"""Puts each fault of the table into a copy of the tree and runs the tests that should notice.

    run.py [OPTION...] [ID|FLOOR|FILE...]       without names: the whole table

A fault is dead when a test that passes without it fails or hangs with it. The cheapest tests come first, and the first
that fails ends it. A survivor is tried once more in a build with AddressSanitizer, whose unit tests notice leaks and
reads beyond an end. The exit code is 0 if at least 95 of 100 faults that are not equivalent died, 1 if not, or if a row
cannot be used: its old text does not occur exactly once, or the fault does not compile.
"""
import argparse
import concurrent.futures
import json
import os
import queue
import re
import sys
import threading
import time

import mutant
import sample
from workshop import BuildFailed, Workshop, end_all

ENOUGH = 95  # of 100
# The tests of a floor, by ctest's names: those of a line are tried from the quickest to the slowest, line after line.
ABOVE = {
    "base": [r"unit\.(base\.|scan\.ping|io\.|accounts\.|sieve\.labels|cli\.)", r"cli\."],
    "scan": [r"unit\.scan\.(?!neon|diff|agree)", r"unit\.(scan\.(diff|agree)|sieve\.|profile\.field)|fuzz\.", r"cli\."],
    "seen": [r"unit\.seen\.|cli\.store_of_version_1", r"unit\.sieve\.", r"cli\.", r"crash\.(kill|share|model|fault|power)"],
    "io": [r"unit\.io\.", r"unit\.(sieve|backfill)", r"cli\.", r"crash\.(fault|backfill)"],
    "record": [r"unit\.record\.", r"unit\.(sieve|backfill)", r"cli\.", r"crash\.(fault|backfill)"],
    "accounts": [r"unit\.accounts\.|cli\.store_of_version_1", r"unit\.(sieve|report)", r"cli\.", r"crash\.(accounts|model|fault|power)"],
    "inputs": [r"unit\.(inputs|backfill)\.", r"cli\.(backfill|profile)", r"cli\.", r"crash\.backfill"],
    "crew": [r"unit\.crew\.", r"unit\.(sieve|backfill|profile)\.", r"cli\.(backfill|profile)", r"crash\.backfill"],
    "sieve": [r"unit\.sieve\.|cli\.store_of_version_1", r"unit\.backfill", r"cli\.", r"crash\.(?!backfill|profile)"],
    "backfill": [r"unit\.backfill\.|cli\.store_of_version_1", r"cli\.", r"crash\.backfill|crash\.power"],
    "profile": [r"unit\.profile\.", r"unit\.report\.", r"cli\.", r"crash\.profile"],
    "report": [r"unit\.report\.", r"cli\.", r"crash\.reports"],
    "cli": [r"unit\.cli\.", r"cli\.", r"crash\.(fault|idle|identity)"],
}


def stages(row, shop, killers, quick):
    """The tests of a row in lists, likeliest and cheapest first: those it names and the one that killed it before; then those of
    its floor."""
    first = row.tests.split() + [killers[n] for n in (row.name,) if n in killers]
    yield [n for n in dict.fromkeys(first) if n in shop.tests]
    for pattern in ABOVE[row.floor][:1 if quick else None]:
        found = [n for n in shop.tests if re.match(pattern, n) and n not in first]
        yield sorted(found, key=lambda n: (killers.get(row.file) != n, shop.times.get(n, 1.0), n))


class Judge:
    """Judges mutants in one workshop; the notebook is shared."""

    def __init__(self, shop, notebook, quick):
        self.shop, self.notebook, self.quick = shop, notebook, quick

    def sound(self, name):
        """Does the test pass without a fault? Asked when it was never timed, and when it failed with a fault; then known."""
        if name not in self.notebook.sound:
            self.shop.put(None)
            self.shop.make(self.shop.tests[name])
            self.notebook.sound[name] = self.shop.passes(self.shop.tests[name])
            if not self.notebook.sound[name]:
                self.notebook.complaints.append(f"{name} fails without any fault; it is not used")
        return self.notebook.sound[name]

    def usable(self, names):
        """Those that may be run with a fault: they pass without one, and how long that takes is known."""
        return [n for n in names if self.notebook.sound.get(n, n in self.shop.times or self.sound(n))]

    def judge(self, row):
        """"killed by TEST", "survived", or "error: ..."."""
        tried = 0
        for names in stages(row, self.shop, self.notebook.killers, self.quick):
            for name in self.usable(names):
                if self.shop.changed is None:
                    self.shop.put(row)
                tried += 1
                try:
                    self.shop.make(self.shop.tests[name])
                except BuildFailed as failure:
                    return f"error: {failure}"
                if not self.shop.passes(self.shop.tests[name]) and self.sound(name):
                    return f"killed by {name}"
        return "survived" if tried else "error: there is no test"

    def verdict(self, row):
        began = time.monotonic()
        try:
            return self.judge(row), time.monotonic() - began
        finally:
            self.shop.put(None)


class Notebook:
    """Notes for the next time: which test killed which fault, and how long tests take."""

    def __init__(self, path):
        self.path, self.lock = path, threading.Lock()
        self.sound, self.complaints = {}, []
        try:
            with open(path, encoding="utf-8") as f:
                self.killers, self.times = json.load(f)
        except (OSError, ValueError):
            self.killers, self.times = {}, {}

    def note(self, row, told):
        with self.lock:
            if told.startswith("killed by "):
                self.killers[row.name] = self.killers[row.file] = told.removeprefix("killed by ")
            with open(self.path + ".tmp", "w", encoding="utf-8") as f:
                json.dump([self.killers, self.times], f)
            os.replace(self.path + ".tmp", self.path)


def work(folder, options, notebook, rows, report, sanitize):
    """Judges rows from the queue until it is empty."""
    if rows.empty():
        return
    shop = Workshop(folder, options.scale, sanitize)
    shop.times = notebook.times
    judge = Judge(shop, notebook, options.quick or sanitize)
    while True:
        try:
            row = rows.get_nowait()
        except queue.Empty:
            return
        told, seconds = judge.verdict(row)
        notebook.note(row, told)
        report(row, told, seconds)


def run(mutants, options, sanitize=False):
    """[(mutant, verdict)] of all, in the order of the table."""
    folder = os.path.join(options.work, "sanitized" if sanitize else "plain")
    os.makedirs(folder, exist_ok=True)
    notebook = Notebook(os.path.join(folder, "notebook.json"))
    told, waiting = {}, queue.Queue()
    for m in mutants:
        waiting.put(m)

    def report(row, verdict, seconds):
        told[row.name] = verdict
        print(f"{row.name:<16} {row.file:<26} {verdict:<44} {seconds:6.1f} s  {row.breaks}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        workers = [pool.submit(work, os.path.join(folder, str(i)), options, notebook, waiting, report, sanitize)
                   for i in range(options.jobs)]
        try:
            for worker in workers:
                worker.result()
        except BaseException:  # Ctrl-C, too: what runs ends, and nothing is begun
            end_all()
            raise
    for line in notebook.complaints:
        print(line)
    return [(m, told[m.name]) for m in mutants]


def run_twice(mutants, options):
    """As run(), and survivors once more with AddressSanitizer."""
    verdicts = run(mutants, options)
    survivors = [m for m, verdict in verdicts if verdict == "survived"]
    if not survivors or options.quick:
        return verdicts
    print("\nOnce more, with AddressSanitizer:")
    again = {m.name: verdict for m, verdict in run(survivors, options, sanitize=True)}
    return [(m, again.get(m.name, verdict)) for m, verdict in verdicts]


def summary(verdicts, sampled):
    """Prints the figures; the exit code."""
    broken = [m for m, v in verdicts if v.startswith("error")]
    survived = [m for m, v in verdicts if v == "survived"]
    judged = len(verdicts) - len(broken)
    killed = judged - len(survived)
    print(f"\n{len(verdicts)} mutants: {killed} killed, {len(survived)} survived, {len(broken)} could not be judged")
    if sampled:
        for m in survived:
            print(f"\n{m.name} survived:\n  - {m.old.strip()}\n  + {m.new.strip()}")
        return 0
    for m in survived:
        print(f"  survived: {m.name} ({m.file}): {m.breaks}")
    return 1 if broken or not judged or killed * 100 < judged * ENOUGH else 0


def chosen(names):
    """The rows that the names mean."""
    mutants = mutant.table()
    if not names:
        return mutants
    known = {m.name for m in mutants} | {m.file for m in mutants} | set(mutant.FLOORS)
    for name in names:
        if name not in known:
            sys.exit(f"no mutant, floor or file is named {name}")
    return [m for m in mutants if m.name in names or m.floor in names or m.file in names]


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/mutants", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="ids, floors or files (sieve/batch.c); default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="so many copies at a time")
    parser.add_argument("--scale", type=int, default=20, metavar="PERCENT", help="how much randomised tests do (20)")
    parser.add_argument("--quick", action="store_true", help="only the tests that a row names and the floor's own unit tests")
    parser.add_argument("--sample", type=int, metavar="N", help="instead of the table: N random faults in src or in NAMES (floors, files)")
    parser.add_argument("--seed", type=int, default=1, help="of --sample (1)")
    parser.add_argument("--check", action="store_true", help="only whether the rows fit the source")
    parser.add_argument("--work", default=os.path.join(mutant.TOP, "build", "mutants"), metavar="DIR", help="copies and builds")
    return parser.parse_args()


def main():
    options = arguments()
    if options.sample:
        rows = sample.sample(options.names or mutant.FLOORS, options.sample, options.seed)
    else:
        rows = chosen(options.names)
        found = mutant.faults(rows)
        for line in found:
            print(line)
        if options.check or found:
            print(f"{len(rows)} rows checked, {len(found)} findings")
            sys.exit(1 if found or not rows else 0)
        for m in rows:
            if m.equivalent:
                print(f"{m.name:<16} {m.file:<26} equivalent: {m.equivalent}")
        rows = [m for m in rows if not m.equivalent]
    sys.exit(summary(run_twice(rows, options), options.sample))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)

"""kill -9 of a backfill at random instants, then the same command again until it ends: the tree is byte for byte that of a run that
nobody disturbed, and so are keys and accounts. Also while days are done again, and with inputs that are damaged.
"""
import gzip
import os
import subprocess
import time

import archive
import harness
import oracle
from archive import Archive, File
from harness import check

DAMAGED = 4  # exit code of a run with inputs that could not be read to their end
KILLS = 20  # of one job


def damage(made, rng):
    """Damages some files: what is whole before it counts."""
    for kind in range(3):
        day = archive.FIRST + 2 * kind
        pings = made.pings(day, 60)
        good, bad = (gzip.compress(b"".join(p.line for p in half), 6, mtime=0) for half in (pings[:30], pings[30:]))
        raw = [good + bad[:5], good[:-8] + bytes(8), good + bad[:len(bad) // 2]][kind]
        made.files.append(File(f"{oracle.date(day)}/damaged-{kind}.gz", day, [], True, raw, damaged=True))


class Job:
    """One archive, with the tree and the store of an undisturbed run over it."""

    def __init__(self, program, rng, directory, number):
        self.program, self.rng = program, rng
        self.base = os.path.join(directory, str(number))
        self.code = DAMAGED * (number % 3 == 1)
        self.again = number % 3 == 2
        self.archive = Archive(rng, 0 if self.again else rng.choice([0, 3]), days=6, pings=30, loose=not self.again, big=150)
        if self.code:
            damage(self.archive, rng)
        self.archive.write(os.path.join(self.base, "in"))
        self.options = ["--batch-pings", rng.choice([10, 30, 100]), "--threads", rng.choice([1, 2, 2, 4])]
        self.reference, self.whole = self.undisturbed("whole")
        if self.again:
            check(self.undisturbed("killed")[1] == self.whole, "two undisturbed runs differ")
            self.options.append("--again")

    def path(self, name):
        return os.path.join(self.base, name)

    def command(self, name):
        return archive.command(self.path(f"{name}.store"), self.path(name), self.archive, *self.options)

    def undisturbed(self, name):
        """(keys and accounts, tree)"""
        began = time.monotonic()
        run = archive.run(self.program, self.command(name), "a backfill that nobody disturbed")
        self.seconds = time.monotonic() - began
        check(run.code == self.code, f"a backfill that nobody disturbed ended with {run.code}, expected {self.code}: {run.err}")
        tree = archive.tree_of(self.path(name))
        check(not archive.parts_of(tree), f"left over: {archive.parts_of(tree)}")
        return archive.state_of(self.program, self.path(f"{name}.store")), tree

    def check_before_end(self):
        """An output that has its name already is whole; when it is redone, it may be the old one, which is the same."""
        for name, data in archive.tree_of(self.path("killed")).items():
            check(name.endswith(archive.PART) or data == self.whole.get(name), f"after a kill {name} is there, and not the same bytes")

    def work(self):
        """The same command until it ends by itself; how often it was killed."""
        kills = 0
        while True:
            process = self.program.start(self.command("killed"), subprocess.DEVNULL, subprocess.DEVNULL)
            if kills < KILLS:
                time.sleep(self.rng.random() * self.seconds * self.rng.choice([0.1, 0.2, 0.5]))
                if harness.kill(process):
                    kills += 1
                    self.check_before_end()
                    if kills % 8 == 0 and os.path.exists(os.path.join(self.path("killed.store"), "data.mdb")):
                        self.program.check_store(self.path("killed.store"), "kill -9 of a backfill")
                    process.communicate()
                    continue
            run = self.program.finish(process, "a backfill after kills")
            check(run.code == self.code, f"after {kills} kills the backfill ended with {run.code}, expected {self.code}: {run.err}")
            return kills

    def test(self):
        kills = self.work()
        when = f"after {kills} kills"
        archive.check_same(archive.tree_of(self.path("killed")), self.whole, when)
        archive.check_state(archive.state_of(self.program, self.path("killed.store")), self.reference, when)
        self.program.check_store(self.path("killed.store"), when)
        invalid = harness.read_file(os.path.join(self.path("killed.store"), "invalid.ndjson"))
        for file in self.archive.files:
            for ping in file.pings:
                check(ping.which != "malformed" or ping.line in invalid + b"\n", f"{when}: a malformed ping of {file.name} was not kept")
        return kills


def test(program, arguments, rng, directory):
    kills = jobs = 0
    while kills < arguments.rounds or jobs < 3:
        kills += Job(program, rng, directory, jobs).test()
        jobs += 1
        check(jobs < arguments.rounds + 20, "the runs end before they can be killed: the archive is too small")
    return f"{kills} kills over {jobs} jobs"


if __name__ == "__main__":
    harness.run_test(test, harness.parse(__doc__, rounds=200))

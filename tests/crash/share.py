"""Several filters on one store with overlapping pings: undisturbed, each ping leaves exactly once over all; killed, at least once."""
import collections
import os
import subprocess
import time

import harness
from harness import check

FILTERS = 4
BATCH = 100


class Company:
    """Filters of one store, each with its own shuffled selection of the same pings."""

    def __init__(self, program, rng, directory, name, pings):
        self.program, self.rng = program, rng
        self.base = os.path.join(directory, name)
        os.mkdir(self.base)
        self.store = os.path.join(self.base, "store")
        all_pings = [harness.ping(harness.new_id(rng)) for _ in range(pings)]
        selections = [rng.sample(all_pings, len(all_pings) * 2 // 3) for _ in range(FILTERS)]
        self.all = set().union(*selections)
        self.sources = [harness.write_file(os.path.join(self.base, f"in.{i}"), selection)
                        for i, selection in enumerate(selections)]
        self.left = collections.Counter()

    def start(self, i):
        target = os.path.join(self.base, f"out.{i}")
        with open(self.sources[i], "rb") as stdin, open(target, "wb") as stdout:
            return self.program.start(["--store", self.store, "--batch-pings", BATCH, "--threads", 1 + i % 2, "--quiet"],
                                      stdin, stdout, stderr=subprocess.PIPE)

    def take(self, i):
        for line in harness.read_file(os.path.join(self.base, f"out.{i}")).splitlines(keepends=True):
            if line.endswith(b"\n"):
                check(line in self.all, f"a line left that was never put in: {line[:120]!r}")
                self.left[line] += 1

    def run(self, kills):
        """All at once, `kills` of them killed at random instants; how many were hit."""
        processes = [self.start(i) for i in range(FILTERS)]
        hit = 0
        for i in self.rng.sample(range(FILTERS), kills):
            time.sleep(self.rng.random() * 0.05)
            hit += harness.kill(processes[i])
        for i, process in enumerate(processes):
            run = self.program.finish(process, f"filter {i} of {FILTERS}")
            check(run.code in (0, -9), f"filter {i} of {FILTERS} ended with {run.code}: {run.err}")
            self.take(i)
        self.program.check_store(self.store, f"{hit} of {FILTERS} filters were killed")
        return hit


def test(program, arguments, rng, directory):
    hits = rounds = 0
    exact = Company(program, rng, directory, "exact", max(2000, int(20000 * harness.scale())))
    exact.run(kills=0)
    check(set(exact.left) == exact.all, f"{len(exact.all - set(exact.left))} pings never left")
    check(max(exact.left.values()) == 1, f"{sum(n > 1 for n in exact.left.values())} pings left more than once")
    while hits < arguments.rounds:
        company = Company(program, rng, directory, str(rounds), 3000)
        killed = company.run(kills=rng.randint(1, 3))
        hits += killed
        rounds += 1
        company.run(kills=0)
        check(set(company.left) == company.all, f"{len(company.all - set(company.left))} pings never left")
        extra = sum(company.left.values()) - len(company.all)
        check(extra <= killed * BATCH, f"{extra} pings left again after {killed} kills, a batch has {BATCH}")
        check(rounds < arguments.rounds * 5 + 10, "the filters end before they can be killed: the input is too small")
    return f"{FILTERS} filters a store, {hits} killed in {rounds} rounds"


harness.run_test(test, harness.parse(__doc__, rounds=40), harness.SMALL)

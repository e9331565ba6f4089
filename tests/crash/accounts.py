"""kill -9 at random instants with accounts on: the figures and the seen-set never disagree, and no committed ping is counted twice or not.

Each run gets the same input from its beginning, as a user would after a crash, and commits some beginning of it. How long that was,
the report tells: by so many pings its total has grown. From that the oracle knows every figure after each kill, exactly. Then
filters share a store while reports are read: each report must be of one state, and in the end the figures are the sum of all.
"""
import collections
import os
import subprocess
import time

import harness
import reports
from harness import check
from oracle import Oracle, Ping, Stream, date, today

FILTERS = 2


class Epoch:
    """One input and one store, worked on until an undisturbed run has finished it."""

    def __init__(self, program, rng, directory, number, size):
        self.program, self.rng, self.now = program, rng, today()
        keep = rng.choice([0, 3, 30])
        stream = Stream(rng, size, keep, self.now - 20, self.now, self.now)
        self.pings = [stream.ping(i) for i in range(size)]
        self.counted = [i for i, ping in enumerate(self.pings) if ping.which != "blank"]
        self.oracle = Oracle(keep, self.now)
        self.committed = 0  # pings over all runs
        self.base = os.path.join(directory, str(number))
        os.mkdir(self.base)
        self.store = os.path.join(self.base, "store")
        self.source = harness.write_file(os.path.join(self.base, "in"), [ping.line for ping in self.pings])
        self.options = ["--keep", keep, "--batch-pings", rng.choice([20, 100, 300]), "--threads", rng.randint(1, 3), "--quiet",
                        "--flags", os.path.join(self.base, "flags"), "--ping-flood", "50", "--duplicate-flood", "20"]

    def settle(self, when, whole=False):
        """Feeds the oracle what the run before must have committed, and compares."""
        self.program.check_store(self.store, when)
        report = reports.read(self.program, self.store)
        reports.check_consistent(report, reports.keys(self.program, self.store), when)
        grown = report.pings - self.committed
        check(0 <= grown <= len(self.counted), f"{when}: the accounts grew by {grown} pings, the input has {len(self.counted)}")
        check(not whole or grown == len(self.counted), f"{when}: {grown} of {len(self.counted)} pings were counted")
        for i in self.counted[:grown]:
            self.oracle.judge(self.pings[i])
        self.committed = report.pings
        expected = date(self.oracle.watermark) if self.oracle.watermark else None
        check(report.watermark == expected, f"{when}: the watermark is {report.watermark}, expected {expected}")
        reports.compare(report, self.oracle, when)

    def round(self, whole):
        """One run that is killed, or finishes first. whole: seconds that a whole run takes."""
        with open(self.source, "rb") as stdin, open(os.path.join(self.base, "out"), "wb") as stdout:
            process = self.program.start(["--store", self.store, *self.options], stdin, stdout, stderr=subprocess.DEVNULL)
            time.sleep(self.rng.random() * whole)
            killed = harness.kill(process)
        check(killed or process.returncode == 0, f"a run that nobody disturbed ended with {process.returncode}")
        if os.path.exists(os.path.join(self.store, "data.mdb")):
            self.settle("kill -9" if killed else "a whole run", whole=not killed)
        return killed

    def finish(self):
        run = self.program.filter(self.store, self.source, os.path.join(self.base, "last"), *self.options)
        check(run.code == 0, f"the undisturbed run ended with {run.code}: {run.err}")
        self.settle("the undisturbed run", whole=True)


def killed_filters(program, arguments, rng, directory):
    """How many kills, over how many stores."""
    kills = epochs = 0
    whole = 0.2
    while kills < arguments.rounds:
        epoch = Epoch(program, rng, directory, epochs, 6000)
        began, hit = time.monotonic(), 0
        try:
            while hit < 12 and epoch.round(whole):
                hit += 1
            began = time.monotonic()
            epoch.finish()
        except harness.Failure:
            if today() == epoch.now:
                raise  # else midnight: the expectations were another day's
        kills += hit
        epochs += 1
        check(epochs < arguments.rounds * 3 + 10, "the runs end before they can be killed: the input is too small")
        whole = 0.05 + 0.5 * whole if time.monotonic() - began > whole else whole
    return f"{kills} kills over {epochs} stores"


def shared_store(program, rng, directory, pings):
    """Filters with overlapping inputs on one store, read all the while. Whose ping came first is theirs to settle: the oracle adds
    up what does not depend on it."""
    base = os.path.join(directory, "shared")
    os.mkdir(base)
    store, now = os.path.join(base, "store"), today()
    stream = Stream(rng, pings, 0, now - 5, now, now)
    pool = [ping for ping in map(stream.ping, range(pings)) if ping.which != "blank"]
    inputs = [rng.sample(pool, pings * 2 // 3) for _ in range(FILTERS)]
    processes = []
    for i, chosen in enumerate(inputs):
        source = harness.write_file(os.path.join(base, f"in.{i}"), [ping.line for ping in chosen])
        with open(source, "rb") as stdin, open(os.devnull, "wb") as stdout:
            processes.append(program.start(["--store", store, "--keep", "0", "--batch-pings", "100", "--quiet", "--invalid",
                                            os.path.join(base, f"invalid.{i}")], stdin, stdout))
    read = last = 0
    while any(process.poll() is None for process in processes):
        if not os.path.exists(os.path.join(store, "data.mdb")):
            continue
        report = reports.read(program, store)
        reports.check_consistent(report, None, "a report while filters run")
        check(report.pings >= last, f"a later report has fewer pings: {report.pings} after {last}")
        read, last = read + 1, report.pings
    for process in processes:
        run = program.finish(process)
        check(run.code == 0, f"a filter on a shared store ended with {run.code}: {run.err}")
    report = reports.read(program, store)
    reports.check_consistent(report, reports.keys(program, store), "filters on a shared store")
    together = [ping for chosen in inputs for ping in chosen]
    compare_sums(report, together)
    return f"{read} reports while {FILTERS} filters wrote {len(together)} pings"


def compare_sums(report, pings):
    """The classes and clients add up to these sums, whatever the order of the filters."""
    total = collections.Counter()
    for day in report.days.values():
        for row in day.rows.values():
            total.update(row)
    which = collections.Counter(ping.which or "keyed" for ping in pings)
    distinct = len({ping.identity for ping in pings if ping.identity})
    for name, expected in (("unique", distinct), ("duplicate", which["keyed"] - distinct), ("malformed", which["malformed"]),
                           ("no_id", which["no_id"]), ("late", 0), ("pings", len(pings)),
                           ("measurements", sum(map(Ping.measurements, pings))), ("bytes_in", sum(len(ping.line) for ping in pings))):
        check(total[name] == expected, f"filters on a shared store: {name} is {total[name]}, expected {expected}")


def test(program, arguments, rng, directory):
    killed = killed_filters(program, arguments, rng, directory)
    return f"{killed}; {shared_store(program, rng, directory, max(3000, int(30000 * harness.scale())))}"


harness.run_test(test, harness.parse(__doc__, rounds=100), harness.SMALL)

"""The commands that powercut.py records, and what must hold of each after a power cut: before anything else is done, and once the same
command has run again.

Paths must be the same in every state, so a scene has one directory, `root`, in which each state is laid out; inputs and what a second
run writes to standard output lie outside.
"""
import collections
import json
import os

import archive
import harness
import reports
from archive import Archive
from harness import check
from oracle import Oracle, Stream, date, today

OLD = b"what was here before\n"


def lines_of(path):
    """The whole lines of a file, counted. A torn line is none."""
    return collections.Counter(line for line in harness.read_file(path).splitlines(keepends=True) if line.endswith(b"\n"))


def same_flag(flag):
    """Two records with equal values here are of one flag. A file of flags has the client as it was sent."""
    return flag["day"], flag["rule"], flag["client"].lower().strip("{}")


class Scene:
    """batch: pings in a transaction; ended: the state at hand is that after the command had ended with success."""

    source = target = None
    sizes = {}  # the environment that sets small sizes

    def __init__(self, program, rng, base):
        self.program, self.rng, self.base = program, rng, os.path.realpath(base)
        self.root = self.outside("disk")
        self.store = self.path("stores/store")
        os.makedirs(self.path("stores"))

    def path(self, name):
        return os.path.join(self.root, name)

    def outside(self, name):
        return os.path.join(self.base, name)

    def run(self, target=None, env=None):
        with open(self.source or os.devnull, "rb") as stdin, open(target or os.devnull, "ab") as stdout:
            run = self.program.finish(self.program.start(self.arguments(), stdin, stdout, {**self.sizes, **(env or {})}), "the command")
        check(run.code == 0, f"the command ended with {run.code}: {run.err}")

    def record(self, env):
        self.run(self.target, env)

    def has_store(self):
        return os.path.exists(os.path.join(self.store, "data.mdb"))

    def prefill(self, n, days):
        """Fills the store as a filter does."""
        now = today()
        stream = Stream(self.rng, n, 0, now - days, now - 1, now)
        pings = [stream.ping(i) for i in range(n)]
        source = harness.write_file(self.outside("earlier"), [ping.line for ping in pings])
        run = self.program.filter(self.store, source, os.devnull, "--quiet", "--keep", 0)
        check(run.code == 0, f"preparing the store: {run.err}")
        return now

    def state(self, store=None):
        return archive.state_of(self.program, store or self.store)


class Filter(Scene):
    """A filter with every output that it can have. grows: the outputs have something in them; known: so many pings are in the store."""

    command, keep, size, batch = (), 30, 400, 40
    outputs = ("out", "flagged")

    def __init__(self, program, rng, base, grows=False, known=0):
        super().__init__(program, rng, base)
        self.now = today()
        stream = Stream(rng, known + self.size, self.keep, self.now - 3, self.now, self.now)
        pings = [stream.ping(i) for i in range(known + self.size)]
        self.known, self.counted = ([ping for ping in part if ping.which != "blank"] for part in (pings[:known], pings[known:]))
        self.source = harness.write_file(self.outside("in"), [ping.line for ping in pings[known:]])
        self.target = self.path("out") if self.outputs else None
        for name in self.outputs:
            harness.write_file(self.path(name), [OLD] if grows else [])
        self.invalid = self.path("invalid") if grows else os.path.join(self.store, "invalid.ndjson")
        self.options = ["--invalid", self.invalid] if grows else []
        if known:
            earlier = harness.write_file(self.outside("earlier"), [ping.line for ping in pings[:known]])
            run = self.program.filter(self.store, earlier, os.devnull, *self.arguments()[2:], env=self.sizes)
            check(run.code == 0, f"preparing the store: {run.err}")
        harness.write_file(self.path("summary"), [OLD])
        self.already = self.lines_out()

    def arguments(self):
        own = ["--duplicates", self.path("duplicates"), "--flagged", self.path("flagged")] if self.outputs else []
        return [*self.command, "--store", self.store, "--keep", self.keep, "--batch-pings", self.batch, "--threads", 2, "--quiet",
                "--ping-flood", 12, "--flags", self.path("flags"), "--summary", self.path("summary"), "--metrics",
                self.path("metrics"), *own, *self.options]

    def record(self, env):
        super().record(env)
        for name in ("flags", *(("duplicates", *self.outputs) if self.outputs else ())):
            check(lines_of(self.path(name)), f"the input is too small: there are no {name}")
        check(lines_of(self.invalid), "the input has nothing malformed")

    def lines_out(self):
        return sum((lines_of(self.path(name)) for name in self.outputs), collections.Counter())

    def left(self):
        """The lines that left since the scene began, counted."""
        return self.lines_out() - self.already

    def report(self):
        """None: there is no store yet."""
        if not self.has_store():
            return None
        self.program.check_store(self.store, "the cut")
        report = reports.read(self.program, self.store)
        reports.check_consistent(report, reports.keys(self.program, self.store), "after the cut")
        return report

    def compare(self, report, oracle):
        """The figures are those of the pings that were judged. An oracle knows no flags: what is withheld does not count as sent."""
        for row in [row for day in report.days.values() for row in day.rows.values()] + list(oracle.rows.values()):
            row["bytes_out"] = 0
        reports.compare(report, oracle, "after the cut")

    def judge(self, oracle, pings):
        """{class: lines, counted}; "left" of all that leaves."""
        found = collections.defaultdict(collections.Counter)
        for ping in pings:
            which = oracle.judge(ping)
            found["left" if which in ("unique", "no_id", "late") else which][ping.line] += 1
        return found

    def check_kept(self, report, expected):
        """Every committed ping had left before, or was kept, whatever the cut took."""
        places = [("left", self.left())] if self.outputs else []
        places += [("duplicate", lines_of(self.path("duplicates")))] if self.outputs else []
        places.append(("malformed", lines_of(self.invalid)))
        for which, found in places:
            missing = expected[which] - found
            check(not missing, f"{sum(missing.values())} pings ({which}) are committed and nowhere, as {next(iter(missing), b'')[:100]!r}")
        reasons = sum(lines_of(f"{self.invalid}.reasons").values())
        check(reasons >= sum(expected["malformed"].values()), f"only {reasons} reasons are told")
        told = {same_flag(json.loads(line)) for line in lines_of(self.path("flags")) if line.startswith(b"{")}
        for flag in report.document["flags"] if report else ():
            check(same_flag(flag) in told, f"a flag was not told: {flag}")

    def check(self, ended):
        oracle, report = Oracle(self.keep, self.now), self.report()
        known = self.judge(oracle, self.known)
        n = report.pings - len(self.known) if report else 0
        check(n == len(self.counted) or not ended, f"the command had ended, and {n} of {len(self.counted)} pings are committed")
        expected = self.judge(oracle, self.counted[:n])
        for which in ("duplicate", "malformed"):
            expected[which] += known[which]
        if report:
            self.compare(report, oracle)
        self.check_kept(report, expected)
        more = sum((self.left() - expected["left"]).values())
        check(more <= self.batch, f"{more} pings left and are not committed, a batch has {self.batch}")
        summary = harness.read_file(self.path("summary"))
        check(summary == OLD and not ended or summary != OLD and json.loads(summary), "the summary is neither the old nor the new one")
        self.check_again(oracle, report)

    def check_again(self, oracle, report):
        """The same command does the rest, and nothing twice."""
        flagged = lines_of(self.path("flagged"))
        again = self.outside("again")
        harness.write_file(again, [])
        self.run(again)
        judged = self.judge(oracle, self.counted)
        expected = judged["left"] if self.outputs else collections.Counter()
        known = lines_of(self.source)  # a torn line that was ended is none of these
        found = lines_of(again) + (lines_of(self.path("flagged")) - flagged & known)
        found -= collections.Counter({line: n for line, n in found.items() if not line.strip()})  # blank lines
        check(found == expected, f"of the same input again {sum((expected - found).values())} pings are missing, "
                                 f"{sum((found - expected).values())} are too many")
        self.compare(self.report(), oracle)


class Merge(Filter):
    """Many pings are in the store, and sizes are small: logs become runs, runs are merged, the map grows."""

    sizes = {"PINGSIEVE_TEST_SIZES": "log_keys=200,chunk_keys=512,map_bytes=1MiB,merge_us=300"}

    def __init__(self, *place):
        super().__init__(*place, grows=True, known=1500)


class Absorb(Filter):
    """Marks pings that are downstream already."""

    command, outputs = ("store", "absorb"), ()


class Backfill(Scene):
    """Days of files into a tree. many: all in one transaction, which is synced as one file system."""

    def __init__(self, program, rng, base, many=False):
        super().__init__(program, rng, base)
        self.archive = Archive(rng, 3, days=4 if many else 3, files=4 if many else 2, pings=20).write(self.outside("in"))
        self.batch = 100_000 if many else 40
        self.out = self.path("trees/tree")
        os.mkdir(self.path("trees"))
        truth = archive.Truth(self.archive)
        self.aside = {which: collections.Counter(ping.line.rstrip(b"\n") for ping in truth.pings[which])
                      for which in ("duplicate", "malformed")}

    def arguments(self):
        return archive.command(self.store, self.out, self.archive, "--batch-pings", self.batch, "--threads", 2, "--duplicates",
                               self.path("duplicates"), "--summary", self.path("summary"))

    def record(self, env):
        super().record(env)
        self.whole, self.after = archive.tree_of(self.out), self.state()
        archive.check_tree(self.whole, archive.Truth(self.archive), "the undisturbed run")
        self.check_aside()

    def check_aside(self):
        """Everything that is not in the tree is beside it."""
        for which, path in (("duplicate", self.path("duplicates")), ("malformed", os.path.join(self.store, "invalid.ndjson"))):
            found = harness.read_file(path)
            missing = [line for line, n in self.aside[which].items() if found.count(line) < n]
            check(not missing, f"{len(missing)} pings ({which}) are not in {path}: {missing[:1]!r:.200}")

    def check(self, ended):
        found = archive.tree_of(self.out)
        for name, data in found.items():
            check(name.endswith(archive.PART) or data == self.whole.get(name), f"{name} has its name and not its bytes")
        check(found == self.whole or not ended, "the command had ended, and the tree is not whole")
        if self.has_store():
            self.program.check_store(self.store, "the cut")
        self.run()
        archive.check_same(archive.tree_of(self.out), self.whole, "after the cut and the same command again")
        archive.check_state(self.state(), self.after, "after the cut and the same command again")
        self.check_aside()
        check(json.loads(harness.read_file(self.path("summary"))), "there is no summary")


class Forget(Scene):
    """A change of a store that is there: it has happened or it has not."""

    def __init__(self, program, rng, base, command="forget"):
        super().__init__(program, rng, base)
        now = self.prefill(1500, 8)
        days = ["--day", f"{date(now - 6)}..{date(now - 5)}", "--day", date(now - 2)]
        self.options = [command, "--store", self.store, *(days if command == "forget" else ["--keep", 3])]
        self.was = self.state()

    def arguments(self):
        return ["store", *self.options]

    def record(self, env):
        super().record(env)
        self.after = self.state()
        check(self.after != self.was, "there was nothing to do")

    def check(self, ended):
        self.program.check_store(self.store, "the cut")
        state = self.state()
        if ended or state != self.was:
            archive.check_state(state, self.after, "it has happened in part, or not although it was said")
        self.run()
        archive.check_state(self.state(), self.after, "after the cut and the same command again")


class Copy(Scene):
    """A copy of a store: whole, or not there."""

    def __init__(self, program, rng, base):
        super().__init__(program, rng, base)
        self.prefill(1500, 8)
        self.was = self.state()
        self.to = self.path("copy")

    def arguments(self):
        return ["store", "copy", "--store", self.store, "--to", self.to]

    def check(self, ended):
        self.program.check_store(self.store, "the cut")
        if not os.path.exists(os.path.join(self.to, "data.mdb")):
            check(not ended, "the copy was made, and is not there")
            self.run()
        self.program.check_store(self.to, "the cut")
        archive.check_state(self.state(self.to), self.was, "the copy after the cut")


class Page(Scene):
    """A page that replaces another: the whole old one, or the whole new one."""

    def __init__(self, program, rng, base, command="report", name="page.html"):
        super().__init__(program, rng, base)
        self.prefill(600, 8)
        whence = ["--store", self.store] if command == "report" else ["--quiet", self.outside("earlier")]
        if name == "tables":
            os.mkdir(self.path(name))
            for table in ("days", "clients"):
                harness.write_file(self.path(f"{name}/{table}.csv"), [OLD])
            whence += ["--format", "csv"]
        else:
            harness.write_file(self.path(name), [OLD])
        self.name, self.options = name, [command, "-o", self.path(name), *whence]

    def arguments(self):
        return self.options

    def pages(self):
        at = self.path(self.name)
        return archive.tree_of(at) if os.path.isdir(at) else {self.name: harness.read_file(at)}

    def record(self, env):
        super().record(env)
        self.new = self.pages()
        check(OLD not in self.new.values(), "a page was not replaced")

    def check(self, ended):
        found = {name: page for name, page in self.pages().items() if not name.endswith(".tmp")}
        for name, page in found.items():
            check(page in (OLD, self.new[name]), f"{name} is neither the old nor the new page: it has {len(page)} bytes")
            check(page != OLD or not ended, f"the command had ended, and {name} is the old page")
        check(set(found) == set(self.new) or not ended, "the command had ended, and a page is not there")
        self.run()
        check(OLD not in self.pages().values(), "the same command again did not replace the page")


SCENES = {
    "filter": Filter,
    "append": lambda *place: Filter(*place, grows=True),
    "merge": Merge,
    "absorb": Absorb,
    "backfill": Backfill,
    "backfill_many": lambda *place: Backfill(*place, many=True),
    "forget": Forget,
    "expire": lambda *place: Forget(*place, command="expire"),
    "copy": Copy,
    "report": Page,
    "report_tables": lambda *place: Page(*place, name="tables"),
    "profile": lambda *place: Page(*place, command="profile", name="page.json"),
}

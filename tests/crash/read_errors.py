"""Errors of the system while inputs are read: EIO, ENOMEM, EINTR and their like at the n-th read, open, stat, poll, ... of an input, once.

An interrupted call is made again. Any other error says nothing about the input: the exit code is 4, the sentence names the file and
what to do, nothing short stands under the name of an output, and the same command then ends as if nothing had befallen it.
"""
import gzip
import os
import shutil
import subprocess
import sys

import archive
import harness
from archive import Archive
from harness import check

POINTS = 3  # of one plan at full scale; more calls than that are sampled evenly
AGAIN = "run the same command again"
PLANS = {
    "read": ["EIO", "ESTALE", "EINTR"],
    "open": ["EIO", "EMFILE", "EINTR"],
    "look": ["EIO", "ENOMEM", "EINTR"],
    "poll": ["ENOMEM", "EINTR"],
    "list": ["EIO", "EINTR"],
}


class Scene:
    """One command, with inputs that calls can fail on."""

    kinds = tuple(PLANS)
    sentence = AGAIN

    def __init__(self, program, arguments, rng, directory):
        self.program, self.fault, self.rng, self.base = program, arguments.fault, rng, directory
        self.inputs = self.named = self.path("in")
        self.prepare()
        self.reset()
        run = self.run()
        check(run.code == 0, f"the undisturbed run ended with {run.code}: {run.err}")
        self.whole = self.result()

    def path(self, name):
        return os.path.join(self.base, name)

    def environment(self, kind, n, what):
        return {"LD_PRELOAD": self.fault, "PINGSIEVE_FAULT": f"{kind}:{n}:{what}", "PINGSIEVE_FAULT_PATH": self.inputs,
                "PINGSIEVE_FAULT_COUNT": self.path("count")}

    def reset(self):
        for name in ("store", "out", "count"):
            shutil.rmtree(self.path(name), ignore_errors=True)
            if os.path.exists(self.path(name)):
                os.remove(self.path(name))

    def finish(self, arguments, env=None, stdin=subprocess.DEVNULL):
        return self.program.finish(self.program.start(arguments, stdin, subprocess.PIPE, env), f"{arguments[0]} with {env}")

    def calls(self, kind):
        self.reset()
        run = self.run(self.environment(kind, 0, "EIO"))
        check(run.code == 0, f"the undisturbed run ended with {run.code}: {run.err}")
        return int(harness.read_file(self.path("count")))

    def suffer(self, kind, n, what):
        spec = f"{kind}:{n}:{what}"
        self.reset()
        run = self.run(self.environment(kind, n, what))
        happened = int(harness.read_file(self.path("count"))) >= n
        try:
            if what == "EINTR" or not happened:
                check(run.code == 0, f"exit code {run.code}: {run.err}")
            elif run.code or not self.may_do_without(kind):
                check(run.code == 4 and harness.is_failure(run), f"exit code {run.code}: {run.err!r}")
                check(self.named in run.err and self.sentence in run.err, f"the sentence does not help: {run.err!r}")
                check(kind != "read" or "at byte" in run.err or isinstance(self, Lists), f"no byte is named: {run.err!r}")
                self.check_short()
                again = self.run()
                check(again.code == 0, f"the same command then ended with {again.code}: {again.err}")
            self.check_whole()
        except harness.Failure as failure:
            raise harness.Failure(f"{spec}: {failure}") from None

    def may_do_without(self, kind):
        """Some looks are not needed: what they would have told is told by others."""
        return kind == "look"

    def check_whole(self):
        check(self.result() == self.whole, "the result is another one")


class Backfill(Scene):
    def prepare(self):
        self.archive = Archive(self.rng, 3, days=4, files=3, pings=20, big=250).write(self.inputs)
        plain = self.archive.pings(archive.FIRST + 1, 200)
        self.archive.add_day(f"{archive.date(archive.FIRST + 1)}/plain", archive.FIRST + 1, [archive.padded(p, 4000) for p in plain], 1)
        self.archive.write(self.inputs)

    def run(self, env=None):
        options = ["--batch-pings", 40, "--threads", self.rng.choice([1, 2])]
        return self.finish(archive.command(self.path("store"), self.path("out"), self.archive, *options), env)

    def result(self):
        return archive.tree_of(self.path("out")), archive.state_of(self.program, self.path("store"))

    def check_short(self):
        """An output that has its name is whole."""
        tree = archive.tree_of(self.path("out"))
        self.kept = getattr(self, "kept", False) or len(tree) > len(archive.parts_of(tree))
        for name, data in tree.items():
            check(name.endswith(archive.PART) or data == self.whole[0].get(name), f"{name} is there, and not the same bytes")

    def check_whole(self):
        tree, state = self.result()
        archive.check_same(tree, self.whole[0], "in the end")
        archive.check_state(state, self.whole[1], "in the end")


class Profile(Scene):
    def prepare(self):
        os.mkdir(self.inputs)
        for day in range(1, 4):
            lines = [b'{"meta":{"documentId":"%d","submissionDate":"2017030%d"},"clientId":"c","n":%d}\n' % (i * day, day, i) for i in range(4000)]
            name = os.path.join(self.inputs, f"2017030{day}" if day > 1 else "loose.gz")
            harness.write_file(name, [gzip.compress(b"".join(lines))] if day == 1 else lines)

    def run(self, env=None):
        return self.finish(["profile", "--client", "c", "--quiet", "--json", "--output", self.path("out"), self.inputs], env)

    def result(self):
        return [line for line in harness.read_file(self.path("out")).splitlines() if b'"made"' not in line]

    def check_short(self):
        check(not os.path.exists(self.path("out")), "there is a page, of what could be read")


class Stream(Scene):
    """The filter and `store absorb`, from a file and from standard input."""

    kinds = ("read", "poll")

    def prepare(self):
        os.mkdir(self.inputs)
        lines, self.clean = harness.stream(self.rng, 6000)
        self.source = harness.write_file(os.path.join(self.inputs, "pings"), lines)
        self.named = "standard input" if self.standard else self.source
        self.sentence = "at byte"

    def environment(self, kind, n, what):
        return {**super().environment(kind, n, what), "PINGSIEVE_FAULT_PATH": self.source}

    def run(self, env=None):
        with open(self.source, "rb") as stdin:
            options = ["--quiet", "--store", self.path("store"), "--batch-pings", 500]
            run = self.finish([*self.command, *options, *([] if self.standard else [self.source])], env, stdin)
        with open(self.path("out"), "ab") as out:
            out.write(run.out)
        return run

    def result(self):
        return harness.read_file(self.path("out")), archive.state_of(self.program, self.path("store"))[0]

    def check_whole(self):
        out, keys = self.result()
        check(keys == self.whole[1], "other documentIds are marked")
        check(out == self.whole[0], "what left is not what leaves of an undisturbed run")
        check(self.command != ["filter"] or out == b"".join(self.clean), "what left are not the clean pings")

    def check_short(self):
        out = harness.read_file(self.path("out"))
        check(out == b"".join(self.clean)[:len(out)] and out[-1:] in (b"", b"\n"), "what left is no beginning of what should")
        invalid = os.path.join(self.path("store"), "invalid.ndjson")
        check(not harness.read_file(invalid), "half a line was judged")


class Filter(Stream):
    command, standard = [], False


class FilterStandard(Stream):
    command, standard = [], True


class Absorb(Stream):
    command, standard = ["store", "absorb"], False


class Lists(Scene):
    """Files that options name: nothing is done without them."""

    kinds = ("read", "open")

    def prepare(self):
        os.mkdir(self.inputs)
        self.sentence = "error"
        pings = harness.write_file(self.path("20170301"), [harness.ping(harness.new_id(self.rng)) for _ in range(50)])
        self.list = os.path.join(self.inputs, "list")
        content, self.arguments = {
            "--files-from": (pings + "\n", ["backfill", "--store", self.path("store"), "--out", self.path("out")]),
            "--config": ('{"batch-pings": 7}', ["backfill", "--store", self.path("store"), "--out", self.path("out"), pings]),
            "--client-file": ("c\n", ["profile", "--json", "--output", self.path("out"), pings]),
            "--from-json": (None, ["report", "--output", self.path("out"), "--json"]),
        }[self.which]
        if content is None:
            store = self.path("other")
            run = self.finish(["backfill", "-q", "--store", store, "--out", self.path("elsewhere"), pings])
            run = self.finish(["report", "--store", store, "--json"])
            content = run.out.decode()
        harness.write_file(self.list, [content.encode()])

    def run(self, env=None):
        quiet = ["--quiet"] if self.arguments[0] != "report" else []
        return self.finish([*self.arguments, *quiet, self.which, self.list], env)

    def result(self):
        return [name for name in ("store", "out") if os.path.exists(self.path(name))]

    def check_short(self):
        check(not self.result(), f"there is {self.result()}")


def lists(program, arguments, rng, directory):
    told = 0
    for which in ("--files-from", "--config", "--client-file", "--from-json"):
        below = os.path.join(directory, which.strip("-"))
        os.mkdir(below)
        told += suffer_all(type(which, (Lists,), {"which": which})(program, arguments, rng, below), arguments)
    return told


def streams(program, arguments, rng, directory):
    told = 0
    for scene in (Filter, FilterStandard, Absorb):
        below = os.path.join(directory, scene.__name__)
        os.mkdir(below)
        told += suffer_all(scene(program, arguments, rng, below), arguments)
    return told


def points(calls, rng, rounds):
    most = max(2, int(POINTS * harness.scale())) * rounds
    return range(1, calls + 1) if calls <= most else sorted(rng.sample(range(1, calls + 1), most))


def suffer_all(scene, arguments):
    told = 0
    for kind in scene.kinds:
        calls = scene.calls(kind)
        check(calls, f"no {kind} befalls an input: the test tests nothing")
        for what in PLANS[kind]:
            for n in points(calls, scene.rng, arguments.rounds):
                scene.suffer(kind, n, what)
                told += 1
    return told


def test(program, arguments, rng, directory):
    if which == "backfill":
        scene = Backfill(program, arguments, rng, directory)
        told = suffer_all(scene, arguments)
        check(scene.kept, "no run has kept what it did before the error")
    elif which == "profile":
        told = suffer_all(Profile(program, arguments, rng, directory), arguments)
    else:
        told = {"lists": lists, "streams": streams}[which](program, arguments, rng, directory)
    return f"{told} errors while {which} were read"


which = sys.argv.pop(1)
harness.run_test(test, harness.parse(__doc__, rounds=1))

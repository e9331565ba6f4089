"""The n-th call of a kind fails, for every n until the run needs no more: never a crash or a hang, one sentence, nothing lost.

Each point has a store of its own, once fresh and once with half of the pings in it. After the failure an undisturbed run must
finish the work, and the store must be whole, its accounts in step with its keys.
"""
import os
import shutil
import signal
import subprocess
import sys

import harness
import reports
from harness import check

BATCH = 150
# The faults of each kind of call; "short" transfers half of the bytes, "kill" is a SIGKILL instead of the call.
PLANS = {
    "write": ["ENOSPC", "EIO", "short", "kill"],
    "sync": ["EIO", "ENOSPC", "kill"],
    "read": ["EIO", "short", "kill"],
    "open": ["EMFILE", "EACCES", "kill"],
    "malloc": ["ENOMEM", "kill"],
    "lmdb": ["EIO", "MDB_MAP_FULL"],
    "buffer": ["ENOMEM"],
    "look": ["EIO"], "map": ["ENOMEM"], "thread": ["EAGAIN"], "lock": ["ENOLCK"], "file": ["EIO"], "system": ["EMFILE"], "poll": ["ENOMEM"],
}
BY_PLACE = {"lmdb", "buffer", "look", "map", "thread", "lock", "file", "system", "poll"}  # of calls from one place the first fails
POINTS, PLACES = 120, 10  # of one plan at full scale, shared by the kinds of a test; more calls than that are sampled evenly


class Scene:
    """The input, and a store prepared for it; the store is copied for each point."""

    def __init__(self, program, rng, directory, prefilled):
        self.program, self.base = program, os.path.join(directory, "half" if prefilled else "fresh")
        os.mkdir(self.base)
        lines, self.clean = harness.stream(rng, 600, duplicates=0.1)
        self.malformed = [b'{"meta":{"documentId":"cut %d\n' % i for i in range(3)]
        for line in self.malformed:
            lines.insert(rng.randrange(len(lines)), line)
        self.source = harness.write_file(self.path("in"), lines)
        self.known = 0
        if prefilled:
            self.known = len(self.clean) // 2
            half = harness.write_file(self.path("half"), self.clean[:self.known])
            run = program.filter(self.path("template"), half, self.path("out"), "--quiet")
            check(run.code == 0, f"preparing the store: {run.err}")

    def path(self, name):
        return os.path.join(self.base, name)

    def reset(self):
        for name in ("store", "invalid", "invalid.reasons", "duplicates", "summary"):
            shutil.rmtree(self.path(name), ignore_errors=True)
            if os.path.exists(self.path(name)):
                os.remove(self.path(name))
        if self.known:
            shutil.copytree(self.path("template"), self.path("store"))
        progress = harness.Progress(self.clean, BATCH)
        progress.begin = progress.end = self.known
        return progress

    def run(self, threads, env=None):
        return self.program.filter(self.path("store"), self.source, self.path("out"), "--quiet", "--batch-pings", BATCH,
                                   "--threads", threads, "--invalid", self.path("invalid"), "--duplicates",
                                   self.path("duplicates"), "--summary", self.path("summary"), env=env)

    def environment(self, fault, spec):
        """Faults befall files, not the program's own signalling. Short transfers befall the input and the output, where pipes have
        them; in a file they mean a full disk."""
        kind, _, what = spec.split(":")
        env = {"LD_PRELOAD": fault, "PINGSIEVE_FAULT": spec, "PINGSIEVE_FAULT_COUNT": self.path("count")}
        if kind in BY_PLACE:
            env["PINGSIEVE_FAULT_PLACES"] = "1"
        if kind in ("look", "lock", "file"):
            env["PINGSIEVE_FAULT_PATH"] = self.base
        if kind in ("write", "sync", "read"):
            streams = {"read": self.source, "write": self.path("out")}
            env["PINGSIEVE_FAULT_PATH"] = streams[kind] if what == "short" else self.base
        return env

    def calls(self, fault, kind, what, threads):
        """How many calls of the kind an undisturbed run makes."""
        self.reset()
        run = self.run(threads, self.environment(fault, f"{kind}:0:{what}"))
        check(run.code == 0, f"the undisturbed run ended with {run.code}: {run.err}")
        return int(harness.read_file(self.path("count")))

    def finish(self, progress, spec):
        run = self.run(1)
        check(run.code == 0, f"after {spec} the undisturbed run ended with {run.code}: {run.err}")
        progress.take(harness.read_file(self.path("out")))
        check(progress.done(), f"after {spec} only {progress.end} of {len(self.clean)} pings left")
        invalid = harness.read_file(self.path("invalid"))
        check(all(line in invalid for line in self.malformed), f"after {spec} a malformed ping is not in the invalid sink")
        self.program.check_store(self.path("store"), spec)
        reports.check_consistent(reports.read(self.program, self.path("store")), reports.keys(self.program, self.path("store")), spec)

    def suffer(self, fault, kind, n, what, threads):
        spec = f"{kind}:{n}:{what}"
        progress = self.reset()
        harness.write_file(self.path("count"), [b"%d" % n])  # a run that dies writes none
        run = self.run(threads, self.environment(fault, spec))
        try:
            progress.take(harness.read_file(self.path("out")))
            happened = int(harness.read_file(self.path("count"))) >= n
            judge(run, kind, what if happened else "nothing", progress)
        except harness.Failure as failure:
            raise harness.Failure(f"{spec} ({os.path.basename(self.base)} store, {threads} threads): {failure}") from None
        self.finish(progress, spec)


def judge(run, kind, what, progress):
    """Is this exit what the fault deserves?"""
    if what == "kill":
        check(run.code in (-9, 0), f"killed, and the exit code is {run.code}")
    elif what in ("short", "nothing") or run.code == 0:
        # A short transfer is continued; some failures the program can do without (a smaller pipe, a hint to the kernel).
        check(run.code == 0, f"exit code {run.code}: {run.err}")
        check(progress.done(), "exit code 0, but not every ping left")
        check(what in ("short", "nothing") or kind not in ("write", "sync"), f"a {kind} failed, and the exit code is 0")
    else:
        check(harness.is_failure(run), f"exit code {run.code}, standard error {run.err!r}")
        check(len(run.err.splitlines()) == 1, f"one sentence, not {run.err!r}")
        check("damaged" not in run.err, f"nothing is damaged: {run.err!r}")


def points(calls, rng):
    """All n from 1, or an even sample with the first ones complete."""
    most = max(4, int(PLACES * harness.scale())) // len(kinds) + 1 if BY_PLACE.issuperset(kinds) else max(10, int(POINTS * harness.scale()))
    if calls <= most:
        return range(1, calls + 2)
    head = most // 3
    return [*range(1, head + 1), *sorted(rng.sample(range(head + 1, calls + 1), most - head))]


def check_stops(program, fault, directory):
    """A filter whose waiting for signals fails for good still hears them, and ends when its input does."""
    env = {"LD_PRELOAD": fault, "PINGSIEVE_FAULT": "poll:1:ENOMEM:from", "PINGSIEVE_FAULT_PATH": "signalfd"}
    for stop in (True, False):
        process = program.start(["--store", os.path.join(directory, "idle"), "--quiet"], subprocess.PIPE, subprocess.PIPE, env)
        process.stdin.write(b'{"id":"%d"}\n' % stop)
        process.stdin.flush()
        check(process.stdout.readline(), "the ping did not leave")
        if stop:
            process.terminate()
            check(process.wait(harness.HANG) == 128 + signal.SIGTERM, f"after SIGTERM the exit code is {process.returncode}")
        run = program.finish(process, "a filter that cannot wait for signals")
        check(stop or run.code == 0, f"exit code {run.code}: {run.err}")


def test(program, arguments, rng, directory):
    if "poll" in kinds:
        check_stops(program, arguments.fault, directory)
    suffered, failures = 0, []
    for prefilled in (False, True):
        scene = Scene(program, rng, directory, prefilled)
        for kind, what in [(kind, what) for kind in kinds for what in PLANS[kind]]:
            threads = rng.choice([1, 1, 2])
            for n in points(scene.calls(arguments.fault, kind, what, threads), rng):
                try:
                    scene.suffer(arguments.fault, kind, n, what, threads)
                except harness.Failure as failure:
                    failures.append(str(failure))
                suffered += 1
    check(not failures, f"{len(failures)} of {suffered} failed:\n" + "\n".join(failures[:40]))
    return f"{suffered} faults of {' and '.join(kinds)}"


kinds = sys.argv.pop(1).split(",")
run_arguments = harness.parse(__doc__, rounds=1)
harness.run_test(test, run_arguments, harness.SMALL)

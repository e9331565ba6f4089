"""The n-th call of a kind fails in a backfill: never a crash or a hang, one sentence, and the same command then ends in the tree and the
store of a run that nothing befell.

Faults befall outputs and store, and what the process itself lacks; those of inputs are in read_errors.py.
"""
import os
import shutil
import sys

import archive
import harness
from archive import Archive
from harness import check

# The faults of each kind of call: (fault, the paths it befalls). A kill stands for a loss of power at that instant.
STORE, PARTS = ".store", ".part"
PLANS = {
    "write": [("ENOSPC", PARTS), ("EIO", STORE), ("ENOSPC", STORE), ("kill", STORE), ("kill", PARTS)],
    "sync": [("EIO", PARTS), ("EIO", STORE), ("kill", None)],
    "open": [("EMFILE", PARTS), ("EACCES", STORE), ("kill", PARTS)],
    "rename": [("EIO", PARTS), ("kill", PARTS)],
    "malloc": [("ENOMEM", None)],
    "lmdb": [("EIO", None), ("MDB_MAP_FULL", None), ("kill", None)],
    "buffer": [("ENOMEM", None)],
    "look": [("EIO", None), ("EIO", STORE)],
    "lock": [("ENOLCK", None)],
    "file": [("EIO", PARTS), ("EIO", STORE)],
    "map": [("ENOMEM", None)],
    "thread": [("EAGAIN", None)],
    "system": [("EMFILE", None)],
    "poll": [("ENOMEM", None)],
}
BY_PLACE = set(PLANS) - {"write", "sync", "open", "rename"}  # of calls from one place the first fails
POINTS = 14  # of one plan at full scale, shared by the kinds of a test; more calls than that are sampled evenly


class Scene:
    def __init__(self, program, arguments, rng, directory):
        self.program, self.fault, self.rng, self.base = program, arguments.fault, rng, directory
        self.archive = Archive(rng, 3, days=3, files=3, pings=20).write(self.path("in"))
        run = self.run("whole")
        check(run.code == 0, f"the undisturbed run ended with {run.code}: {run.err}")
        self.whole, self.state = self.result("whole")

    def path(self, name):
        return os.path.join(self.base, name)

    def run(self, name, env=None):
        command = archive.command(self.path(f"{name}.store"), self.path(name), self.archive, "--batch-pings", 40, "--threads", 2)
        return archive.run(self.program, command, f"a backfill with {env}", env)

    def result(self, name):
        return archive.tree_of(self.path(name)), archive.state_of(self.program, self.path(f"{name}.store"))

    def reset(self):
        for name in ("torn", "torn.store"):
            shutil.rmtree(self.path(name), ignore_errors=True)

    def environment(self, spec, where):
        env = {"LD_PRELOAD": self.fault, "PINGSIEVE_FAULT": spec, "PINGSIEVE_FAULT_COUNT": self.path("count")}
        if spec.split(":")[0] in BY_PLACE:
            env["PINGSIEVE_FAULT_PLACES"] = "1"
        return env if where is None else {**env, "PINGSIEVE_FAULT_PATH": where}

    def calls(self, kind, what, where):
        """How many calls of the kind an undisturbed run makes."""
        self.reset()
        run = self.run("torn", self.environment(f"{kind}:0:{what}", where))
        check(run.code == 0, f"the undisturbed run ended with {run.code}: {run.err}")
        return int(harness.read_file(self.path("count")))

    def suffer(self, kind, n, what, where):
        spec = f"{kind}:{n}:{what} on {where or 'any'}"
        self.reset()
        harness.write_file(self.path("count"), [b"%d" % n])  # a run that dies writes none
        run = self.run("torn", self.environment(f"{kind}:{n}:{what}", where))
        happened = int(harness.read_file(self.path("count"))) >= n
        if what == "kill":
            check(run.code in (-9, 0), f"{spec}: killed, and the exit code is {run.code}: {run.err}")
        elif run.code == 0:
            check(not happened or kind not in ("write", "rename"), f"{spec}: the exit code is 0")
        else:
            check(harness.is_failure(run), f"{spec}: exit code {run.code}, standard error {run.err!r}")
            check("damaged" not in run.err, f"{spec}: nothing is damaged: {run.err!r}")
            check(what != "ENOSPC" or where != PARTS or run.code == 5, f"{spec}: exit code {run.code}: {run.err}")
        self.finish(spec)

    def finish(self, spec):
        run = self.run("torn")
        check(run.code == 0, f"after {spec} the same command ended with {run.code}: {run.err}")
        tree, state = self.result("torn")
        archive.check_same(tree, self.whole, f"after {spec}")
        archive.check_state(state, self.state, f"after {spec}")


def points(calls, rng):
    most = max(4, int(POINTS * harness.scale())) // len(kinds) + 1
    return range(1, calls + 1) if calls <= most else sorted(rng.sample(range(1, calls + 1), most))


def test(program, arguments, rng, directory):
    scene, suffered, failures = Scene(program, arguments, rng, directory), 0, []
    for kind, what, where in [(kind, *plan) for kind in kinds for plan in PLANS[kind]]:
        calls = scene.calls(kind, what, where)
        check(calls or where is None, f"no {kind} befalls {where}: the test tests nothing")
        for n in points(calls, rng):
            try:
                scene.suffer(kind, n, what, where)
            except harness.Failure as failure:
                failures.append(str(failure))
            suffered += 1
    check(not failures, f"{len(failures)} of {suffered} failed:\n" + "\n".join(failures[:40]))
    return f"{suffered} faults of {' and '.join(kinds)}"


kinds = sys.argv.pop(1).split(",")
harness.run_test(test, harness.parse(__doc__, rounds=1))

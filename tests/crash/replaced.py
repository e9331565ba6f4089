"""Files that are replaced as a whole: synced before they get their name, their directory after it; left-overs of killed runs go.

Each command that writes one is killed at the n-th sync and at the rename, and suffers a failing sync. An observer sees the old
text before the rename, the new one after it, an exit code that tells, and after the next run no file but those that belong there.
"""
import fcntl
import os
import struct

import harness
from harness import check

OLD = b"old text\n"
LOCK = struct.pack("hhqqixxxx", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)


class Scene:
    def __init__(self, program, fault, rng, directory):
        self.program, self.fault, self.directory = program, fault, directory
        lines, _ = harness.stream(rng, 50)
        self.pings = harness.write_file(self.path("pings.ndjson"), lines)
        self.out = self.path("out")
        os.mkdir(self.out)
        self.temporary = os.path.join(self.out, ".pingsieve-")  # how the names of temporary files begin
        run = program.filter(self.path("store"), self.pings, self.path("clean"), "--quiet")
        check(run.code == 0, run.err)

    def path(self, name):
        return os.path.join(self.directory, name)

    def commands(self):
        """Name of a file in `out` that the command writes, and its arguments."""
        file = os.path.join(self.out, "file")
        store, again = self.path("store"), ["--day-from", "nothing", "--again"]
        return [
            ("file", ["report", "--store", store, "--format", "html", "--output", file]),
            ("days.csv", ["report", "--store", store, "--format", "csv", "--output", self.out]),
            ("file", ["profile", "--output", file, self.pings]),
            ("values.csv", ["profile", "--format", "csv", "--output", self.out, self.pings]),
            ("file", ["--quiet", "--store", store, "--summary", file, self.pings]),
            ("file", ["--quiet", "--store", store, "--metrics", file, self.pings]),
            ("file", ["store", "absorb", "--quiet", "--store", store, "--summary", file, self.pings]),
            ("file", ["backfill", "--quiet", "--store", self.path("days"), "--out", self.path("tree"), "--summary", file, *again,
                      self.pings]),
        ]

    def run(self, arguments, spec=None, path=""):
        env = {}
        if spec:
            env = {"LD_PRELOAD": self.fault, "PINGSIEVE_FAULT": spec, "PINGSIEVE_FAULT_PATH": path}
        with open(self.path("clean"), "wb") as stdout, open(os.devnull, "rb") as stdin:
            return self.program.finish(self.program.start(arguments, stdin, stdout, env), f"{arguments} {spec}")

    def reset(self, name):
        for entry in os.listdir(self.out):
            os.remove(os.path.join(self.out, entry))
        harness.write_file(os.path.join(self.out, name), [OLD])

    def text(self, name):
        return harness.read_file(os.path.join(self.out, name))

    def left(self):
        return [entry for entry in os.listdir(self.out) if entry.startswith(".pingsieve-")]


def suffer(scene, name, arguments):
    what = " ".join(os.path.basename(a) for a in arguments[:3])
    scene.reset(name)
    run = scene.run(arguments, "sync:1:kill", scene.temporary)
    check(run.code == -9, f"{what}: no sync of the file before it gets its name (exit code {run.code})")
    check(scene.text(name) == OLD, f"{what}: the file has its name before it is synced")
    check(scene.left(), f"{what}: killed in the middle, and no temporary file: the test does not see what it should")
    run = scene.run(arguments)
    check(run.code == 0 and scene.text(name) not in (OLD, b""), f"{what}: after a kill exit code {run.code}: {run.err}")
    check(not scene.left(), f"{what}: the next run leaves {scene.left()}")

    scene.reset(name)
    run = scene.run(arguments, "rename:1:kill", scene.temporary)
    check(run.code == -9 and scene.text(name) == OLD and scene.left(), f"{what}: killed at the rename: exit code {run.code}")

    scene.reset(name)
    tables = len(arguments) > 2 and "csv" in arguments
    run = scene.run(arguments, "sync:1:EIO:from", scene.temporary)
    check(run.code == 5 and scene.text(name) == OLD, f"{what}: a failing sync of the file: exit code {run.code}: {run.err}")
    check(not scene.left(), f"{what}: a failing sync leaves {scene.left()}")
    if tables:
        return  # one sync of the directory a table: which is which cannot be told from outside
    scene.reset(name)
    run = scene.run(arguments, "sync:2:kill", scene.out)
    check(run.code == -9 and scene.text(name) != OLD, f"{what}: no sync of the directory after the rename ({run.code})")
    scene.reset(name)
    run = scene.run(arguments, "sync:2:EIO:from", scene.out)
    check(run.code == 5 and "sync" in run.err, f"{what}: a failing sync of the directory: exit code {run.code}: {run.err}")


def keeps_what_is_not_its_own(scene):
    """The file of a living run, a link, and files of the user's with names that are nearly the same."""
    arguments = scene.commands()[0][1]
    scene.reset("file")
    living, link = ".pingsieve-0123456789abcdef.tmp", ".pingsieve-fedcba9876543210.tmp"
    others = [".pingsieve-0123456789abcdef.part", ".pingsieve-0123456789abcdeg.tmp", "file.0123456789abcdef.tmp", ".pingsieve-.tmp"]
    for entry in [living, *others]:
        harness.write_file(os.path.join(scene.out, entry), [OLD])
    os.symlink("file", os.path.join(scene.out, link))
    with open(os.path.join(scene.out, living), "r+b") as held:
        fcntl.fcntl(held, getattr(fcntl, "F_OFD_SETLK", 37), LOCK)
        check(scene.run(arguments).code == 0, "a report beside files of others")
        there = set(os.listdir(scene.out))
        check(there == {"file", living, link, *others}, f"of others' files there are {sorted(there)}")
    check(scene.run(arguments).code == 0 and living not in os.listdir(scene.out), "a file without a writer stays")


def test(program, arguments, rng, directory):
    scene = Scene(program, arguments.fault, rng, directory)
    commands = scene.commands()
    for name, command in commands:
        suffer(scene, name, command)
    keeps_what_is_not_its_own(scene)
    return f"{len(commands)} commands"


harness.run_test(test, harness.parse(__doc__, rounds=1))

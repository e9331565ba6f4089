"""A file that the system does not tell about is not taken for one that is not there.

Each look at a file (stat, fstat, realpath, ...) fails once with EIO in commands that do something else where a file is absent: a dry
run without a store, a page that would replace a link, a list of pings or an input, an archive that was moved. A run then ends as an
undisturbed one does, or refuses with a sentence, and no file has changed.
"""
import json
import os
import shutil

import harness
from harness import check

POINTS = 40  # looks of one command at full scale; of more, so many are sampled evenly
DAY = "2017-03-01"


def pings(first, last):
    return [b'{"id":"%d","meta":{"submissionDate":"%s"}}\n' % (i, DAY.encode()) for i in range(first, last)]


class Scene:
    """One command in a directory of its own; `place` is copied to it before each run."""

    def __init__(self, program, fault, base, arguments, prepare, figures=None):
        self.program, self.fault, self.arguments, self.figures = program, fault, arguments, figures
        self.template, self.place, self.count = (os.path.join(base, name) for name in ("template", "place", "count"))
        os.makedirs(self.template)
        for command in prepare(self.template):
            self.finish(self.template, command, want=0)

    def finish(self, place, arguments, env=None, want=None):
        # By absolute paths: the program under test is started in the tests' own directory.
        words = [word.replace("@", place + "/") if isinstance(word, str) else word for word in arguments]
        stdin = next((word[1:] for word in words if word.startswith("<")), os.devnull)
        with open(stdin, "rb") as pipe, open(os.path.join(place, "out"), "wb") as stdout:
            started = self.program.start([word for word in words if not word.startswith("<")], pipe, stdout, env)
            run = self.program.finish(started, f"{words} {env}")
        check(want is None or run.code == want, f"{words} ended with {run.code}: {run.err}")
        return run

    def run(self, n):
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.template, self.place, symlinks=True)
        return self.finish(self.place, self.arguments, {"LD_PRELOAD": self.fault, "PINGSIEVE_FAULT": f"look:{n}:EIO",
                                                        "PINGSIEVE_FAULT_COUNT": self.count})

    def state(self):
        """All files but the store's own, and what the command tells in `figures`."""
        found = {}
        for directory, _, names in os.walk(self.place):
            for name in names:
                path = os.path.join(directory, name)
                where = os.path.relpath(path, self.place)
                if name.endswith((".mdb", ".lock")):
                    continue
                found[where] = ("link", os.readlink(path)) if os.path.islink(path) else harness.read_file(path)
                if where == self.figures and found[where].startswith(b"{"):
                    found[where] = figures_in(json.loads(found[where]))
        return found

    def suffer(self, rng):
        whole = self.run(0)
        state, calls = self.state(), int(harness.read_file(self.count))
        check(calls, "no file is looked at: the test tests nothing")
        check(whole.code != 2 or "cannot be examined" not in whole.err, f"the undisturbed run refuses: {whole.err}")
        most = max(4, int(POINTS * harness.scale()))
        told = 0
        for n in range(1, calls + 1) if calls <= most else sorted(rng.sample(range(1, calls + 1), most)):
            run = self.run(n)
            found = self.state()
            if run.code == whole.code:
                differs = sorted(name for name in {**found, **state} if found.get(name) != state.get(name))
                check(not differs, f"{self.arguments} with look {n} of {calls}: ended with {run.code}, but with other files: {differs}")
                continue
            check(run.code in (2, 3, 4, 5) and harness.is_failure(run), f"{self.arguments} with look {n} of {calls}: {run.code}, {run.err!r}")
            self.check_kept(found, f"{self.arguments} with look {n} of {calls}: {run.err!r}")
            told += 1
        return told

    def check_kept(self, found, when):
        """All that was there before is still there."""
        for directory, _, names in os.walk(self.template):
            for name in names:
                path = os.path.join(directory, name)
                where = os.path.relpath(path, self.template)
                if name == "out" or where not in found:
                    check(name == "out" or name.endswith((".mdb", ".lock")), f"{when}: {where} is gone")
                elif where == self.figures:
                    pass  # it may tell of the failure
                elif os.path.islink(path):
                    check(found[where] == ("link", os.readlink(path)), f"{when}: the link {where} is another")
                elif where.startswith(("archive", "pings", "linked")):
                    check(found[where] == harness.read_file(path), f"{when}: {where} has changed")


def figures_in(told):
    """Those that are the same in every run."""
    same = {"totals", "days", "files", "path", "day", "state", "pings", "unique", "duplicate", "no_id", "lines", "files_done", "files_before"}
    if isinstance(told, dict):
        return {key: figures_in(value) for key, value in told.items() if key in same}
    return [figures_in(value) for value in told] if isinstance(told, list) else told


def place(path, name, lines):
    file = os.path.join(path, name)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    return harness.write_file(file, lines)


def archive(path):
    place(path, "archive/20170301/a", pings(0, 20))
    place(path, "archive/20170301/b", pings(10, 30))
    return [["backfill", "-q", "--store", "@store", "--out", "@clean", "@archive"]]


def moved(path):
    """Done once, without ids, then moved: a copy of it would leave again."""
    place(path, "archive/20170301/a", [b'{"no":"id"}\n'] * 3)
    return archive_moved(path)


def archive_moved(path):
    yield ["backfill", "-q", "--store", "@store", "--out", "@clean", "@archive"]
    os.rename(os.path.join(path, "archive"), os.path.join(path, "archive2"))


def files(path):
    place(path, "pings", pings(0, 20))
    place(path, "linked", [b"what the link leads to\n"])
    os.symlink("linked", os.path.join(path, "link"))
    os.symlink("pings", os.path.join(path, "alias"))
    return [["-q", "--store", "@store", "@pings"]]


SCENES = {
    "a dry run beside a store": (["backfill", "-q", "--store", "@store", "--dry-run", "--again", "--summary", "@told", "@archive"], archive, "told"),
    "a dry run": (["backfill", "-q", "--store", "@store", "--dry-run", "--summary", "@told", "@archive/20170301/a", "@more"],
                  lambda path: place(path, "more", pings(0, 5)) and archive(path), "told"),
    "figures": (["backfill", "-q", "--store", "@store", "--out", "@clean", "--summary", "@told", "@archive"], archive, "told"),
    "a moved archive": (["backfill", "-q", "--store", "@store", "--out", "@clean", "@archive2"], moved, None),
    "a page by a link": (["report", "--store", "@store", "--json", "-o", "@link"], files, "linked"),
    "a summary by a link": (["-q", "--store", "@store", "--summary", "@link", "@pings"], files, "linked"),
    "an output that is the input": (["-q", "--store", "@new", "--duplicates", "@alias", "@pings"], files, None),
    "a page that is the input": (["profile", "-q", "-o", "@alias", "@pings"], files, None),
    "pings that are overwritten": (["-q", "--store", "@new", "--summary", "@alias", "<@pings"], files, None),
}


def test(program, arguments, rng, directory):
    told = 0
    for i, (name, (words, prepare, figures)) in enumerate(SCENES.items()):
        try:
            told += Scene(program, arguments.fault, os.path.join(directory, str(i)), words, prepare, figures).suffer(rng)
        except harness.Failure as failure:
            raise harness.Failure(f"{name}: {failure}") from None
    return f"{told} looks that failed were told"


harness.run_test(test, harness.parse(__doc__, rounds=1))

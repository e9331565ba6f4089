"""The quick look after a change: lint, build, unit tests, stories; scripts/check starts it.

    scripts/check                     what a change can have broken, in under a minute
    scripts/check NAME...             the tests whose names begin with NAME: unit.seen, cli.gzip, lint.words
    scripts/check unit.seen.log:TEST  one test of a unit test's program, by its name or a pattern
    scripts/check --all               also what has passed and not changed since, slow tests, and whatever a minute has no room for

It builds the preset dev. Lint checks run beside the build. Then come, until the minute is over: tests that failed the last time; unit tests of
the floors that changed; all others, quick ones first. A unit test or story that has passed is not run again until its program,
its own files or tests/data change. Randomised tests do a hundredth of their usual work, unless PINGSIEVE_TEST_SCALE says otherwise. The
last lines say what was not run and which command runs it; the very last is "N passed, N failed, N skipped in N s". The exit code is 1 if
anything failed, 2 if there is no such test.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TOP, "tests", "mutants"), os.path.join(TOP, "tests", "lint")]
import tree
from workshop import SKIP, Ended, Test, end_all, ended

BUILD = os.path.join(TOP, "build", "dev")
NOTES = os.path.join(BUILD, "check.json")
BUDGET = 52  # seconds from the start, after which no test begins that is not likely to end in the minute
AT_LEAST = 30  # seconds for tests, however long the build took
HANGS = 120
BEFORE_BUILD = ("format", "floors", "words", "banned", "sentences", "mutants", "shell")
AFTER_BUILD = ("promises", "stories", "chosen", "symbols", "calls")
TOOLS = ("pingsieve", "tests/cli/age_store", "tests/cli/tell_accounts")  # stories run these
STORY_TARGETS = ("pingsieve", "age_store", "tell_accounts", "documents")


def stamp(paths):
    """Changes when one of the files changes."""
    digest = hashlib.sha1()
    for path in sorted(paths):
        try:
            seen = os.stat(path)
            digest.update(f"{path} {seen.st_mtime_ns} {seen.st_size}\n".encode())
        except FileNotFoundError:
            digest.update(f"{path} absent\n".encode())
    return digest.hexdigest()


class Tree:
    """The files of the tree, for the question what has changed."""

    def __init__(self):
        self.files = tree.files()
        self.data = stamp(self.below("tests/data/"))
        self.story_tools = [f for f in self.below("tests/cli/") if f.count("/") == 2]

    def below(self, folder):
        return [f for f in self.files if f.startswith(folder)]

    def state_of(self, test):
        """All that a test depends on, as one string."""
        kind, _, name = test.name.partition(".")
        if kind == "lint":
            return stamp(f for f in self.files if name != "shell" or is_shell(f))
        used = [word for word in test.command if word.startswith(BUILD + os.sep)]
        if kind == "cli":
            used = [os.path.join(BUILD, tool) for tool in TOOLS] + self.story_tools + self.below(f"tests/cli/{name}/")
        return stamp(used) + self.data + scale()

    def changed_since(self, when):
        return [f for f in self.files if os.stat(f).st_mtime > when]

    def floors_changed_since(self, when):
        return {f.split("/")[1] for f in self.changed_since(when) if f.startswith("src/")}

    def to_format_since(self, when):
        return [f for f in self.changed_since(when) if f.endswith((".c", ".h", ".cpp")) or (f.endswith(".inc") and f.startswith("src/"))]


def is_shell(path):
    return path.startswith(("scripts/", ".ci/")) or path.endswith((".sh", "/cmd")) or path in ("tests/cli/run", "tests/lint/lint")


def scale():
    return os.environ.get("PINGSIEVE_TEST_SCALE", "1")


class Notes:
    """Of each test: how long it took, in which state it passed, whether it failed the last time."""

    def __init__(self):
        try:
            with open(NOTES, encoding="utf-8") as f:
                self.tests, self.begun = json.load(f)
        except (OSError, ValueError):
            self.tests, self.begun = {}, 0

    def of(self, test):
        return self.tests.get(test.name, {})

    def write(self, begun):
        with open(NOTES + ".new", "w", encoding="utf-8") as f:
            json.dump([self.tests, begun], f)
        os.replace(NOTES + ".new", NOTES)


class Check:
    def __init__(self, options):
        self.options = options
        self.began, self.begun_at = time.monotonic(), time.time()
        self.lock = threading.Lock()
        self.passed, self.failed, self.skipped = [], [], []
        self.notes = Notes()

    def tell(self, text):
        with self.lock:
            print(text, flush=True)

    # ---- one test ----

    def run(self, test, state, arguments=(), show=False):
        """Runs a test and notes how it went. Its words are shown when it failed, or on demand."""
        began, at = time.monotonic(), time.time()
        environment = {**os.environ, "PINGSIEVE_TEST_SCALE": scale(), **test.environment}
        with tempfile.TemporaryFile() as log:
            try:
                code = ended([*test.command, *arguments], HANGS, cwd=test.folder, env=environment, stdout=log, stderr=log)
            except Ended:
                return
            log.seek(0)
            said = log.read().decode(errors="replace").rstrip()
        took = time.monotonic() - began
        good = code in (0, SKIP)
        with self.lock:
            (self.skipped if code == SKIP else self.passed if good else self.failed).append(test.name)
            if not show:
                self.notes.tests[test.name] = {"seconds": took, "failed": not good, "passed": state if code == 0 else "", "at": at}
        if not good or show:
            verdict = "passed" if good else "FAILED" if code is not None else f"FAILED: it did not end in {HANGS} s"
            self.tell(f"{said}\n{test.name}: {verdict} ({took:.1f} s)")

    def run_all(self, tests, jobs, until=None):
        """Runs tests side by side, in their order; those that are not likely to end in time come back."""
        left, waiting = [], list(tests)

        def work():
            while True:
                with self.lock:
                    if not waiting:
                        return
                    test, state = waiting.pop(0)
                    if until and time.monotonic() + self.notes.of(test).get("seconds", 0.3) > until:
                        left.append(test)
                        continue
                self.run(test, state)

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for worker in [pool.submit(work) for _ in range(jobs)]:
                worker.result()
        return left

    # ---- the build ----

    def configure(self):
        if not os.path.exists(os.path.join(BUILD, "build.ninja")):
            self.build(["help"])

    def build(self, targets=()):
        script = 'source scripts/common.sh && build dev ${1:+-- "$@"}'
        if subprocess.run(["bash", "-c", script, "check", *targets], stdin=subprocess.DEVNULL, check=False).returncode:
            self.failed.append("the build")
        return not self.failed or self.failed[-1] != "the build"

    def listed(self):
        """[(Test or None where it is not built, name, labels)] of all tests."""
        out = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], check=True, capture_output=True).stdout
        tests = []
        for t in json.loads(out)["tests"]:
            labels = [p["value"] for p in t.get("properties", []) if p["name"] == "LABELS"]
            tests.append((Test(t) if "command" in t else None, t["name"], labels[0] if labels else []))
        return tests

    # ---- the two ways ----

    def named(self):
        """The tests that the arguments name, and no others."""
        self.configure()
        known = [name for _, name, _ in self.listed()]
        chosen = {}
        for word in self.options.names:
            name, _, pattern = word.partition(":")
            found = [name] if name in known else [n for n in known if n.startswith(name) and not pattern]
            if not found:
                print(f'scripts/check: there is no test "{name}"; ctest --preset dev -N lists all', file=sys.stderr)
                sys.exit(2)
            for n in found:
                chosen.setdefault(n, []).extend([pattern] if pattern else [])
        if not self.build(self.targets(chosen)):
            return
        files, plain = Tree(), []
        for test, name, _ in self.listed():
            if name in chosen and not test:
                self.failed.append(name)
                self.tell(f"{name}: its program was not built")
            elif name in chosen and chosen[name]:
                self.run(test, "", chosen[name], show=True)
            elif name in chosen:
                plain.append((test, files.state_of(test)))
        self.run_all(plain, self.options.jobs)

    @staticmethod
    def targets(names):
        """The targets that these tests need; none stands for all."""
        with open(os.path.join(BUILD, "build.ninja"), encoding="utf-8") as f:
            ninja = f.read()
        found = set()
        for name in names:
            kind, _, rest = name.partition(".")
            if kind == "unit" and f"\nbuild test_{rest}: phony" in ninja:
                found.add(f"test_{rest}")
            elif kind == "cli":
                found.update(STORY_TARGETS)
            elif kind != "lint" or rest not in BEFORE_BUILD:
                return []
        return sorted(found) or ["help"]

    def everything(self):
        self.configure()
        if self.failed:
            return []
        files = Tree()
        with concurrent.futures.ThreadPoolExecutor(1) as beside:
            lint = beside.submit(self.lint, files)
            built = self.build()
            if built:
                left = self.tests(files)
            lint.result()
        return left if built else []

    def lint(self, files):
        """The checks that need no build. Of the format, only files that have changed since it was right."""
        tests = [(t, files.state_of(t)) for t, name, _ in self.listed() if t and name.startswith("lint.") and name[5:] in BEFORE_BUILD]
        for test, state in tests:
            note = self.notes.of(test)
            if not self.wanted(test, state):
                continue
            changed = []
            if test.name == "lint.format" and note.get("passed") and not self.options.all:
                changed = files.to_format_since(note["at"])
                if not changed:
                    continue
            self.run(test, state, changed)

    def tests(self, files):
        tests = [(test, files.state_of(test), labels) for test, name, labels in self.listed() if test and self.of_this(name)]
        slow = [test for test, _, labels in tests if "slow" in labels]
        tests = [(test, state) for test, state, labels in tests if self.options.all or "slow" not in labels]
        chosen = [(test, state) for test, state in tests if self.wanted(test, state)]
        changed = files.floors_changed_since(self.notes.begun)
        chosen.sort(key=lambda c: self.turn(c[0], changed))
        self.tell(f"{len(chosen)} tests, changed floors first ...")
        until = None if self.options.all else max(self.began + BUDGET, time.monotonic() + AT_LEAST)
        left = self.run_all(chosen, self.options.jobs, until)
        not_run = []
        if len(chosen) < len(tests):
            not_run.append(f"{len(tests) - len(chosen)} tests that passed and of which nothing has changed: scripts/check --all")
        if slow and not self.options.all:
            not_run.append(f"{len(slow)} slow tests: ctest --preset dev -L slow")
        if left:
            not_run.append(f"{len(left)} tests that the minute has no room for: scripts/check again, or scripts/check --all")
        return not_run

    @staticmethod
    def of_this(name):
        kind, _, rest = name.partition(".")
        return kind in ("unit", "cli") or (kind == "lint" and rest in AFTER_BUILD)

    def wanted(self, test, state):
        return self.options.all or self.notes.of(test).get("passed") != state

    def turn(self, test, changed):
        kind, floor = test.name.split(".")[:2]
        note = self.notes.of(test)
        return (not note.get("failed"), not (kind == "unit" and floor in changed), kind == "cli", note.get("seconds", 0.3))

    def summary(self, not_run):
        self.notes.write(self.begun_at if not self.options.names else self.notes.begun)
        if self.failed:
            print("\nFailed: " + " ".join(sorted(self.failed)))
        if not self.options.names:
            for line in not_run:
                print(f"Not run: {line}")
            print("Not run: all other tests, as the rest of lint, crash tests, proofs, pages, sanitizers, valgrind: scripts/test")
        print(f"{len(self.passed)} passed, {len(self.failed)} failed, {len(self.skipped)} skipped in {time.monotonic() - self.began:.0f} s")
        return 1 if self.failed else 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these tests")
    parser.add_argument("--all", action="store_true", help="all of these tests, however long they take")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 2) + 1, metavar="N", help="so many tests at a time (processors and one)")
    os.chdir(TOP)
    check = Check(parser.parse_args())
    try:
        not_run = check.named() if check.options.names else check.everything()
    except KeyboardInterrupt:
        end_all()
        sys.exit(130)
    sys.exit(check.summary(not_run or []))


if __name__ == "__main__":
    main()

"""A copy of the source tree with a build of its own, where faults are put in and tests are run."""
import json
import os
import shutil
import signal
import subprocess
import threading
import time

from mutant import TOP

SKIPPED_FOLDERS = {"build", ".git", ".cache"}
SKIP = 77
CONFIGURE = ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DPINGSIEVE_TESTS=ON", "-DPINGSIEVE_WERROR=OFF"]
BUILD_SECONDS = 1800
FIRST_SECONDS = 600  # a test that was never timed has so long
COMMON_TARGETS = {"cli": ["tests/cli/age_store", "tests/cli/tell_accounts", "documents"]}


class BuildFailed(Exception):
    pass


def files(top):
    """Paths of what a build needs, from the top."""
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS and f != "__pycache__"]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), top)


def same(a, b):
    try:
        with open(a, "rb") as f, open(b, "rb") as g:
            return f.read() == g.read()
    except FileNotFoundError:
        return False


class Ended(Exception):
    """By end_all()."""


class Running:
    """The commands that run, in sessions of their own, which no terminal's Ctrl-C reaches."""

    def __init__(self):
        self.lock, self.processes, self.over = threading.Lock(), set(), False

    def start(self, command, options):
        with self.lock:
            if self.over:
                raise Ended
            process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, **options)
            self.processes.add(process)
            return process

    def end(self, process):
        """With all that it started."""
        with self.lock:
            self.processes.discard(process)
            kill_group(process)
        process.wait()
        if self.over:
            raise Ended

    def end_all(self):
        with self.lock:
            self.over = True
            for process in self.processes:
                kill_group(process)


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


running = Running()
end_all = running.end_all


def ended(command, seconds, **options):
    """The exit code of a command with all that it started; None if it took longer."""
    process = running.start(command, options)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        running.end(process)


class Workshop:
    """folder: where the copy and the build lie; they are used again the next time, and only what differs is copied and built."""

    def __init__(self, folder, scale, sanitize=False):
        self.configure = CONFIGURE + (["-DPINGSIEVE_SANITIZE=address,undefined"] if sanitize else [])
        self.top = os.path.join(folder, "tree")
        self.build = os.path.join(folder, "build")
        self.scale = str(scale)
        self.changed = None  # the file that has a fault
        self.times = {}  # seconds of each test without a fault
        self._copy()
        self._configure()
        self._build([], os.cpu_count())
        self.tests = self._tests()

    def _copy(self):
        wanted = set(files(TOP))
        for path in wanted:
            here = os.path.join(self.top, path)
            if not same(os.path.join(TOP, path), here):
                os.makedirs(os.path.dirname(here), exist_ok=True)
                shutil.copy(os.path.join(TOP, path), here)
        for path in set(files(self.top)) - wanted:
            os.remove(os.path.join(self.top, path))
        beside = os.path.join(os.path.dirname(self.top), "shared")
        if not os.path.lexists(beside):
            os.symlink(os.path.join(os.path.dirname(TOP), "shared"), beside)  # corpora that tests use where they are

    def _configure(self):
        os.makedirs(self.build, exist_ok=True)
        log = os.path.join(self.build, "configure.log")
        with open(log, "wb") as f:
            if ended(["cmake", "-S", self.top, "-B", self.build, *self.configure], BUILD_SECONDS, stdout=f, stderr=f) != 0:
                raise BuildFailed(f"the copy cannot be configured: see {log}")

    def _build(self, targets, jobs=1):
        log = os.path.join(self.build, "build.log")
        with open(log, "wb") as f:
            if ended(["ninja", "-C", self.build, f"-j{jobs}", *targets], BUILD_SECONDS, stdout=f, stderr=f) != 0:
                raise BuildFailed(f"it does not compile: see {log}")

    def _tests(self):
        """The tests that ctest knows; it says the command of a test only when that is built."""
        listed = subprocess.run(["ctest", "--test-dir", self.build, "--show-only=json-v1"], check=True, capture_output=True)
        return {t["name"]: Test(t) for t in json.loads(listed.stdout)["tests"] if "command" in t}

    def put(self, mutant):
        """Puts a fault into the tree; None takes it out."""
        if self.changed:
            shutil.copy(os.path.join(TOP, "src", self.changed), os.path.join(self.top, "src", self.changed))
            self.changed = None
        if not mutant:
            return
        path = os.path.join(self.top, "src", mutant.file)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(mutant.applied(text))
        self.changed = mutant.file

    def make(self, test):
        """Builds what a test runs."""
        targets = [os.path.relpath(w, self.build) for w in test.command if w.startswith(self.build + os.sep)]
        targets += COMMON_TARGETS.get(test.name.split(".")[0], [])
        self._build(targets)

    def passes(self, test):
        """Runs a test; a hang is no pass. Without a fault, its time is kept."""
        environment = {**os.environ, "PINGSIEVE_TEST_SCALE": self.scale, **test.environment}
        environment.setdefault("PINGSIEVE_TEST_HANG", "20")
        usual = self.times.get(test.name)
        seconds = 10 + 8 * usual if usual is not None else FIRST_SECONDS
        began = time.monotonic()
        with open(os.path.join(self.build, "test.log"), "wb") as f:
            code = ended(test.command, seconds, cwd=test.folder, env=environment, stdout=f, stderr=f)
        if not self.changed:
            self.times[test.name] = time.monotonic() - began
        return code in (0, SKIP)


class Test:
    def __init__(self, listed):
        properties = {p["name"]: p["value"] for p in listed.get("properties", [])}
        self.name = listed["name"]
        self.command = listed["command"]
        self.folder = properties.get("WORKING_DIRECTORY")
        self.environment = dict(e.split("=", 1) for e in properties.get("ENVIRONMENT", []))

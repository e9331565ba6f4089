"""Help for the crash tests: options, a program under test, pings of known identity, and the oracle.

The oracle stands outside the program: from the input alone it knows the clean lines in order, and judges what the runs of the
program, killed or not, wrote between them.
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

STRICT_OR_WORSE = (1, 2, 3, 4, 5)  # exit codes that the manual documents for failures
HANG = int(os.environ.get("PINGSIEVE_TEST_HANG", "120"))  # seconds after which a run is called hung, sanitizers included
SKIP = 77
# Sizes (src/cli/test_sizes.h) with which some hundred pings fill the log, merge runs of several chunks and let the map grow. SMALL is
# for batches of at most some hundred pings of few days, WIDE for those of many days, whose accounts fill up to 2 MiB of a transaction
# (which must fit into a quarter of the map), BATCHES for all.
SMALL = "log_keys=600,chunk_keys=512,map_bytes=1MiB,merge_us=300,read_bytes=4KiB"
WIDE = SMALL.replace("map_bytes=1MiB", "map_bytes=8MiB")
BATCHES = "log_keys=5000,chunk_keys=512,map_bytes=64MiB,merge_us=1000,read_bytes=64KiB"


class Failure(Exception):
    """A promise was broken; the text says which."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def scale():
    return int(os.environ.get("PINGSIEVE_TEST_SCALE", "100")) / 100


def parse(description, rounds):
    """Common options. rounds: how many by default, before PINGSIEVE_TEST_SCALE."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--pingsieve", required=True, help="the program under test")
    parser.add_argument("--fault", help="the fault injector of tests/fault")
    parser.add_argument("--record", help="the recorder of tests/fault")
    parser.add_argument("--postgen", help="a generator of bench/gen")
    parser.add_argument("--auroragen", help="another one")
    parser.add_argument("--rounds", type=int, default=max(1, int(rounds * scale())))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--containers", action="store_true", help="each run is process 1 of a PID namespace of its own")
    return parser.parse_args()


def run_test(test, arguments, sizes="", where=None):
    """Calls test(program, arguments, rng, directory) in a directory of its own, below `where`, and ends as ctest wants it. sizes: of the
    program."""
    directory = tempfile.mkdtemp(prefix="pingsieve-crash-", dir=where)
    # LD_PRELOAD is taken apart at blanks and colons (ld.so(8)), which the path of a checkout may have. Tests empty their directory.
    links = tempfile.mkdtemp(prefix="pingsieve-preload-", dir=where)
    for name in ("fault", "record"):
        if getattr(arguments, name):
            link = os.path.join(links, f"{name}.so")
            os.symlink(os.path.abspath(getattr(arguments, name)), link)
            setattr(arguments, name, link)
    rng = random.Random(arguments.seed)
    began = time.monotonic()
    try:
        kind = Contained if arguments.containers else Program
        told = test(kind(arguments.pingsieve, sizes), arguments, rng, directory)
    except Failure as failure:
        print(f"seed {arguments.seed}: {failure}")
        sys.exit(1)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        shutil.rmtree(links, ignore_errors=True)
    print(f"{told}; seed {arguments.seed}, {time.monotonic() - began:.1f} s")


class Run:
    """The end of one run: exit code (negative: the signal), standard error, standard output if it was asked for."""

    def __init__(self, code, err, out=b""):
        self.code, self.err, self.out = code, err, out


class Program:
    def __init__(self, path, sizes=""):
        self.path, self.sizes, self.prefix = os.path.abspath(path), sizes, []

    def start(self, arguments, stdin, stdout, env=None, stderr=subprocess.PIPE):
        return subprocess.Popen([*self.prefix, self.path, *map(str, arguments)], stdin=stdin, stdout=stdout, stderr=stderr,
                                env={**os.environ, "PINGSIEVE_TEST_SIZES": self.sizes, **(env or {})})

    def finish(self, process, what="a run"):
        try:
            out, err = process.communicate(timeout=HANG)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failure(f"{what} hangs") from None
        return Run(process.returncode, (err or b"").decode(errors="replace"), out or b"")

    def filter(self, store, source, target, *options, env=None):
        """Filters the file source into the fresh file target."""
        with open(source, "rb") as stdin, open(target, "wb") as stdout:
            return self.finish(self.start(["--store", store, *options], stdin, stdout, env), f"filter {options} {env}")

    def check_store(self, store, when):
        run = self.finish(self.start(["store", "check", "--store", store], subprocess.DEVNULL, subprocess.PIPE), "store check")
        check(run.code == 0, f"store check after {when}: exit code {run.code}\n{run.out.decode()}{run.err}")


class Contained(Program):
    """Each run is process 1 of a PID namespace of its own, as in a container; ends the test where there can be none."""

    def __init__(self, path, sizes=""):
        super().__init__(path, sizes)
        self.prefix = ["unshare", "--pid", "--fork", "--kill-child"]
        if os.geteuid() != 0:
            self.prefix.append("--map-root-user")
        try:
            works = subprocess.run([*self.prefix, "true"], capture_output=True).returncode == 0
        except FileNotFoundError:
            works = False
        if not works:
            print("skipped: no PID namespaces here (unshare --pid wants root or user namespaces)")
            sys.exit(SKIP)

    def start(self, arguments, stdin, stdout, env=None, stderr=subprocess.PIPE):
        # AddressSanitizer looks for leaks in a /proc of the same namespace, which these runs do not have.
        options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
        return super().start(arguments, stdin, stdout, {"ASAN_OPTIONS": options, **(env or {})}, stderr)


def is_failure(run):
    """A failure as documented: an exit code of the table and exactly one sentence that says what is wrong."""
    told = [line for line in run.err.splitlines() if line.strip() and "pings=" not in line]
    return run.code in STRICT_OR_WORSE and len(told) >= 1 and all(line[0].isprintable() for line in told)


def anonymous_memory(pid):
    """Bytes that the process has to itself at this moment; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            return next((int(line.split()[1]) * 1024 for line in f if line.startswith("RssAnon")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def in_memory(room=256 << 20):
    """Where files are in memory, for tests that need no disk; None (the usual place) if there is no such place with room."""
    try:
        fs = os.statvfs("/dev/shm")
    except OSError:
        return None
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) and fs.f_bavail * fs.f_frsize >= room else None


def new_id(rng):
    """A random UUID of version 4."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"


def ping(identity, size=0, rng=None):
    """A small ping; size adds a member of up to so many bytes."""
    padding = f',"payload":"{"x" * rng.randrange(size)}"' if size else ""
    return f'{{"meta":{{"documentId":"{identity}"}}{padding}}}\n'.encode()


def stream(rng, n, duplicates=0.1, size=0):
    """(input lines, clean lines): n pings of which a share are copies of earlier ones."""
    clean, lines = [], []
    for _ in range(n):
        if clean and rng.random() < duplicates:
            lines.append(clean[rng.randrange(len(clean))])
        else:
            clean.append(ping(new_id(rng), size, rng))
            lines.append(clean[-1])
    return lines, clean


def write_file(path, lines):
    with open(path, "wb") as f:
        f.writelines(lines)
    return path


def read_file(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


class Progress:
    """Follows the outputs of successive runs over the same input into one store.

    Each must be a piece of the clean lines: it begins not after the place where the last one ended (nothing lost) and at most a
    batch before it (repeats only within the last uncommitted batch), never before where an earlier one began (what was once
    committed stays), and goes on without a gap. A last line may be cut: the run was killed while it wrote.
    """

    def __init__(self, clean, batch):
        self.clean, self.batch = clean, batch
        self.index = {line: i for i, line in enumerate(clean)}
        self.begin = self.end = 0
        self.repeats = 0

    def take(self, output):
        lines = output.splitlines(keepends=True)
        torn = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        if not lines:
            check(not torn or any(c.startswith(torn) for c in self.clean[self.begin:self.end + 1]),
                  f"what left is no beginning of a clean line: {torn[:80]!r}")
            return
        first = self.index.get(lines[0])
        check(first is not None, f"a line left that was never put in: {lines[0][:120]!r}")
        check(first <= self.end, f"pings {self.end}..{first - 1} never left")
        check(first >= self.begin, f"ping {first} left again although it was committed")
        check(self.end - first <= self.batch, f"{self.end - first} pings left again, a batch has {self.batch}")
        check(lines == self.clean[first:first + len(lines)], f"order or bytes changed after clean ping {first}")
        after = first + len(lines)
        check(not torn or (after < len(self.clean) and self.clean[after].startswith(torn)), "the torn last line is another one")
        self.repeats += max(0, self.end - first)
        self.begin, self.end = first, max(self.end, after)

    def done(self):
        return self.end == len(self.clean)


def kill(process):
    """kill -9 unless it has ended; True if the kill was in time."""
    try:
        process.send_signal(signal.SIGKILL)
    except ProcessLookupError:
        pass
    return process.wait() == -signal.SIGKILL

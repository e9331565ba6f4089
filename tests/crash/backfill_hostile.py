"""A backfill in the wild: a disk that fills up, a file that grows meanwhile, files that inflate to a thousand times their
size, and names made to harm. It never writes elsewhere, never takes more memory, and never loses a line.
"""
import gzip
import json
import os
import subprocess
import threading
import time

import archive
import harness
from archive import Archive
from harness import check

MIB = 1 << 20
OUTPUT, INPUT, USAGE = 5, 4, 2  # exit codes


def lines_of(rng, n):
    return [harness.ping(harness.new_id(rng)) for _ in range(n)]


class Place:
    """A directory with an input tree, a store and an output tree."""

    def __init__(self, program, directory, name):
        self.program, self.base = program, os.path.join(directory, name)
        os.makedirs(self.path("in/20170301"))

    def path(self, name):
        return os.path.join(self.base, name)

    def put(self, name, data):
        path = os.path.join(os.fsencode(self.path("in/20170301")), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)

    def command(self, *options, operands=None):
        inputs = [self.path("in/20170301")] if operands is None else operands
        return ["backfill", "--store", self.path("store"), "--out", self.path("out"), "--keep", "0", "--quiet", *options, *inputs]

    def run(self, *options, operands=None):
        return archive.run(self.program, self.command(*options, operands=operands), f"a backfill {options}")

    def left(self, name):
        with open(os.path.join(os.fsencode(self.path("out/20170301")), os.fsencode(name)), "rb") as f:
            return f.read()


# --- A full disk ---

class Disk:
    """A file system of its own with so much room."""

    def __init__(self, directory, nbytes):
        self.directory = directory
        os.makedirs(directory)
        self.mounted = self.mount(f"size={nbytes}")

    def mount(self, options):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", self.directory], stderr=subprocess.DEVNULL, check=False).returncode == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.mounted:
            subprocess.run(["umount", self.directory], check=True)

    def grow(self, nbytes):
        check(self.mount(f"remount,size={nbytes}"), "the file system cannot be enlarged")


def disk_full(program, rng, directory):
    """The disk of the outputs, then that of the store, fills up; after room was made the same command ends in the same tree."""
    base = os.path.join(directory, "full")
    made = Archive(rng, 3, days=4, pings=150, big=800).write(os.path.join(base, "in"))
    run = archive.run(program, archive.command(os.path.join(base, "store"), os.path.join(base, "out"), made))
    check(run.code == 0, f"the undisturbed run ended with {run.code}: {run.err}")
    whole = archive.tree_of(os.path.join(base, "out"))
    for name, on_disk in (("outputs", "out"), ("store", "store")):
        with Disk(os.path.join(base, f"disk of the {name}"), 300_000 if on_disk == "out" else 200_000) as disk:
            if not disk.mounted:
                return "no full disk: it needs root"
            places = {place: os.path.join(disk.directory if place == on_disk else base, f"{name}.{place}") for place in ("store", "out")}
            command = archive.command(places["store"], places["out"], made, "--batch-pings", 100, "--invalid", os.path.join(base, f"{name}.invalid"))
            run = archive.run(program, command)
            check(run.code == (OUTPUT if on_disk == "out" else 3), f"the disk of the {name} is full, and the exit code is {run.code}: {run.err}")
            check("No space left" in run.err, f"the disk of the {name} is full, and it says {run.err!r}")
            disk.grow(64 * MIB)
            run = archive.run(program, command)
            check(run.code == 0, f"after room was made on the disk of the {name} the same command ended with {run.code}: {run.err}")
            archive.check_same(archive.tree_of(places["out"]), whole, f"after a full disk of the {name}")
    return "two full disks"


# --- A file that grows ---

def growing(program, rng, directory):
    """The output of a growing file has its first lines, whole; done again, it has all of them."""
    place = Place(program, directory, "growing")
    lines = lines_of(rng, 60_000)
    half = len(lines) // 2
    place.put("log", b"".join(lines[:half]))
    place.put("other", b"".join(lines_of(rng, 100)))
    stop = threading.Event()

    def append():
        with open(place.path("in/20170301/log"), "ab", buffering=0) as f:
            for i in range(half, len(lines), 50):
                f.write(b"".join(lines[i:i + 50]))
                if not stop.is_set():
                    time.sleep(0.0002)

    writer = threading.Thread(target=append)
    writer.start()
    run = place.run("--threads", 2)
    stop.set()
    writer.join()
    check(run.code in (0, INPUT), f"a file grows, and the exit code is {run.code}: {run.err}")
    left = place.left("log").splitlines(keepends=True)
    check(half <= len(left) <= len(lines) and left == lines[:len(left)], f"{len(left)} lines left of a file that grew, at least {half} were there")
    run = place.run()
    grown = len(left) < len(lines)
    check(run.code == (INPUT if grown else run.code), f"a finished file has grown, and the exit code is {run.code}: {run.err}")
    run = place.run("--again")
    check(run.code == 0, f"--again ended with {run.code}: {run.err}")
    check(place.left("log") == b"".join(lines), "done again, it is not all of the file")
    return f"a file that grew by {len(lines) - half} lines, {len(left) - half} of them in time"


# --- Bombs ---

def bombs(program, rng, directory):
    """Lines without an end are malformed, and bounded like everything else; lines after them come through."""
    place = Place(program, directory, "bombs")
    size = 1024 if harness.scale() >= 1 else 160
    good, threads = lines_of(rng, 3), 2
    for name, byte in (("zeros.gz", b"\0"), ("letters.gz", b"x")):
        bomb = gzip.compress(byte * (16 * MIB), 9, mtime=0) * (size // 16)
        place.put(name, gzip.compress(good[0]) + bomb + gzip.compress(b"\n" + good[1]))
    place.put("blank.gz", gzip.compress(b"\n" * (16 * MIB), 9, mtime=0))
    place.put("last", good[2])
    process = program.start(place.command("--threads", threads, "--invalid", os.devnull, "--summary", place.path("summary")), subprocess.DEVNULL,
                            subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, harness.anonymous_memory(process.pid))
        time.sleep(0.002)
    run = program.finish(process)
    check(run.code == 0, f"bombs: exit code {run.code}: {run.err}")
    with open(place.path("summary"), encoding="utf-8") as f:
        summary = json.load(f)["totals"]
    check((summary["malformed"], summary["unique"], summary["duplicate"]) == (2, 3, 2), f"bombs came to {summary}")
    check(gzip.decompress(place.left("blank.gz")) == b"\n" * (16 * MIB) and place.left("last") == good[2], "what stood beside the bombs is lost")
    check(gzip.decompress(place.left("letters.gz")) == good[0] + good[1], "the first file by name is not the first")
    check(harness.scale() < 1 or peak <= (100 + 8 * threads) * MIB, f"bombs took {peak / MIB:.0f} MiB of anonymous memory")
    return f"bombs of {size} MiB in {peak / MIB:.0f} MiB"


# --- Names ---

NAMES = [b"a b", b" ", b"new\nline.gz", b"tab\t", b"-rf", b"--out", b"...", b"..x", b"back\\slash", b'"quoted"', b"'", b"*", b"$(id)", b"%s%n",
         b"\xff\xfe\x80", b"\xc3\x28.gz", "\u202e\U0001f4a3".encode(), b"x" * 255, b"deep/" * 60 + b"er", b"\x1b[2J", b".hidden", b".part"]


def names(program, rng, directory):
    """Names are bytes."""
    place = Place(program, directory, "names")
    contents = {name: b"".join(lines_of(rng, 3)) for name in NAMES}
    for name, content in contents.items():
        place.put(name, gzip.compress(content) if name.endswith(b".gz") else content)
    run = place.run("--summary", place.path("summary"))
    check(run.code == 0, f"names: exit code {run.code}: {run.err}")
    for name, content in contents.items():
        left = place.left(name)
        check((gzip.decompress(left) if name.endswith(b".gz") else left) == content, f"{name!r} did not come through")
    with open(place.path("summary"), encoding="utf-8") as f:
        check(len(json.load(f)["files"]) == len(NAMES), "the summary has not all names")
    place.put("bad name", b"{\n")
    for option, list_of in (("..", b"../x"), ("/..", place.path("in/20170301/..").encode() + b"/20170301/a b")):
        listed = harness.write_file(place.path("list"), [list_of + b"\n"])
        run = place.run("--files-from", listed, operands=[])
        check(run.code == USAGE and len(run.err.splitlines()) <= 3, f"a name with {option}: exit code {run.code}: {run.err}")
    return f"{len(NAMES)} names"


def links(program, rng, directory):
    """No link leads out of the trees: of the input only if asked for, of the output never."""
    place = Place(program, directory, "links")
    secret, line = harness.write_file(place.path("secret"), lines_of(rng, 1)), lines_of(rng, 1)[0]
    os.mkdir(place.path("elsewhere"))
    place.put("plain", line)
    for name, target in (("file", secret), ("nothing", "/nonexistent"), ("loop", "."), ("directory", place.path("elsewhere"))):
        os.symlink(target, place.path(f"in/20170301/{name}"))
    run = place.run()
    check(run.code == INPUT, f"links in the input: exit code {run.code}: {run.err}")
    check(set(archive.tree_of(place.path("out"))) == {"20170301/plain"}, f"links were followed: {sorted(archive.tree_of(place.path('out')))}")
    check(all(name in run.err for name in ("file", "nothing", "loop")), f"links that are left out are not told: {run.err}")
    for planted, target in (("20170301", place.path("elsewhere")), ("20170301/plain", place.path("elsewhere/plain"))):
        subprocess.run(["rm", "-rf", place.path("out"), place.path("store")], check=True)
        os.makedirs(place.path(f"out/{planted}").rsplit("/", 1)[0])
        os.symlink(target, place.path(f"out/{planted}"))
        for options in ((), ("--overwrite",)):
            run = place.run(*options, operands=[place.path("in/20170301/./plain"), place.path("in/20170301")][1:])
            check(run.code in (USAGE, OUTPUT, INPUT), f"a link planted as {planted}, {options}: exit code {run.code}: {run.err}")
            check(not os.listdir(place.path("elsewhere")), f"a link planted as {planted}, {options}: something was written elsewhere")
    return "links"


def test(program, arguments, rng, directory):
    return ", ".join(one(program, rng, directory) for one in (disk_full, growing, bombs, names, links))


harness.run_test(test, harness.parse(__doc__, rounds=1))

"""The backfill of a tree of days, beside a loop of zcat, filter and gzip over its files, DuckDB, and its own stages alone.

The tree has 16 days of gzip files, three quarters of the bytes main-like pings, all in the page cache. Each run has a fresh store and a
fresh output tree; rounds are interleaved, figures are medians.
"""
import gzip
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from common import MB, anonymous_memory, pinned, rate, say

DAYS, FIRST = 16, "20170301"
SIZES = {  # bytes of the tree, inflated; small files; main-like and small files a day
    "tiny": (64 * MB, 2_000, 1, 1),
    "default": (2000 * MB, 100_000, 3, 2),
    "full": (8000 * MB, 100_000, 12, 4),
}
MAIN_SHARE = 0.75
SEED = {"main": 7, "small": 8}  # no document is in both
PING = {"main": 36_400, "small": 1_080}  # bytes, about
DUCKDB_PART = 8  # it gets so much less of the tree
# The lines as they stand, the first of each id: what asks least of it.
DUCKDB = """
import duckdb, sys
files, out = sys.argv[2:], sys.argv[1]
duckdb.execute("SET threads = ?", [{threads}])
duckdb.execute('''COPY (SELECT DISTINCT ON (json->>'$.meta.documentId') json FROM read_ndjson_objects(?, maximum_object_size = 67108864))
  TO ? (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\\x01', COMPRESSION gzip)'''.replace("TO ?", f"TO '{{out}}'"), [files])
"""


class Tree:
    """The generated tree; files: (path, name, inflated bytes)"""

    def __init__(self, bench, size):
        self.bench = bench
        total, self.small_files, mains, smalls = SIZES[size]
        self.input, self.files = bench.path("tree"), []
        self.made = 0
        jobs = []
        for day in range(DAYS):
            directory = os.path.join(self.input, str(int(FIRST) + day))
            os.makedirs(directory)
            for shape, files, share in (("main", mains, MAIN_SHARE), ("small", smalls, 1 - MAIN_SHARE)):
                count = max(1, int(total * share / DAYS / files / PING[shape]))
                for i in range(files):
                    jobs.append((os.path.join(directory, f"{shape}-{i:02}.gz"), shape, count, (day * files + i) * count, day))
        self.generate(jobs)

    def generate(self, jobs):
        """Two at a time; the sizes are what gzip -l tells, which is exact below 4 GB."""
        commands = []
        for path, shape, count, skip, day in jobs:
            options = ["--shape", shape, "--count", count, "--skip", skip, "--seed", SEED[shape], "--duplicates", 5, "--first-day", 17226 + day]
            commands.append(f"{shlex.join(map(str, [self.bench.pinggen, *options]))} | gzip -6 > {shlex.quote(path)}")
        subprocess.run(["xargs", "-0", "-P", str(os.cpu_count()), "-n", "1", "bash", "-o", "pipefail", "-c"],
                       input="\0".join(commands).encode(), check=True)
        for path, *_ in jobs:
            with open(path, "rb") as f:
                f.seek(-4, os.SEEK_END)
                self.files.append((path, int.from_bytes(f.read(), "little")))
        self.files.sort()
        self.bytes = sum(nbytes for _, nbytes in self.files)
        self.zipped = sum(os.path.getsize(path) for path, _ in self.files)
        os.sync()

    def days(self):
        return sorted(os.path.join(self.input, name) for name in os.listdir(self.input))


def fresh(bench):
    """(store, output tree) that are not there."""
    paths = bench.path("tree.store"), bench.path("tree.out")
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
    return paths


def fresh_beside(bench):
    """The same, with what earlier rounds made left in place: ext4 is slow to make files where many have just been removed."""
    made = tempfile.mkdtemp(dir=bench.path(""))
    return os.path.join(made, "store"), os.path.join(made, "out")


def timed(command, **how):
    os.sync()  # a run pays for its own pages only
    began = time.perf_counter()
    subprocess.run(command, check=True, **how)
    return time.perf_counter() - began


def command(bench, days, *options, places=None):
    store, out = places or fresh(bench)
    return [bench.pingsieve, "backfill", "--store", store, "--out", out, "--quiet", *map(str, options), *days]


def loop(bench, tree):
    """Seconds of what people type: file by file, one store."""
    store, out = fresh(bench)
    lines = ["set -e -o pipefail"]
    for path, _ in tree.files:
        target = os.path.join(out, os.path.relpath(path, tree.input))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        lines.append(f"zcat {shlex.quote(path)} | {shlex.quote(bench.pingsieve)} --store {shlex.quote(store)} --quiet | gzip -1 > {shlex.quote(target)}")
    return timed(["bash", "-c", "\n".join(lines)])


def stages(bench, tree):
    """{stage: seconds} on one core."""
    store, _ = fresh(bench)
    program = os.path.join(bench.options.build, "bench/backfill/stages")
    run = subprocess.run(pinned(bench.options.own, [program, "--store", store, *(path for path, _ in tree.files)]), stdout=subprocess.PIPE,
                         text=True, check=True)
    return {name: float(seconds) for name, seconds, _ in (line.split("\t") for line in run.stdout.splitlines())}


def contest(bench, tree):
    """Medians of interleaved rounds: {contender: seconds}."""
    contenders = {
        "one": lambda: timed(command(bench, tree.days(), "--threads", 1)),
        "default": lambda: timed(command(bench, tree.days())),
        "loop": lambda: loop(bench, tree),
    }
    times, alone = {name: [] for name in contenders}, []
    for number in range(bench.options.rounds + 1):
        for name, run in contenders.items():
            seconds = run() if number or name != "loop" else 0  # the first round warms up
            if number:
                times[name].append(seconds)
        if number:
            alone.append(stages(bench, tree))
    return {name: statistics.median(took) for name, took in times.items()}, {name: statistics.median(a[name] for a in alone) for name in alone[0]}


def speed(bench, tree):
    got, alone = contest(bench, tree)
    what, cores = f"{len(tree.files)} files, {tree.bytes / 1e9:.1f} GB", len(os.sched_getaffinity(0))
    ours = got["default"]
    bench.row("backfill", what, rate(tree.bytes, ours))
    bench.row("backfill --threads 1; how much faster the other is", what, rate(tree.bytes, got["one"]), got["one"] / ours, 1.8)
    bench.row("zcat \\| filter \\| gzip -1 file by file, likewise", what, rate(tree.bytes, got["loop"]), got["loop"] / ours, 2.5)
    for name, seconds in alone.items():
        bench.row(f"  {name} alone, one core", what, f"{rate(tree.bytes, seconds)}, {seconds / tree.bytes * 1e9:.2f} ns/byte")
    floor = sum(alone.values()) / cores
    bench.row(f"the three spread over {cores} cores; their time over the backfill's", what, rate(tree.bytes, floor), floor / ours, 1 / 1.1)
    return ours


def memory(bench, tree):
    """The largest of samples, a sample a millisecond, with the threads it takes by itself and with many."""
    for threads in (len(os.sched_getaffinity(0)), 8):
        process = subprocess.Popen(command(bench, tree.days(), "--threads", threads))
        peak = 0
        while process.poll() is None:
            peak = max(peak, anonymous_memory(process.pid))
            time.sleep(0.001)
        if process.returncode:
            sys.exit(f"backfill ended with {process.returncode}")
        bench.row(f"peak anonymous memory, {threads} threads", "the tree", f"{peak / (1 << 20):.0f} MiB", peak / (1 << 20), 100 + 8 * threads, at_most=True)


def duckdb(bench, tree, ours):
    """SELECT DISTINCT ON over a part of the tree, where a package index brings it."""
    venv = bench.path("venv")
    python = os.path.join(venv, "bin/python")
    if subprocess.run([sys.executable, "-m", "venv", venv], stdout=subprocess.DEVNULL, check=False).returncode or subprocess.run(
            [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "duckdb"], stdout=subprocess.DEVNULL, check=False).returncode:
        print("DuckDB cannot be installed here: left out", file=sys.stderr)
        return
    part = tree.files[:max(2, len(tree.files) // DUCKDB_PART)]
    nbytes, out = sum(n for _, n in part), bench.path("duckdb.gz")
    program = DUCKDB.format(threads=len(os.sched_getaffinity(0)))
    took = statistics.median(timed([python, "-c", program, out, *(path for path, _ in part)]) for _ in range(3))
    bench.row("DuckDB, SELECT DISTINCT ON; how much faster the backfill is", f"{len(part)} of these files, {nbytes / 1e9:.2f} GB", rate(nbytes, took),
              (took / nbytes) / (ours / tree.bytes))


def write_small_files(bench, n):
    """Files of one or two small pings each, in 16 days."""
    base = bench.path(f"small.{n}")
    pings = subprocess.Popen([bench.pinggen, "--shape", "small", "--count", str(n), "--seed", "9", "--duplicates", "5"], stdout=subprocess.PIPE)
    for i, line in enumerate(pings.stdout):
        directory = os.path.join(base, str(int(FIRST) + i * DAYS // n))
        if i * DAYS // n != (i - 1) * DAYS // n:
            os.makedirs(directory)
        with open(os.path.join(directory, f"{i:06}.gz"), "wb") as f:
            f.write(gzip.compress(line, 6, mtime=0))
    if pings.wait():
        sys.exit("pinggen failed")
    os.sync()
    return sorted(os.path.join(base, name) for name in os.listdir(base))


def small_files(bench, tree):
    rates = {}
    for n in (tree.small_files // 10, tree.small_files):
        days = write_small_files(bench, n)
        commands = [command(bench, days, places=fresh_beside(bench)) for _ in range(3)]
        took = statistics.median(timed(one) for one in commands)
        rates[n] = n / took
        bench.row("small files", f"{n:,} of 1 ping", f"{rates[n]:,.0f} files/s", rates[n], 2000)
        skipped = timed(commands[-1])
        bench.row("  the same again: all are skipped", f"{n:,}", f"{n / skipped:,.0f} files/s")
    few, many = rates.values()
    bench.row("  ten times as many, rate over that of the fewer", "", f"{many / few:.2f}", many / few, 0.7)


def backfill(bench):
    say("backfill: generating the tree")
    tree = Tree(bench, bench.options.size)
    say(f"backfill: {tree.bytes / 1e9:.2f} GB in {tree.zipped / 1e9:.2f} GB of gzip")
    ours = speed(bench, tree)
    memory(bench, tree)
    duckdb(bench, tree, ours)
    shutil.rmtree(tree.input)
    say("backfill: many small files")
    small_files(bench, tree)

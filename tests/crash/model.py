"""A random stream through the whole program against a naive oracle: days, retention, lateness, restarts; every ping's class, and the
accounts.

The stream is cut into segments, each a run of the program on the same store, with its own threads, batch size and delivery. The
bytes on standard output, in the duplicates and in the invalid sink must be exactly the expected ones, and the
summary's counts tell late from unique pings. After each run the report must have the oracle's day table and its clients.
"""
import collections
import json
import os
import subprocess
import threading

import harness
import reports
from harness import check
from oracle import CLASSES, Oracle, Stream, today


class Segment:
    """A piece of the stream and what must become of it."""

    def __init__(self):
        self.lines, self.out, self.duplicates, self.invalid = [], [], [], []
        self.count = collections.Counter()

    def add(self, line, which):
        self.lines.append(line)
        self.count[which] += 1
        {"duplicate": self.duplicates, "malformed": self.invalid}.get(which, self.out).append(line)


def feed(pipe, data, rng):
    try:
        at = 0
        while at < len(data):
            piece = rng.choice([1, 100, 4096, 65536, 1 << 20])
            pipe.write(data[at:at + piece])
            at += piece
    except BrokenPipeError:
        pass
    pipe.close()


def run_segment(program, rng, base, keep, segment):
    """One run of the program over the segment; its outputs and summary."""
    path = {name: os.path.join(base, name) for name in ("in", "out", "duplicates", "invalid", "summary")}
    for name in path.values():
        if os.path.exists(name):
            os.remove(name)
    options = ["--store", os.path.join(base, "store"), "--keep", keep, "--threads", rng.randint(1, 4), "--duplicates",
               path["duplicates"], "--invalid", path["invalid"], "--summary", path["summary"], "--quiet",
               "--batch-pings", rng.choice([1, 7, 100, 1000, 65536, 65536]) if len(segment.lines) < 3000 else 65536]
    program.sizes = harness.WIDE if options[-1] <= 100 else harness.BATCHES if rng.random() < 0.8 else ""
    harness.write_file(path["in"], segment.lines)
    piped = rng.random() < 0.3
    with open(path["in"], "rb") as source, open(path["out"], "wb") as target:
        process = program.start(options, subprocess.PIPE if piped else source, target)
        if piped:
            feeder = threading.Thread(target=feed, args=(process.stdin, source.read(), rng))
            feeder.start()
            run_error = process.stderr.read().decode()
            feeder.join()
            process.stdin = None
            run = harness.Run(process.wait(), run_error)
            process.stderr.close()
        else:
            run = program.finish(process)
    check(run.code == 0, f"exit code {run.code} with {options}: {run.err}")
    return {name: harness.read_file(where) for name, where in path.items()}, options


def first_difference(expected, found):
    lines = found.splitlines(keepends=True)
    at = next((i for i, (a, b) in enumerate(zip(expected, lines)) if a != b), min(len(expected), len(lines)))
    want, got = expected[at:at + 1], lines[at:at + 1]
    return f"line {at + 1}: expected {want}, found {got} ({len(expected)} lines expected, {len(lines)} found)"


def compare(segment, files, where):
    for name, expected in (("out", segment.out), ("duplicates", segment.duplicates), ("invalid", segment.invalid)):
        check(files[name] == b"".join(expected), f"{where}: {name} differs at {first_difference(expected, files[name])}")
    summary = json.loads(files["summary"])
    for name in CLASSES:
        check(summary[name] == segment.count[name], f"{where}: {summary[name]} {name} pings, expected {segment.count[name]}")
    check(summary["lines"] == len(segment.lines), f"{where}: {summary['lines']} lines, expected {len(segment.lines)}")


def story(program, rng, directory, keep, n, first, last):
    """One store from its first ping to its last."""
    now = today()
    base = os.path.join(directory, f"keep-{keep}-{first}")
    os.mkdir(base)
    stream, oracle = Stream(rng, n, keep, first, last, now), Oracle(keep, now)
    cuts = sorted(rng.randrange(n) for _ in range(6)) + sorted(rng.randrange(min(n, 3000)) for _ in range(4))
    cuts = sorted({0, n, *cuts})
    counts = collections.Counter()
    for begin, end in zip(cuts, cuts[1:]):
        segment = Segment()
        for i in range(begin, end):
            ping = stream.ping(i)
            segment.add(ping.line, oracle.judge(ping))
        files, options = run_segment(program, rng, base, keep, segment)
        if today() != now:
            return None  # midnight: the expectations were another day's
        where = f"keep {keep}, pings {begin}..{end}, {options}"
        compare(segment, files, where)
        reports.compare(reports.read(program, os.path.join(base, "store")), oracle, where)
        counts += segment.count
    program.check_store(os.path.join(base, "store"), "the stream")
    return counts


def test(program, arguments, rng, directory):
    counts = collections.Counter()
    n = max(2000, int(600_000 * harness.scale() * arguments.rounds)) // 6
    now = today()
    plans = [(30, now - 100, now), (3, now - 40, now), (1, now - 20, now - 5), (0, now - 50, now), (7, 17000, 17100),
             (10, now - 3, now + 1)]
    for number, (keep, first, last) in enumerate(plans):
        for attempt in range(3):
            place = os.path.join(directory, f"{number}.{attempt}")
            os.mkdir(place)
            counts_of_one = story(program, rng, place, keep, n, first, last)
            if counts_of_one:
                break
        check(counts_of_one is not None, "midnight three times in a row")
        counts += counts_of_one
    return f"{sum(counts.values())} lines as expected: " + ", ".join(f"{counts[name]} {name}" for name in CLASSES)


harness.run_test(test, harness.parse(__doc__, rounds=1))

"""A random stream through the whole program against a naive oracle: days, retention, lateness, restarts; every ping's class.

The oracle is a dictionary from identity to day, and the rules of time spelt out:
  A ping's day is its server-side submission day, without one today. The watermark is the newest day of a ping with an id so far, but
  never later than tomorrow. With a retention of K days, a ping older than watermark - K is late: it passes, unseen and unmarked.
  What was marked for days before watermark - K is forgotten, exactly, as soon as the watermark moves. A new key belongs to
  its ping's day, or to tomorrow if that is earlier; a duplicate refreshes nothing.

The stream is cut into segments, each a run of the program on the same store, with its own threads, batch size and delivery. The
bytes on standard output, in the duplicates and in the invalid sink must be exactly the expected ones, and the
summary's counts tell late from unique pings.
"""
import collections
import datetime
import json
import os
import subprocess
import threading

import harness
from harness import check

EPOCH = datetime.date(1970, 1, 1)
CLASSES = ("unique", "duplicate", "malformed", "no_id", "late", "blank")


def today():
    return (datetime.datetime.now(datetime.timezone.utc).date() - EPOCH).days


class Oracle:
    def __init__(self, keep, now):
        self.keep, self.now = keep, now
        self.watermark = 0
        self.day_of = {}
        self.by_day = collections.defaultdict(list)

    def judge(self, key, day):
        self.watermark = max(self.watermark, min(day, self.now + 1))
        bound = self.watermark - self.keep if self.keep else 0
        for old in [d for d in self.by_day if d < bound]:
            for forgotten in self.by_day.pop(old):
                del self.day_of[forgotten]
        if day < bound:
            return "late"
        if key in self.day_of:
            return "duplicate"
        bucket = min(day, self.now + 1)
        self.day_of[key] = bucket
        self.by_day[bucket].append(key)
        return "unique"


class Stream:
    """Pings of days that drift from `first` to `last` over n pings."""

    def __init__(self, rng, n, keep, first, last, now):
        self.rng, self.n, self.keep, self.now = rng, n, keep, now
        self.days = sorted(rng.randint(first, last) for _ in range(n))
        self.ids = []

    def date(self, day):
        """A day in one of the forms that pings have, as a member of meta or of the ping itself."""
        if day is None:
            return "", ""
        day = min(day, 65535)
        text = (EPOCH + datetime.timedelta(days=day)).strftime("%Y%m%d")
        form = self.rng.random()
        if form < 0.7:
            return f',"submissionDate":"{text}"', ""
        if form < 0.85:
            return "", f',"submission_timestamp":"{text[:4]}-{text[4:6]}-{text[6:]}T23:59:59.999999Z"'
        return f',"Timestamp":{day * 86400 * 10**9 + self.rng.randrange(86400 * 10**9)}', ""

    def spelling(self, identity):
        """The same identity as different senders spell it."""
        form = self.rng.random()
        if form < 0.9 or identity.startswith("odd"):
            return identity
        if form < 0.93:
            return identity.upper()
        if form < 0.96:
            return "{" + identity + "}"
        at = self.rng.randrange(len(identity))
        return identity[:at] + f"\\u{ord(identity[at]):04x}" + identity[at + 1:]

    def identity(self):
        rng = self.rng
        form = rng.random()
        if not self.ids or form < 0.7:
            self.ids.append(harness.new_id(rng) if rng.random() < 0.98 else f"odd id {rng.randrange(10**9)}")
            return self.ids[-1]
        reach = 300 if form < 0.85 else 20000 if form < 0.95 else len(self.ids)
        return self.ids[-1 - rng.randrange(min(reach, len(self.ids)))]

    def day(self, i):
        rng, base, form = self.rng, self.days[i], self.rng.random()
        if form < 0.8:
            return base
        if form < 0.95 and self.keep:  # about the edge of the retention
            return max(0, base - self.keep + rng.randint(-2, 2))
        if form < 0.99:
            return max(0, base - rng.randrange(self.keep * 3 + 10))
        return base + rng.randint(0, 2)

    def line(self, i):
        """(bytes, identity or None, day, class if it does not depend on the store)"""
        rng, form = self.rng, self.rng.random()
        if form < 0.005:
            return rng.choice([b"\n", b" \n", b"\t\r\n"]), None, 0, "blank"
        day = self.day(i)
        if i > self.n * 0.97 and rng.random() < 0.02:  # what moves the watermark to today or tomorrow for good
            day = rng.choice([None, self.now, self.now + 1, self.now + 2, self.now + 27000])
        in_meta, in_ping = self.date(day)
        if form < 0.015:
            line = f'{{"meta":{{"documentId":{rng.choice(["null", "7", "[]", chr(34) * 2])}{in_meta}}}{in_ping}}}\n'
            return line.encode(), None, 0, "no_id"
        identity = self.identity()
        spelling = self.spelling(identity)
        if rng.random() < 0.8:
            line = f'{{"meta":{{"documentId":"{spelling}"{in_meta}}}{in_ping},"id":"not this"}}\n'
        else:
            line = f'{{"id":"other","document_id":"{spelling}","meta":{{"x":1{in_meta}}}{in_ping}}}\n'
        if form < 0.025:  # a copy cut short must not mark its identity
            return line[:rng.randrange(1, len(line) - 2)].encode() + b"\n", None, 0, "malformed"
        return line.encode(), identity, self.now if day is None else min(day, 65535), None


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
            line, identity, day, which = stream.line(i)
            segment.add(line, which or oracle.judge(identity, day))
        files, options = run_segment(program, rng, base, keep, segment)
        if today() != now:
            return None  # midnight: the expectations were another day's
        compare(segment, files, f"keep {keep}, pings {begin}..{end}, {options}")
        counts += segment.count
    program.check_store(os.path.join(base, "store"), "the stream")
    return counts


def test(program, arguments, rng, directory):
    counts = collections.Counter()
    n = max(2000, int(1_000_000 * harness.scale() * arguments.rounds)) // 6
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

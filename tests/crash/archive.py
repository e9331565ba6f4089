"""An archive of days of files with known truth, and what a backfill must make of it.

Its pings are those of oracle.Stream. The truth follows from the rules alone: files in the order of (day, path), the day of a path is
the day of all its pings, the first copy in that order stays, and the oracle's rules of time.
"""
import collections
import gzip
import os
import subprocess
import zlib

import harness
import oracle
import reports
from harness import check
from oracle import Ping, Stream, date

FIRST = 17226  # 2017-03-01
NO_DAY = 99999
MAX_LINE = 8192
LEFT = ("unique", "no_id", "late", "blank")  # the classes that are in the output
PART = ".part"


class File:
    """name: below the archive; day: of its path or None; pings: in order; raw: its bytes as they lie there, or None for the usual ones.
    damaged: it ends before its time, after all of the pings."""

    def __init__(self, name, day, pings, zipped, raw=None, damaged=False):
        self.name, self.day, self.pings, self.zipped, self.raw, self.damaged = name, day, pings, zipped, raw, damaged

    def order(self):
        first = next((ping.day for ping in self.pings if ping.day is not None), NO_DAY)
        return (first if self.day is None else self.day), os.fsencode(self.name)

    def plain(self):
        return b"".join(ping.line for ping in self.pings)


def members(rng, plain):
    """gzip with several members, an empty one among them, cut anywhere, with padding as tar leaves it."""
    cuts = sorted(rng.randrange(len(plain) + 1) for _ in range(3))
    pieces = [plain[i:j] for i, j in zip([0, *cuts], [*cuts, len(plain)])]
    return b"".join(gzip.compress(piece, rng.randint(1, 9), mtime=0) for piece in [*pieces, b""]) + bytes(512)


def padded(ping, nbytes):
    """The same ping with so many bytes more."""
    if ping.which == "malformed" or not ping.line.endswith(b"}\n"):
        return ping
    ping.line = ping.line[:-2] + b',"pad":"' + b"x" * nbytes + b'"}\n'
    return ping


class Archive:
    """days: how many; files: of each day; pings: of each file, about. loose: with files whose path has no day."""

    def __init__(self, rng, keep, days=9, files=4, pings=100, loose=True, big=0):
        self.rng, self.keep = rng, keep
        self.stream = Stream(rng, days * (files + 1) * pings * 9, keep, FIRST, FIRST + days, oracle.today())
        self.count = 0
        self.files = []
        for i in range(days):
            form = date(FIRST + i) if i % 3 == 1 else date(FIRST + i).replace("-", "")
            for j in range(files):
                self.add_day(f"{form}/{'deep/er/' if j == 1 else ''}part-{j}", FIRST + i, self.pings(FIRST + i, rng.randint(1, 2 * pings)), j)
        if big:
            self.add_day(f"{date(FIRST + days - 1)}/big", FIRST + days - 1, [padded(p, 4000) for p in self.pings(FIRST, big)], 0)
        if loose:
            self.add_loose(days, pings)
        self.files.sort(key=File.order)

    def pings(self, base, n):
        """n pings whose own days lie about a day."""
        self.stream.days[self.count:self.count + n] = [base] * n
        self.count += n
        return [self.stream.ping(i) for i in range(self.count - n, self.count)]

    def add_day(self, name, day, pings, kind):
        """A file of a day in one of its kinds: the path's day is that of its pings, whatever they say."""
        for ping in pings:
            ping.day, ping.dated = day, True
        if kind == 2:  # from another system
            for ping in pings:
                ping.line = ping.line[:-1] + b"\r\n" if ping.which != "blank" else ping.line
        if kind == 3:
            pings.insert(self.rng.randrange(len(pings) + 1), Ping(b"y" * (MAX_LINE + 9999) + b"\n", day=day, which="malformed"))
        while kind % 2 and len(pings) > 1 and pings[-1].which == "blank":
            pings.pop()
        if kind % 2:
            pings[-1].line = pings[-1].line.removesuffix(b"\n")
        zipped = kind != 1
        raw = members(self.rng, b"".join(p.line for p in pings)) if kind == 3 else None
        self.files.append(File(f"{name}{'.gz' if zipped else '.ndjson'}", day, pings, zipped, raw))

    def loose(self, name, pings, zipped=False):
        """A file that goes by its pings. The first one tells its day, so that it is known where it stands."""
        first = next((i for i, ping in enumerate(pings) if ping.identity and ping.dated and ping.which is None), None)
        if first is not None:
            pings.insert(0, pings.pop(first))
        self.files.append(File(name, None, pings, zipped))

    def add_loose(self, days, pings):
        for i in range(0, days - 3, 3):  # days mixed, so that some expire in mid-file
            mixed = [ping for base in range(i, i + 3) for ping in self.pings(FIRST + base, pings // 2)]
            self.loose(f"loose/mixed-{i}.{'gz' if i else 'json'}", mixed, bool(i))
        self.loose("loose/empty", [])
        self.loose("loose/empty.gz", [], True)
        self.loose("loose/broken only", [Ping(b"{\n", which="malformed"), Ping(b"\n", which="blank"), Ping(b"[1,2", which="malformed")])
        marked = self.pings(FIRST + days - 1, pings)
        self.loose("loose/with a mark", marked)
        if marked[0].which is None:
            marked[0].line = b"\xef\xbb\xbf" + marked[0].line

    def write(self, directory):
        """Below the directory, which is made."""
        for file in self.files:
            path = os.path.join(directory, file.name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            usual = gzip.compress(file.plain(), 6, mtime=0) if file.zipped else file.plain()
            harness.write_file(path, [usual if file.raw is None else file.raw])
        self.directory = directory
        return self

    def operands(self):
        """DIRECTORY/* as a shell expands it"""
        return sorted({os.path.join(self.directory, file.name.split("/")[0]) for file in self.files})


class Truth:
    """tree: {name: (zipped, content)}; files and days: {name or day: counts by class}; pings: {class: them, in order}; oracle: what the
    store has in the end."""

    def __init__(self, archive):
        self.oracle = oracle.Oracle(archive.keep, oracle.today())
        self.tree, self.files, self.days = {}, {}, collections.defaultdict(collections.Counter)
        self.pings = collections.defaultdict(list)
        for file in sorted(archive.files, key=File.order):
            counts, left = collections.Counter(), []
            for ping in file.pings:
                which = self.oracle.judge(ping)
                counts[which] += 1
                self.pings[which].append(ping)
                if which in LEFT:
                    left.append(ping.whole())
            self.files[file.name] = counts
            self.days[file.order()[0]].update(counts)
            self.tree[file.name] = (file.zipped, b"".join(left))

    def total(self):
        return sum(self.files.values(), collections.Counter())


def inflate(data, name):
    """Every member of a gzip file, which must be whole."""
    plain, members_found = b"", 0
    while data:
        member = zlib.decompressobj(31)
        try:
            plain += member.decompress(data) + member.flush()
        except zlib.error as error:
            raise harness.Failure(f"{name} is damaged: {error}") from None
        check(member.eof, f"{name} is no whole gzip file")
        data, members_found = member.unused_data, members_found + 1
    check(members_found == 1, f"{name} has {members_found} members")
    return plain


def tree_of(directory):
    """{name: bytes} of all regular files below; links and others are told by their kind."""
    found = {}
    for base, directories, names in os.walk(directory):
        for name in [*names, *(d for d in directories if os.path.islink(os.path.join(base, d)))]:
            path = os.path.join(base, name)
            found[os.path.relpath(path, directory)] = harness.read_file(path) if not os.path.islink(path) else b"-> " + os.fsencode(os.readlink(path))
    return found


def parts_of(tree):
    return [name for name in tree if name.endswith(PART)]


def check_tree(found, truth, when):
    """The tree is exactly the true one."""
    check(not parts_of(found), f"{when}: left over: {parts_of(found)}")
    check(set(found) == set(truth.tree), f"{when}: files that differ: {sorted(set(found) ^ set(truth.tree))[:5]}")
    for name, (zipped, content) in truth.tree.items():
        check(zipped == found[name].startswith(b"\x1f\x8b"), f"{when}: {name} has not the compression of its input")
        plain = inflate(found[name], name) if zipped else found[name]
        if plain != content:
            explain(name, plain, content, when)


def explain(name, plain, content, when):
    got, wanted = plain.splitlines(keepends=True), content.splitlines(keepends=True)
    at = next((i for i, pair in enumerate(zip(got, wanted)) if pair[0] != pair[1]), min(len(got), len(wanted)))
    raise harness.Failure(f"{when}: {name}: {len(got)} lines, expected {len(wanted)}; the first that differs is {at}: "
                          f"{got[at:at + 1]!r:.300}, expected {wanted[at:at + 1]!r:.300}")


def check_same(found, reference, when):
    """Two trees are byte-identical."""
    check(set(found) == set(reference), f"{when}: files that differ: {sorted(set(found) ^ set(reference))[:5]}")
    differing = [name for name in found if found[name] != reference[name]]
    check(not differing, f"{when}: {len(differing)} of {len(found)} files are not the same bytes: {differing[:3]}")


def state_of(program, store):
    """Keys and accounts of a store, in a form to compare."""
    report = reports.read(program, store)
    keys = reports.keys(program, store)
    reports.check_consistent(report, keys, store)
    days = {name: (day.keys, day.rows, {by: ranking.clients for by, ranking in day.rankings.items()}) for name, day in report.days.items()}
    return keys, report.watermark, days


def check_state(found, reference, when):
    for what, got, wanted in zip(("documentIds by day", "the watermark"), found, reference):
        check(got == wanted, f"{when}: {what}: {got}, expected {wanted}")
    for day in {**found[2], **reference[2]}:
        check((day in found[2]) == (day in reference[2]), f"{when}: {day} is in the accounts, or is not, as it should not be")
        for what, got, wanted in zip(("documentIds", "day table", "clients"), found[2][day], reference[2][day]):
            check(got == wanted, f"{when}: {what} of {day}: {differing(got, wanted)}")


def differing(got, wanted):
    """Only what differs of two tables."""
    if not isinstance(got, dict):
        return f"{got}, expected {wanted}"
    return "; ".join(f"{key}: {got.get(key)!s:.600}, expected {wanted.get(key)!s:.600}" for key in {**got, **wanted} if got.get(key) != wanted.get(key))


def command(store, out, archive, *options):
    """The options of a backfill of the whole archive."""
    return ["backfill", "--store", store, "--out", out, "--keep", archive.keep, "--max-line", MAX_LINE, "--quiet", *options, *archive.operands()]


def run(program, arguments, what="a backfill", env=None):
    return program.finish(program.start(arguments, subprocess.DEVNULL, subprocess.PIPE, env), what)

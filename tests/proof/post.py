"""The day of the first post: one client sends ten pings 232,287 times, among sixteen days.

whole: the client is flagged before a tenth of the day's stream has passed, and no other client is; the report has the day's top five
with exactly the true figures, every day's figures, and that day alone stands out.
small: the same with 1,024 slots for clients: every figure's bound holds, and the client is still the first.
"""
import json
import os
import re
import subprocess
import sys
import time

import harness
import reports
from harness import check

DAY = "2017-03-12"
PINGS, CLIENTS, DOCUMENTS = 587_000, 62_423, 10
FLOOD = (232_287, 232_277, 118_021_474_114)  # pings, duplicates, measurements
NEXT = 1_619_126
TOP = 5
PATIENCE = 30  # seconds until a flag must have been written
SUBMITTED = b'"submissionDate":"20170312"'
FACTS = re.compile(rb'"documentId":"([^"]+)".*"clientId":"([^"]+)".*"SSL_HANDSHAKE_VERSION":.*"values":\{([^}]*)\}')


class Truth:
    """The generator's own account of its output."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.days = {day["day"]: day for day in json.load(f)}

    def clients(self, day, figure):
        """{client: figure} of a day; figure 0: pings, 1: duplicates, 2: measurements"""
        return {client: figures[figure] for client, figures in self.days[day]["clients"].items() if figures[figure]}

    def top(self, day, figure):
        return sorted(self.clients(day, figure).items(), key=lambda one: -one[1])[:TOP]


class Recount:
    """The day of the post counted from the stream's bytes, so that the generator's word is not all there is."""

    def __init__(self):
        self.pings, self.documents, self.clients, self.flood, self.measurements = 0, set(), set(), 0, 0

    def take(self, line):
        """False: it is of another day."""
        if SUBMITTED not in line:
            return False
        document, client, values = FACTS.search(line).groups()
        self.pings += 1
        self.documents.add(document)
        self.clients.add(client)
        self.measurements += sum(int(pair.split(b":")[1]) for pair in values.split(b","))
        return True


def generate(arguments, truth, stdout):
    normal = max(2000, int(20000 * harness.scale()))
    return subprocess.Popen([arguments.postgen, "--normal", str(normal), "--seed", str(arguments.seed), "--truth", truth], stdout=stdout)


def flags_of(path):
    """{(client, rule, day)} so far; the last line may be in the making."""
    lines = harness.read_file(path).splitlines(keepends=True)
    return [(flag["client"], flag["rule"], flag["day"]) for flag in map(json.loads, (line for line in lines if line.endswith(b"\n")))]


def wait_for_flags(path):
    """The flags when both floods are among them, or all there are when patience ends."""
    until = time.monotonic() + PATIENCE * (1 if harness.scale() >= 1 else 10)
    while True:
        flags = flags_of(path)
        if {"ping-flood", "duplicate-flood"} <= {rule for _, rule, _ in flags} or time.monotonic() > until:
            return flags
        time.sleep(0.05)


def feed(stream, pipe, flags_path):
    """Hands the stream on; returns the flags after a tenth of the day, and the day counted again."""
    recount, early = Recount(), None
    for line in stream:
        pipe.write(line)
        if recount.take(line) and recount.pings == PINGS // 10:
            pipe.flush()
            early = wait_for_flags(flags_path)
    pipe.close()
    return early, recount


def check_flags(early, late, client):
    check({(client, "ping-flood", DAY), (client, "duplicate-flood", DAY)} <= set(early),
          f"a tenth of the day had passed, and only these were flagged: {early}")
    check(len(set(late)) == len(late), f"a flag was raised twice: {late}")
    check({who for who, _, _ in late} == {client}, f"others were flagged, too: {late}")


def check_truth(truth, recount, client):
    """The stream is the post's."""
    day = truth.days[DAY]
    check((recount.pings, len(recount.clients)) == (PINGS, CLIENTS), f"{recount.pings} pings of {len(recount.clients)} clients")
    check((len(recount.documents), recount.measurements) == (day["unique"], day["measurements"]), "the generator's truth is none")
    check(tuple(day["clients"][client]) == FLOOD, f"the client sent {day['clients'][client]}")
    check(truth.top(DAY, 2)[1][1] == NEXT, f"the next client has {truth.top(DAY, 2)[1][1]} measurements")


def check_days(report, truth):
    check(list(report.days) == list(truth.days), f"days {list(report.days)}")
    for name, day in truth.days.items():
        found = report.days[name]
        for figure, key in (("pings", "pings"), ("unique", "unique"), ("duplicate", "duplicates"), ("measurements", "measurements")):
            check(found.total[figure] == day[key], f"{name}: {figure} is {found.total[figure]}, expected {day[key]}")
        check(found.keys == day["unique"], f"{name}: {found.keys} documentIds in the seen-set, expected {day['unique']}")
    check(report.outliers == [DAY], f"days that stand out: {report.outliers}")


def check_bounds(report, truth):
    """Every listed figure holds what it promises, and so does the bound of those that are not listed."""
    listed = 0
    for name, day in report.days.items():
        for figure, ranking in enumerate((day.rankings["pings"], day.rankings["duplicates"], day.rankings["measurements"])):
            true = truth.clients(name, figure)
            for client, (count, error) in ranking.clients.items():
                check(count <= true.get(client, 0) <= count + error,
                      f"{name}: {client} has {true.get(client, 0)}, the report says {count} to {count + error}")
            missing = max((n for client, n in true.items() if client not in ranking.clients), default=0)
            check(missing <= ranking.absent, f"{name}: a client of {missing} is not listed, the bound is {ranking.absent}")
            listed += len(ranking.clients)
    return listed


def check_top(report, truth):
    """The top five by measurements are exact; the flooding client's other figures as well."""
    day = report.days[DAY]
    expected = [(client, n, 0) for client, n in truth.top(DAY, 2)]
    found = [(client, count, error) for client, (count, error) in day.rankings["measurements"].clients.items()][:TOP]
    check(found == expected, f"top five by measurements: {found}, expected {expected}")
    check(report.top("measurements")[:TOP] == [(DAY, *entry) for entry in expected], f"top of all days: {report.top('measurements')[:TOP]}")
    for figure, name in enumerate(("pings", "duplicates")):
        first = next(iter(day.rankings[name].clients.items()))
        check(first == (expected[0][0], (FLOOD[figure], 0)), f"first by {name}: {first}")


def check_pages(program, store, client, directory):
    """Text and HTML name the client and the day as well."""
    short, whole = client[:8], client
    for kind in ("text", "html"):
        page = reports.page(program, store, "--format", kind)
        check(short in page and whole not in page, f"the {kind} report does not name the client {short}, or all of it")
        check(DAY in page, f"the {kind} report does not name the day")
        for n in (*FLOOD, NEXT):
            check(f"{n:,}" in page, f"the {kind} report does not tell {n:,}")
        check(whole in reports.page(program, store, "--format", kind, "--show-ids"), f"the {kind} report has no whole id with --show-ids")


def whole(program, arguments, directory):
    paths = {name: os.path.join(directory, name) for name in ("store", "flags", "truth", "out")}
    source = generate(arguments, paths["truth"], subprocess.PIPE)
    with open(paths["out"], "wb") as out:
        process = program.start(["--store", paths["store"], "--flags", paths["flags"], "--quiet"], subprocess.PIPE, out)
        early, recount = feed(source.stdout, process.stdin, paths["flags"])
        process.stdin = None
        run = program.finish(process)
    check(source.wait() == 0 and run.code == 0, f"exit code {run.code}: {run.err}")
    truth = Truth(paths["truth"])
    client = truth.top(DAY, 2)[0][0]
    check_truth(truth, recount, client)
    check_flags(early, flags_of(paths["flags"]), client)
    with open(paths["out"], "rb") as out:
        left = sum(1 for _ in out)
    check(left == sum(day["unique"] for day in truth.days.values()), f"{left} pings left")
    report = reports.read(program, paths["store"])
    check_days(report, truth)
    check_bounds(report, truth)
    check_top(report, truth)
    check_pages(program, paths["store"], client, directory)
    rules = ", ".join(sorted({rule for _, rule, _ in flags_of(paths["flags"])}))
    return f"{sum(day['pings'] for day in truth.days.values())} pings; flagged by {rules}, {len(early)} of these in the first tenth"


def small(program, arguments, directory):
    store, truth_path = os.path.join(directory, "store"), os.path.join(directory, "truth")
    source = generate(arguments, truth_path, subprocess.PIPE)
    with open(os.devnull, "wb") as out:
        process = program.start(["--store", store, "--client-slots", "1024", "--quiet"], source.stdout, out)
        source.stdout.close()
        run = program.finish(process)
    check(source.wait() == 0 and run.code == 0, f"exit code {run.code}: {run.err}")
    truth = Truth(truth_path)
    report = reports.read(program, store)
    check_days(report, truth)
    listed = check_bounds(report, truth)
    client = truth.top(DAY, 2)[0][0]
    for name in ("pings", "duplicates", "measurements"):
        check(next(iter(report.days[DAY].rankings[name].clients)) == client, f"the client is not the first by {name}")
    return f"{listed} figures within their bounds"


def test(program, arguments, rng, directory):
    return {"whole": whole, "small": small}[which](program, arguments, directory)


which = sys.argv.pop(1)
harness.run_test(test, harness.parse(__doc__, rounds=1))

"""Profiles beside the scanner alone and beside scripts, and of the Aurora 51 client as a whole.

Inputs come from the page cache; rounds are interleaved, figures are medians.
"""
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time

from common import MB, pinned, rate, say

FILES = 8
SIZES = {  # bytes of other clients' pings; scale of the client's, pings of others among them, scale for the scripts; documents
    "tiny": (48 * MB, 1000, 2_000, 1000, 200_000),
    "default": (800 * MB, 10, 200_000, 100, 10_000_000),
    "full": (4000 * MB, 1, 1_000_000, 100, 10_000_000),
}
POPULATIONS = ("all_copies", "first_copies", "seen_once")
ABSENT = "00000000-0000-4000-8000-000000000000"
MOST_MEMORY = 256  # MiB: 64 of documents and measurements, 24 of the fleet, blocks, and the result
# All copies, documents and the fleet's values; sort and uniq count.
JQ = """[if .clientId == $c then "client" else "fleet" end] as [$who] |
  ([$who, "length", .payload.info.sessionLength], [$who, "subsession", .payload.info.subsessionLength],
   [$who, "default", .environment.settings.isDefaultBrowser], [$who, "MHz", ([.environment.system.cpu.speedMHz, 5000] | min)],
   [$who, "OS", .environment.system.os.name, (.environment.system.os.version | split(".")[:2] | join("."))],
   [$who, "city", .meta.geoCountry, .meta.geoCity],
   [$who, "add-on", (.environment.addons.activeAddons[] | select(.isSystem | not) | .name)],
   (select($who == "client") | [$who, "document", .meta.documentId], [$who, "day", .meta.submissionDate],
    [$who, "measured", ([.payload.histograms[].values[]] | add)])) | @tsv"""


def timed(command, **how):
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=how.pop("stdout", subprocess.DEVNULL), **how)
    return time.perf_counter() - began


def medians(bench, contenders):
    times = {name: [] for name in contenders}
    for number in range(bench.options.rounds + 1):
        for name, run in contenders.items():
            seconds = run()
            if number:  # the first round warms up
                times[name].append(seconds)
    return {name: statistics.median(took) for name, took in times.items()}


def command(bench, client, files, *options):
    return [bench.pingsieve, "profile", "--quiet", "--json", "--client", client, *map(str, options), *files]


def alone(bench, files):
    """Seconds of reading and scanning, and of the scanning in it."""
    program = os.path.join(bench.options.build, "bench/profile/scan_sum")
    run = subprocess.run(pinned(bench.options.own, [program, *files]), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return [float(line.split("\t")[1]) for line in run.stdout.splitlines()]


def generate_fleet(bench, total):
    """({kind: files}, inflated bytes): main-like pings of clients that are not asked for, plain and gzip."""
    plain, packed, count = [], [], max(1, total // FILES // 36_400)
    os.makedirs(bench.path("fleet"))
    for i in range(FILES):
        plain.append(bench.path(f"fleet/2018030{i + 1}"))
        packed.append(plain[-1] + ".gz")
    generate = [f"{shlex.quote(bench.pinggen)} --shape main --count {count} --skip {i * count} --seed 7 --first-day {17591 + i} > {path} && "
                f"gzip -6 -c {path} > {path}.gz" for i, path in enumerate(plain)]
    subprocess.run(["xargs", "-0", "-P", str(os.cpu_count()), "-n", "1", "bash", "-c"], input="\0".join(generate).encode(), check=True)
    return {"plain": plain, "gzip": packed}, sum(map(os.path.getsize, plain))


def script(client, files, name):
    """The command that a person types instead."""
    if name == "jq":
        return ["bash", "-c", f"jq -r --arg c {client} {shlex.quote(JQ)} {shlex.join(files)} | LC_ALL=C sort | uniq -c"]
    peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
    return [sys.executable, peer, client, *files]


def script_rows(bench, client, parts, default, one):
    """Rows of the scripts, each over its files; default and one: the profile's seconds a byte with the cores it takes, and on one."""
    for name, told, files in (("python", "Python, json module", parts[0]), ("jq", "jq \\| sort \\| uniq -c", parts[1])):
        nbytes = sum(map(os.path.getsize, files))
        seconds = statistics.median(timed(script(client, files, name)) for _ in range(2)) / nbytes
        what = f"{nbytes / 1e6:.0f} MB of these"
        bench.row(f"  {told}; how much faster the profile is", what, rate(1, seconds), seconds / default, 20)
        bench.row("    ... on one core", what, "", seconds / one)


def of_others(bench, total):
    files, nbytes = generate_fleet(bench, total)
    what, scans = f"{FILES} files, {nbytes / 1e9:.1f} GB", []

    def scan_plain():
        got = alone(bench, files["plain"])
        scans.append(got[1])
        return got[0]

    got = medians(bench, {
        "scan": scan_plain,
        "plain 1": lambda: timed(pinned(bench.options.own, command(bench, ABSENT, files["plain"], "--threads", 1))),
        "plain 2": lambda: timed(command(bench, ABSENT, files["plain"], "--threads", 2)),
        "gzip 1": lambda: timed(pinned(bench.options.own, command(bench, ABSENT, files["gzip"], "--threads", 1))),
        "gzip 2": lambda: timed(command(bench, ABSENT, files["gzip"], "--threads", 2)),
    })
    bench.row("reading, scanning and summing alone, one core", what, rate(nbytes, got["scan"]))
    bench.row("  of that the scanning", what, rate(nbytes, statistics.median(scans)))
    bench.row("profile of a client that is none of them, one core; over that", what, rate(nbytes, got["plain 1"]), got["scan"] / got["plain 1"],
              0.8)
    for kind in ("plain", "gzip"):
        bench.row(f"profile, 2 threads over 1, {kind}", what, rate(nbytes, got[f"{kind} 2"]), got[f"{kind} 1"] / got[f"{kind} 2"], 1.8)
    parts = (files["plain"][:1], files["plain"][:1])
    script_rows(bench, ABSENT, parts, got["plain 2"] / nbytes, got["plain 1"] / nbytes)
    shutil.rmtree(bench.path("fleet"))


class Aurora:
    """The client's generated files, a day each, and what is true of them."""

    def __init__(self, bench, name, scale, others):
        self.directory, truth = bench.path(name), bench.path(f"{name}.truth")
        os.makedirs(self.directory)
        generator = os.path.join(bench.options.build, "bench/gen/auroragen")
        subprocess.run([generator, "--follow-up", "--scale", str(scale), "--others", str(others), "--output", self.directory, "--truth",
                        truth], check=True)
        with open(truth, encoding="utf-8") as f:
            self.truth = json.load(f)
        self.client = self.truth["client"]
        self.files = [os.path.join(self.directory, day) for day in sorted(os.listdir(self.directory))]
        self.bytes = sum(map(os.path.getsize, self.files))


def beside_scripts(bench, scale):
    """As they are typed, each with the cores it takes; and on one."""
    aurora = Aurora(bench, "scripts", scale, 1_200_000 // scale)
    what = f"{aurora.bytes / 1e6:.0f} MB of 1.2 kB pings"
    got = medians(bench, {
        "one": lambda: timed(pinned(bench.options.own, command(bench, aurora.client, aurora.files, "--threads", 1))),
        "default": lambda: timed(command(bench, aurora.client, aurora.files)),
    })
    bench.row("profile of the client", what, rate(aurora.bytes, got["default"]))
    bench.row("  on one core", what, rate(aurora.bytes, got["one"]))
    script_rows(bench, aurora.client, (aurora.files, aurora.files[::8]), got["default"] / aurora.bytes, got["one"] / aurora.bytes)
    shutil.rmtree(aurora.directory)


def profiled(arguments):
    """(profile, seconds, peak memory in bytes)"""
    began = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(arguments[:6])} ended with {process.returncode}")
    return json.loads(out), time.perf_counter() - began, usage.ru_maxrss * 1024


def wrong_values(found, truth):
    """How many values, days and measurements are not as the generator has them."""
    fields = {field["name"]: {v["text"]: [v["count"][p] for p in POPULATIONS] for v in field["values"]} for field in found["fields"]}
    wrong = sum([day["day"], *(day["pings"][p] for p in POPULATIONS), day["documents"]] != true
                for day, true in zip(found["days"], truth["days"])) + abs(len(found["days"]) - len(truth["days"]))
    for name, table in truth["fields"].items():
        expected = {}
        for text, counts in table.items():
            text = str(min(int(text), 5000)) if name == "CPU MHz" else text
            expected[text] = [a + b for a, b in zip(counts, expected.get(text, (0, 0, 0)))]
        wrong += sum(expected.get(text) != fields[name].get(text) for text in {*expected, *fields[name]})
    for p, population in enumerate(POPULATIONS):
        expected = sum(int(n) * counts[p] for n, counts in truth["measures"]["histograms"].items())
        wrong += found["measures"][0]["sum"][population] != expected
    return wrong


def of_the_client(bench, scale, others):
    """The follow-up's days, all at once; at full size with the notebooks' own figures."""
    say("profile: the Aurora 51 client")
    aurora = Aurora(bench, "aurora", scale, others)
    what = f"{sum(aurora.truth['pings'][:1]) + others:,} pings, {aurora.bytes / 1e9:.1f} GB"
    took = []
    for _ in range(3):
        profile, seconds, peak = profiled(command(bench, aurora.client, [aurora.directory], "--top", 10000))
        took.append(seconds)
    client = profile["clients"][0]
    bench.row("profile of the client", what, f"{statistics.median(took):.1f} s, {rate(aurora.bytes, statistics.median(took))}")
    bench.row("  peak memory", what, f"{peak / (1 << 20):.0f} MiB", peak / (1 << 20), MOST_MEMORY, at_most=True)
    values = sum(len(field["values"]) for field in client["fields"])
    bench.row("  of its values, days and sums wrong", f"{values:,} values", str(wrong_values(client, aurora.truth)),
              wrong_values(client, aurora.truth), 0, at_most=True)
    for name, counts in client["pings"].items():
        bench.row(f"  pings, {name.replace('_', ' ')}", "", f"{counts:,}")
    shutil.rmtree(aurora.directory)


def distinct_documents(bench, documents):
    path = bench.path("documents")
    with open(path, "wb") as out:
        subprocess.run([bench.pinggen, "--shape", "id", "--count", str(documents), "--seed", "5", "--days", "30", "--per-day",
                        str(documents // 30 + 1)], stdout=out, check=True)
    profile, seconds, peak = profiled([bench.pingsieve, "profile", "--quiet", "--json", path])
    found = profile["clients"][0]["pings"]
    what = f"{found['first_copies']:,} documents"
    bench.row("profile of everybody", what, f"{found['all_copies'] / seconds / 1e6:.2f} M pings/s")
    bench.row("  peak memory", what, f"{peak / (1 << 20):.0f} MiB", peak / (1 << 20), MOST_MEMORY, at_most=True)
    os.unlink(path)


def profile(bench):
    total, scale, others, scripts, documents = SIZES[bench.options.size]
    say("profile: pings of other clients")
    of_others(bench, total)
    say("profile: beside scripts")
    beside_scripts(bench, scripts)
    of_the_client(bench, scale, others)
    say("profile: many documents")
    distinct_documents(bench, documents)

"""Measures pingsieve beside a do-nothing relay and other tools, and prints one table.

Rounds are interleaved (each contender once a round), figures are medians, inputs come from the page cache, and each round of pingsieve
works on a fresh copy of a store that already holds keys. Called by scripts/bench, which builds and passes the directories.
"""
import argparse
import json
import os
import platform
import random
import select
import shutil
import statistics
import subprocess
import sys
import time

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [BENCH, os.path.join(BENCH, "backfill"), os.path.join(BENCH, "profile")]

import profiles  # noqa: E402
import tree  # noqa: E402
from common import MB, anonymous_memory, pinned, rate, say  # noqa: E402

DAY = 17591  # of the streams; the preloaded keys fill the 29 days before it
SIZES = {  # bytes of main-like and small pings, bytes for the peers (the slow ones take a part), keys in the store
    "tiny": (40 * MB, 20 * MB, 4 * MB, 200_000),
    "default": (2000 * MB, 1000 * MB, 200 * MB, 10_000_000),
    "full": (8000 * MB, 4000 * MB, 250 * MB, 100_000_000),
}
ID = '"documentId":"'
MAWK_ID = f"match($0, /{ID}[^\"]*/) && !seen[substr($0, RSTART + {len(ID)}, 36)]++"
JQ_ID = ("foreach inputs as $p ({seen: {}}; $p.meta.documentId as $i | .new = (.seen[$i] | not) | .seen[$i] = true; "
         "if .new then $p else empty end)")
MLR_ID = 'id = $meta["documentId"]; new = is_absent(@seen[id]); @seen[id] = 1; new'
SLOW = {"mlr", "jq"}  # they get so much less of the stream
SLOW_PART = 32
PEERS = [
    ("mawk '!seen[$0]++'", ["mawk", "!seen[$0]++"]),
    ("mawk, id cut out by a regex", ["mawk", MAWK_ID]),
    ("sort -u", ["sort", "-u"]),
    ("mlr --jsonl filter", ["mlr", "--ijsonl", "--ojsonl", "filter", MLR_ID]),
    ("jq -c", ["jq", "-c", "-n", JQ_ID]),
]


class Bench:
    def __init__(self, options):
        self.options = options
        self.rows, self.told = [], []
        self.pingsieve = os.path.join(options.build, "pingsieve")
        self.relay = os.path.join(options.build, "bench/pipe/relay")
        self.pinggen = os.path.join(options.build, "bench/gen/pinggen")
        self.postgen = os.path.join(options.build, "bench/gen/postgen")
        self.main_bytes, self.small_bytes, self.peer_bytes, self.keys = SIZES[options.size]

    def path(self, name):
        return os.path.join(self.options.data, name)

    def data_directory(self, name):
        os.makedirs(self.path(name), exist_ok=True)
        return self.path(name)

    def row(self, what, stream, figure, ratio=None, target=None, at_most=False):
        """A line of the table; ratio is what is held against the target, a bound from below or above."""
        met = "" if target is None or ratio is None else "yes" if (ratio <= target if at_most else ratio >= target) else "NO"
        bound = "" if target is None else f"{'≤' if at_most else '≥'} {target:g}"
        self.rows.append((what, stream, figure, "" if ratio is None else f"{ratio:.3g}", bound, met))
        print("  " + " | ".join(filter(None, self.rows[-1])), file=sys.stderr)


def generate(bench, name, *arguments):
    """A seeded stream in a file, and in the page cache."""
    path = bench.path(name)
    with open(path, "wb") as out:
        subprocess.run([bench.pinggen, *map(str, arguments)], stdout=out, check=True)
        os.fsync(out.fileno())
    return path


def prepare(bench):
    say("generating streams and filling the store")
    shared = ["--duplicates", 1, "--first-day", DAY]
    generate(bench, "main", "--shape", "main", "--bytes", bench.main_bytes, "--seed", 1, *shared)
    generate(bench, "small", "--shape", "small", "--bytes", bench.small_bytes, "--seed", 2, *shared)
    generate(bench, "few", "--shape", "small", "--bytes", bench.peer_bytes, "--seed", 3, *shared)
    generate(bench, "fewer", "--shape", "small", "--bytes", bench.peer_bytes // SLOW_PART, "--seed", 3, *shared)
    ids = subprocess.Popen([bench.pinggen, "--shape", "id", "--count", str(bench.keys), "--seed", "4", "--days", "30", "--per-day",
                            str(bench.keys // 30 + 1), "--first-day", str(DAY - 29)], stdout=subprocess.PIPE)
    subprocess.run([bench.pingsieve, "store", "absorb", "--store", bench.path("store"), "--quiet"], stdin=ids.stdout, check=True)
    if ids.wait():
        sys.exit("pinggen failed")


def fresh_store(bench):
    """A copy of the filled store that is on the disk already: a round pays for its own pages only."""
    copy = bench.path("store.round")
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", bench.path("store"), copy], check=True)
    for name in os.listdir(copy):
        with open(os.path.join(copy, name), "rb") as f:
            os.fsync(f.fileno())
    return copy


def filter_command(bench):
    return [bench.pingsieve, "--store", fresh_store(bench), "--quiet"]


def pipe(path, commands):
    """Seconds for `path | commands... > /dev/null`, and the CPU seconds (user, system) of each command."""
    with open(path, "rb") as source, open(os.devnull, "wb") as null:
        began = time.perf_counter()
        processes, stdin = [], source
        for i, command in enumerate(commands):
            last = i == len(commands) - 1
            process = subprocess.Popen(command, stdin=stdin, stdout=null if last else subprocess.PIPE,
                                       env={**os.environ, "LC_ALL": "C"})
            if stdin is not source:
                stdin.close()
            stdin = process.stdout
            processes.append(process)
        cpu = []
        for process, command in zip(processes, commands):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                sys.exit(f"{' '.join(command)} ended with {process.returncode}")
            cpu.append((usage.ru_utime, usage.ru_stime))
        return time.perf_counter() - began, cpu


def contest(bench, path, contenders):
    """Medians over interleaved rounds: {name: (seconds, CPU of the contender in the middle or alone)}.

    contenders: {name: function that returns the commands of the pipe and the index of the one that is judged}."""
    times, cpus = {name: [] for name in contenders}, {name: [] for name in contenders}
    for number in range(bench.options.rounds + 1):
        for name, commands in contenders.items():
            chain, judged = commands()
            seconds, cpu = pipe(path, chain)
            if number:  # the first round warms up
                times[name].append(seconds)
                cpus[name].append(cpu[judged])
    return {name: (statistics.median(times[name]),
                   tuple(statistics.median(c[k] for c in cpus[name]) for k in (0, 1))) for name in contenders}


def pipe_to_pipe(bench):
    say("pipe to pipe")
    cats, own = bench.options.cats, bench.options.own
    cat = pinned(cats, ["cat"])
    for stream, apart, together in (("main", 0.95, 0.5), ("small", 0.6, 0.35)):
        path = bench.path(stream)
        size = os.path.getsize(path)
        got = contest(bench, path, {
            "relay": lambda: ([cat, pinned(own, [bench.relay]), cat], 1),
            "pingsieve": lambda: ([cat, pinned(own, filter_command(bench)), cat], 1)})
        for name, (seconds, cpu) in got.items():
            base = got["relay"][0]
            bench.row(f"cat \\| {name} \\| cat, own core", stream, rate(size, seconds), base / seconds,
                      apart if name == "pingsieve" else None)
            bench.row(f"  CPU of {name}, user + system", stream, f"{cpu[0] / size * 1e9:.2f} + {cpu[1] / size * 1e9:.2f} s/GB")
        alone = pinned(own, ["cat"])
        got = contest(bench, path, {
            "cat": lambda: ([alone] * 3, 1),
            "pingsieve": lambda: ([alone, pinned(own, filter_command(bench)), alone], 1)})
        for name, (seconds, _) in got.items():
            base = got["cat"][0]
            bench.row(f"cat \\| {name} \\| cat, one core", stream, rate(size, seconds), base / seconds,
                      together if name == "pingsieve" else None)


def peers(bench):
    say("peers")
    own, ours = bench.options.own, 0
    for stream, slow in (("few", False), ("fewer", True)):
        path = bench.path(stream)
        size = os.path.getsize(path)
        contenders = {} if slow else {"pingsieve": lambda: ([pinned(own, filter_command(bench))], 0)}
        for name, command in PEERS:
            if shutil.which(command[0]) and (command[0] in SLOW) == slow:
                contenders[name] = lambda command=command: ([pinned(own, command)], 0)
        got = contest(bench, path, contenders)
        ours = ours or size / got["pingsieve"][0]
        for name, (seconds, _) in got.items():
            bench.row(name, "small", rate(size, seconds), size / seconds / ours)


def peak_memory(bench, path):
    """The largest of samples of the anonymous memory in use, a sample a millisecond."""
    with open(path, "rb") as source, open(os.devnull, "wb") as null:
        command = [*filter_command(bench), "--invalid", os.devnull]
        process = subprocess.Popen(command, stdin=source, stdout=null, stderr=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = max(peak, anonymous_memory(process.pid))
            time.sleep(0.001)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return peak


def long_lines(bench):
    """Lines of 64 MiB at most, one right after the other, and one beyond."""
    path = bench.path("long")
    with open(path, "wb") as f:
        for n in range(4):
            f.write(b'{"documentId":"long %d","payload":"' % n)
            for _ in range(63):
                f.write(b"x" * (1 << 20))
            f.write(b'"}\n')
        f.write(b"y" * (150 << 20) + b"\n")
    return path


def memory(bench):
    say("memory")
    for what, path in (("main-like stream", bench.path("main")), ("small stream", bench.path("small")),
                       ("lines of 63 MiB, one of 150 MiB", long_lines(bench))):
        peak = peak_memory(bench, path)
        bench.row("peak anonymous memory", what, f"{peak / (1 << 20):.0f} MiB", peak / (1 << 20), 100, at_most=True)


def latency(bench):
    say("latency on an idle stream")
    process = subprocess.Popen(filter_command(bench), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    rng, took = random.Random(1), []
    for i in range(50 if bench.options.size == "tiny" else 300):
        time.sleep(rng.uniform(0.015, 0.045))
        line = b'{"meta":{"documentId":"idle %d"},"x":"%s"}\n' % (i, b"x" * 900)
        began = time.perf_counter()
        process.stdin.write(line)
        process.stdin.flush()
        got = b""
        while len(got) < len(line) and select.select([process.stdout], [], [], 5)[0]:
            got += os.read(process.stdout.fileno(), 65536)
        took.append(time.perf_counter() - began)
        if got != line:
            sys.exit("a ping on an idle stream did not leave")
    process.stdin.close()
    process.wait()
    took = sorted(took[5:])
    for name, seconds in (("p50", statistics.median(took)), ("p99", took[len(took) * 99 // 100]), ("max", took[-1])):
        bench.row(f"a ping on an idle stream leaves after, {name}", "1 kB pings", f"{seconds * 1e3:.2f} ms", seconds * 1e3,
                  20 if name == "max" else None, at_most=True)


def longest_commit(bench, path, *options):
    """Seconds of the longest commit of a run, as its summary tells."""
    summary = bench.path("summary")
    pipe(path, [[*filter_command(bench), "--summary", summary, *options]])
    with open(summary, encoding="utf-8") as f:
        return json.load(f)["longest_commit_seconds"]


def report_alone(bench):
    """The report of 400 days, in every format."""
    store = bench.path("days")
    days = subprocess.Popen([bench.postgen, "--days", "400", "--normal", "1000"], stdout=subprocess.PIPE)
    with open(os.devnull, "wb") as null:
        subprocess.run([bench.pingsieve, "--store", store, "--quiet"], stdin=days.stdout, stdout=null, check=True)
    if days.wait():
        sys.exit("postgen failed")
    for kind in ("text", "json", "html", "csv"):
        page, took = bench.path(f"report.{kind}"), []
        for _ in range(bench.options.rounds):
            with open(page, "wb") as out:
                began = time.perf_counter()
                subprocess.run(pinned(bench.options.own, [bench.pingsieve, "report", "--store", store, "--format", kind]), stdout=out,
                               check=True)
                took.append(time.perf_counter() - began)
        bench.row(f"report of 400 days, {kind}", f"{os.path.getsize(page) / 1e3:.0f} kB", f"{statistics.median(took) * 1e3:.0f} ms")


def accounts(bench):
    say("accounts: what they cost")
    cats, own = bench.options.cats, bench.options.own
    places = [("own core", lambda command: ([pinned(cats, ["cat"]), pinned(own, command), pinned(cats, ["cat"])], 1)),
              ("one core", lambda command: ([pinned(own, ["cat"]), pinned(own, command), pinned(own, ["cat"])], 1)),
              ("all cores, unpinned", lambda command: ([command], 0))]
    for stream in ("main", "small"):
        path = bench.path(stream)
        size = os.path.getsize(path)
        for place, chain in places:
            got = contest(bench, path, {
                "without accounts": lambda chain=chain: chain([*filter_command(bench), "--no-accounts"]),
                "with accounts": lambda chain=chain: chain(filter_command(bench))})
            base, base_cpu = got["without accounts"]
            for name, (seconds, cpu) in got.items():
                bench.row(f"{name}, {place}", stream, rate(size, seconds), base / seconds, 0.9 if name == "with accounts" else None)
                bench.row("  CPU, user + system", stream, f"{cpu[0] / size * 1e9:.2f} + {cpu[1] / size * 1e9:.2f} s/GB",
                          sum(base_cpu) / sum(cpu))
        for name, options in (("without accounts", ["--no-accounts"]), ("with accounts", [])):
            took = statistics.median(longest_commit(bench, path, *options) for _ in range(3))
            bench.row(f"longest commit {name}, fdatasync included", stream, f"{took * 1e3:.0f} ms")
        peak = peak_memory(bench, path)
        bench.row("peak anonymous memory with accounts", stream, f"{peak / (1 << 20):.0f} MiB", peak / (1 << 20), 100, at_most=True)
    report_alone(bench)


def program_lines(bench, program, *arguments):
    """The lines that a micro-benchmark prints, none if it is not built; they follow the table."""
    path = os.path.join(bench.options.build, program)
    if not os.path.exists(path):
        print(f"{program} is not built", file=sys.stderr)
        return []
    run = subprocess.run(pinned(bench.options.own, [path, *map(str, arguments)]), stdout=subprocess.PIPE, text=True, cwd=bench.options.data)
    if run.returncode:
        sys.exit(f"{program} ended with {run.returncode}")
    bench.told.append((program, run.stdout))
    return run.stdout.splitlines()


def scan_alone(bench):
    say("scan alone, against simdjson")
    for stream in ("main", "small"):
        with open(bench.path(stream), "rb") as source, open(bench.path(stream + ".part"), "wb") as part:
            part.write(source.read(60 * MB).rsplit(b"\n", 1)[0] + b"\n")
    got = {}  # (stream, tool, mode): GB/s of its best kernel, which comes first
    for line in program_lines(bench, "bench/scan/scan_bench", bench.path("main.part"), bench.path("small.part")):
        tool, _, mode, path, speed, *_ = line.split("\t")
        got.setdefault((os.path.basename(path).split(".")[0], tool, mode), float(speed))
    if not got:
        return
    for stream, targets in (("main", {"simdjson-dom": 3.2, "simdjson-ondemand": 2.4}),
                            ("small", {"simdjson-dom": 1.3, "simdjson-ondemand": 1.0})):
        own = got[stream, "pingsieve", "ids"]
        bench.row("scan: validate and project", stream, f"{own:.2f} GB/s")
        for tool, target in targets.items():
            other = got[stream, tool, "ids"]
            bench.row(f"scan: {tool}", stream, f"{other:.2f} GB/s", own / other, target)
    summed, plain = got["main", "pingsieve", "ids+all"], got["main", "pingsieve", "ids"]
    bench.row("scan: and sum all histograms, cost", "main", f"{summed:.2f} GB/s", 1 - summed / plain, 0.3, at_most=True)


def seen_alone(bench):
    say("seen-set, against LMDB and RocksDB")
    size = {"tiny": ["--keys", 500_000, "--seconds", 3], "default": [], "full": ["--full"]}[bench.options.size]
    keys = ""
    for line in program_lines(bench, "bench/seen/seen_bench", "--dir", bench.data_directory("seen"), *size):
        kind, *pairs = line.split()
        value = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        if kind == "load":
            keys = f"{int(value['keys']):,} keys"
            bench.row(f"seen-set: {value['engine']}", keys, f"{int(value['rate']) / 1e6:.2f} M keys/s")
        if kind == "load" and value["engine"] == "pingsieve":
            big = bench.options.size == "full"
            for name, key, unit, target in (("bytes a key", "bytes_per_key", "", 16 if big else None),
                                            ("anonymous memory", "anonymous_mib", " MiB", 32),
                                            ("slowest batch without fdatasync", "max", " ms", 60)):
                bench.row(f"  {name}", keys, value[key] + unit, float(value[key]), target, at_most=True)
            last = int(value["last_tenth"]) / 1e6
            bench.row("  last tenth", keys, f"{last:.2f} M keys/s", last, 2.5 if big else None)
        elif kind == "cold":
            first = float(value["batch_ms"].split(",")[0])
            bench.row("  open", keys, f"{value['open_ms']} ms cold, {value['warm_open_ms']} warm", float(value["warm_open_ms"]), 10,
                      at_most=True)
            bench.row("  first batch on a cold cache", keys, f"{first:g} ms", first, 500, at_most=True)
        elif kind == "speedup":
            bench.row(f"seen-set: pingsieve over {value['over']}", f"{int(value['keys']):,} keys", f"{value['all']} times",
                      float(value["all"]), 10)


def machine():
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} CPUs, Linux {platform.release()}"


def print_table(bench):
    print(f"{machine()}; medians of {bench.options.rounds} interleaved rounds, {bench.keys:,} keys in the store (none "
          f"before a backfill), `scripts/bench{'' if bench.options.size == 'default' else ' --' + bench.options.size}`\n")
    print("ratio: to the rate of the relay, of cat | cat | cat, of pingsieve (peers), of pingsieve without accounts, of the "
          "backfill's default (or as told); else the figure that is held against the target\n")
    header = ("what", "stream", "figure", "ratio", "target", "met")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in bench.rows:
        print("| " + " | ".join(row) + " |")
    for program, text in bench.told:
        print(f"\n{program}:\n```\n{text.rstrip()}\n```")


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures pingsieve; prints one table.")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--data", required=True, help=argparse.SUPPRESS)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", dest="size", action="store_const", const="full", help="big sizes; an hour")
    size.add_argument("--tiny", dest="size", action="store_const", const="tiny", help="only to see that it works")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--only", action="append", choices=sorted(SECTIONS), help="a part of it; may be repeated")
    parser.set_defaults(size="default")
    options = parser.parse_args()
    cpus = sorted(os.sched_getaffinity(0))
    options.own, options.cats = cpus[-1], cpus[0]
    return options


SECTIONS = {"pipe": pipe_to_pipe, "accounts": accounts, "peers": peers, "memory": memory, "latency": latency, "scan": scan_alone,
            "seen": seen_alone, "backfill": tree.backfill, "profile": profiles.profile}


def main():
    options = parse()
    bench = Bench(options)
    chosen = {name: section for name, section in SECTIONS.items() if not options.only or name in options.only}
    if set(chosen) - {"backfill", "profile"}:
        prepare(bench)
    for section in chosen.values():
        section(bench)
    print_table(bench)


main()

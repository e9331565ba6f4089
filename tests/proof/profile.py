"""Profiles of the two posts' clients come back to the last digit, for all three populations.

aurora: a clientId that many machines share (scaled down), an ordinary chatty client, and all others as their fleet: tables, days,
documents, measurements, shares and looks are what the generator says, and what the posts say. Threads, files, compression and memory
change nothing; text and CSV have the same figures. Flagged yesterday, the client is found today.
flood: one client that sends ten pings 232,287 times.
"""
import csv
import gzip
import json
import math
import os
import re
import subprocess
import sys

import harness
from harness import check

POPULATIONS = ("all_copies", "first_copies", "seen_once")
# Of "One Problematic Aurora 51 Client", all copies until 2017-02-16, and of "That Aurora 51 Client", documents seen exactly once.
PINGS, ONCE = 4_571_188, 312_266
COPIES = {"add-ons": {"Random Agent Spoofer": 4_570_618, "Alexa Traffic Rank": 419_985},
          "session length": {"215": 2_756_799, "135": 417_410, "284": 273_834, "27": 258_250, "40": 257_293},
          "CPU MHz": {"3504": 2_796_444, "2397": 973_539, "3503": 506_650, "2097": 274_870},
          "city": {"US Costa Mesa": 599_161, "US Phoenix": 449_236, "FR Paris": 245_990, "GB ??": 234_012, "GB London": 187_256,
                   "FR ??": 183_938, "DE ??": 144_906, "US Los Angeles": 122_247, "US Houston": 97_413, "US New York": 93_148}}
CITIES = 418
ONCES = {"add-ons": {"Random Agent Spoofer": 311_019, "Alexa Traffic Rank": 37_439, "RefControl": 18_358, "StopTube": 4_831},
         "CPU MHz": {"2400": 84_819, "2399": 73_546, "2397": 44_691, "3504": 44_401, "3503": 41_217},
         "city": {"CA Montréal": 100_792, "FR ??": 62_789, "US Costa Mesa": 19_677, "US Phoenix": 14_828, "FR Paris": 8_888}}
LAST_OF_COPIES = "20170216"
FLOOD = (232_287, 10, 118_021_474_114)  # pings, documents, measurements
MADE = re.compile(rb'"made":\s*"[^"]*"')
FILES = re.compile(rb'"files":\s*\d+')
TLS = "payload/histograms/SSL_HANDSHAKE_VERSION/values/*"


def three(counts):
    return tuple(counts[name] for name in POPULATIONS)


def same(found, expected, what):
    check(found == expected, f"{what}: found {str(found)[:300]}, expected {str(expected)[:300]}")


def added(table):
    return tuple(map(sum, zip(*table.values()))) if table else (0, 0, 0)


def clamped(table, most):
    """A table of numbers in which those beyond `most` count as that, and how many these are."""
    result, beyond = {}, (0, 0, 0)
    for text, counts in table.items():
        if int(text) > most:
            beyond = tuple(map(sum, zip(beyond, counts)))
            text = str(most)
        result[text] = tuple(map(sum, zip(result.get(text, (0, 0, 0)), counts)))
    return result, beyond


def compare_numbers(found, table, quantiles, what):
    """table: {number: (all, first, once)}"""
    numbers = sorted((float(text), counts) for text, counts in table.items())
    for p, name in enumerate(POPULATIONS):
        mine = [(value, counts[p]) for value, counts in numbers if counts[p]]
        n = sum(count for _, count in mine)
        same(found["count"][name], n, f"{what}: numbers, {name}")
        if not n:
            continue
        same((found["min"][name], found["max"][name]), (mine[0][0], mine[-1][0]), f"{what}: least and most, {name}")
        mean = sum(value * count for value, count in mine) / n
        check(math.isclose(found["mean"][name], mean, rel_tol=1e-9), f"{what}: mean of {name} {found['mean'][name]}, expected {mean}")
        ranks, passed, expected = [max(1, math.ceil(q * n)) for q in quantiles], 0, []
        for value, count in mine:
            passed += count
            while len(expected) < len(ranks) and ranks[len(expected)] <= passed:
                expected.append(value)
        same(found["quantile"][name], expected, f"{what}: quantiles of {name}")
    for kind in ("linear", "log"):
        bins = found[kind]
        check(1 <= len(bins) <= 50, f"{what}: {len(bins)} bins")
        for i, one in enumerate(bins):
            last = i == len(bins) - 1
            inside = [counts for value, counts in numbers if (value > 0 or kind == "linear") and one["from"] <= value and
                      (value < one["to"] or last and value == one["to"])]
            same(three(one["count"]), added(dict(enumerate(inside))), f"{what}: {kind} bin {i}")


class Story:
    """A generated stream, its truth, and the profiles of it."""

    def __init__(self, program, arguments, directory):
        self.program, self.base = program, directory
        self.scale = 100 if harness.scale() >= 1 else 400
        self.others = 40_000 if harness.scale() >= 1 else 24_000
        self.days, truth = self.path("days"), self.path("truth")
        os.mkdir(self.days)
        subprocess.run([arguments.auroragen, "--scale", str(self.scale), "--follow-up", "--others", str(self.others), "--seed",
                        str(arguments.seed), "--output", self.days, "--truth", truth], check=True)
        with open(truth, encoding="utf-8") as f:
            self.truth = json.load(f)
        self.client, self.chatty = self.truth["client"], self.truth["others"]["chatty"]["client"]
        self.names = sorted(os.listdir(self.days))

    def path(self, name):
        return os.path.join(self.base, name)

    def run(self, *options, stdin=subprocess.DEVNULL):
        run = self.program.finish(self.program.start(["profile", "--quiet", *options], stdin, subprocess.PIPE), f"profile {options}")
        check(run.code == 0, f"profile {options}: exit code {run.code}: {run.err}")
        return run.out

    def profile(self, *options, **more):
        return self.run("--client", self.client, "--client", self.chatty, "--top", 10000, "--json", "--measure",
                        "histograms=payload/histograms/*/values/*", "--measure", f"ssl={TLS}", *options, **more)


def compare_tables(story, found, quantiles):
    truth, others = story.truth["fields"], story.truth["others"]
    fields = {field["name"]: field for field in found["fields"]}
    speeds, beyond = clamped(truth["CPU MHz"], 5000)
    tables = {**truth, "CPU MHz": speeds, "subsession length": truth["session length"]}
    fleets = {**others["fields"], "subsession length": others["fields"]["session length"]}
    fleets["CPU MHz"] = {**fleets["CPU MHz"], "5000": fleets["CPU MHz"].get("6000", 0)}
    fleets["OS"] = {"Windows_NT 5.1": fleets["OS"]["Windows_NT 5.1.2600"]}
    same(sorted(fields), sorted(tables), "fields")
    same(three(fields["CPU MHz"]["clamped"]), beyond, "clamped CPU MHz")
    for name, table in tables.items():
        field, table = fields[name], {text: tuple(counts) for text, counts in table.items()}
        same({value["text"]: three(value["count"]) for value in field["values"]}, table, name)
        same(three(field["distinct"]), tuple(sum(counts[p] > 0 for counts in table.values()) for p in range(3)), f"{name}: distinct")
        same((field["capped"], three(field["other"])), (False, (0, 0, 0)), f"{name}: others")
        if name != "add-ons":
            same(three(field["pings"]), added(table), f"{name}: pings")
        for value in field["values"]:
            fleet = fleets[name].get(value["text"], 0)
            same(value["fleet"], {"count": fleet, "error": 0}, f"{name} {value['text']}: of the others")
            same(value["only_here"], fleet == 0, f"{name} {value['text']}: only here")
            for p, population in enumerate(POPULATIONS):
                lift, whole = value["lift"][population], three(found["pings"])[p]
                expected = fleet and value["count"][population] / whole / (fleet / others["pings"])
                check(not fleet or math.isclose(lift, expected, rel_tol=1e-9), f"{name} {value['text']}: lift {lift}, expected {expected}")
    for name in ("session length", "CPU MHz"):
        compare_numbers(fields[name]["numbers"], tables[name], quantiles, name)


def compare(story, profile):
    truth, found = story.truth, profile["clients"][0]
    same(three(found["pings"]), tuple(truth["pings"]), "pings")
    same(found["fleet_pings"], truth["others"]["pings"], "pings of the others")
    same([(day["day"], *three(day["pings"]), day["documents"]) for day in found["days"]], [tuple(day) for day in truth["days"]], "days")
    told = sorted(truth["documents"], key=lambda document: (-document[1], document[0]))
    same([[d["id"], d["count"], d["days"], d["first_day"], d["last_day"], d["first_ns"], d["last_ns"]]
          for d in found["documents"][:len(told)]], told, "documents")
    compare_tables(story, found, profile["quantiles"])
    for measure in found["measures"]:
        table = truth["measures"][measure["name"]]
        compare_numbers(measure["per_ping"], table, profile["quantiles"], measure["name"])
        same(three(measure["sum"]), added({v: tuple(int(v) * c for c in counts) for v, counts in table.items()}), "measurements")
    member = found["measures"][1]["member"]
    same({name: list(three(member[name])) for name in truth["member"]}, truth["member"], "the histogram's sum")


def compare_posts(story, found, tables, of_posts, whole, p):
    """The figures are those of the posts, divided by the scale, and the posts' top values are the top."""
    check(three(found["pings"])[p] == whole // story.scale, f"{three(found['pings'])[p]} pings, the post has {whole}")
    for field in found["fields"]:
        counts = {value["text"]: three(value["count"])[p] for value in field["values"]}
        if field["name"] not in tables:
            continue
        for text, count in of_posts[field["name"]].items():
            same(counts[text], count // story.scale, f"{field['name']} {text}, as the post has it")
        same(max(counts, key=counts.get), next(iter(of_posts[field["name"]])), f"{field['name']}: the first")


def tell_the_posts(story, whole):
    until = [os.path.join(story.days, name) for name in story.names if name[:8] <= LAST_OF_COPIES]
    first = json.loads(story.profile(*until))["clients"][0]
    compare_posts(story, first, COPIES, COPIES, PINGS, 0)
    same({field["name"]: field["distinct"]["all_copies"] for field in first["fields"]}["city"], CITIES, "cities")
    compare_posts(story, whole, ONCES, ONCES, ONCE, 2)


def looks(client):
    return [look["look"] for look in client["looks"]]


def same_whatever_the_way(story, expected):
    """Threads, days' files or one stream, gzip, and memory that is too little."""
    def plain(out):
        return FILES.sub(b"", MADE.sub(b"", out))

    whole = story.path("whole.ndjson")
    with open(whole, "wb") as out:
        for name in story.names:
            out.write(harness.read_file(os.path.join(story.days, name)))
    os.mkdir(story.path("packed"))
    for name in story.names:
        with gzip.open(story.path(f"packed/{name}.gz"), "wb", compresslevel=1) as out:
            out.write(harness.read_file(os.path.join(story.days, name)))
    ways = [(story.days, "--threads", 2), (story.days, "--threads", 4), (whole, "--threads", 1), (whole, "--threads", 2),
            (story.path("packed"), "--threads", 1), (story.path("packed"), "--threads", 4),
            (story.days, "--memory", "1MiB", "--temp-dir", story.base)]
    for way in ways:
        same(plain(story.profile(*way)), plain(expected), f"profile with {way[1:]} of {os.path.basename(way[0])}")
    with open(whole, "rb") as stdin:
        same(plain(story.profile(stdin=stdin)), plain(expected), "profile of standard input")
    os.unlink(whole)


def same_in_every_form(story, found):
    options = ("--client", story.client, "--top", 10000, story.days)
    tables = story.path("tables")
    story.run(*options, "--format", "csv", "--output", tables)
    with open(os.path.join(tables, "values.csv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    values = {(row["field"], row["value"], row["population"]): int(row["count"]) for row in rows}
    expected = {(field["name"], value["text"], name.replace("_", " ")): value["count"][name]
                for field in found["fields"] for value in field["values"] for name in POPULATIONS}
    same(values, expected, "values.csv")
    text = story.run(*options, "--width", 160).decode()
    for value in found["fields"][0]["values"]:
        check(f"{value['count']['all_copies']:,}" in text and value["text"] in text, f"the text has no {value['text']}")
    check(all(f"{n:,}" in text for n in three(found["pings"])), "the text has not the pings of every population")


def flagged_then_profiled(story):
    day, store = story.names[-1], story.path("seen")
    with open(os.path.join(story.days, day), "rb") as stdin, open(os.devnull, "wb") as out:
        run = story.program.finish(story.program.start(["--store", store, "--quiet", "--ping-flood", 50], stdin, out))
    check(run.code == 0, f"filter: exit code {run.code}: {run.err}")
    date = f"{day[:4]}-{day[4:6]}-{day[6:8]}"
    profile = json.loads(story.run("--flagged", date, "--store", store, "--show-ids", "--json", story.days))
    found = {client["client"]: client for client in profile["clients"]}
    check(story.client in found, f"flagged are {list(found)}, not {story.client}")
    same(three(found[story.client]["pings"]), tuple(story.truth["pings"]), "pings of the flagged client")


def aurora(program, arguments, directory):
    story = Story(program, arguments, directory)
    out = story.profile(story.days, "--threads", 1)
    profile = json.loads(out)
    compare(story, profile)
    client, chatty = profile["clients"]
    tell_the_posts(story, client)
    same(looks(client), ["shared-profile"], "looks of the shared profile")
    same(looks(chatty), ["chatty-client"], "looks of the chatty client")
    same(three(chatty["pings"]), (story.truth["others"]["chatty"]["pings"],) * 3, "pings of the chatty client")
    same_whatever_the_way(story, out)
    same_in_every_form(story, json.loads(story.run("--client", story.client, "--top", 10000, "--json", story.days))["clients"][0])
    flagged_then_profiled(story)
    return f"{profile['pings']} pings, of the client {three(client['pings'])}"


def flood(program, arguments, directory):
    truth = os.path.join(directory, "truth")
    source = subprocess.Popen([arguments.postgen, "--days", "1", "--seed", str(arguments.seed), "--truth", truth], stdout=subprocess.PIPE)
    stream = os.path.join(directory, "stream")
    # The client is only known once the generator has told of it: the whole stream, before it is asked for.
    with open(stream, "wb") as out:
        while block := source.stdout.read(1 << 20):
            out.write(block)
    check(source.wait() == 0, "postgen failed")
    with open(truth, encoding="utf-8") as f:
        day = json.load(f)[0]
    client = max(day["clients"], key=lambda c: day["clients"][c][2])
    run = program.finish(program.start(["profile", "--quiet", "--json", "--client", client, "--measure", TLS, stream], subprocess.DEVNULL,
                                       subprocess.PIPE))
    check(run.code == 0, f"exit code {run.code}: {run.err}")
    found = json.loads(run.out)["clients"][0]
    same(three(found["pings"]), (FLOOD[0], FLOOD[1], 0), "pings")
    same(found["measures"][0]["sum"]["all_copies"], FLOOD[2], "measurements")
    same(found["fleet_pings"], day["pings"] - FLOOD[0], "pings of the others")
    same([found["days"][0][name] for name in ("day", "documents")], ["2017-03-12", FLOOD[1]], "day")
    same(sum(document["count"] for document in found["documents"]), FLOOD[0], "copies of the documents")
    same(looks(found), ["copies-of-few-documents"], "looks")
    return f"{day['pings']} pings, of the client {three(found['pings'])}"


def test(program, arguments, _rng, directory):
    return {"aurora": aurora, "flood": flood}[which](program, arguments, directory)


which = sys.argv.pop(1)
harness.run_test(test, harness.parse(__doc__, rounds=1))

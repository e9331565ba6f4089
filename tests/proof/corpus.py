"""Profiles of the whole fleet over the corpus, file by file and all together, against counts taken with jansson (oracle.c)."""
import json
import os
import subprocess
import sys

import harness
from harness import check

CORPUS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/corpus"))
# In the order of the days that their pings tell; the last one tells none.
NAMES = ("pings/shapes.ndjson", "pings/schemas-pass.ndjson", "pings/schemas-fail.ndjson")
POPULATIONS = ("all_copies", "first_copies", "seen_once")
FIELDS = {"type": "type", "reason": "payload/info/reason", "length": "payload/info/sessionLength", "system": "environment/system/os/name",
          "version": "environment/system/os/version:major.minor", "city": "meta/geoCountry+meta/geoCity",
          "add-ons": "environment/addons/activeAddons/*/name where not isSystem"}


def three(counts):
    return [counts[name] for name in POPULATIONS]


def compare(program, oracle, files):
    where = ", ".join(map(os.path.basename, files))
    expected = json.loads(subprocess.run([oracle, *files], check=True, capture_output=True).stdout)
    options = [option for name, text in FIELDS.items() for option in ("--field", f"{name}={text}")]
    run = program.finish(program.start(["profile", "--quiet", "--json", "--top", 10000, *options, *files], subprocess.DEVNULL,
                                       subprocess.PIPE))
    check(run.code == 0, f"{where}: exit code {run.code}: {run.err}")
    profile = json.loads(run.out)
    client = profile["clients"][0]
    found = {"pings": three(client["pings"]), "without_id": client["without_id"], "malformed": profile["malformed"],
             "sum": three(client["measures"][0]["sum"]),
             "fields": {field["name"]: {value["text"]: three(value["count"]) for value in field["values"]}
                        for field in client["fields"]}}
    for name, value in expected.items():
        if name != "fields":
            check(found[name] == value, f"{where}: {name} {found[name]}, expected {value}")
    for name, table in expected["fields"].items():
        other = {text for text in {*table, *found["fields"][name]} if table.get(text) != found["fields"][name].get(text)}
        check(not other, f"{where}: {name}: " + "; ".join(f"{text} {found['fields'][name].get(text)}, expected {table.get(text)}"
                                                         for text in sorted(other)[:5]))
    return expected["pings"]


def test(program, _arguments, _rng, directory):
    files = [os.path.join(CORPUS, name) for name in NAMES]
    if not all(map(os.path.exists, files)):
        print("the corpus is not here")
        sys.exit(harness.SKIP)
    lines = [line for name in files for line in harness.read_file(name).splitlines()]
    twice = harness.write_file(os.path.join(directory, "twice"), [line + b"\n" for line in [*lines, *lines[::-2]]])
    told = [compare(program, oracle, some) for some in [*([one] for one in files), files, [twice]]]
    return f"{told[-1]} pings"


oracle = sys.argv.pop(1)
harness.run_test(test, harness.parse(__doc__, rounds=1))

"""Profiles as JSON keep to the schema, and as CSV say the same: check_profile.py PROGRAM SCHEMA"""
import csv
import io
import json
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
try:
    import jsonschema
except ImportError:
    sys.exit(77)

POPULATIONS = {"all copies": "all_copies", "first copies": "first_copies", "seen once": "seen_once"}


def output(*arguments):
    return subprocess.run([sys.argv[1], *arguments], check=True, capture_output=True).stdout.decode()


def number(cell):
    """A cell as JSON has it."""
    return None if cell in ("", "inf") else float(cell)


def tables(sample, count):
    """By the header's columns, which tell the tables apart."""
    found = {}
    for table in range(count):
        text = output(sample, str(table))
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        head = next(csv.reader(io.StringIO(text)))
        assert head[:2] == ["client", "key"], head
        assert all(None not in row and None not in row.values() for row in rows), head
        found[head[2]] = found.get(head[2], []) + [rows]
    return found


def check(sample, count, validator):
    profile = json.loads(output(sample, "json"))
    validator.validate(profile)
    clients = profile["clients"]
    found = tables(sample, count)
    days = [(row["key"], row["day"], int(row["pings"]), int(row["seen_once"])) for row in found["day"][0]]
    assert days == [
        (c["key"], d["day"] or "", d["pings"]["all_copies"], d["pings"]["seen_once"]) for c in clients for d in c["days"]
    ]
    fields, values = found["field"]
    assert [(int(row["pings"]), number(row["mean"])) for row in fields] == [
        (f["pings"][p], f["numbers"]["mean"][p] if f["numbers"] else None)
        for c in clients for f in c["fields"] for p in POPULATIONS.values()
    ]
    assert [(POPULATIONS[row["population"]], int(row["count"]), number(row["lift"])) for row in values] == [
        (p, v["count"][p], v["lift"][p] if c["fleet_pings"] else None)
        for c in clients for f in c["fields"] for v in f["values"] for p in POPULATIONS.values()
    ]
    bins = [(float(row["from"]), float(row["to"]), int(row["count"])) for row in found["of"][0]]
    numbers = [n for c in clients for n in
               [m["per_ping"] for m in c["measures"]] + [f["numbers"] for f in c["fields"] if f["numbers"]]]
    assert bins == [
        (b["from"], b["to"], b["count"][p])
        for n in numbers for scale in ("linear", "log") for b in n[scale] for p in POPULATIONS.values()
    ]


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    samples, count = map(int, output().split())
    for sample in range(samples):
        check(str(sample), count, jsonschema.Draft202012Validator(schema))


main()

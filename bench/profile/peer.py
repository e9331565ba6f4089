"""The tables of one client as a script has them: peer.py CLIENT FILE... > tables.json

It looks at pings as the notebooks do, by paths, and has what a profile has: values, days, documents and measurements for all copies,
first copies and documents seen once, with quantiles and histograms, and the values of all others.
"""
import collections
import json
import math
import sys

FIELDS = {
    "session length": ["payload/info/sessionLength"],
    "subsession length": ["payload/info/subsessionLength"],
    "default browser": ["environment/settings/isDefaultBrowser"],
    "CPU MHz": ["environment/system/cpu/speedMHz"],
    "OS": ["environment/system/os/name", "environment/system/os/version"],
    "city": ["meta/geoCountry", "meta/geoCity"],
}
PATHS = {name: [path.split("/") for path in paths] for name, paths in FIELDS.items()}
ADDONS, HISTOGRAMS = "environment/addons/activeAddons".split("/"), "payload/histograms".split("/")
CLAMP = 5000
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
POPULATIONS = 3


def get(ping, path):
    for key in path:
        if not isinstance(ping, dict):
            return None
        ping = ping.get(key)
    return ping


def values_of(ping):
    found = set()
    for name, paths in PATHS.items():
        values = [get(ping, path) for path in paths]
        if name == "OS" and values[1]:
            values[1] = ".".join(values[1].split(".")[:2])
        if name == "CPU MHz" and values[0] is not None:
            values[0] = min(values[0], CLAMP)
        if any(value is not None for value in values):
            found.add((name, values[0] if len(values) == 1 else " ".join("??" if value is None else value for value in values)))
    for addon in (get(ping, ADDONS) or {}).values():
        if not addon.get("isSystem") and "name" in addon:
            found.add(("add-ons", addon["name"]))
    return found


def measurements(ping):
    total = 0
    for histogram in (get(ping, HISTOGRAMS) or {}).values():
        for count in histogram.get("values", {}).values():
            if isinstance(count, int) and 0 <= count <= 1 << 40:
                total += count
    return total


def bins(numbers, low, high):
    width, counts = (high - low) / 50 or 1, [0] * 50
    for value, count in numbers.items():
        counts[min(49, int((value - low) / width))] += count
    return counts


def describe(numbers):
    """Of {number: count}."""
    if not numbers:
        return None
    n, passed, quantiles, ranks = sum(numbers.values()), 0, [], None
    ranks = [max(1, math.ceil(q * n)) for q in QUANTILES]
    for value in sorted(numbers):
        passed += numbers[value]
        while len(quantiles) < len(ranks) and ranks[len(quantiles)] <= passed:
            quantiles.append(value)
    logs = {math.log(value): count for value, count in numbers.items() if value > 0}
    return {"count": n, "sum": sum(value * count for value, count in numbers.items()), "quantiles": quantiles,
            "linear": bins(numbers, min(numbers), max(numbers)), "log": bins(logs, min(logs), max(logs)) if logs else []}


class Document:
    def __init__(self, ping, values, total):
        self.count, self.days, self.values, self.total = 0, set(), values, total
        self.day = get(ping, ["meta", "submissionDate"])
        self.first = self.last = get(ping, ["meta", "Timestamp"])

    def take(self, day, time):
        self.count += 1
        self.days.add(day)
        self.first, self.last = min(self.first, time), max(self.last, time)


class Tables:
    def __init__(self):
        self.counts = [collections.Counter() for _ in range(POPULATIONS)]
        self.days = [collections.Counter() for _ in range(POPULATIONS)]
        self.measured = [collections.Counter() for _ in range(POPULATIONS)]
        self.distinct, self.documents, self.fleet = collections.defaultdict(set), {}, collections.Counter()

    def add(self, population, values, day, total):
        self.counts[population].update(values)
        self.days[population][day] += 1
        self.measured[population][total] += 1

    def take(self, ping):
        values, day, total = values_of(ping), get(ping, ["meta", "submissionDate"]), measurements(ping)
        self.add(0, values, day, total)
        identity = get(ping, ["meta", "documentId"])
        document = self.documents.get(identity)
        if not document:
            document = self.documents[identity] = Document(ping, values, total)
        document.take(day, get(ping, ["meta", "Timestamp"]))
        self.distinct[day].add(identity)

    def finish(self):
        for document in self.documents.values():
            self.add(1, document.values, document.day, document.total)
            if document.count == 1:
                self.add(2, document.values, document.day, document.total)

    def result(self):
        fields = collections.defaultdict(list)
        for value, count in self.counts[0].most_common():
            fields[value[0]].append([value[1], count, self.counts[1][value], self.counts[2][value], self.fleet[value]])
        repeated = sorted(self.documents.items(), key=lambda item: -item[1].count)[:20]
        return {"fields": {name: {"distinct": len(rows), "top": rows[:20]} for name, rows in fields.items()},
                "numbers": {name: [describe({row[0]: row[1 + p] for row in fields[name] if row[1 + p]}) for p in range(POPULATIONS)]
                            for name in ("session length", "subsession length", "CPU MHz")},
                "days": [[day, *(self.days[p][day] for p in range(POPULATIONS)), len(self.distinct[day])] for day in sorted(self.distinct)],
                "repeated": [[identity, d.count, len(d.days), d.first, d.last] for identity, d in repeated],
                "measured": [describe(numbers) for numbers in self.measured]}


def main():
    client, tables = sys.argv[1], Tables()
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as f:
            for line in f:
                ping = json.loads(line)
                if ping.get("clientId") == client:
                    tables.take(ping)
                else:
                    tables.fleet.update(values_of(ping))
    tables.finish()
    json.dump(tables.result(), sys.stdout)


main()

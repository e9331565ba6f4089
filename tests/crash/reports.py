"""Reads `pingsieve report --format json` for the tests, and checks the rules that always hold in it."""
import json
import subprocess

from harness import check
from oracle import CLIENTS, PINGS, date

RANKINGS = ("pings", "duplicates", "measurements")  # of the first measure
ROW = (*PINGS, "pings", "bytes_in", "bytes_out", "measurements", "implausible")


class Ranking:
    """clients: {client: (count, error)}, largest first; absent: what a client has at most that is not there."""

    def __init__(self, ranking):
        self.total, self.absent = ranking["total"], ranking["absent"]
        self.clients = {entry["client"]: (entry["count"], entry["error"]) for entry in ranking["clients"]}
        check(len(self.clients) == len(ranking["clients"]), "a client is in a ranking twice")
        counts = [count for count, _ in self.clients.values()]
        check(counts == sorted(counts, reverse=True), "a ranking is not in order")


class Day:
    """A day as it was counted. rows: {(docType, channel): figures}; total: their sum; keys: documentIds in the seen-set."""

    def __init__(self, day, shown):
        self.keys = day["keys"]
        self.rows = {(row["type"] or "", row["channel"] or ""): flat(row["figures"]) for row in day["rows"]}
        self.total = {name: sum(row[name] for row in self.rows.values()) for name in ROW}
        self.shown = flat(shown["figures"])
        self.rankings = dict(zip(RANKINGS, map(Ranking, day["rankings"])))


def flat(figures):
    """A row's figures, those of the first measure (before the first commit there is none)."""
    return {name: next(iter(figures[name]), 0) if isinstance(figures[name], list) else figures[name] for name in ROW}


class Report:
    """days: {"2017-03-12": Day}"""

    def __init__(self, document):
        self.document = document
        shown = {day["day"]: day for day in document["days"]}
        check(len(shown) == len(document["days"]) == len(document["accounts"]), "a day is shown twice or not at all")
        self.days = {day["day"]: Day(day, shown[day["day"]]) for day in document["accounts"]}
        self.pings = sum(day.total["pings"] for day in self.days.values())
        self.watermark = document["watermark"]
        self.outliers = [outlier["day"] for outlier in document["outliers"]]

    def top(self, name):
        """[(day, client, count, error)] of client-days"""
        ranking = self.document["rankings"][RANKINGS.index(name)]
        return [(entry["day"], entry["client"], entry["count"], entry["error"]) for entry in ranking["clients"]]


def page(program, store, *options):
    run = program.finish(program.start(["report", "--store", store, *options], subprocess.DEVNULL, subprocess.PIPE), "report")
    check(run.code == 0, f"report {options}: exit code {run.code}: {run.err}")
    return run.out.decode()


def read(program, store, *options):
    return Report(json.loads(page(program, store, "--format", "json", "--show-ids", "--top", "1000", *options)))


def keys(program, store):
    """{day: documentIds} as the seen-set counts them itself."""
    run = program.finish(program.start(["store", "info", "--json", "--store", store], subprocess.DEVNULL, subprocess.PIPE), "store info")
    check(run.code == 0, f"store info: exit code {run.code}: {run.err}")
    return {day["day"]: day["keys"] for day in json.loads(run.out)["days"] if day["keys"]}


def check_consistent(report, seen, where):
    """The report is of one state: sums add up, and the day table agrees with the keys, of which old days may have been forgotten.
    seen: what the store itself says of its keys, when nobody writes to it."""
    if seen is not None:
        found = {name: day.keys for name, day in report.days.items() if day.keys}
        check(found == seen, f"{where}: documentIds by day in the report: {found}, in the store: {seen}")
    for name, day in report.days.items():
        check(day.shown == day.total, f"{where}: {name} shows {day.shown}, its rows have {day.total}")
        check(day.keys in (0, day.total["unique"]), f"{where}: {name} has {day.keys} documentIds, {day.total['unique']} were counted")
        for row in day.rows.values():
            check(row["pings"] == sum(row[which] for which in PINGS), f"{where}: the classes of {name} do not add up: {row}")
        for by in RANKINGS:
            listed = sum(count for count, _ in day.rankings[by].clients.values())
            check(listed <= day.rankings[by].total, f"{where}: {name}: clients listed by {by} have {listed} of {day.rankings[by].total}")
    totals = flat(report.document["totals"]["figures"])
    for figure in ROW:
        check(totals[figure] == sum(day.total[figure] for day in report.days.values()), f"{where}: total of {figure}: {totals[figure]}")


def compare(report, oracle, where):
    """Day table and clients are the oracle's, exactly: its clients are few."""
    rows = {(name, *labels): row for name, day in report.days.items() for labels, row in day.rows.items()}
    expected = {(date(day), *labels): {name: row[name] for name in ROW} for (day, *labels), row in oracle.rows.items()}
    for key in {**expected, **rows}:
        check(rows.get(key) == expected.get(key), f"{where}: day table at {key}: {rows.get(key)}, expected {expected.get(key)}")
    held = {date(day): len(ids) for day, ids in oracle.by_day.items() if ids}
    found = {name: day.keys for name, day in report.days.items() if day.keys}
    check(found == held, f"{where}: documentIds by day: {found}, expected {held}")
    for name, day in report.days.items():
        compare_clients(name, day, oracle, where)


def compare_clients(name, day, oracle, where):
    clients = next((clients for number, clients in oracle.clients.items() if date(number) == name), {})
    check(len(clients) <= CLIENTS + 1, "the stream has more clients than a report lists")
    for by in RANKINGS:
        expected = {client: (figures[by], 0) for client, figures in clients.items() if figures[by]}
        found = day.rankings[by].clients
        check(found == expected, f"{where}: {name}: clients by {by}: {found}, expected {expected}")
        check(day.rankings[by].absent == 0, f"{where}: {name}: by {by} a client might be missing")

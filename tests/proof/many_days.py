"""A store of 400 days with a few pings each: every format of the report, whole or in part, and of a day that is not there."""
import os
import subprocess

import harness
import reports
from harness import check

DAYS = 400
FIRST, LAST, POST = "2017-03-01", "2018-04-04", "2017-03-12"


def fill(arguments, program, store):
    source = subprocess.Popen([arguments.postgen, "--days", str(DAYS), "--normal", "100", "--seed", str(arguments.seed)],
                              stdout=subprocess.PIPE)
    with open(os.devnull, "wb") as out:
        process = program.start(["--store", store, "--quiet"], source.stdout, out)
        source.stdout.close()
        run = program.finish(process)
    check(source.wait() == 0 and run.code == 0, f"exit code {run.code}: {run.err}")


def test(program, arguments, rng, directory):
    store = os.path.join(directory, "store")
    fill(arguments, program, store)
    report = reports.read(program, store)
    check(len(report.days) == DAYS, f"{len(report.days)} days, expected {DAYS}")
    check((min(report.days), max(report.days)) == (FIRST, LAST), f"{min(report.days)} to {max(report.days)}")
    check(report.outliers == [POST], f"days that stand out: {report.outliers}")
    sizes = []
    for kind in ("text", "json", "html", "csv"):
        page = reports.page(program, store, "--format", kind)
        sizes.append(f"{kind} {len(page.encode()) // 1000} kB")
    some = reports.read(program, store, "--from", "2017-12-30", "--to", "2018-01-02")
    check(list(some.days) == ["2017-12-30", "2017-12-31", "2018-01-01", "2018-01-02"], f"a part has {list(some.days)}")
    none = reports.page(program, store, "--format", "text", "--from", "2019-01-01", "--to", "2019-01-31")
    check(FIRST in none and LAST in none, f"of days that are not there the report says: {none}")
    return f"{DAYS} days: {', '.join(sizes)}"


harness.run_test(test, harness.parse(__doc__, rounds=1))

"""Every promise of the README and every exit code has a row in docs/promises.md, and every test named there exists.

    promises.py BUILD_DIRECTORY
"""
import re
import sys

import tree

TABLE = "docs/promises.md"
PROMISE = re.compile(r"^- \*\*(.+?)\.?\*\*", re.M)
EXIT_CODE = re.compile(r"^\| (\d[\dn+]*) \|", re.M)
build = sys.argv[1]

tests = tree.tests(build)
readme, table = tree.text("README.md"), tree.text(TABLE)
rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines() if line.startswith("|")]
named = {row[0] for row in rows}
found = [f"README.md: no row in {TABLE} for: {promise}" for promise in [*PROMISE.findall(readme), *EXIT_CODE.findall(readme)]
         if promise not in named]
for number, line in enumerate(table.splitlines(), 1):
    if not line.startswith("|") or line.startswith("|---") or re.search(r"\btests \|$", line):
        continue
    of_row = re.findall(r"`([^`]+)`", line.rsplit("|", 2)[1])
    if not of_row:
        found.append(f"{TABLE}:{number}: no test would notice")
    found += [f"{TABLE}:{number}: there is no test {name}" for name in of_row if name not in tests]
tree.finish(found, len(rows))

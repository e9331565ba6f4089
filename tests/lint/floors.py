"""Floors of src: a file includes headers of its own folder and of floors below it, never upwards or sideways. None has over 600 lines."""
import re

import tree

FLOORS = {"base": 1, "scan": 2, "seen": 2, "io": 2, "record": 3, "accounts": 3, "inputs": 4, "crew": 5, "sieve": 6, "backfill": 7, "profile": 7, "report": 8, "cli": 9}
LINES_MAX = 600
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"')

found, checked = [], 0
for path in tree.files(".c", ".h", ".inc"):
    if not path.startswith("src/"):
        continue
    checked += 1
    own = path.split("/")[1]
    if own not in FLOORS:
        found.append(f"{path}:1: {own} is no floor; tests/lint/floors.py names them")
        continue
    lines = tree.text(path).splitlines()
    if len(lines) > LINES_MAX:
        found.append(f"{path}:{len(lines)}: over {LINES_MAX} lines: a part of it is a file of its own")
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        other = match[1].split("/")[0]
        if "/" not in match[1]:
            if not match[1].endswith(".inc"):
                found.append(f'{path}:{number}: write includes from src: "{own}/{match[1]}"')
        elif other not in FLOORS:
            found.append(f'{path}:{number}: "{match[1]}" is on no floor')
        elif other != own and FLOORS[other] >= FLOORS[own]:
            found.append(f'{path}:{number}: {own} must not include {other}: "{match[1]}"')
tree.finish(found, checked)

"""Tells of a report of gcovr: on standard error the share of branches by floor, on standard output the lines with branches that
nobody took, by kind. Called by scripts/coverage.

    tell.py COVERAGE.JSON TOP
"""
import collections
import json
import re
import sys

# What a line does, told by its text; the first that fits counts.
KINDS = [
    ("memory", r"error_memory|PS_E_MEMORY"),
    ("oserror", r"errno|os_error"),
    ("damage", r"damaged|fault\b|sound"),
    ("refusal", r"error_set\b|command_usage|command_error"),
    ("return", r"^return\b|^goto\b"),
    ("passing an error on", r"if \(\(?!?(r|rc|status|s)\b|&& !?(r|rc|status|s)\b"),
    ("other", r""),
]


def kind_of(text):
    return next(name for name, pattern in KINDS if re.search(pattern, text))


def main(report, top):
    floors = collections.OrderedDict()
    missed = collections.defaultdict(list)
    with open(report, encoding="utf-8") as source:
        files = json.load(source)["files"]
    for file in sorted(files, key=lambda file: file["file"]):
        parts = file["file"].split("/")
        floor = floors.setdefault(parts[1] if parts[0] == "src" else parts[0], [0, 0, 0, 0])
        with open(f"{top}/{file['file']}", encoding="utf-8") as source:
            text = source.read().splitlines()
        for line in file["lines"]:
            if line["gcovr/noncode"]:
                continue
            branches = line["branches"]
            taken = sum(branch["count"] > 0 for branch in branches)
            floor[0] += taken
            floor[1] += len(branches)
            floor[2] += line["count"] > 0
            floor[3] += 1
            code = text[line["line_number"] - 1].strip()
            if taken < len(branches) or not line["count"]:
                missed[kind_of(code)].append(f"{file['file']}:{line['line_number']}"
                                             f" {taken}/{len(branches)}{'' if line['count'] else ' never'} {code}")
    total = [sum(column) for column in zip(*floors.values())]
    for name, (taken, all_of, lines, all_lines) in [*floors.items(), ("all", total)]:
        print(f"{name:10} {taken:6} of {all_of:6} branches {taken / max(all_of, 1):8.1%}"
              f"   {lines:6} of {all_lines:6} lines {lines / max(all_lines, 1):8.1%}", file=sys.stderr)
    for name, _ in KINDS:
        print(f"== {name}", *missed[name], sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

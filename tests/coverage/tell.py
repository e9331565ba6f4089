"""Tells of the branches of src that programs built with gcc --coverage took: called by scripts/coverage.

    tell.py BUILD TOP    reads BUILD/src/**/*.gcda with gcov; TOP is where src is

On standard error the share of branches and of lines by floor; on standard output the lines with branches that nobody took, by kind.
"""
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys

# Kinds of lines, told by their text; the first that fits counts.
KINDS = [
    ("memory", r"error_memory|PS_E_MEMORY"),
    ("oserror", r"errno|os_error"),
    ("damage", r"damaged|fault\b|sound"),
    ("refusal", r"error_set\b|command_usage|command_error"),
    ("return", r"^return\b|^goto\b"),
    ("passing an error on", r"if \(\(?!?(r|rc|status|s)\b|&& !?(r|rc|status|s)\b"),
    ("other", r""),
]


# Objects that are left out, and why: programs that only the build runs, and kernels that this machine has not.
KERNELS = {"scan_avx512": "avx512bw", "scan_avx2": "avx2"}


def left_out(name):
    with open("/proc/cpuinfo", encoding="utf-8") as source:
        flags = source.read()
    return "_generate" in name or any(kernel in name and flag not in flags for kernel, flag in KERNELS.items())


class Line:
    def __init__(self):
        self.count, self.branches = 0, []

    def add(self, count, branches):
        """The same line of another program, or of another file that includes it: gcc makes the same branches of it."""
        self.count += count
        if len(branches) > len(self.branches):
            self.branches += [0] * (len(branches) - len(self.branches))
        for i, taken in enumerate(branches):
            self.branches[i] += taken


def notes(data):
    """gcov's figures of one object file."""
    told = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", data], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, cwd=os.path.dirname(data), check=True)
    return [json.loads(line) for line in told.stdout.splitlines() if line.startswith(b"{")]


def read(build, top):
    """{file below top: {(line, function): Line}}"""
    found = collections.defaultdict(lambda: collections.defaultdict(Line))
    data = [os.path.join(place, name) for place, _, names in os.walk(os.path.join(build, "src")) for name in names
            if name.endswith(".gcda") and not left_out(name)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for report in [report for reports in pool.map(notes, sorted(data)) for report in reports]:
            for file in report["files"]:
                name = os.path.relpath(os.path.join(report["current_working_directory"], file["file"]), top)
                if not name.startswith(("src/", "include/")):
                    continue
                for line in file["lines"]:
                    branches = [branch["count"] for branch in line["branches"] if not branch["throw"]]
                    found[name][line["line_number"], line.get("function_name", "")].add(line["count"], branches)
    return found


def kind_of(text):
    return next(name for name, pattern in KINDS if re.search(pattern, text))


def main(build, top):
    floors, missed = {}, collections.defaultdict(list)
    found = read(os.path.abspath(build), os.path.abspath(top))
    for name in sorted(found):
        floor = floors.setdefault(name.split("/")[1] if name.startswith("src/") else "include", [0, 0, 0, 0])
        with open(os.path.join(top, name), encoding="utf-8") as source:
            text = source.read().splitlines()
        for (number, _), line in sorted(found[name].items()):
            taken = sum(count > 0 for count in line.branches)
            for i, value in enumerate((taken, len(line.branches), line.count > 0, 1)):
                floor[i] += value
            if taken < len(line.branches) or not line.count:
                code = text[number - 1].strip()
                missed[kind_of(code)].append(f"{name}:{number} {taken}/{len(line.branches)}{'' if line.count else ' never'} {code}")
    floors["all"] = [sum(column) for column in zip(*floors.values())]
    for name, (taken, branches, executed, lines) in floors.items():
        print(f"{name:10} {taken:6} of {branches:6} branches {taken / max(branches, 1):7.1%}"
              f"   {executed:6} of {lines:6} lines {executed / max(lines, 1):7.1%}", file=sys.stderr)
    for name, _ in KINDS:
        print(f"== {name}", *missed[name], sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

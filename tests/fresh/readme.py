"""The commands of README.md, as a reader would type them, and what it shows of their output.

A fenced block is one of these:
  ```        without a `$`: each line is a command; it must end with exit code 0
  ```        with `$ COMMAND` lines: the lines below a command are what it prints; a line `...` stands for any lines
  ```c       a program, whose name is the last `NAME.c` of the text above it
"""
import re
from dataclasses import dataclass, field

CODE_NAME = re.compile(r"`([\w-]+\.c)`")
INLINE = re.compile(r"`([^`\n]+)`")
COMMENT = re.compile(r"\s+#(?= ).*$")
PROGRAMS = ("pingsieve", "scripts/", "cmake", "ctest", "find", "tail", "zcat", "pkg-config", "apt-get", "sudo")
NAMED = ("tail -F log | pingsieve … | loader", "pingsieve --help", "pkg-config pingsieve")  # said of, not to be typed


class Unknown(Exception):
    """Something in README.md that the test would not run."""


@dataclass
class Step:
    """A command (or a file, when `source` is set) of one section. shown: None, or the lines that it prints."""
    section: str
    line: int
    command: str
    shown: list = None
    source: list = field(default_factory=list)


def bare(command):
    """A command without the remark behind it."""
    return COMMENT.sub("", command).rstrip()


def console(section, first, lines):
    """The steps of a block with `$ ` lines."""
    steps = []
    for number, line in enumerate(lines, first):
        if line.startswith("$ "):
            steps.append(Step(section, number, bare(line[2:]), []))
        elif steps:
            steps[-1].shown.append(line)
        else:
            raise Unknown(f"line {number}: output before the first command of a block")
    for step in steps:
        step.shown = step.shown or None
    return steps


def block(section, first, kind, lines, before):
    """The steps of one fenced block."""
    if kind == "c":
        names = CODE_NAME.findall(before)
        if not names:
            raise Unknown(f"line {first}: a program without a name in the text above it")
        return [Step(section, first, f"(writes {names[-1]})", source=[names[-1], *lines])]
    if kind:
        raise Unknown(f"line {first}: the test does not know what to do with a block of \"{kind}\"")
    if any(line.startswith("$ ") for line in lines):
        return console(section, first, lines)
    return [Step(section, number, bare(line)) for number, line in enumerate(lines, first) if bare(line) and not line.startswith("#")]


def prose(number, line):
    """Finds commands in a sentence that would never be tried."""
    for code in INLINE.findall(line):
        if code.startswith(PROGRAMS) and " " in code and code not in NAMED:
            raise Unknown(f"line {number}: `{code}` stands in a sentence, where the test does not run it: give it a block")


def steps(text):
    """All steps in their order; raises Unknown for what it does not understand."""
    found, section, before, inside = [], "", "", None
    for number, line in enumerate(text.split("\n"), 1):
        if inside is not None:
            if line == "```":
                found += block(section, inside[0], inside[1], inside[2], before)
                inside, before = None, ""
            else:
                inside[2].append(line)
        elif line.startswith("```"):
            inside = (number + 1, line[3:].strip(), [])
        else:
            section = line[3:] if line.startswith("## ") else section
            before += line + "\n"
            prose(number, line)
    if inside is not None:
        raise Unknown(f"line {inside[0]}: a block without an end")
    return found


CHANGING = [(re.compile(r" in [0-9.]+ s, [0-9.]+ [kMG]?B/s"), " in S, R"), (re.compile(r"\s+$"), "")]


def normal(line):
    for pattern, same in CHANGING:
        line = pattern.sub(same, line)
    return line


def missing(shown, said):
    """The first line that README.md shows and the command did not print, or None. Both are lists of lines."""
    shown, said = [normal(line) for line in shown], [normal(line) for line in said]
    at, anchored, run = 0, True, []
    for line in [*shown, None]:
        if line not in ("...", None):
            run.append(line)
            continue
        places = [0 + at] if anchored else range(at, len(said) + 1)
        place = next((p for p in places if said[p:p + len(run)] == run), None)
        if place is None:
            there = next((r for r in run if r not in said[at:]), run[0] if run else "")
            return there or "(an empty line)"
        at, anchored, run = place + len(run), False, []
        if line is None and shown[-1] != "..." and at != len(said):
            return f"nothing after its last line, but it goes on with: {said[at]}"
    return None

"""Random faults: one small change of one line, drawn from all that the rules below allow in the files asked for."""
import os
import random
import re

from mutant import TOP, Mutant, text_of

# (kind of fault, pattern, replacement). A pattern is tried at every place of a line that is code.
RULES = [
    ("a call is left out", r"^(\s+)[\w>.-]+\(.*\);$", r"\1;"),
    ("a call is left out", r"^(\s+)\(void\)\w+\(.*\);$", r"\1;"),
    ("a step is left out", r"^(\s+)if \(!r(?:c)?\) .*;$", r"\1;"),
    ("an assignment is left out", r"^(\s+)[\w>.\[\]-]+ [|+-]?= .*;$", r"\1;"),
    ("a count is left out", r"^(\s+)[\w>.\[\]-]+(?:\+\+|--);$", r"\1;"),
    ("a check is left out", r"^(\s+)if \(.*\) (?:return|break|continue)\b.*;$", r"\1;"),
    ("a condition never holds", r"\bif \(", "if (0 && "),
    ("a condition always holds", r"\bif \(", "if (1 || "),
    ("a boundary moves", r" < ", " <= "),
    ("a boundary moves", r" <= ", " < "),
    ("a boundary moves", r" > ", " >= "),
    ("a boundary moves", r" >= ", " > "),
    ("a comparison is turned", r" == ", " != "),
    ("a comparison is turned", r" != ", " == "),
    ("a condition is turned", r"\(!(?=\w)", "("),
    ("a conjunction is turned", r" && ", " || "),
    ("a conjunction is turned", r" \|\| ", " && "),
    ("a sum is turned", r" \+ ", " - "),
    ("a sum is turned", r" - ", " + "),
    ("a count is turned", r" \+= ", " -= "),
    ("one is left out", r" [+-] 1u?\b", ""),
    ("a number is one more", r"(?<![\w.])(\d+)(u?)(?![\w.])", lambda m: f"{int(m[1]) + 1}{m[2]}"),
    ("a truth is turned", r"\btrue\b", "false"),
    ("a truth is turned", r"\bfalse\b", "true"),
]


def is_code(line):
    return not re.match(r"\s*(?:#|/\*|\*|//|static const|\[|\{|\}|$)", line) and '"' not in line


def places(file):
    """All faults of a file, as (line number, line, changed line, what)."""
    inside = False  # a block comment
    before = ""
    for number, line in enumerate(text_of(file).split("\n"), 1):
        was_inside = inside
        inside = ("/*" in line or inside) and "*/" not in line
        continued, before = before.endswith((",", "(", "&&", "||", "=", "?")), line.split("/*")[0].rstrip()
        if was_inside or continued or not is_code(line):
            continue
        code = line.split("/*")[0].rstrip()
        for what, pattern, new in RULES:
            for match in re.finditer(pattern, code):
                changed = code[:match.start()] + (match.expand(new) if isinstance(new, str) else new(match)) + code[match.end():]
                if changed != code:
                    yield number, line, changed, what


def files_of(names):
    """The C files of floors and of files, from src."""
    for name in names:
        if name.endswith((".c", ".h", ".inc")):
            yield name
        else:
            for leaf in sorted(os.listdir(os.path.join(TOP, "src", name))):
                if leaf.endswith((".c", ".inc")) and not leaf.endswith("_generate.c"):
                    yield f"{name}/{leaf}"


class Line(Mutant):
    """A fault at a line that is known by its number: its text may occur elsewhere."""

    def applied(self, text):
        lines = text.split("\n")
        lines[int(self.name.split(":")[1]) - 1] = self.new
        return "\n".join(lines)


def sample(names, n, seed):
    every = []
    for file in files_of(names):
        for i, (number, old, new, what) in enumerate(places(file)):
            every.append(Line(f"{os.path.basename(file)}:{number}:{i}", file, f"{what}: {new.strip()}", old, new))
    return random.Random(seed).sample(every, min(n, len(every)))

"""How each file of the tree is compiled, for the lint checks that compile it once more with another tool."""
import json
import os
import re
import shlex
import shutil

from tree import TOP

OURS = re.compile(re.escape(TOP) + "/(src|tests|bench)/")


def newest(name):
    """A tool of LLVM as it is called here, else the newest NAME-N of PATH, else None."""
    return next((found for found in map(shutil.which, [name, *(f"{name}-{n}" for n in range(40, 13, -1))]) if found), None)


def commands(build):
    """{path: (directory, words)}: of each file its shortest command, which is enough where it is part of several programs."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        database = json.load(f)
    found = {}
    for entry in sorted(database, key=lambda e: (len(e["command"]), e["command"])):
        if OURS.match(entry["file"]):
            found.setdefault(entry["file"], (entry["directory"], options(entry)))
    return found


def options(entry):
    """A command without the compiler, its launcher, its input and its output."""
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if word.startswith("-")):]
    return [w for i, w in enumerate(words) if w not in ("-c", "-o", entry["file"]) and (i == 0 or words[i - 1] != "-o")]

"""Things that must not stand in tracked text: paths of a machine, unfinished business, globbed source lists, stray whitespace, unit tests
that are not named by what holds."""
import re

import tree

MACHINE = re.compile(r"(?<![\w.$}~-])/(?:" + "|".join(["work", "root", "home", "Users"]) + r")/\w")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
GLOB = re.compile(r"\bfile\s*\(\s*GLOB", re.I)
UNNAMED = re.compile(r"^static void test_\w+\(void \*\*")
BYTES = ("tests/data/", "tests/cli/")  # compared or fed as they are

found, checked = [], 0
for path in tree.files():
    if path == "LICENSE" or path.startswith("tests/data/"):
        continue
    checked += 1
    content = tree.text(path)
    for number, line in enumerate(content.split("\n"), 1):
        if MACHINE.search(line):
            found.append(f"{path}:{number}: a path of one machine")
        if UNFINISHED.search(line):
            found.append(f"{path}:{number}: unfinished business; do it or file it")
        if path.endswith(("CMakeLists.txt", ".cmake")) and GLOB.search(line):
            found.append(f"{path}:{number}: list the sources: a glob does not see new files")
        if UNNAMED.search(line):
            found.append(f"{path}:{number}: name the test by a sentence of what holds, without test_")
        if not path.startswith(BYTES) and re.search(r"[ \t\r]$", line):
            found.append(f"{path}:{number}: white space at the end of the line")
    if content and not content.endswith("\n") and not path.startswith(BYTES):
        found.append(f"{path}: no newline at the end")
tree.finish(found, checked)

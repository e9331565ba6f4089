"""No two .c files of a folder of src call each other both ways: one of them stands below the other, and can be read alone.

    calls.py BUILD_DIRECTORY

It looks at the objects of the build, with nm: functions that one file defines and another one uses. Static functions of headers count for the
files that include them.
"""
import glob
import itertools
import os
import re
import shutil
import subprocess
import sys

import tree

# Pairs that may: patterns of FOLDER/FILE, without .c. The renderers are one work in several files until they are cut anew.
EXEMPT = [(r"report/profile_html\w*", r"report/profile_html\w*"), (r"report/render_text", r"report/text_\w+")]


def symbols(obj):
    """The functions that an object defines, and the names that it uses."""
    out = subprocess.run(["nm", "--format=posix", obj], check=True, capture_output=True, text=True).stdout
    fields = [line.split() for line in out.splitlines()]
    return {f[0] for f in fields if f[1] == "T"}, {f[0] for f in fields if f[1] == "U"}


def exempt(one, other):
    return any(re.fullmatch(a, x) and re.fullmatch(b, y) for a, b in EXEMPT for x, y in ((one, other), (other, one)))


if not shutil.which("nm"):
    print("nm is not installed")
    sys.exit(77)
found, checked = [], 0
for folder in sorted(glob.glob(os.path.join(sys.argv[1], "src", "*", "CMakeFiles", "ps_*.dir"))):
    floor = folder.split(os.sep)[-3]
    known = {f"{floor}/{os.path.basename(obj)[:-len('.c.o')]}": symbols(obj) for obj in sorted(glob.glob(os.path.join(folder, "*.c.o")))
             if os.path.exists(os.path.join(tree.TOP, "src", floor, os.path.basename(obj)[:-len(".o")]))}
    checked += len(known)
    for one, other in itertools.combinations(sorted(known), 2):
        there, back = known[one][1] & known[other][0], known[other][1] & known[one][0]
        if there and back and not exempt(one, other):
            found.append(f"src/{one}.c:1: calls {', '.join(sorted(there))} of {other}.c, which calls {', '.join(sorted(back))}")
tree.finish(found, checked)

"""Programs see the public interface of libpingsieve and nothing else: all names that the archive or the shared library defines for others
begin with ps_, and the shared library exports those that the headers declare with PS_API.

    symbols.py BUILD_DIRECTORY
"""
import os
import re
import shutil
import subprocess
import sys

import tree

DECLARED = re.compile(r"\bPS_API\b[^;{]*?\b(ps_\w+)\s*[(\[]", re.S)


def names(*options):
    """The names that a library defines for others."""
    out = subprocess.run(["nm", "--defined-only", "--format=posix", *options], check=True, capture_output=True, text=True).stdout
    fields = [line.split() for line in out.splitlines()]
    return {f[0] for f in fields if len(f) > 1 and len(f[1]) == 1 and (f[1].isupper() or f[1] in "uvw")}


if not shutil.which("nm"):
    print("nm is not installed")
    sys.exit(77)
archive, shared = (os.path.join(sys.argv[1], "libpingsieve" + end) for end in (".a", ".so"))
declared = {name for path in tree.files(".h") if path.startswith("include/") for name in DECLARED.findall(tree.code(path))}
in_archive, exported = names("--extern-only", archive), names("--dynamic", shared)
found = [f"libpingsieve.a: {name} is no name of the public interface, and a program may have it" for name in sorted(in_archive)
         if not name.startswith("ps_")]
found += [f"libpingsieve.so: {name} is exported, and no header declares it" for name in sorted(exported - declared)]
found += [f"include/pingsieve: {name} is declared, and libpingsieve.so does not export it" for name in sorted(declared - exported)]
found += [f"include/pingsieve: {name} is declared, and libpingsieve.a does not have it" for name in sorted(declared - in_archive)]
tree.finish(found, len(declared))

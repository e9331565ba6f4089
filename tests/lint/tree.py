"""The files of the source tree, for the lint checks beside this file; `tree.py PATTERN...` prints them, NUL-terminated."""
import fnmatch
import os
import re
import subprocess
import sys

FOLDERS = {".ci", "bench", "cmake", "docs", "include", "scripts", "src", "tests"}
AT_TOP = re.compile(r"(CMakeLists\.txt|CMakePresets\.json|LICENSE|[A-Z]+\.md|\.(clang-|editorconfig|git(attributes|ignore)).*)$")
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(*suffixes):
    """Paths from the top, sorted: what git tracks, or without git what stands in the folders of the project."""
    try:
        out = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], check=True, capture_output=True).stdout
        names = [n for n in out.decode().split("\0") if n and os.path.isfile(os.path.join(TOP, n))]
    except (OSError, subprocess.CalledProcessError):
        names = []
    if not names:
        for folder, folders, leaves in os.walk(TOP):
            folders[:] = [d for d in folders if (d == ".ci" or not d.startswith(".")) and d != "build"
                          and d != "__pycache__" and (folder != TOP or d in FOLDERS)]
            names += [os.path.relpath(os.path.join(folder, leaf), TOP) for leaf in leaves if folder != TOP or AT_TOP.match(leaf)]
    return sorted(n for n in names if not suffixes or n.endswith(suffixes))


def text(path):
    with open(os.path.join(TOP, path), encoding="utf-8", errors="replace") as f:
        return f.read()


NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code(path):
    """A C file without what is in comments and literals; line numbers stay."""

    def blank(match):
        return '""' if match[0][0] in "\"'" else " " + "\n" * match[0].count("\n")

    return NOISE.sub(blank, text(path))


def tests(build):
    """The names of the tests in a directory of a build."""
    listed = subprocess.run(["ctest", "--test-dir", build, "-N"], capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"^\s*Test +#\d+: (\S+)", listed, re.M))
    return names or sys.exit(f"ctest lists no tests in {build}")


def finish(found, checked):
    """Reports "path:line: what" entries and ends with ctest's verdict."""
    for entry in found:
        print(entry)
    if not checked:
        sys.exit("nothing was checked")
    print(f"{checked} files checked, {len(found)} findings")
    sys.exit(1 if found else 0)


def main():
    for path in files():
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in sys.argv[1:]):
            sys.stdout.write(path + "\0")


if __name__ == "__main__":
    main()

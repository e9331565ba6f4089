"""clang-tidy over src, tests and bench: tests/lint/tidy.py BUILD_DIR. Exit code 77: it is not here.

A file that was found clean is not looked at again while it, its headers, its command and the checks are the same: its
digest is kept in BUILD_DIR/tidy.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

from tree import TOP



def newest(name):
    """The tool as it is called here, else the newest NAME-N of PATH."""
    return next((found for found in map(shutil.which, [name, *(f"{name}-{n}" for n in range(40, 13, -1))]) if found), None)


TIDY, CLANG = newest("clang-tidy"), newest("clang")


def commands(build):
    """Each file with the words of its shortest command: one is enough where it is part of several programs."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        database = json.load(f)
    ours = re.compile(re.escape(TOP) + "/(src|tests|bench)/")
    found = {}
    for entry in sorted(database, key=lambda e: (len(e["command"]), e["command"])):
        if ours.match(entry["file"]):
            found.setdefault(entry["file"], (entry["directory"], options(entry)))
    return found


def options(entry):
    """A command without the compiler, its input and its output."""
    words = shlex.split(entry["command"])[1:]
    return [w for i, w in enumerate(words) if w not in ("-c", "-o", entry["file"]) and (i == 0 or words[i - 1] != "-o")]


class Digests:
    """What the verdict on a file rests on, as a digest; each file is read once."""

    def __init__(self):
        self.of = {}
        self.version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout

    def of_file(self, path):
        if path not in self.of:
            with open(path, "rb") as f:
                self.of[path] = hashlib.sha256(f.read()).digest()
        return self.of[path]

    def configurations(self, path):
        """The .clang-tidy files above a file."""
        folder = os.path.dirname(path)
        while folder.startswith(TOP):
            name = os.path.join(folder, ".clang-tidy")
            if os.path.exists(name):
                yield name
            folder = os.path.dirname(folder)

    def digest(self, path, folder, words):
        """None if the compiler cannot say what the file includes."""
        listed = subprocess.run([CLANG, "-w", "-M", "-MT", "x", *words, path], capture_output=True, cwd=folder, check=False)
        if listed.returncode:
            return None
        paths = listed.stdout.decode().replace("\\\n", " ").split()[1:]
        whole = hashlib.sha256(self.version + " ".join(words).encode())
        for part in [*sorted({os.path.join(folder, p) for p in paths}), *self.configurations(path)]:
            whole.update(part.encode() + self.of_file(part))
        return whole.hexdigest()


def check(path, folder, words, digests, kept):
    """What is wrong with a file; an empty text if nothing is."""
    digest = digests.digest(path, folder, words)
    if digest and os.path.exists(os.path.join(kept, digest)):
        return ""
    one = subprocess.run([TIDY, "-quiet", path, "--", *words], capture_output=True, cwd=folder, check=False)
    if one.returncode:
        return (one.stdout or one.stderr).decode(errors="replace")
    if digest:
        with open(os.path.join(kept, digest), "wb"):
            pass
    return ""


def main():
    if not TIDY or not CLANG:
        print("clang-tidy and clang are not installed")
        sys.exit(77)
    build = os.path.abspath(sys.argv[1])
    kept = os.path.join(build, "tidy")
    os.makedirs(kept, exist_ok=True)
    # src is under the path-sensitive analyzer and takes longest, so it comes first.
    files = sorted(commands(build).items(), key=lambda f: ("/src/" not in f[0], -os.path.getsize(f[0])))
    digests = Digests()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = pool.map(lambda f: check(f[0], *f[1], digests, kept), files)
        found = [text for text in verdicts if text]
    for text in found:
        print(text)
    print(f"{len(files)} files checked, {len(found)} with findings")
    sys.exit(1 if found or not files else 0)


if __name__ == "__main__":
    main()

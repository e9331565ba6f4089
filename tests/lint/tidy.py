"""clang-tidy over src, tests and bench: tests/lint/tidy.py BUILD_DIR [--changed | --deep]. Exit code 77: it is not here.

--changed looks at what differs from the branch this one came from (if nothing does, from the last commit but one) and at what
is not committed; of a header that differs, at one file that includes it.
A file that was found clean is not looked at again while it, its headers, its command and the checks are the same: its
digest is kept in BUILD_DIR/tidy.
"""
import concurrent.futures
import hashlib
import os
import subprocess
import sys

from compile import commands, newest
from tree import TOP

TIDY, CLANG = newest("clang-tidy"), newest("clang")
MOST = 40  # changed files that are looked at; more are for the whole run

# In nearly every file some function reaches the analyzer's bound of 225,000 states, which takes three seconds. The run over all files
# stops at a third of them, but for --deep; the run over changed files does not.
SHALLOW = ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=75000"]


def git(*words):
    """The lines that git prints; none if there is no git, no repository, or no such commit."""
    try:
        said = subprocess.run(["git", "-C", TOP, *words], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [line for line in said.split("\n") if line]


def changed():
    """Paths of what differs, or None if that cannot be known."""
    head = git("rev-parse", "HEAD")
    if not head:
        return None
    base = next((found for ref in ("@{upstream}", "origin/HEAD", "origin/main") if (found := git("merge-base", "HEAD", ref))), [])
    if base == head or not base:
        base = git("rev-parse", "--verify", "-q", "HEAD~1") or head
    names = git("diff", "--name-only", base[0]) + git("ls-files", "--others", "--exclude-standard")
    return {os.path.join(TOP, name) for name in names}


def includers(header, files):
    """One file that includes a header: its own, or the first other one."""
    own = os.path.splitext(header)[0] + ".c"
    if own in files:
        return [own]
    name = os.path.basename(header)
    for path in files:
        with open(path, encoding="utf-8", errors="replace") as f:
            if any(line.startswith("#include") and (f"/{name}" in line or f'"{name}' in line) for line in f):
                return [path]
    return []


def select(files):
    """Of all files those that have changed; None if that is not known."""
    names = changed()
    if names is None:
        return None
    wanted = {path for path in files if path in names}
    for header in sorted(name for name in names if name.endswith((".h", ".inc"))):
        wanted.update(includers(header, list(files)))
    chosen = [path for path in files if path in wanted]
    if len(chosen) > MOST:
        print(f"{len(chosen)} files have changed; {len(chosen) - MOST} of them are left to the run over all files (scripts/test tidy)")
    return {path: files[path] for path in chosen[:MOST]}


class Digests:
    """Digests of all that the verdict on a file depends on; each file is read once."""

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
    """The findings about a file; an empty text if there are none."""
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
    files = dict(sorted(commands(build).items(), key=lambda f: ("/src/" not in f[0], -os.path.getsize(f[0]))))
    if not files:
        sys.exit("there are no files")
    if "--changed" in sys.argv:
        files = select(files)
        if files is None:
            print("git does not say which files have changed; scripts/test tidy looks at all of them")
            sys.exit(77)
    depth = [] if {"--changed", "--deep"} & set(sys.argv) else SHALLOW
    digests = Digests()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = pool.map(lambda f: check(f[0], f[1][0], [*f[1][1], *depth], digests, kept), files.items())
        found = [text for text in verdicts if text]
    for text in found:
        print(text)
    print(f"{len(files)} files checked, {len(found)} with findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

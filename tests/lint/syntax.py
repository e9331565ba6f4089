"""The second compiler's opinion of every file: tests/lint/syntax.py BUILD_DIR. clang with the warnings of the build, as errors, and without
making code. Exit code 77: it is not here.
"""
import concurrent.futures
import os
import subprocess
import sys

from compile import commands, newest


def check(clang, path, folder, words):
    """clang's messages about a file; an empty text if there are none."""
    one = subprocess.run([clang, "-fsyntax-only", "-Werror", *words, path], capture_output=True, cwd=folder, check=False)
    return one.stderr.decode(errors="replace") if one.returncode else ""


def main():
    clang = newest("clang")
    if not clang:
        print("clang is not installed")
        sys.exit(77)
    files = sorted((path, *how) for path, how in commands(os.path.abspath(sys.argv[1])).items() if path.endswith(".c"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for text in pool.map(lambda f: check(clang, *f), files) if text]
    for text in found:
        print(text)
    print(f"{len(files)} files compiled, {len(found)} with warnings")
    sys.exit(1 if found or not files else 0)


if __name__ == "__main__":
    main()

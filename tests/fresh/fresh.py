"""The README followed literally on a bare Debian: tests/fresh/fresh.py [--suite NAME]... [--whole SUITE [--then "STAGE..."]] [--figures FILE]

Takes the commands out of README.md and types them, in their order, into bare roots of Debian made by debootstrap; each must end well
and print what README.md shows of it. `scripts/test` runs to its end in the suites named by --whole and is left out in the others. --then: stages of
scripts/test that run there after all else, with what it has built.
Needs root, debootstrap, and a mirror of Debian in the host's apt; without them it ends with exit code 77 and says so.
--figures FILE gets "PASSED FAILED SKIPPED ENDED": commands, and the tests of scripts/test; how many times that came to its end.
--self-check tries the reader of README.md and the judge of outputs, without a root.
"""
import argparse
import ctypes
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time

import check
import readme
import root as roots
import stand_ins

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TREE = "/srv/pingsieve"  # in the root
SUITES = ("bookworm", "trixie")
TAIL = 100  # lines of a command that failed
FAILED_TEST = re.compile(r"^.*Test +#\d+: .*\*\*\*(?!Skipped)(?:.*\n)(?:(?! +Start +\d+: | *\d+/\d+ Test +#).*\n){0,60}", re.M)
PATIENCE = 1800  # seconds without a word
LONGEST = 5400  # seconds of all commands in a root
MARK = re.compile("\x1e(begin|end) (\\d+)(?: (\\d+))?\x1e\r\n")
FIGURES = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
TIMES = re.compile(r"^Times:\n((?:  .*\n)+)", re.M)
SKIPPED = re.compile(r"^Of these, (\d+) were skipped", re.M)
PR_SET_PDEATHSIG = 1
FOLLOWS = "tail -F"  # a stream without an end: stopped by Ctrl-C when all has come out

# The stream without an end, in the background: its first lines come out, then those that are appended, then Ctrl-C.
FOLLOW = """set -m
( {command} ) &
job=$!
come() {{
  for ((i = 0; i < 300; i++)); do
    [[ $(cat {loaded} 2>/dev/null | wc -l) == $1 ]] && return
    sleep 0.1
  done
}}
come {first}
cat more.log >> pings.log
come {all}
kill -INT -- -$job
wait $job 2>/dev/null
set +m
[[ $(cat {loaded} | wc -l) == {all} ]]"""


def is_tests(step):
    return re.match(r"scripts/test(?! packages)", step.command)


def script(steps):
    """One shell for all steps, as the reader has one; it ends with the first step that fails, but for scripts/test, which no other
    step builds on."""
    lines = ["exec </dev/null", "set -o pipefail", f"cd {TREE}"]
    for number, step in enumerate(steps):
        command = step.command
        if step.source:
            command = f"printf '%s\\n' {' '.join(map(shlex.quote, step.source[1:]))} > {shlex.quote(step.source[0])}"
        elif command.startswith(FOLLOWS):
            command = FOLLOW.format(command=command, loaded=stand_ins.LOADED, first=stand_ins.TAIL, all=stand_ins.TAIL + stand_ins.MORE)
        lines += [f"printf '\\036begin {number}\\036\\n'", f"eval {shlex.quote(command)}", "code=$?",
                  f"printf '\\036end {number} %d\\036\\n' $code"]
        lines += [] if is_tests(step) else ["((code == 0)) || exit 1"]
    return "\n".join(lines) + "\n"


class Said:
    """The output of the terminal, by step; told to `begun` and `ended` as it comes."""

    def __init__(self, begun, ended):
        self.rest, self.number, self.text, self.begun, self.ended = "", None, "", begun, ended

    def take(self, piece):
        self.rest += piece
        while True:
            mark = MARK.search(self.rest)
            if not mark:
                cut = self.rest.find("\x1e")
                cut = len(self.rest) if cut < 0 else cut
                self.text, self.rest = self.text + self.rest[:cut], self.rest[cut:]
                return
            self.text += self.rest[:mark.start()]
            self.rest = self.rest[mark.end():]
            if mark[1] == "begin":
                self.number, self.text = int(mark[2]), ""
                self.begun(self.number)
            else:
                self.ended(self.number, int(mark[3]), self.text.replace("\r\n", "\n"))
                self.number = None


def terminal(words, environment, said, patience):
    """Runs a command with a terminal for its output; False if it went on for longer than `patience` without a word."""
    main, other = pty.openpty()
    process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=other, stderr=other, start_new_session=True)
    os.close(other)
    end = time.monotonic() + LONGEST
    try:
        while select.select([main], [], [], min(patience, max(0.0, end - time.monotonic())))[0]:
            try:
                piece = os.read(main, 65536)
            except OSError:  # the last writer has closed it
                piece = b""
            if not piece:
                return True
            said.take(piece.decode("utf-8", "replace"))
        return False
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        os.close(main)


class Reader:
    """Follows README.md in one root."""

    def __init__(self, root, whole, then):
        self.root, self.whole, self.then, self.passed, self.failed, self.skipped, self.ended_tests = root, whole, then, 0, 0, 0, 0
        self.steps, self.done, self.began, self.broken = [], 0, 0.0, False

    def tell(self, text):
        print(f"{self.root.suite}: {text}", flush=True)

    def begun(self, number):
        self.began = time.monotonic()
        step = self.steps[number]
        self.tell(f"README.md:{step.line}: {step.command}" if step.line else step.command)

    def ended(self, number, code, text):
        step, seconds = self.steps[number], time.monotonic() - self.began
        self.done += 1
        wrong = check.verdict(step, code, text)
        figures = FIGURES.findall(text) if is_tests(step) else []
        if figures:
            self.ended_tests += 1
            self.passed += int(figures[-1][0])
            self.failed += int(figures[-1][1])
            self.skipped += sum(map(int, SKIPPED.findall(text)))
            print("".join(TIMES.findall(text)), end="")
        if wrong:
            self.failed += 1
            self.broken |= not is_tests(step)
            print("".join(FAILED_TEST.findall(text)) + "\n".join(text.split("\n")[-TAIL:]))
            self.tell(f"FAILED: {wrong}")
        else:
            self.passed += 1
            self.tell(f"  {seconds:.0f} s" + (f", {figures[-1][0]} passed, {figures[-1][1]} failed" if figures else ""))

    def run(self, steps):
        """False as soon as one has failed."""
        if not steps:
            return True
        self.steps, self.done = steps, 0
        roots.write(self.root.path + "/srv/steps", script(steps))
        if not terminal(self.root.command("bash", "/srv/steps"), self.root.environment(), Said(self.begun, self.ended), PATIENCE):
            self.failed += 1
            self.tell(f"FAILED: nothing was heard for {PATIENCE} s, or it took over {LONGEST} s")
            return False
        if not self.broken and self.done < len(steps):
            self.failed += 1
            self.broken = True
            self.tell(f"FAILED: the shell ended at {steps[self.done].command}")
        return not self.broken

    def follow(self, steps):
        tree = self.root.path + TREE
        copy_tree(tree)
        there = self.root.tools()
        if there:
            self.failed += 1
            self.tell(f"FAILED: this root is not bare, it has {' '.join(there)}")
            return
        stand_ins.put(self.root, tree)
        chosen = [step for step in in_order(steps) if self.whole or step.command != "scripts/test"]
        if not self.whole:
            self.tell("scripts/test is left out here")
        start = [step for step in chosen if step.section == "Start"]
        if not self.run(start):
            return
        made = subprocess.run(self.root.command("bash", "-c", f"cd {TREE} && {stand_ins.POST}"), env=self.root.environment(),
                              stdin=subprocess.DEVNULL, check=False)
        if made.returncode:
            self.failed += 1
            self.tell("FAILED: the files that the examples are tried on could not be made")
            return
        # The shell of the reader is the same all the time: what Start has exported is there.
        exports = [step for step in start if step.command.startswith("export ")]
        self.run(exports + chosen[len(start):])
        self.passed -= len(exports)
        if self.whole and self.then and not self.broken:
            self.run([readme.Step("", 0, f"scripts/test {self.then}")])


def in_order(steps):
    """The order of README.md, but for the examples above Start: they want what Start makes."""
    return ([s for s in steps if s.section == "Start"] + [s for s in steps if not s.section]
            + [s for s in steps if s.section not in ("", "Start")])


def copy_tree(target):
    """The tracked files as they are, and the corpus that may stand beside the checkout."""
    listed = subprocess.run([sys.executable, "-B", os.path.join(TOP, "tests", "lint", "tree.py"), "*"], capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name:
            os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
            shutil.copy2(os.path.join(TOP, name), os.path.join(target, name), follow_symlinks=False)
    corpus = os.path.join(TOP, "..", "shared", "corpus")
    if os.path.isdir(corpus):
        shutil.copytree(corpus, os.path.join(target, "..", "shared", "corpus"))


def inside(arguments):
    """In namespaces of its own: what it mounts and starts ends with it."""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        steps = readme.steps(f.read())
    passed = failed = skipped = ended_tests = 0
    mirror = roots.Mirror()
    planned = [roots.Root(arguments.base, suite, mirror) for suite in arguments.suite or SUITES]
    for here, ahead in zip(planned, [*planned[1:], None]):
        suite, began, good, bad = here.suite, time.monotonic(), 0, 0
        if not here.is_known():
            print(f"{suite}: skipped: the debootstrap of this machine does not know it", flush=True)
            skipped += 1
            continue
        print(f"{suite}: debootstrap", flush=True)
        try:
            with here as root:
                print(f"{suite}:   {time.monotonic() - began:.0f} s", flush=True)
                if ahead:
                    ahead.strap_ahead()
                reader = Reader(root, suite in arguments.whole, arguments.then)
                reader.follow(steps)
                good, bad, skipped = reader.passed, reader.failed, skipped + reader.skipped
                ended_tests += reader.ended_tests
        except roots.Broken as reason:
            print(f"{suite}: FAILED: {reason}", flush=True)
            bad += 1
        passed, failed = passed + good, failed + bad
        print(f"{suite}: {good} passed, {bad} failed in {time.monotonic() - began:.0f} s", flush=True)
    with open(arguments.figures, "w", encoding="utf-8") as f:
        f.write(f"{passed} {failed} {skipped} {ended_tests}\n")
    return 1 if failed or not passed + skipped else 0


def able():
    """Raises Unable where no root can be made."""
    if os.geteuid() != 0:
        raise roots.Unable("this needs root")
    for tool in ("debootstrap", "unshare", "chroot"):
        if not shutil.which(tool):
            raise roots.Unable(f"{tool} is not installed")
    words = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc", "true"]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        raise roots.Unable("namespaces cannot be made here")
    roots.Mirror()


def outside(arguments):
    able()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # it ends with the script that called it
    base = roots.new_base()
    words = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
             sys.executable, "-B", os.path.abspath(__file__), "--base", base, "--then", arguments.then,
             "--figures", arguments.figures or os.path.join(base, "figures")]
    for suite in arguments.suite:
        words += ["--suite", suite]
    for suite in arguments.whole:
        words += ["--whole", suite]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
    try:
        return process.wait()
    finally:
        process.kill()
        process.wait()
        roots.remove(base)


def main():
    # Ctrl-C works at a person's shell. A script that runs in the background, as this one may, and all that it starts, has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--suite", action="append", default=[])
    parser.add_argument("--whole", action="append", default=[])
    parser.add_argument("--then", default="")
    parser.add_argument("--figures", default="")
    parser.add_argument("--base", help=argparse.SUPPRESS)
    parser.add_argument("--self-check", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_check:
        sys.exit(check.main(os.path.join(TOP, "README.md"), script))
    try:
        sys.exit(inside(arguments) if arguments.base else outside(arguments))
    except roots.Unable as reason:
        print(f"skipped: {reason}")
        sys.exit(77)


if __name__ == "__main__":
    main()

"""Searches the models of the run's protocol with spin: what must hold holds in every state, and what is wrong on purpose is caught.

    run.py --list           names of the checks, a line each
    run.py [NAME...]        these checks, or all; the exit code is 1 if one ends otherwise than it should, 77 without spin

A check is a model, its definitions (the model's first comment explains them), and whether an error must be found.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 300  # of one search; the longest takes ten on a quiet core

# The protocol as the program is to follow it, with the events that a check needs.
RUN = "-DTURNSTILE"
KEEPS = "-DS4 -DST=4 -DOWNLIST"
QUIET = f"-DKILLS=0 -DDEATHS=0 {RUN}"
KILLED = f"-DKILLS=1 -DDEATHS=0 -DSTALLS=0 {RUN}"
LIVE = "-DL1 -DKILLS=0 -DDEATHS=0"
ENDLESS = f"{LIVE} -DSTALLS=0 -DENDLESS"

HOLDS, CAUGHT = 0, 1
CHECKS = {
    # Nothing marked that no reader has, everything arrives, twice only what is told, figures once.
    "safety": ("turn", HOLDS, f"-DN=2 -DINP=1010 -DKILLS=1 -DDEATHS=1 -DSTALLS=0 {RUN} {KEEPS} -DS5"),
    "inputs": ("turn", HOLDS, f"-DN=2 {KILLED} {KEEPS} -DS5"),
    "resume": ("turn", HOLDS, f"-DN=2 -DNID=3 -DINP=2210 {KILLED} -DRESUME {KEEPS} -DS5"),
    "resume_three": ("turn", HOLDS, f"-DN=3 -DINP=101000 {KILLED} -DRESUME {KEEPS} -DS5"),
    "sigterm": ("turn", HOLDS, f"-DN=2 -DINP=1010 {KILLED} -DTERM -DLASTCOMMIT"),
    # No neighbour waits for ever.
    "live": ("turn", HOLDS, f"-DN=2 -DINP=1010 {LIVE} {RUN}"),
    "live_three": ("turn", HOLDS, f"-DN=3 -DINP=101010 {LIVE} {RUN}"),
    "endless": ("turn", HOLDS, f"-DN=2 -DINP=1010 {ENDLESS} {RUN}"),
    # Faults.
    "marked_when_written": ("turn", CAUGHT, f"-DN=2 -DINP=1010 {QUIET} -DM1 -DSTALLS=1"),
    "turn_held_while_blocked": ("turn", CAUGHT, f"-DN=2 -DINP=1010 {LIVE} {RUN} -DM2"),
    "carried_list_not_kept": ("turn", CAUGHT, f"-DN=2 -DNID=4 -DINP=3210 {KILLED} -DRESUME -DS4 -DST=2 -DOWNLIST -DM3"),
    "carried_list_kept": ("turn", HOLDS, f"-DN=2 -DNID=4 -DINP=3210 {KILLED} -DRESUME -DS4 -DST=2 -DOWNLIST"),
    "carried_not_marked_first": ("turn", CAUGHT, f"-DN=2 -DINP=1000 {QUIET} -DSTALLS=0 -DM4"),
    "adopted_keys_marked": ("turn", CAUGHT, f"-DN=2 -DINP=1010 {KILLED} -DM5"),
    "cut_never_before_the_batch": ("turn", CAUGHT, f"-DN=2 -DNID=3 -DINP=2210 {KILLED} -DRESUME -DM7"),
    "empty_batches_for_a_waiter": ("turn", CAUGHT, f"-DN=2 -DINP=1010 {LIVE} {RUN} -DM8"),
    "counted_by_the_cut": ("turn", CAUGHT, f"-DN=2 -DINP=1000 {KILLED} -DRESUME -DS4 -DST=2 -DOWNLIST"),
    "entries_not_used_up": ("turn", CAUGHT, f"-DN=2 -DINP=1000 {KILLED} -DRESUME -DS4 -DST=3 -DOWNLIST"),
    "lists_of_others_adopted": ("turn", CAUGHT, f"-DN=2 -DINP=1000 {KILLED} -DRESUME -DS4 -DST=4"),
    "passed_twice_told_at_begin": ("turn", CAUGHT, f"-DN=2 -DINP=1010 {QUIET} -DSTALLS=0 -DPTLIT -DS5"),
    "sigterm_without_a_commit": ("turn", CAUGHT, f"-DN=2 -DINP=1010 {KILLED} -DTERM"),
    "waiters_share_their_byte": ("turn", CAUGHT, f"-DN=2 -DINP=1010 {ENDLESS}"),
    # Two sinks that hold the only copy of a ping.
    "sinks": ("sinks", HOLDS, "-DN=4 -DPERKEY -DBOUND"),
    "sinks_five": ("sinks", HOLDS, "-DN=5 -DPERKEY -DBOUND"),
    "sinks_by_prefix": ("sinks", HOLDS, "-DN=4"),
    "sinks_by_prefix_unbounded": ("sinks", CAUGHT, "-DN=5 -DBOUND"),
}


def said(command, folder):
    """The text that a command prints; SystemExit with it when the command fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def search(name):
    """Errors found and states visited, with the search's own words."""
    model, _, definitions = CHECKS[name]
    live = "-DL1" in definitions
    with tempfile.TemporaryDirectory(prefix="pingsieve-model-") as folder:
        said(["spin", "-a", *definitions.split(), os.path.join(HERE, model + ".pml")], folder)
        said([os.environ.get("CC", "cc"), "-O2", "-DNFAIR=3" if live else "-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE", "-DMEMLIM=8000", "-w", "-o", "pan",
              "pan.c"], folder)
        told = said(["./pan", *(["-a", "-f"] if live else []), "-E", "-m200000"], folder)
    errors, states = re.search(r"errors: (\d+)", told), re.search(r"(\d+) states, stored", told)
    complete = "Search not completed" not in told and "max search depth too small" not in told
    return int(errors[1]) if errors else -1, int(states[1]) if states else 0, complete, told


def check(name):
    """Whether it ended as it should."""
    errors, states, complete, told = search(name)
    right = errors == CHECKS[name][1] and (complete or errors > 0)
    print(f"{'ok  ' if right else 'FAIL'} {name}: {errors} errors, {states} states", flush=True)
    if not right:
        print(told)
    return right


def main(names):
    if names == ["--list"]:
        print("\n".join(CHECKS))
        return 0
    if not shutil.which("spin"):
        print("spin is not here")
        return 77
    return 0 if all([check(name) for name in names or CHECKS]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

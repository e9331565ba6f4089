"""A signal interrupts calls of the system (EINTR), as it does on FUSE and NFS: every command does what it does undisturbed.

In one run the first call of a kind from each place in the program fails so; made again, it succeeds.
"""
import commands_fault
import harness
from commands_fault import Scene, equal_made
from harness import check

LMDB = ("writing to the store in", "the copy of the store")  # its own calls, of a commit and of a copy: not made again, and told
KINDS = ("read", "write", "open", "sync", "rename", "look", "lock", "list", "poll", "file")


def test(program, arguments, rng, directory):
    scene, runs, happened, failures = Scene(program, arguments.fault, rng, directory), 0, 0, []
    commands = list(scene.commands())
    rng.shuffle(commands)
    for _, command in commands[:arguments.rounds]:
        scene.reset()
        whole = scene.run(command)
        for kind in KINDS:
            scene.reset()
            run = scene.run(command, f"{kind}:1:EINTR:from")
            runs, happened = runs + 1, happened + scene.calls()
            told = f"{kind}: {' '.join(command)}: "
            if run.code in (3, 5) and any(words in run.err for words in LMDB): continue
            if run.code != whole.code: failures.append(f"{told}exit code {run.code}, not {whole.code}: {run.err}")
            elif equal_made(run.out) != equal_made(whole.out): failures.append(f"{told}another output, {run.out[-300:]!r}: {run.err}")
    check(not failures, f"{len(failures)} of {runs} failed:\n" + "\n".join(failures))
    check(happened > 10 * len(commands[:arguments.rounds]), f"only {happened} calls were interrupted")
    return f"{happened} calls in {runs} runs"


harness.run_test(test, harness.parse(__doc__, rounds=40), commands_fault.SIZES)

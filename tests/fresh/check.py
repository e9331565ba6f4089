"""The judge of what a command of README.md did, and the check of the test itself (`fresh.py --self-check`)."""
import dataclasses
import subprocess
import tempfile

import readme

# README.md must have these, or the test would follow a README without them and be content.
PROMISED = ("scripts/run", "scripts/test", "cmake --install build/release --prefix ~/.local", "cmake --preset dev",
            "cmake --build build/release --target uninstall")


def verdict(step, code, text):
    """The error of a step, or None."""
    if code:
        return f"{step.command}: exit code {code}"
    if step.shown is not None:
        lines = text.split("\n")
        gone = readme.missing(step.shown, lines[:-1] if lines[-1] == "" else lines)
        if gone is not None:
            return f"{step.command}: README.md shows a line that did not come: {gone}"
    return None


def ends(script, steps):
    """How many of some harmless steps ran in the shell that runs README.md's, and with which exit code it ended."""
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as f:
        f.write(script(steps).replace("cd /srv/pingsieve", "cd /"))
        f.flush()
        ran = subprocess.run(["bash", f.name], capture_output=True, text=True, check=False)
    return ran.stdout.count("\x1eend"), ran.returncode


def check_mutations(text, steps, found):
    """Any command of README.md may be replaced by `false`: the step is then `false`, and the run ends there."""
    lines = text.split("\n")
    for step in steps:
        if step.source:
            continue
        line = lines[step.line - 1]
        changed = lines[:step.line - 1] + ["$ false" if line.startswith("$ ") else "false"] + lines[step.line:]
        again = readme.steps("\n".join(changed))
        if [s.command for s in again] != ["false" if s.line == step.line else s.command for s in steps]:
            found.append(f"README.md:{step.line}: replaced by false, it is not noticed")
    return lines


def check_shell(script, steps, found):
    harmless = [dataclasses.replace(step, command="true", source=[]) for step in steps]
    if ends(script, harmless) != (len(steps), 0):
        found.append("the shell does not run every step")
    for at in (0, len(steps) // 2, len(steps) - 1):
        broken = [*harmless[:at], dataclasses.replace(harmless[at], command="false"), *harmless[at + 1:]]
        if ends(script, broken) != (at + 1, 1):
            found.append(f"step {at} fails, and the shell goes on")
    piped = [dataclasses.replace(harmless[0], command="false | cat")]
    if ends(script, piped) != (1, 1):
        found.append("a command that fails in a pipeline is not noticed")


def check_outputs(steps, found):
    """Shown output is found in itself; a changed or missing line is noticed."""
    for step in steps:
        wanted = [line for line in step.shown or [] if line != "..."]
        if not wanted:
            continue
        said = [line if line != "..." else "something else" for line in step.shown]
        if verdict(step, 0, "\n".join(said) + "\n"):
            found.append(f"README.md:{step.line}: its own output is not recognised")
        for line in set(wanted):
            for other in ([l for l in said if l != line], [l + "9" if l == line else l for l in said]):
                if not verdict(step, 0, "\n".join(other) + "\n"):
                    found.append(f"README.md:{step.line}: it is not noticed that this line does not come: {line}")


def refused(text):
    try:
        readme.steps(text)
        return False
    except readme.Unknown:
        return True


def main(path, script):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    found = []
    try:
        steps = readme.steps(text)
    except readme.Unknown as unknown:
        print(f"README.md: {unknown}")
        return 1
    commands = [step.command for step in steps]
    found += [f"README.md lacks the command {command}" for command in PROMISED if command not in commands]
    check_mutations(text, steps, found)
    check_shell(script, steps, found)
    check_outputs(steps, found)
    for strange in ("```toml\na = 1\n```\n", "Then type `cmake --build elsewhere`.\n", "```\nscripts/run\n", "```c\nint x;\n```\n"):
        if not refused(strange):
            found.append(f"taken without a word: {strange!r}")
    for entry in found:
        print(entry)
    shown = sum(1 for step in steps if step.shown)
    print(f"{len(steps)} commands of README.md, {shown} with what they print, {len(found)} findings")
    return 1 if found else 0

"""Help for the parts of the benchmark."""
import sys

MB = 1_000_000


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def pinned(cpu, command):
    return ["taskset", "-c", str(cpu), *command]


def rate(nbytes, seconds):
    return f"{nbytes / seconds / 1e9:.2f} GB/s" if nbytes / seconds > 1e9 else f"{nbytes / seconds / MB:.0f} MB/s"


def anonymous_memory(pid):
    try:
        with open(f"/proc/{pid}/status") as f:
            return next((int(line.split()[1]) * 1024 for line in f if line.startswith("RssAnon")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0

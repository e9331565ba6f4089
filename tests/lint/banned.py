"""Functions that are not used here, each with what to use instead (after git's banned.h), what only src/cli may do, and names of results but one."""
import re

import tree

BOUNDS = "has no bounds: use memcpy() with a checked length, or snprintf()"
ERRORS = "cannot tell an error: use strtoull() and the like with a check"
STATE = "keeps hidden state: use the reentrant one"
ANYWHERE = {
    "strcpy": BOUNDS, "strcat": BOUNDS, "strncpy": BOUNDS, "strncat": BOUNDS, "stpcpy": BOUNDS,
    "sprintf": BOUNDS, "vsprintf": BOUNDS, "gets": BOUNDS, "scanf": BOUNDS, "sscanf": BOUNDS,
    "fscanf": BOUNDS, "atoi": ERRORS, "atol": ERRORS, "atoll": ERRORS, "atof": ERRORS,
    "strtok": STATE, "ctime": STATE, "asctime": STATE, "gmtime": STATE, "localtime": STATE,
    "rand": "is not the same everywhere: seed a generator of your own",
    "srand": "is not the same everywhere: seed a generator of your own",
    "system": "runs a shell: use posix_spawn() or fork() and exec()",
    "popen": "runs a shell: use posix_spawn() or fork() and exec()",
    "alloca": "has no bounds: use malloc() or an array of known size",
    "tmpnam": "races: use mkstemp() or mkdtemp()",
    "tempnam": "races: use mkstemp() or mkdtemp()",
    "mktemp": "races: use mkstemp() or mkdtemp()",
    "vfork": "shares the stack: use posix_spawn()",
}
IN_SRC = {
    "strerror": "is not thread-safe: error_set_os() of base/error.h says it",
    "json_dumps": "leaves names of members out when memory runs out: use json_text_of() of cli/json_text.h",
}
PRINTS = "the library never prints: return an error, src/cli prints"
ENDS = "the library never ends the program: return an error"
BELOW_CLI = {
    "printf": PRINTS, "fprintf": PRINTS, "vprintf": PRINTS, "vfprintf": PRINTS, "dprintf": PRINTS,
    "puts": PRINTS, "fputs": PRINTS, "putchar": PRINTS, "perror": PRINTS,
    "exit": ENDS, "_exit": ENDS, "_Exit": ENDS, "quick_exit": ENDS, "abort": ENDS, "atexit": ENDS,
    "getenv": "the library takes options, not the environment",
    "setlocale": "is process-wide", "mallopt": "is process-wide", "sigaction": "is process-wide",
}
# The result of a call that is passed on has one name; other numbers, as waitpid()'s `status` and a slot's, are declared otherwise.
RESULT = re.compile(r"\brc\b|^\s+(?:const )?int (?:(?:ret|retval|rv|res)\b|(?:status|result) = \w+\()")
STREAMS = re.compile(r"\b(stderr|stdout|stdin)\b")
CALL = re.compile(r"(?<![\w.>])(\w+)\s*\(")

found, checked = [], 0
for path in tree.files(".c", ".h", ".inc", ".cpp"):
    checked += 1
    in_src = path.startswith(("src/", "include/"))
    below_cli = in_src and not path.startswith("src/cli/") and not path.endswith("_generate.c")  # programs of the build
    for number, line in enumerate(tree.code(path).splitlines(), 1):
        for name in CALL.findall(line):
            why = (ANYWHERE.get(name) or (in_src and IN_SRC.get(name)) or (below_cli and BELOW_CLI.get(name)))
            if why:
                found.append(f"{path}:{number}: {name}() {why}")
        if RESULT.search(line) and path.startswith(("src/", "tests/unit/")):
            found.append(f"{path}:{number}: a result that is passed on is called r")
        if below_cli and STREAMS.search(line):
            found.append(f"{path}:{number}: standard streams belong to src/cli")
tree.finish(found, checked)

"""Sentences of comments and documents begin with their subject: not with what, who, whatever, whoever or nobody. Messages of the
program, output of tests and test data are not looked at.
"""
import ast
import io
import re
import tokenize

import tree

FIRST = r"(?:[Ww]h(?:at|o)(?:ever)?|[Nn]obody)\b"
# Such a word in either case at the beginning of a comment, an item or a cell, or behind a semicolon; a capital one also after the end
# of a sentence.
BEGINS = re.compile(r"\A\W*" + FIRST + r"|;\s+" + FIRST + r"|[.:!?][*`'\")]*\s+(?=[WN])" + FIRST)
C_FILES = (".c", ".h", ".inc", ".cpp", ".js", ".css")
HASH_FILES = ("CMakeLists.txt", ".cmake", ".sh", ".dict", ".supp", ".in", ".clang-tidy", ".clang-format", ".gitignore", ".gitattributes")
ITEM = re.compile(r"\s*(?:[-*] |\d+\. |\||#+ |>)")


def blocks(lines):
    """Lines (number, text) of a comment or a document as blocks (number, text): paragraphs, items of lists."""
    at, held = 0, []
    for number, line in lines:
        if held and (not line.strip() or ITEM.match(line)):
            yield at, " ".join(held)
            held = []
        if line.strip():
            at = at if held else number
            held.append(line.strip())
    if held:
        yield at, " ".join(held)


def of_c(content):
    for match in tree.NOISE.finditer(content):
        if match[0][0] in "\"'":
            continue
        first = content.count("\n", 0, match.start()) + 1
        lines = re.sub(r"\A(?:/\*[*!]*<?|//+<?)|\*/\Z", "", match[0]).split("\n")
        yield from blocks((first + n, re.sub(r"^\s*\*(?!\w)", "", line) if n else line) for n, line in enumerate(lines))


def of_hash(content):
    """Comments of shell, CMake and the like: lines of them together, one behind code by itself."""
    held = []
    for number, line in enumerate(content.split("\n"), 1):
        whole = re.match(r"\s*#!?(.*)", line)
        behind = None if whole else re.search(r"\s#\s(.*)", line)
        if whole:
            held.append((number, whole[1]))
            continue
        yield from blocks(held)
        held = []
        if behind:
            yield number, behind[1]
    yield from blocks(held)


def of_python(content):
    held = []
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[:token.start[1]].strip()
            if not alone or held and held[-1][0] != token.start[0] - 1:
                yield from blocks(held)
                held = []
            held.append((token.start[0], token.string.lstrip("#")))
            if not alone:
                yield from blocks(held)
                held = []
    yield from blocks(held)
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            first = node.body[0].lineno
            yield from blocks((first + n, line) for n, line in enumerate(node.body[0].value.value.split("\n")))


def of_markdown(content):
    """Paragraphs, items and cells; of blocks of commands the comments."""
    text, shell, fenced = [], [], False
    for number, line in enumerate(content.split("\n"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            line = ""
        cells = line.split("|") if line.startswith("|") else [line]
        text += [(number, "" if fenced else part) for cell in cells for part in ([cell, ""] if len(cells) > 1 else [cell])]
        shell.append(line if fenced else "")
    yield from blocks(text)
    yield from of_hash("\n".join(shell))


def of_schema(content):
    for number, line in enumerate(content.split("\n"), 1):
        if match := re.match(r'\s*"description": "(.*)"', line):
            yield number, match[1]


def comments(path):
    content = tree.text(path)
    if path.endswith(C_FILES):
        return of_c(content)
    if path.endswith(".md"):
        return of_markdown(content)
    if path.endswith(".schema.json"):
        return of_schema(content)
    if path.endswith(".py") or re.match(r"#!.*python", content):
        return of_python(content)
    if path.endswith(HASH_FILES) or path.endswith("/cmd") or re.match(r"#!.*sh\b", content):
        return of_hash(content)
    return None


found, checked = [], 0
for path in tree.files():
    if path.startswith("tests/data/") or (inside := comments(path)) is None:
        continue
    checked += 1
    for number, block in inside:
        for match in BEGINS.finditer(block):
            found.append(f"{path}:{number}: the subject comes first: \"{block[match.start():match.start() + 60].strip()}\"")
tree.finish(found, checked)

"""Every golden story is a test: a folder of tests/cli that no list names would never run. And every test that a row of
tests/mutants names is one.

    stories.py BUILD_DIRECTORY
"""
import os
import sys

import tree

sys.path.append(os.path.join(tree.TOP, "tests", "mutants"))
import mutant

tests = tree.tests(sys.argv[1])
stories = [path.split("/")[2] for path in tree.files("/cmd") if path.startswith("tests/cli/")]
found = [f"tests/cli/{story}: ctest does not know it" for story in stories if f"cli.{story}" not in tests]
found += [f"tests/mutants: {row.name}: there is no test {name}" for row in mutant.table() for name in row.tests.split() if name not in tests]
tree.finish(found, len(stories))

"""Every golden story is a test: a folder of tests/cli that no list names would never run.

    stories.py BUILD_DIRECTORY
"""
import sys

import tree

tests = tree.tests(sys.argv[1])
stories = [path.split("/")[2] for path in tree.files("/cmd") if path.startswith("tests/cli/")]
tree.finish([f"tests/cli/{story}: ctest does not know it" for story in stories if f"cli.{story}" not in tests], len(stories))

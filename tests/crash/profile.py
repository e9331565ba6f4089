"""A profile that is killed, or has no room for its temporary files: nothing is left behind, and what went wrong is told.

kill: after kill -9 at any instant there is no file in the directory of temporary files, and the output is the one of before.
full: where temporary files cannot grow, the exit code is 5, with a sentence, and nothing is written.
"""
import json
import os
import resource
import subprocess
import sys
import time

import harness
from harness import check

FILES, PINGS, ROUNDS = 4, 6000, 12
OLD = b"as it was\n"


def write_files(rng, directory):
    os.mkdir(directory)
    for number in range(FILES):
        lines = [b'{"meta":{"documentId":"%s","submissionDate":"2017030%d","geoCountry":"DE","geoCity":"c%d"},"clientId":"c","payload":'
                 b'{"info":{"sessionLength":%d}}}\n' % (harness.new_id(rng).encode(), number + 1, i % 50, rng.randrange(10 ** 6))
                 for i in range(PINGS)]
        harness.write_file(os.path.join(directory, f"2017030{number + 1}"), lines)
    return directory


class Scene:
    def __init__(self, program, rng, directory):
        self.program, self.inputs = program, write_files(rng, os.path.join(directory, "in"))
        self.temporary, self.output = os.path.join(directory, "tmp"), os.path.join(directory, "out.json")
        os.mkdir(self.temporary)
        harness.write_file(self.output, [OLD])
        self.arguments = ["profile", "--client", "c", "--quiet", "--memory", "1MiB", "--temp-dir", self.temporary, "--json"]

    def start(self, *options, **more):
        return subprocess.Popen([self.program.path, *self.arguments, *map(str, options), self.inputs], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def check_nothing_left(self, when):
        check(not os.listdir(self.temporary), f"{when} there are {os.listdir(self.temporary)}")
        check(harness.read_file(self.output) == OLD, f"{when} the output is another one")
        beside = os.listdir(os.path.dirname(self.output))
        check(sorted(beside) == ["in", "out.json", "tmp"], f"{when} there are {beside}")


def kill(scene, _arguments, rng):
    began, undisturbed = time.monotonic(), scene.start()
    scene.program.finish(undisturbed)
    check(undisturbed.returncode == 0, "the undisturbed run failed")
    whole, killed = time.monotonic() - began, 0
    for _ in range(max(3, int(ROUNDS * harness.scale()))):
        process = scene.start("--output", scene.output)
        time.sleep(rng.random() * whole)
        killed += harness.kill(process)
        process.communicate()
        if harness.read_file(scene.output) != OLD:  # it was faster
            check(json.loads(harness.read_file(scene.output)), "the output is a part")
            harness.write_file(scene.output, [OLD])
        scene.check_nothing_left("after a kill")
    return f"{killed} kills"


def full(scene, _arguments, _rng):
    for limit in (1, 4096, 100_000):  # none at all ends a sanitizer before it begins
        run = scene.program.finish(scene.start("--output", scene.output,
                                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
        check(run.code == 5 and harness.is_failure(run), f"with files of {limit} bytes: exit code {run.code}, {run.err!r}")
        check(scene.temporary in run.err, f"the error does not name the directory: {run.err!r}")
        scene.check_nothing_left("without room")
    return "three limits"


def test(program, arguments, rng, directory):
    return {"kill": kill, "full": full}[which](Scene(program, rng, directory), arguments, rng)


which = sys.argv.pop(1)
harness.run_test(test, harness.parse(__doc__, rounds=1))

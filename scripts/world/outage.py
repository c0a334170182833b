# What the scripts of this folder share that let a store fail: its processes, a service, buyers, and the row of it.
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from socket import create_server

from service import PROGRAM, ROOT, TOKEN, sale_of, until

LOAD = PROGRAM + "-load"
HA = os.path.join(ROOT, "deploy", "ha")
PASSWORD = "a-password-of-the-scripts"
BUYERS_A_SECOND, SECONDS_BEFORE, SECONDS_AFTER = 115, 5, 8
RECOVERY_SECONDS_MAX = 5
# Postgres refuses root.
AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []


# That a script has, whether or not a program listens there at the moment.
PORTS = set()


def free_port():
    """A port of which a program can be started, killed and started again: the system gives it to no connection. So it
    does with the port 10,000 above, which a node of a Redis Cluster takes besides."""
    while True:
        port = random.randrange(10_000, 22_000)
        with contextlib.suppress(OSError):
            if port not in PORTS:
                create_server(("127.0.0.1", port)).close()
                PORTS.add(port)
                return port


def says(url, text=""):
    """Whether a URL answers 200, with a text in it."""
    try:
        return text in urllib.request.urlopen(url, timeout=2).read().decode()
    except OSError:
        return False


def told(url, body=None):
    """The JSON that a URL answers; None if it answers none."""
    try:
        return json.load(urllib.request.urlopen(url, body, timeout=2))
    except (OSError, ValueError):
        return None


class Processes:
    """Programs that end with the script. Their output is in files."""

    def __init__(self, folder):
        self.folder, self.all = folder, []

    def start(self, name, command, **environment):
        with open(os.path.join(self.folder, name + ".log"), "a") as log:
            process = subprocess.Popen(command, env=dict(os.environ, **environment), stdout=log, stderr=log,
                                       start_new_session=True)
        self.all.append(process)
        return process

    def stop(self):
        for process in reversed(self.all):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.all:
            with contextlib.suppress(subprocess.TimeoutExpired, ProcessLookupError):
                process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


class Prober:
    """Checks out again and again. It keeps the times at which it could, and every answer that is not expected."""

    def __init__(self, base, sale, expected):
        self.base, self.sale, self.expected, self.began = base, sale, expected, time.time_ns()
        self.times, self.odd, self.isEnding = [], [], False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        number = 0
        while not self.isEnding:
            number += 1
            buyer = f"prober-{self.began}-{number}"
            url = f"{self.base}/checkout?user_id={buyer}&id=ITM-{self.sale}-{number % 1000 + 1}"
            try:
                urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5).read()
                self.times.append(time.monotonic())
            except urllib.error.HTTPError as error:
                if error.code not in self.expected:
                    self.odd.append(error.read().decode())
            except OSError as error:
                self.odd.append(str(error))
            time.sleep(0.05)

    def first_after(self, moment):
        """How long after a moment a buyer could check out again."""
        until("buyers can check out", lambda: self.times and self.times[-1] > moment)
        return next(time for time in self.times if time > moment) - moment

    def end(self):
        self.isEnding = True
        self.thread.join()


class Instance:
    """A service. It keeps its ports when it starts again."""

    def __init__(self, name, processes, database, redis, **settings):
        self.name, self.processes = name, processes
        self.port, operations = free_port(), free_port()
        self.base, self.operations = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{operations}"
        self.environment = dict(
            FLASHSALE_DATABASE_URL=database, FLASHSALE_REDIS_URL=redis, FLASHSALE_ADMIN_TOKEN=TOKEN,
            FLASHSALE_SCHEDULER="off", FLASHSALE_HTTP_HOST="127.0.0.1", FLASHSALE_HTTP_PORT=str(self.port),
            FLASHSALE_OPS_PORT=str(operations), FLASHSALE_LOG_LEVEL="warning", **settings)
        self.start()

    def start(self):
        self.process = self.processes.start(self.name, [PROGRAM, "serve"], **self.environment)
        until("the service is ready", self.is_ready)

    def is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended")
        return says(self.operations + "/readyz")


def row(name, stores, base, seconds, fail, expected=()):
    """Lets a store fail at load, and prints what came of it. `fail` returns the seconds until all was well again.
    `expected` are statuses that a buyer may see meanwhile."""
    prober = Prober(base, until("a sale is on", lambda: sale_of(base)), expected)
    with tempfile.TemporaryDirectory() as folder:
        journal, report = os.path.join(folder, "journal"), os.path.join(folder, "report")
        load = subprocess.Popen(
            [LOAD, "light", "--target", base, "--rate", str(BUYERS_A_SECOND), "--seconds", str(seconds), "--journal",
             journal, "--json", report, "--shared"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(SECONDS_BEFORE)
        recovered = fail(prober)
        time.sleep(SECONDS_AFTER)
        prober.end()
        load.wait(120)
        audit = subprocess.run([PROGRAM, "audit", "--journal", journal] + stores, capture_output=True, text=True)
        requests = json.load(open(report))["requests"]
    if audit.returncode != 0:
        print(audit.stdout + audit.stderr, file=sys.stderr)
    for odd in prober.odd[:5]:
        print(f"{name}: {odd}", file=sys.stderr)
    gaps = [later - earlier for earlier, later in zip(prober.times, prober.times[1:])]
    print(f"{name}: at most {max(gaps):.1f} s without a checkout", file=sys.stderr)
    failures = len(prober.odd) + (audit.returncode != 0)
    print(f"{name}\t{requests + len(prober.times)}\t{failures}\t-\t{recovered:.3f}", flush=True)
    return recovered <= RECOVERY_SECONDS_MAX


def main(tried):
    """Shows the rows of a generator, which takes the processes that it may start. Exits with 1 if one was too slow."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        processes = Processes(folder)
        try:
            are_quick = list(tried(processes))
        except Exception:
            for name in sorted(os.listdir(folder)):
                if name.endswith(".log"):
                    tail = open(os.path.join(folder, name)).read()[-3000:]
                    print(f"--- {name}", tail, sep="\n", file=sys.stderr)
            raise
        finally:
            processes.stop()
    sys.exit(0 if all(are_quick) else 1)

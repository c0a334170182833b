# What the scripts of this folder share that let a store fail: its processes, a service, and the row of it.
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
import urllib.request
from socket import create_server

from buyers import Buyers
from service import PROGRAM, ROOT, TOKEN, until

HA = os.path.join(ROOT, "deploy", "ha")
PASSWORD = "a-password-of-the-scripts"
# Enough for the requests that each row needs, also while buyers are told to come back and leave.
BUYERS_A_SECOND, REQUESTS_A_SECOND = 135, 200
SECONDS_BEFORE, SECONDS_AFTER = 5, 8
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


def says(url, text="", **fields):
    """Whether a URL answers 200, with a text in it."""
    try:
        return text in urllib.request.urlopen(urllib.request.Request(url, headers=fields), timeout=2).read().decode()
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


def migrate(database):
    """Makes a ledger in an empty database."""
    subprocess.check_output([PROGRAM, "migrate", "--database-url", database], stderr=subprocess.STDOUT)


class Watch:
    """Asks again and again whether something is so, and keeps when it last was not. Times are in seconds since 1970."""

    def __init__(self, is_so):
        self.is_so, self.last_not, self.is_ending = is_so, 0, False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.is_ending:
            if not self.is_so():
                self.last_not = time.time()
            time.sleep(0.02)

    def end(self):
        """Waits until it is so."""
        until("what is watched is so", self.is_so)
        self.is_ending = True
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

    def has_all(self):
        """Whether it is ready, and no pod is away from it."""
        return self.is_ready() and not says(self.operations + "/readyz?verbose", "is away")


def row(name, processes, stores, base, is_loaded, fail, may_shed=False):
    """Lets a store fail at load, and prints what came of it: how long it took until buyers could buy again, or the gate
    was loaded if that took longer. `fail` returns the moment from which that counts, in seconds since 1970, and
    `is_loaded` says whether a gate is loaded. Whether all was quick enough."""
    buyers = Buyers(processes, ["light", "--rate", str(BUYERS_A_SECOND), "--seconds", "300"], [base])
    watch = Watch(is_loaded)
    time.sleep(SECONDS_BEFORE)
    moment = fail()
    watch.end()
    time.sleep(SECONDS_AFTER)
    buyers.leave()
    journal = buyers.journal
    writes, gate = journal.longest_gap(moment), max(watch.last_not - moment, 0)
    print(f"{name}: {journal.rate():.0f} requests a second, {journal.shed} told to come back; writes back after "
          f"{writes:.1f} s, the gate after {gate:.1f} s", file=sys.stderr)
    failures = journal.failures() + (0 if may_shed else journal.shed) + (not buyers.audit(stores)[0])
    recovered = max(writes, gate)
    print(f"{name}\t{journal.requests}\t{failures}\t-\t{recovered:.3f}", flush=True)
    return recovered <= RECOVERY_SECONDS_MAX and journal.rate() >= REQUESTS_A_SECOND


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

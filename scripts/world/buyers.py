# Buyers of flashsale-load, for the scripts of this folder that let something happen meanwhile.
import os
import signal
import subprocess
import sys

from journal import Journal
from service import PROGRAM, until

LOAD = PROGRAM + "-load"
PATIENCE = 120


class Buyers:
    """A run of the load generator with its journal. Nobody audits it but `audit`."""

    def __init__(self, processes, words, bases):
        name = f"load-{len(processes.all)}"
        self.path = os.path.join(processes.folder, name + ".journal")
        self.journal = Journal(self.path)
        targets = [word for base in bases for word in ("--target", base)]
        self.process = processes.start(name, [
            LOAD, *words, *targets, "--journal", self.path, "--no-audit", "--quiet", "--metrics-port", "0"])
        until("buyers come", self.have_come)

    def have_come(self):
        self.journal.read_on()
        return self.journal.requests > 0

    def leave(self):
        """Nobody comes any more. Who is there goes on to the end."""
        self.process.send_signal(signal.SIGINT)
        self.until_gone()

    def until_gone(self):
        self.process.wait(PATIENCE)
        self.journal.read_on()

    def audit(self, stores):
        """Whether the audit of the stores and of all that buyers were told finds nothing, and what it says."""
        done = subprocess.run([PROGRAM, "audit", "--journal", self.path, *stores], capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stdout + done.stderr, file=sys.stderr)
        return done.returncode == 0, done.stdout

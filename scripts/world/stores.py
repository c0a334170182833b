# A Postgres and a Redis of Debian's packages, for the scripts of this folder that need no more.
import os
import shutil
import subprocess

from outage import AS_POSTGRES, PASSWORD, free_port
from service import until


def postgres(processes):
    """The URL of a database."""
    port, data = free_port(), os.path.join(processes.folder, "postgres")
    os.mkdir(data, 0o700)
    if AS_POSTGRES:
        shutil.chown(data, "postgres", "postgres")
    programs = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
    initdb = [os.path.join(programs, "initdb"), "-D", data, "-U", "flashsale", "-A", "trust"]
    subprocess.check_call(AS_POSTGRES + initdb, stdout=subprocess.DEVNULL)
    server = [os.path.join(programs, "postgres"), "-D", data, "-p", str(port), "-k", ""]
    processes.start("postgres", AS_POSTGRES + server)
    url = f"postgres://flashsale@127.0.0.1:{port}/postgres"
    question = ["psql", "-qXd", url, "-c", ""]
    until("Postgres is up", lambda: subprocess.run(question, capture_output=True).returncode == 0)
    return url


def redis(processes):
    """The URL of a Redis that keeps nothing."""
    port = free_port()
    processes.start("redis", ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--requirepass",
                              PASSWORD])
    return f"redis://:{PASSWORD}@127.0.0.1:{port}/0"

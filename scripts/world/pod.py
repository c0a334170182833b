# A second pod of a deployment: a Postgres with a synchronous standby, without Patroni, and a Redis.
import os
import shutil
import signal
import subprocess

from outage import AS_POSTGRES, PASSWORD, free_port
from service import until


class PodPostgres:
    """A primary and a standby that each commit waits for. Nobody replaces the one by the other."""

    def __init__(self, processes):
        self.processes, self.port = processes, free_port()
        self.programs = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
        self.data = self.folder("pod-primary")
        self.call("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8")
        self.start()
        until("the pod's Postgres is up", lambda: self.answers("select 1"))
        standby, port = self.folder("pod-standby"), free_port()
        self.call("pg_basebackup", "-D", standby, "-R", "-d", f"host=127.0.0.1 port={self.port} user=postgres")
        self.run("pod-standby", standby, port)
        self.ask("alter system set synchronous_standby_names = '*'")
        self.ask("select pg_reload_conf()")
        until("the pod's standby has all commits", self.is_whole)
        self.ask("create role flashsale login")
        self.ask("create database flashsale owner flashsale")
        self.url = f"postgres://flashsale:{PASSWORD}@127.0.0.1:{self.port}/flashsale"

    def folder(self, name):
        path = os.path.join(self.processes.folder, name)
        os.mkdir(path, 0o700)
        if AS_POSTGRES:
            shutil.chown(path, "postgres", "postgres")
        return path

    def call(self, program, *words):
        subprocess.run(AS_POSTGRES + [os.path.join(self.programs, program), *words], check=True, capture_output=True,
                       cwd="/")

    def run(self, name, data, port):
        return self.processes.start(name, AS_POSTGRES + [
            os.path.join(self.programs, "postgres"), "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "wal_retrieve_retry_interval=500ms"])

    def start(self):
        self.run("pod-primary", self.data, self.port)

    def die(self):
        with open(os.path.join(self.data, "postmaster.pid")) as file:
            os.kill(int(file.readline()), signal.SIGKILL)

    def asked(self, statement, database):
        place = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        return subprocess.run(["psql", "-qXAtd", place, "-v", "ON_ERROR_STOP=1", "-c", statement],
                              capture_output=True, text=True)

    def answers(self, statement):
        return self.asked(statement, "postgres").returncode == 0

    def ask(self, statement, database="postgres"):
        """The rows of a statement, each as a line."""
        done = self.asked(statement, database)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.splitlines()

    def is_whole(self):
        done = self.asked("select 1 from pg_stat_replication where sync_state = 'sync'", "postgres")
        return done.stdout.strip() == "1"


class Pod:
    """Both stores of pod 1, and what instances and commands are told of it."""

    def __init__(self, processes):
        self.processes, self.redis_port = processes, free_port()
        self.postgres = PodPostgres(processes)
        self.start_redis()
        self.settings = {
            "FLASHSALE_PODS": "1", "FLASHSALE_POD_1_DATABASE_URL": self.postgres.url,
            "FLASHSALE_POD_1_REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{self.redis_port}",
        }

    def start_redis(self):
        self.redis = self.processes.start("pod-redis", [
            "redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--requirepass", PASSWORD,
            "--save", "", "--maxmemory-policy", "noeviction"])

    def die(self):
        """Ends both at once, as the loss of the pod's machine does."""
        self.postgres.die()
        self.redis.send_signal(signal.SIGKILL)

    def start(self):
        self.redis.wait()
        self.start_redis()
        self.postgres.start()

    def sold(self, sale):
        """How many units it has sold of a sale."""
        return int(self.postgres.ask(
            f"select count(*) from units where sale_id = {sale} and order_number is not null", "flashsale")[0])

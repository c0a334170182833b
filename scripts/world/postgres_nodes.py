# Postgres by the files of deploy/ha: three nodes under Patroni, and the three of etcd that they ask.
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request

from outage import AS_POSTGRES, HA, PASSWORD, free_port, says, told
from service import until


class EtcdNode:
    """A node of etcd."""

    def __init__(self, number, processes):
        self.name, self.processes = f"etcd-{number}", processes
        self.client, self.peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))

    def start(self, members):
        with open(os.path.join(HA, "etcd.env")) as file:
            environment = dict(re.findall(r"^(ETCD_\w+)=(.*)$", file.read(), re.MULTILINE))
        environment.update(
            ETCD_NAME=self.name, ETCD_DATA_DIR=os.path.join(self.processes.folder, self.name),
            ETCD_LISTEN_CLIENT_URLS=self.client, ETCD_ADVERTISE_CLIENT_URLS=self.client,
            ETCD_LISTEN_PEER_URLS=self.peer, ETCD_INITIAL_ADVERTISE_PEER_URLS=self.peer,
            ETCD_INITIAL_CLUSTER=",".join(f"{node.name}={node.peer}" for node in members))
        self.process = self.processes.start(self.name, ["etcd"], **environment)

    def is_up(self):
        return says(self.client + "/health", "true")

    def leads(self):
        """Whether it is the one that decides for all."""
        status = told(self.client + "/v3/maintenance/status", b"{}")
        return status and status["leader"] == status["header"]["member_id"]


class Etcd:
    """All nodes."""

    def __init__(self, processes):
        self.nodes = [EtcdNode(number, processes) for number in (1, 2, 3)]
        for node in self.nodes:
            node.start(self.nodes)
        until("etcd is up", self.is_whole)
        self.hosts = ",".join(node.client.removeprefix("http://") for node in self.nodes)

    def is_whole(self):
        return all(node.is_up() for node in self.nodes)

    def leader(self):
        return until("etcd has a leader", lambda: next((node for node in self.nodes if node.leads()), None))


class PostgresNode:
    """A Postgres and its Patroni."""

    def __init__(self, name, processes, etcd):
        self.name, self.processes = name, processes
        self.port, self.rest = free_port(), free_port()
        self.data = os.path.join(processes.folder, name)
        programs = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
        self.environment = {
            "PATRONI_NAME": name, "PATRONI_ETCD3_HOSTS": etcd,
            "PATRONI_POSTGRESQL_DATA_DIR": self.data, "PATRONI_POSTGRESQL_BIN_DIR": programs,
            "PATRONI_POSTGRESQL_LISTEN": f"127.0.0.1:{self.port}",
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"127.0.0.1:{self.port}",
            "PATRONI_RESTAPI_LISTEN": f"127.0.0.1:{self.rest}",
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"127.0.0.1:{self.rest}",
            "PATRONI_SUPERUSER_USERNAME": "postgres", "PATRONI_SUPERUSER_PASSWORD": PASSWORD,
            "PATRONI_REPLICATION_USERNAME": "replicator", "PATRONI_REPLICATION_PASSWORD": PASSWORD,
            "PATRONI_REWIND_USERNAME": "rewinder", "PATRONI_REWIND_PASSWORD": PASSWORD,
        }
        os.mkdir(self.data, 0o700)
        if AS_POSTGRES:
            shutil.chown(self.data, "postgres", "postgres")

    def start(self):
        command = AS_POSTGRES + ["patroni", os.path.join(self.processes.folder, "patroni.yml")]
        self.patroni = self.processes.start(self.name, command, **self.environment)

    def is_primary(self):
        return says(f"http://127.0.0.1:{self.rest}/primary")

    def is_synchronous(self):
        return says(f"http://127.0.0.1:{self.rest}/synchronous")

    def die(self):
        """Ends all its processes, as the loss of its machine does."""
        os.killpg(self.patroni.pid, signal.SIGKILL)
        with open(os.path.join(self.data, "postmaster.pid")) as file:
            os.kill(int(file.readline()), signal.SIGKILL)

    def hand_over(self, other):
        body = json.dumps({"leader": self.name, "candidate": other.name}).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{self.rest}/switchover", body, timeout=30).read()


class Postgres:
    """All nodes, with an empty database of the service."""

    def __init__(self, processes):
        self.etcd = Etcd(processes)
        # Where the user postgres may read it.
        shutil.copy(os.path.join(HA, "patroni.yml"), processes.folder)
        self.nodes = [PostgresNode(f"node-{number}", processes, self.etcd.hosts) for number in (1, 2, 3)]
        self.nodes[0].start()
        until("there is a primary", self.nodes[0].is_primary)
        for node in self.nodes[1:]:
            node.start()
        until("there are two standbys", self.is_whole)
        self.run(f"CREATE ROLE flashsale LOGIN PASSWORD '{PASSWORD}'")
        self.run("CREATE DATABASE flashsale OWNER flashsale")
        self.places = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        self.url = self.url_by(self.places)

    def url_by(self, places):
        """The URL of the service's database by other ways to it."""
        return f"postgres://flashsale:{PASSWORD}@{places}/flashsale"

    def run(self, statement, database="postgres"):
        """Runs a statement as a superuser. Its rows, each a list of texts."""
        return self.run_at(self.primary(), statement, database)

    def run_at(self, node, statement, database="postgres"):
        url = f"postgres://postgres:{PASSWORD}@127.0.0.1:{node.port}/{database}"
        done = subprocess.run(["psql", "-qXAtd", url, "-v", "ON_ERROR_STOP=1", "-c", statement],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("|") for line in done.stdout.splitlines()]

    def keep_slot(self, name, database):
        """Has Patroni keep a slot over failovers: on the primary, and a copy that follows on each standby."""
        slot = {"type": "logical", "database": database, "plugin": "pgoutput"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.primary().rest}/config",
                                         json.dumps({"slots": {name: slot}}).encode(), method="PATCH")
        urllib.request.urlopen(request, timeout=10).read()

    def can_write(self, place):
        """Whether a place leads to the primary."""
        done = subprocess.run(["psql", "-qXAtd", self.url_by(place), "-c", "select pg_is_in_recovery()"],
                              capture_output=True, text=True)
        return done.stdout.strip() == "f"

    def primary(self):
        return until("there is a primary", lambda: next((node for node in self.nodes if node.is_primary()), None))

    def synchronous(self):
        return until("a standby has all commits",
                     lambda: next((node for node in self.nodes if node.is_synchronous()), None))

    def is_whole(self):
        """Whether the primary has two standbys that follow, and commits wait for one."""
        cluster = told(f"http://127.0.0.1:{self.primary().rest}/cluster")
        members = cluster["members"] if cluster else []
        return sorted(member["role"] for member in members) == ["leader", "replica", "sync_standby"] and \
            all(member["state"] in ("running", "streaming") for member in members)

    def lose(self):
        """Kills the primary. Returns it when another node is the primary."""
        former = self.primary()
        former.die()
        until("another node is the primary",
              lambda: any(node.is_primary() for node in self.nodes if node is not former))
        return former

    def switch(self):
        """Has the synchronous standby replace the primary by plan. Returns when it has."""
        successor = self.synchronous()
        self.primary().hand_over(successor)
        until("the standby is the primary", successor.is_primary)

# Nodes of Redis by the files of deploy/ha: a Redis Cluster of three masters and three replicas, and a master with a
# replica and three sentinels.
import os
import re
import subprocess

from outage import HA, PASSWORD, free_port
from service import until


class RedisNode:
    """A node: a Redis with a password."""

    def __init__(self, number, processes, settings):
        self.port, self.name = free_port(), f"redis-{number}"
        self.processes, self.settings = processes, settings
        self.folder = os.path.join(processes.folder, self.name)
        os.mkdir(self.folder)
        self.start()

    def start(self):
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder]
        self.process = self.processes.start(self.name, ["redis-server", *self.settings, *place])

    def ask(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.port), "-a", PASSWORD, "--no-auth-warning", *words],
                              capture_output=True, text=True, timeout=10)
        return done.stdout.strip()

    def is_master(self):
        return "role:master" in self.ask("INFO", "replication")

    def marker(self, sale):
        """The key that says into which run of Redis a sale is loaded; None if this is not the sale's master."""
        keys = self.ask("--scan", "--pattern", f"flashsale:{{*:{sale}}}:marker").split()
        return keys[0] if keys and self.is_master() else None

    def has_loaded(self, sale):
        key = self.marker(sale)
        run = re.search(r"run_id:(\w+)", self.ask("INFO", "server"))
        return key and run and run.group(1) in self.ask("GET", key).split()


def loaded(nodes, sale):
    """The node where a sale is loaded, if there is one."""
    return next((node for node in nodes if node.has_loaded(sale)), None)


class RedisCluster:
    """All nodes, and the URL that finds them."""

    def __init__(self, processes):
        path = os.path.join(processes.folder, "redis-cluster.conf")
        with open(os.path.join(HA, "redis-cluster.conf")) as source, open(path, "w") as file:
            file.write(source.read().replace("PASSWORD", PASSWORD))
        self.nodes = [RedisNode(number, processes, [path]) for number in range(1, 7)]
        until("the nodes are up", lambda: all(node.ask("PING") == "PONG" for node in self.nodes))
        places = [f"127.0.0.1:{node.port}" for node in self.nodes]
        subprocess.check_call(["redis-cli", "-a", PASSWORD, "--no-auth-warning", "--cluster", "create", *places,
                               "--cluster-replicas", "1", "--cluster-yes"], stdout=subprocess.DEVNULL)
        until("the cluster is whole", self.is_whole)
        self.url = f"redis-cluster://:{PASSWORD}@{','.join(places[:3])}"

    def is_whole(self):
        states = [(node.ask("CLUSTER", "INFO"), node.ask("INFO", "replication")) for node in self.nodes]
        return all("cluster_state:ok" in info and ("role:master" in role or "master_link_status:up" in role)
                   for info, role in states) and sum("role:master" in role for _, role in states) == 3

    def loaded(self, sale):
        """The node where a sale is loaded, if there is one."""
        return loaded(self.nodes, sale)

    def home(self, sale):
        return until("the sale is loaded", lambda: self.loaded(sale))

    def replica(self, master):
        return next(node for node in self.nodes
                    if re.search(f"master_port:{master.port}\\b", node.ask("INFO", "replication")))


class Sentinels:
    """A master, its replica, three sentinels, and the URL that finds whichever is master."""

    def __init__(self, processes):
        settings = ["--save", "", "--requirepass", PASSWORD, "--masterauth", PASSWORD]
        master = RedisNode(1, processes, settings)
        self.nodes = [master, RedisNode(2, processes, [*settings, "--replicaof", f"127.0.0.1 {master.port}"])]
        with open(os.path.join(HA, "sentinel.conf")) as file:
            text = file.read().replace("MASTER 6379", f"127.0.0.1 {master.port}").replace("PASSWORD", PASSWORD)
        self.ports = [free_port() for _ in range(3)]
        for port in self.ports:
            path = os.path.join(processes.folder, f"sentinel-{port}.conf")
            with open(path, "w") as file:
                file.write(text.replace("port 26379", f"port {port}\nbind 127.0.0.1"))
            processes.start(f"sentinel-{port}", ["redis-server", path, "--sentinel"])
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        self.url = f"redis+sentinel://:{PASSWORD}@{hosts}/flashsale/0"

    def ask(self, *words):
        """What the first sentinel answers."""
        command = ["redis-cli", "-p", str(self.ports[0]), "SENTINEL", *words]
        return subprocess.run(command, capture_output=True, text=True).stdout

    def is_whole(self):
        """Whether a replica follows, and the sentinels know it and one another."""
        return any("master_link_status:up" in node.ask("INFO", "replication") for node in self.nodes) \
            and "OK 3 usable" in self.ask("CKQUORUM", "flashsale") \
            and "num-slaves\n1" in self.ask("MASTER", "flashsale")

    def loaded(self, sale):
        """The master if a sale is loaded there."""
        return loaded(self.nodes, sale)

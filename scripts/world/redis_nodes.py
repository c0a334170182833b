# A Redis Cluster by the file of deploy/ha: three masters and three replicas.
import os
import re
import subprocess

from outage import HA, PASSWORD, free_port
from service import until


class RedisNode:
    """A node of the cluster."""

    def __init__(self, number, processes):
        self.port, self.name = free_port(), f"redis-{number}"
        self.processes, self.folder = processes, os.path.join(processes.folder, f"redis-{number}")
        os.mkdir(self.folder)
        with open(os.path.join(HA, "redis-cluster.conf")) as source, open(self.folder + ".conf", "w") as file:
            file.write(source.read().replace("PASSWORD", PASSWORD).replace("port 6379", f"port {self.port}"))
        self.start()

    def start(self):
        command = ["redis-server", self.folder + ".conf", "--bind", "127.0.0.1", "--dir", self.folder]
        self.process = self.processes.start(self.name, command)

    def ask(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.port), "-a", PASSWORD, "--no-auth-warning", *words],
                              capture_output=True, text=True, timeout=10)
        return done.stdout.strip()

    def is_master(self):
        return "role:master" in self.ask("INFO", "replication")

    def marker(self, sale):
        """The key that says which run of Redis a sale is loaded into; None if this is not the sale's master."""
        keys = self.ask("--scan", "--pattern", f"flashsale:{{*:{sale}}}:marker").split()
        return keys[0] if keys and self.is_master() else None

    def has_loaded(self, sale):
        key = self.marker(sale)
        run = re.search(r"run_id:(\w+)", self.ask("INFO", "server"))
        return key and run and self.ask("GET", key).endswith(" " + run.group(1))


class RedisCluster:
    """All nodes, and the URL that finds them."""

    def __init__(self, processes):
        self.nodes = [RedisNode(number, processes) for number in range(1, 7)]
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
        return next((node for node in self.nodes if node.has_loaded(sale)), None)

    def home(self, sale):
        return until("the sale is loaded", lambda: self.loaded(sale))

    def replica(self, master):
        return next(node for node in self.nodes
                    if re.search(f"master_port:{master.port}\\b", node.ask("INFO", "replication")))

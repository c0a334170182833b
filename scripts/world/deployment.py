# A whole deployment by the files of deploy/ha, as plain processes on loopback, of which any part can be lost.
import os
import subprocess
import sys

from facts import Facts
from haproxies import before_instances, before_postgres
from outage import Instance, free_port, says, told
from pod import Pod
from postgres_nodes import Postgres
from redis_nodes import RedisCluster
from service import PROGRAM, ROOT, ask, until

# Short, so that a unit whose buyer never heard of its hold is soon sold to another.
HOLD_SECONDS = 10


class Prometheus:
    """A Prometheus with the rules of the repository, and the instances as its targets."""

    def __init__(self, processes, instances):
        self.processes, self.port, self.count = processes, free_port(), len(instances)
        places = ", ".join(f'"{instance.operations.removeprefix("http://")}"' for instance in instances)
        self.file = os.path.join(processes.folder, "prometheus.yml")
        with open(self.file, "w") as file:
            file.write(f"""
global: {{scrape_interval: 5s, evaluation_interval: 15s}}
rule_files: [{ROOT}/prometheus/rules/*.yml]
scrape_configs:
  - job_name: flashsale
    static_configs: [{{targets: [{places}], labels: {{environment: cluster}}}}]
""")
        self.start()

    def start(self):
        self.process = self.processes.start("prometheus", [
            "prometheus", "--config.file", self.file, "--storage.tsdb.path", self.file + ".data",
            "--web.listen-address", f"127.0.0.1:{self.port}", "--log.level", "warn"])

    def sees_all(self):
        """Whether it gets the metrics of all instances."""
        answer = told(f"http://127.0.0.1:{self.port}/api/v1/query?query=sum(up)")
        return answer and [found["value"][1] for found in answer["data"]["result"]] == [str(self.count)]


class Deployment:
    """Three instances behind HAProxy, on Patroni's Postgres and a Redis Cluster, beside them a second pod, and the
    Prometheus that watches."""

    def __init__(self, processes):
        print("starting etcd, Patroni, Redis Cluster, HAProxy, pod 1, three instances and Prometheus", file=sys.stderr)
        self.processes = processes
        self.postgres, self.redis, self.pod = Postgres(processes), RedisCluster(processes), Pod(processes)
        self.settings = {
            "FLASHSALE_SHOPS": "lego", "FLASHSALE_DATABASE_URL": self.postgres.url,
            "FLASHSALE_REDIS_URL": self.redis.url, "FLASHSALE_LOG_LEVEL": "warning", **self.pod.settings}
        self.run("migrate").check_returncode()
        self.facts = Facts(self.postgres)
        self.proxy = before_postgres(processes, self.postgres)
        # Two find the primary themselves; HAProxy leads the third there.
        ways = [self.postgres.url] * 2 + [self.postgres.url_by(f"127.0.0.1:{self.proxy.port}")]
        self.instances = [
            Instance(f"instance-{number}", processes, url, self.redis.url, FLASHSALE_DATABASE_DURABILITY="replicated",
                     FLASHSALE_HOLD_SECONDS=str(HOLD_SECONDS), FLASHSALE_TRUSTED_PROXIES="127.0.0.1",
                     FLASHSALE_SHOPS="lego", **self.pod.settings)
            for number, url in enumerate(ways, 1)]
        self.front = before_instances(processes, self.instances)
        self.base = f"http://127.0.0.1:{self.front.port}"
        self.prometheus = Prometheus(processes, self.instances)

    def until_whole(self):
        until("etcd has all its nodes", self.postgres.etcd.is_whole)
        until("Postgres has a primary and two standbys", self.postgres.is_whole)
        until("the Redis Cluster is whole", self.redis.is_whole)
        until("pod 1 has its standby", self.pod.postgres.is_whole)
        until("the instances are ready", lambda: all(instance.has_all() for instance in self.instances))
        until("HAProxy leads to an instance", lambda: says(self.base + "/readyz"))
        until("Prometheus sees all instances", self.prometheus.sees_all)

    def run(self, *words):
        """Runs a command over both pods. Complaints are shown."""
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, env=dict(os.environ, **self.settings))
        if done.returncode != 0:
            print(done.stdout + done.stderr, file=sys.stderr)
        return done

    def move_shop(self, shop, pod):
        self.run("shops", "move", "--shop", shop, "--to", str(pod)).check_returncode()

    def open_sale(self, items, stock, shop="main", **terms):
        """The number of a sale that is on at all instances, with its gate."""
        plan = {"shop": shop, "total_items": items, "stock_per_item": stock, **terms}
        sale = int(ask(self.base + "/admin/sales", plan)["data"]["id"])
        until("the sale is on", lambda: all(
            says(instance.base + "/sales/active", f'"id":"{sale}"', **{"X-Shop-ID": shop})
            for instance in self.instances))
        if sale >> 24 == 0:
            self.redis.home(sale)
        return sale

    def end_sale(self, sale):
        ask(f"{self.base}/admin/sales/{sale}/end", {"reason": "its buyers have gone"}, **{"If-Match": "*"})

    def sold(self, sale):
        """How many units the ledger has sold, and the numbers of their orders if home has them."""
        if sale >> 24:
            return self.pod.sold(sale), set()
        rows = self.postgres.run(
            f"select order_number from units where sale_id = {sale} and order_number is not null", "flashsale")
        return len(rows), {int(number) for (number,) in rows}

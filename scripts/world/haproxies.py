# HAProxy by the files of deploy/ha.
import os

from outage import HA, free_port
from service import until


class Haproxy:
    """A proxy, by a file and the variables of it. It keeps its port when it starts again."""

    def __init__(self, name, processes, **variables):
        self.name, self.processes, self.port = name, processes, free_port()
        # Debian has it where not every user looks.
        self.environment = dict(variables, LISTEN=f"127.0.0.1:{self.port}", PATH=os.environ["PATH"] + ":/usr/sbin")
        self.start()

    def start(self):
        command = ["haproxy", "-db", "-f", os.path.join(HA, self.name + ".cfg")]
        self.process = self.processes.start(self.name, command, **self.environment)


def before_postgres(processes, postgres):
    """A proxy that leads to the primary."""
    variables = {}
    for number, node in enumerate(postgres.nodes, 1):
        variables[f"NODE_{number}"] = f"127.0.0.1:{node.port}"
        variables[f"NODE_{number}_PATRONI"] = str(node.rest)
    proxy = Haproxy("haproxy", processes, **variables)
    place = f"127.0.0.1:{proxy.port}"
    # Until it has asked all nodes, it takes each in turn for the primary.
    until("HAProxy leads to the primary alone", lambda: all(postgres.can_write(place) for _ in postgres.nodes))
    return proxy


def before_instances(processes, instances):
    """A proxy that leads to an instance that is ready."""
    return Haproxy("front", processes, **{
        f"INSTANCE_{number}": f"127.0.0.1:{instance.port}" for number, instance in enumerate(instances, 1)})

# What happens to the sales of two shops: main at home, lego in pod 1 or on its way there. Each gets a row.
import json
import os
import time

from buyers import LOAD
from journal import Journal
from service import until

ITEMS, STOCK, BUYERS_A_SECOND = 150, 10, 30
# As in the other losses, at half of their pace: there are two crowds.
SCENARIO = {
    "name": "shops", "ends_when_sold_out": True, "open": {"stages": [{"seconds": 300, "rate": BUYERS_A_SECOND}]},
    "buyers": {"patient_retrier": 60, "double_clicker": 30, "at_limit": 5, "bot": 5},
}
# What is done comes when each crowd has had so many writes acknowledged.
WRITES_BEFORE = 200
# How long a pod is away.
SECONDS_AWAY = 10
# How long the sale before a move is on. The next one begins when it ends, and by then all must be sold.
SECONDS_BEFORE_MOVE = 120


class Crowds:
    """The buyers of some shops' sales, with a journal of each shop."""

    def __init__(self, deployment, number, sales):
        self.deployment, self.sales, folder = deployment, sales, deployment.processes.folder
        path, scenario = os.path.join(folder, f"journal-{number}"), os.path.join(folder, "shops.json")
        with open(scenario, "w") as file:
            json.dump(SCENARIO, file)
        self.load = deployment.processes.start(f"load-{number}", [
            LOAD, "--file", scenario, "--target", deployment.base, "--journal", path, "--no-audit", "--quiet",
            "--metrics-port", "0", *(word for shop in sales for word in ("--shop", shop))])
        # Of a lone shop the journal has no shop in its name.
        self.journals = {shop: Journal(f"{path}.{shop}" if len(sales) > 1 else path) for shop in sales}
        until("buyers buy", self.are_under_way)

    def are_under_way(self):
        self.read_on()
        return self.load.poll() is not None or all(
            len(journal.writes) > WRITES_BEFORE for journal in self.journals.values())

    def read_on(self):
        for journal in self.journals.values():
            journal.read_on()

    def rows(self, name, seconds, struck):
        """When all is sold: a row for each shop, and whether all is well with it. `seconds` are those that no write
        may take longer, by shop."""
        self.load.wait(400)
        self.deployment.until_whole()
        self.read_on()
        for shop, sale in self.sales.items():
            journal, sold = self.journals[shop], self.deployment.sold(sale)[0]
            gap = journal.longest_gap(struck)
            audit = self.deployment.run("audit", "--journal", journal.path)
            self.deployment.end_sale(sale)
            is_well = audit.returncode == 0 and sold == ITEMS * STOCK and gap <= seconds[shop]
            place = "pod 1" if sale >> 24 else "home"
            yield [f"{name}: {shop}, {place}", f"{gap:.1f}", str(seconds[shop]), "-", str(journal.requests),
                   str(journal.shed), str(journal.failed + len(journal.asked)), f"{sold} of {ITEMS * STOCK}",
                   "clean" if audit.returncode == 0 else "BREACH", "-"], is_well


def opened(deployment):
    """The sales of both shops, side by side, the one of lego in pod 1."""
    deployment.move_shop("lego", 1)
    return {shop: deployment.open_sale(ITEMS, STOCK, shop) for shop in ("main", "lego")}


def two_shops(deployment, part, number):
    crowds = Crowds(deployment, number, opened(deployment))
    yield from crowds.rows("two shops", {"main": part.seconds, "lego": part.seconds}, time.time())


def lost_pod(deployment, part, number):
    crowds = Crowds(deployment, number, opened(deployment))
    struck = time.time()
    deployment.pod.die()
    time.sleep(SECONDS_AWAY)
    deployment.pod.start()
    # Nothing of main's is in the pod, so its buyers notice no more than with nothing lost.
    yield from crowds.rows("pod 1 lost", {"main": 2, "lego": part.seconds}, struck)


def moved_shop(deployment, part, number):
    deployment.move_shop("lego", 0)
    end = int(time.time()) + SECONDS_BEFORE_MOVE
    terms = {"ended_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))}
    before = {"lego": deployment.open_sale(ITEMS, STOCK, "lego", **terms)}
    crowds, struck = Crowds(deployment, number, before), time.time()
    deployment.move_shop("lego", 1)
    yield from crowds.rows("before a move", {"lego": part.seconds}, struck)
    time.sleep(max(0, end - time.time()))
    after = {"lego": deployment.open_sale(ITEMS, STOCK, "lego")}
    crowds = Crowds(deployment, f"{number}-moved", after)
    yield from crowds.rows("after it", {"lego": part.seconds}, time.time())

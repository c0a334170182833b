# The orders that leave a ledger as change data, read from Patroni's kept slot as a connector does.
import os

from service import ROOT, until

SLOT = "flashsale_debezium"


class Facts:
    """A reader of the slot. It keeps the numbers of all orders that it was told, by sale."""

    def __init__(self, postgres):
        self.postgres, self.orders = postgres, set()
        with open(os.path.join(ROOT, "deploy", "data", "publication.sql")) as file:
            postgres.run("create role flashsale_cdc login replication")
            postgres.run("set role flashsale; " + file.read(), "flashsale")
        postgres.keep_slot(SLOT, "flashsale")
        until("each node has the slot", self.is_kept)
        until("the standbys follow again", postgres.is_whole)

    def is_kept(self):
        question = f"select 1 from pg_replication_slots where slot_name = '{SLOT}'"
        try:
            return all(self.postgres.run_at(node, question) for node in self.postgres.nodes)
        except RuntimeError:
            # A standby starts again to have its copy.
            return False

    def read_on(self):
        """Reads what is new, and lets the slot forget it."""
        names = {}
        for (text,) in self.postgres.run(
                f"select data from pg_logical_slot_get_binary_changes('{SLOT}', null, null, 'proto_version', '1', "
                "'publication_names', 'flashsale_facts')", "flashsale"):
            message = bytes.fromhex(text.removeprefix("\\x"))
            relation = int.from_bytes(message[1:5], "big")
            if message[:1] == b"R":
                names[relation] = message[5:].split(b"\0")[1]
            elif message[:1] == b"I" and names[relation] == b"orders":
                self.orders.add(tuple(columns(message[8:], 2)))

    def of(self, sale):
        return {number for found, number in self.orders if found == sale}


def columns(message, count):
    """The first columns of a row, which are numbers: for each a kind, a length, and its text."""
    for _ in range(count):
        length = int.from_bytes(message[1:5], "big")
        yield int(message[5:5 + length])
        message = message[5 + length:]

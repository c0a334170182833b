# A service for the scripts of this folder: `flashsale dev`, with stores of its own and a large sale that is on.
import contextlib
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("FLASHSALE", os.path.join(ROOT, ".build", "debug", "flashsale"))
TOKEN = "a-token-of-the-scripts"
PATIENCE = 60


@contextlib.contextmanager
def service(**settings):
    """Lends the URL of a service and the number of its sale: a thousand items, a thousand units of each."""
    with empty_service(**settings) as base:
        yield base, until("a sale is on", lambda: sale_of(base))


@contextlib.contextmanager
def empty_service(**settings):
    """Lends the URL of a service without a sale."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, FLASHSALE_ADMIN_TOKEN=TOKEN, FLASHSALE_SCHEDULER="off",
                           FLASHSALE_LOG_LEVEL="warning", **settings)
        command = [PROGRAM, "dev", "--data-dir", os.path.join(folder, "data"), "--http-port", "0", "--ops-port", "0"]
        log = os.path.join(folder, "log")
        with open(log, "w") as output:
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            yield until("the service is up", lambda: announced(log, process))
        finally:
            process.terminate()
            process.wait(PATIENCE)


ADDRESSES = {}


def address(base, name):
    """What a service that was lent has announced: console, Prometheus, Postgres or Redis."""
    return ADDRESSES[base][name]


def operations(base):
    """The address of the port for operations of a service that was lent."""
    return address(base, "console").removesuffix("/console")


def announced(log, process):
    text = open(log).read()
    if process.poll() is not None:
        raise RuntimeError(text)
    found = re.search(r"API +(http://[^/]+)/", text) if "admin token" in text else None
    if not found:
        return None
    ADDRESSES[found.group(1)] = dict(re.findall(r"^ +(console|Prometheus|Postgres|Redis) +(\S+)", text, re.M))
    return found.group(1)


def sale_of(base):
    """The sale that is on. Creates it if there is none."""
    try:
        return int(ask(base + "/sales/active")["id"])
    except urllib.error.HTTPError:
        pass
    with contextlib.suppress(urllib.error.HTTPError):
        ask(base + "/admin/sales", {"total_items": 1000, "stock_per_item": 1000})
    return None


def ask(url, body=None, **fields):
    fields = {"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN, **fields}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, fields), timeout=10) as answer:
        return json.load(answer)


def until(what, probe):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.1)
    raise RuntimeError("in vain: " + what)

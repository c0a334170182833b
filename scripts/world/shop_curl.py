#!/usr/bin/env python3
# Shops with curl, as shop.py says: `shop_curl.py OPTION BASE SALE BUYER ROUNDS IDLES`, with an option like http1.0.
#
# One process of curl makes all requests up to the checkouts, and one the rest, each over one connection if the version
# of HTTP keeps it. Between its requests curl rests by reading a pipe, for as long as nobody writes to it.
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

TIMEOUT = 10
SHOWN_FAILURES = 5


def entry(option, url, output, method="GET", key=None, body=None):
    lines = ["silent", "show-error", option, f"max-time = {TIMEOUT}", f'url = "{url}"', f'output = "{output}"',
             'write-out = "%{http_code} %{time_total}\\n"', "head" if method == "HEAD" else f"request = {method}"]
    lines += [] if key is None else [f'header = "Idempotency-Key: {key}"']
    if body is not None:
        text = json.dumps(body).replace("\\", "\\\\").replace('"', '\\"')
        lines += ['header = "Content-Type: application/json"', f'data-binary = "{text}"']
    return lines


def rest(pipes, idles):
    for pipe, idle in zip(pipes, idles):
        with open(pipe, "w"):
            time.sleep(idle)


def run(option, base, requests, idles, folder):
    """Status, seconds and text of each request: (method, path, key, body)."""
    pipes = [os.path.join(folder, f"pipe-{number}") for number in range(len(idles))]
    for pipe in pipes:
        os.path.exists(pipe) or os.mkfifo(pipe)
    lines, distance = [], len(requests) // (len(idles) + 1) + 1
    for number, (method, path, key, body) in enumerate(requests):
        if number > 0 and number % distance == 0:
            lines += ["silent", f'url = "file://{pipes[number // distance - 1]}"', "next"]
        lines += entry(option, base + path, os.path.join(folder, str(number)), method, key, body) + ["next"]
    threading.Thread(target=rest, args=(pipes, idles), daemon=True).start()
    done = subprocess.run(["curl", "--config", "-"], input="\n".join(lines[:-1]), stdout=subprocess.PIPE, text=True)
    for number, line in enumerate(done.stdout.splitlines()):
        status, seconds = line.split()
        path = os.path.join(folder, str(number))
        yield int(status), float(seconds), open(path).read() if os.path.exists(path) else ""
        os.path.exists(path) and os.remove(path)


def main():
    option, base, sale, buyer, rounds, idles = sys.argv[1:]
    idles = [float(idle) for idle in idles.split(",") if idle]
    first, second, failures, slowest, codes = [], [], 0, 0.0, []
    for number in range(int(rounds)):
        name = f"{buyer}-{number}"
        item = f"ITM-{sale}-{number % 1000 + 1}"
        first += [("GET", "/sales/active", None, None), ("HEAD", f"/sales/{sale}/items?limit=3", None, None),
                  ("POST", "/checkout", f"checkout-{name}", {"user_id": name, "id": item})]
    answered = 0
    with tempfile.TemporaryDirectory() as folder:
        for turn, requests in enumerate([first, second]):
            for request, (status, seconds, text) in zip(requests, run(option, base, requests, idles, folder)):
                answered += 1
                slowest = max(slowest, seconds)
                if request[0] == "POST" and turn == 0:
                    number = len(codes)
                    codes.append(json.loads(text)["code"] if status == 200 else "none")
                    second.append(("POST", f"/purchase?code={codes[-1]}", f"purchase-{buyer}-{number}", None)
                                  if number % 2 else ("DELETE", f"/checkout?code={codes[-1]}", None, None))
                has = {"/sales/active": '"id"', "/checkout": '"code"'}.get(request[1], "HTTP/1.1 200" if turn == 0 else
                      '"order_id"' if request[0] == "POST" else '"released_items"')
                if status != 200 or has not in text:
                    failures += 1
                    if failures <= SHOWN_FAILURES:
                        print(f"{request[0]} {request[1]}: {status} {text}", file=sys.stderr, flush=True)
    unanswered = len(first) + len(second) - answered
    print(len(first) + len(second), failures + unanswered, f"{slowest:.3f}")


main()

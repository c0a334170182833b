#!/usr/bin/env python3
# Shops with a client of Python. Each program here that is called shop does the same, in the way of its library:
#
#     shop.py CLIENT BASE SALE BUYER ROUNDS IDLES
#
# A round is four requests: GET the sale, HEAD its items, POST a checkout with a body, and a purchase or its DELETE.
# IDLES are seconds, with commas: all connections rest so long, in turn, at even distances between the rounds. Prints
# REQUESTS, FAILURES and the SLOWEST request in seconds. A failure is whatever is not a 200 with the right content, or
# takes longer than ten seconds.
import asyncio
import functools
import http.client
import json
import sys
import threading
import time
import urllib.parse

WORKERS = 4
TIMEOUT = 10
SHOWN_FAILURES = 5


class Tally:
    requests = failures = 0
    slowest = 0.0

    def count(self, what, seconds, fault):
        self.requests += 1
        self.slowest = max(self.slowest, seconds)
        if fault:
            self.failures += 1
        if fault and self.failures <= SHOWN_FAILURES:
            print(f"{what}: {fault}", file=sys.stderr, flush=True)


async def shop(ask, tally, sale, buyer, rounds, idles):
    """`ask(method, path, key, body)` returns status and text."""

    async def get(method, path, key=None, body=None, has=None):
        began, fault, content = time.monotonic(), None, {}
        try:
            status, text = await ask(method, path, key, body)
            content = json.loads(text) if text and status == 200 else {}
            if status != 200 or has is not None and has not in content or has is None and text:
                fault = f"{status} {text}"
        except Exception as error:
            fault = repr(error)
        tally.count(f"{method} {path}", time.monotonic() - began, fault)
        return content

    async def round_of(number):
        name = f"{buyer}-{number}"
        item = f"ITM-{sale}-{number % 1000 + 1}"
        await get("GET", "/sales/active", has="id")
        await get("HEAD", f"/sales/{sale}/items?limit=3")
        cart = await get("POST", "/checkout", f"checkout-{name}", {"user_id": name, "id": item}, has="code")
        code = cart.get("code", "none")
        if number % 2:
            await get("POST", f"/purchase?code={code}", f"purchase-{name}", has="order_id")
        else:
            await get("DELETE", f"/checkout?code={code}", has="released_items")

    async def work(numbers):
        for number in numbers:
            await round_of(number)

    parts = len(idles) + 1
    for part in range(parts):
        numbers = range(part * rounds // parts, (part + 1) * rounds // parts)
        await asyncio.gather(*(work(numbers[worker::WORKERS]) for worker in range(WORKERS)))
        if part < len(idles):
            await asyncio.sleep(idles[part])


def in_threads(ask):
    """A blocking client, for `shop`."""
    return lambda *arguments: asyncio.to_thread(ask, *arguments)


def fields_of(key, body):
    fields = {} if body is None else {"Content-Type": "application/json"}
    return fields if key is None else dict(fields, **{"Idempotency-Key": key})


async def with_http_client(base, run, keeps=True):
    host = urllib.parse.urlsplit(base).netloc
    own = threading.local()

    def ask(method, path, key, body):
        # The library leaves it to its user to heed how long the service keeps a connection.
        if not keeps or time.monotonic() > getattr(own, "end", 0):
            own.connection = http.client.HTTPConnection(host, timeout=TIMEOUT)
        data = None if body is None else json.dumps(body)
        own.connection.request(method, path, data, fields_of(key, body))
        answer = own.connection.getresponse()
        text = answer.read()
        kept = (answer.getheader("Keep-Alive") or "timeout=0").split("=")[1]
        own.end = time.monotonic() + int(kept) if answer.getheader("Connection") == "keep-alive" else 0
        return answer.status, text

    await run(in_threads(ask))


async def with_requests(base, run):
    import requests

    with requests.Session() as session:

        def ask(method, path, key, body):
            answer = session.request(method, base + path, headers=fields_of(key, None), json=body, timeout=TIMEOUT)
            return answer.status_code, answer.text

        await run(in_threads(ask))


async def with_httpx(base, run):
    import httpx

    async with httpx.AsyncClient(timeout=TIMEOUT) as client:

        async def ask(method, path, key, body):
            answer = await client.request(method, base + path, headers=fields_of(key, None), json=body)
            return answer.status_code, answer.text

        await run(ask)


async def with_aiohttp(base, run):
    import aiohttp

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT)) as session:

        async def ask(method, path, key, body):
            async with session.request(method, base + path, headers=fields_of(key, None), json=body) as answer:
                return answer.status, await answer.text()

        await run(ask)


CLIENTS = {
    "http.client": with_http_client,
    "a connection for each request": functools.partial(with_http_client, keeps=False),
    "requests": with_requests,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
}


def main():
    client, base, sale, buyer, rounds, idles = sys.argv[1:]
    tally = Tally()
    idles = [float(idle) for idle in idles.split(",") if idle]
    asyncio.run(CLIENTS[client](base, lambda ask: shop(ask, tally, sale, buyer, int(rounds), idles)))
    print(tally.requests, tally.failures, f"{tally.slowest:.3f}")


main()

"""Listens to a sale's events on many connections, and counts what they are told until it is ended by SIGTERM.

usage: listeners.py HOST PORT SALE COUNT; in the end it prints the events and the seconds since all were connected
"""
import selectors
import signal
import socket
import sys
import time

host, port, sale, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
request = f"GET /sales/{sale}/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
selector = selectors.EpollSelector()
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
told, since = 0, time.monotonic()


def listen(timeout):
    global told
    for key, _ in selector.select(timeout):
        told += key.fileobj.recv(65536).count(b"event: state")


try:
    for number in range(count):
        # A loopback address has some 28,000 ports for one destination.
        line = socket.create_connection((host, port))
        line.sendall(request)
        line.setblocking(False)
        selector.register(line, selectors.EVENT_READ)
        if number % 100 == 0:
            listen(0)
    told, since = 0, time.monotonic()
    while True:
        listen(1)
finally:
    print(told, time.monotonic() - since, flush=True)

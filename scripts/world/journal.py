# What buyers saw, from a journal of flashsale-load that may still grow.


class Journal:
    """When writes were acknowledged, and which requests failed. Times are in seconds since 1970."""

    def __init__(self, path):
        self.path, self.position, self.began = path, 0, 0
        self.writes, self.requests, self.shed, self.failed = [], 0, 0, 0
        self.first_asked = self.last_asked = 0
        # The endpoints of those that have no answer yet.
        self.asked = {}

    def read_on(self):
        """Reads what is new. Whole lines alone: the last one may be on its way."""
        try:
            with open(self.path, "rb") as file:
                file.seek(self.position)
                text = file.read()
        except FileNotFoundError:
            return
        lines = text[:text.rfind(b"\n") + 1]
        self.position += len(lines)
        for line in lines.decode().splitlines():
            self.read(line.split(" "))

    def read(self, words):
        if words[0] == "flashsale-journal":
            facts = dict(word.split("=", 1) for word in words[2:])
            self.began = int(facts["wall"]) / 1e9
        elif words[0] == "S":
            self.asked[words[1]] = words[4]
            self.requests += 1
            self.last_asked = self.began + int(words[2]) / 1e9
            self.first_asked = self.first_asked or self.last_asked
        elif words[0] == "A":
            endpoint, outcome = self.asked.pop(words[1]), words[4]
            if endpoint in ("checkout", "purchase") and outcome == "won":
                self.writes.append(self.began + int(words[2]) / 1e9)
            self.shed += outcome == "shed"
            self.failed += outcome in ("error", "unknown")

    def rate(self):
        """How many requests were sent a second."""
        return self.requests / (self.last_asked - self.first_asked)

    def failures(self):
        """Requests that failed, or have no answer."""
        return self.failed + len(self.asked)

    def longest_gap(self, since):
        """The longest time without an acknowledged write, from a moment to the last of them."""
        times = [since] + [time for time in self.writes if time > since]
        return max((later - earlier for earlier, later in zip(times, times[1:])), default=float("inf"))
